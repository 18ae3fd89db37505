/* SPDX-License-Identifier: MIT
 * Exceptions, and the escalation policy: what becomes of an OutOfMemoryException when the host asked for more than a throw. CLR:
 * src/vm/eepolicy.cpp:726-859, src/vm/ex.cpp:1600-1683.
 *
 * An exception is a value on the thread and every function on the way up returns; there is no hidden jump. The class of a failure
 * (critical resource or not) is found anew from the locks held when the exception reaches managed code. It is not the level that
 * the host was given, although the test looks the same.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

bool clr_throw_out_of_memory(clr_thread *thread)
{
    /* ex.cpp:1687: a preallocated object, so throwing needs no memory. */
    thread->exception = CLR_OUT_OF_MEMORY;
    thread->exception_hr = E_OUTOFMEMORY;
    return false;
}

bool clr_throw_hr(clr_thread *thread, HRESULT hr)
{
    if (hr == E_OUTOFMEMORY)
        return clr_throw_out_of_memory(thread);
    thread->exception = CLR_COM_EXCEPTION;
    thread->exception_hr = hr;
    return false;
}

/* Of all Win32 codes only 8 is known as out of memory; 14, 487 and 1455 are not. A last error of 0 would be a success and becomes E_FAIL. */
bool clr_throw_last_error(clr_thread *thread)
{
    DWORD code = hf_last_error();
    if (code == ERROR_NOT_ENOUGH_MEMORY)
        return clr_throw_out_of_memory(thread);
    thread->exception = CLR_COM_EXCEPTION;
    thread->exception_hr = code == 0 ? E_FAIL : (HRESULT)(0x80070000u | (code & 0xFFFFu));
    return false;
}

static bool exit_process(clr_thread *thread, HRESULT code, bool rude)
{
    thread->clr->exiting = true;
    thread->clr->exit_code = code;
    thread->clr->rude_exit = rude;
    thread->exception = CLR_EXIT;
    return false;
}

bool clr_fail_fast(clr_thread *thread, HRESULT code)
{
    return exit_process(thread, code, true);
}

static const struct {
    const char *name;
    clr_action action;
} actions[] = {
    {"throw", CLR_ACTION_THROW},
    {"abort-thread", CLR_ACTION_ABORT_THREAD},
    {"rude-abort-thread", CLR_ACTION_RUDE_ABORT_THREAD},
    {"unload-appdomain", CLR_ACTION_UNLOAD_DOMAIN},
    {"rude-unload-appdomain", CLR_ACTION_RUDE_UNLOAD_DOMAIN},
    {"exit-process", CLR_ACTION_EXIT},
    {"fast-exit-process", CLR_ACTION_FAST_EXIT},
    {"rude-exit-process", CLR_ACTION_RUDE_EXIT},
    {"disable-runtime", CLR_ACTION_DISABLE},
};

clr_action clr_action_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].action;
    return CLR_ACTION_NONE;
}

/* The documentation allows eNoAction for both resource failures; the code refuses it (144-190). Asking for the policy manager after the
 * start comes too late to be noticed (corhost.cpp:5640-5694). */
HRESULT clr_policy_set(clr_runtime *clr, bool critical, clr_action action)
{
    if (action < CLR_ACTION_THROW)
        return E_INVALIDARG;
    if (!clr->start_tried)
        clr->policy_requested = true;
    clr->action[critical ? 1 : 0] = action;
    return S_OK;
}

static void abort_thread(clr_thread *thread)
{
    thread->exception = CLR_THREAD_ABORTED;
}

/* The thread that unloads works later; what this thread sees is that its domain is going. In the default domain, which cannot be
 * unloaded, the action is lowered to a throw. */
static void unload_domain(clr_thread *thread)
{
    if (thread->domain == NULL || thread->domain->is_default)
        return;
    thread->exception = CLR_DOMAIN_UNLOADED;
}

static void exit_in_order(clr_thread *thread)
{
    exit_process(thread, HOST_E_EXITPROCESS_OUTOFMEMORY, false);
}

static void exit_rudely(clr_thread *thread)
{
    exit_process(thread, HOST_E_EXITPROCESS_OUTOFMEMORY, true);
}

static void keep_throwing(clr_thread *thread)
{
    (void)thread;
}

/* No managed code runs any more in this process; the host hears HOST_E_CLRNOTAVAILABLE (ceemain.cpp:2518-2533). */
static void disable(clr_thread *thread)
{
    thread->clr->disabled = true;
    thread->exception = CLR_THREAD_ABORTED;
}

static void (*const take[])(clr_thread *) = {
    [CLR_ACTION_NONE] = keep_throwing,          [CLR_ACTION_THROW] = keep_throwing,
    [CLR_ACTION_ABORT_THREAD] = abort_thread,   [CLR_ACTION_RUDE_ABORT_THREAD] = abort_thread,
    [CLR_ACTION_UNLOAD_DOMAIN] = unload_domain, [CLR_ACTION_RUDE_UNLOAD_DOMAIN] = unload_domain,
    [CLR_ACTION_EXIT] = exit_in_order,          [CLR_ACTION_FAST_EXIT] = exit_rudely,
    [CLR_ACTION_RUDE_EXIT] = exit_rudely,       [CLR_ACTION_DISABLE] = disable,
};

/* Runs only if the host asked for the policy manager before the start. Inside a constrained execution region nothing but the throw is done. */
void clr_policy_apply(clr_thread *thread)
{
    clr_runtime *clr = thread->clr;
    if (thread->exception != CLR_OUT_OF_MEMORY || !clr->policy_requested || !clr->started || thread->constrained > 0)
        return;
    bool critical = thread->lock_count > 0;
    take[clr->action[critical ? 1 : 0]](thread);
}
