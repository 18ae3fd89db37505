/* SPDX-License-Identifier: MIT
 * hostfault-hook.dll: injected into an unmodified program before its first instruction, it redirects the program's memory functions, verifies that
 * the redirection works, and only then joins the session. If it does not work, the program runs on without the hook, and the hook says why.
 */
#include "attach_call_windows.h"
#include "attach_calls_windows.h"
#include "base_text.h"
#include "os_thread.h"
#include "shim_state.h"

#include <hostfault/hostfault.h>

#include "base_poison.h"

static void complain(const hf_error *err)
{
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "hostfault: %s\n", err->message);
    hf__os_complain(text);
}

/* This thread was only started to load us: nothing that it does from here on is the program's. */
static void join(bool follows)
{
    hf_error err = {.status = HF_OK};
    hf__attach_hook_inside(true);
    hf__shim_is_guest = true;
    hf_status status = follows ? hf__shim_attach_followed(&err) : hf_attach(NULL);
    if (status == HF_OK && hf__shim_attached())
        hf__shim_pass_on();
    else if (follows)
        complain(&err);
}

/* What the end of a thread, and of the process, itself does is not the program's: gcc's thread-local storage, the shim's own, goes back to the heap.
 * That is done by a callback of the loader's that stands among those of its kind (sections .CRT$XLC and on), before DllMain; this one comes before
 * it. */
static void NTAPI before_others(PVOID self, DWORD reason, PVOID reserved)
{
    (void)self;
    (void)reserved;
    if (reason == DLL_PROCESS_DETACH || reason == DLL_THREAD_DETACH)
        hf__attach_hook_inside(true);
}
__attribute__((section(".CRT$XLB"), used)) static const PIMAGE_TLS_CALLBACK first_callback = before_others;

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved);

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, LPVOID reserved)
{
    (void)reserved;
    if (reason != DLL_PROCESS_ATTACH)
        return TRUE;
    hf_error err = {.message = "no slot of thread-local storage is left for the hook"};
    size_t count = 0;
    bool follows = hf__attach_hook_follow(self);
    const hf__attach_redirection *table = hf__attach_hook_table(follows, &count);
    if (hf__attach_hook_prepare() && hf__attach_below_prepare() && hf__attach_imports_redirect(self, table, count, &err) == HF_OK)
        join(follows);
    else
        complain(&err);
    return TRUE;
}
