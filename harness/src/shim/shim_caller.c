/* SPDX-License-Identifier: MIT
 * Runs a caller of ours: attaches, wraps our host, runs the caller and its check, and releases everything. Also the main function of a caller's
 * executable. Uses stdio only for --hf-about and usage, before it attaches.
 */
#include "base_check.h"
#include "base_text.h"
#include "shim_caller.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

static void check(const hf_caller *caller, hf_caller_run *run)
{
    if (caller->check == NULL)
        return;
    const char *why = NULL;
    hf_pause();
    int passed = caller->check(run, &why);
    hf_resume();
    hf_check(passed, why);
}

hf_caller_end hf__shim_caller_run(const hf_caller *caller, hf_caller_run *run)
{
    (void)hf_attach(NULL);
    hf_thread("main");
    IHostMemoryManager *bare = NULL;
    IHostControl *bare_control = NULL;
    bool ready = SUCCEEDED(hf_host_create(&bare)) && SUCCEEDED(hf_host_control_create(&bare_control)) && SUCCEEDED(hf_wrap(bare, &run->manager)) &&
                 SUCCEEDED(hf_wrap_control(bare_control, &run->control));
    HF_ASSERT(ready);
    hf_caller_end end = caller->run(run);
    if (end == HF_CALLER_OK || end == HF_CALLER_REPORTED)
        check(caller, run);
    run->control->lpVtbl->Release(run->control);
    run->manager->lpVtbl->Release(run->manager);
    bare->lpVtbl->Release(bare);
    return end;
}

hf_caller_end hf_caller_run_with_host(const hf_caller *caller, int argc, char *const *argv)
{
    hf_caller_run run = {.argc = argc, .argv = argv};
    return hf__shim_caller_run(caller, &run);
}

static void print_about(const hf_caller *caller)
{
    printf("name: %s\nabout: %s\nsees: %s\n", caller->name, caller->about, caller->sees == HF_SEES_NULL ? "null" : "hresult");
    const char *library = caller->library != NULL ? caller->library() : NULL;
    if (library != NULL)
        printf("library: %s\n", library);
}

int hf_caller_main(const hf_caller *caller, int argc, char **argv)
{
    HF_ASSERT(caller->struct_size == sizeof *caller);
    if (argc == 2 && strcmp(argv[1], "--hf-about") == 0) {
        print_about(caller);
        return fflush(stdout) == 0 ? 0 : 1;
    }
    return (int)hf_caller_run_with_host(caller, argc > 0 ? argc - 1 : 0, argv + (argc > 0 ? 1 : 0));
}
