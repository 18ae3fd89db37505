/* SPDX-License-Identifier: MIT
 * Processes that the program starts, on request (--follow-children). One that becomes another program (exec, posix_spawn, system, popen) has the
 * library again, by its environment, and joins as the program did. One that is forked takes a session at its first call: so the child of a fork that
 * goes straight to exec needs none. A child of vfork is its parent until it has become another program.
 */
#include "attach_call_posix.h"
#include "base_text.h"

#include <errno.h>
#include <string.h>

#include "base_poison.h"

uint32_t hf__attach_hook_follows;

static void complain(const hf_error *err)
{
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "hostfault: process %lld is not followed: %s\n", (long long)hf__os_process_id(), err->message);
    hf__os_complain(text);
}

static bool is_asked_for(void)
{
    const char *under = hf__os_environment("HF_HOOK");
    return under != NULL && strstr(under, "children") != NULL;
}

void hf__attach_hook_join(void)
{
    hf_error err = {.status = HF_OK};
    bool follows = is_asked_for();
    hf_status status = follows ? hf__shim_attach_followed(&err) : hf_attach(NULL);
    if (follows && status == HF_OK && hf__shim_attached())
        hf__os_store_u32(&hf__attach_hook_follows, 1);
    else if (follows && status != HF_OK && status != HF_ERROR_STATE) /* that: it is not the program that is meant, or nobody watches it */
        complain(&err);
}

bool hf__attach_hook_follow(void)
{
    if (hf__attach_hook_is_inside != 0 || hf__os_exchange_u32(&hf__attach_hook_follows, 0) == 0)
        return false;
    int error = errno;
    hf__attach_hook_is_inside = 1;
    hf__shim_forget_session();
    hf__attach_hook_join();
    if (hf__shim_attached())
        hf__os_store_u32(&hf__shim.session.control->is_forked, 1);
    hf__attach_hook_is_inside = 0;
    errno = error;
    return hf__shim_attached();
}
