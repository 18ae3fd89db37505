/* SPDX-License-Identifier: MIT
 * Results of the next definition become HRESULTs on the way in (error numbers, model_hresult.def), and results of the shim become errno on the way
 * out. No argument is inspected before the next definition has seen it: a program may pass anything.
 *
 * A thread that is inside the shim already goes straight to the next definition, so the shim's own requests are not taken for the program's.
 */
#include "attach_call_posix.h"

#include <errno.h>

#include "base_poison.h"

HF_THREAD_LOCAL uint8_t hf__attach_hook_is_inside;
struct hf__attach_hook_linker hf__attach_hook_linker;

void hf__attach_hook_begin(hf__attach_hook_call *hook, hf_method method, hf_function function, HRESULT (*forward)(hf_shim_call *), uintptr_t pc)
{
    hook->error_place = &errno;
    hook->error = *hook->error_place;
    hook->has_failed = false;
    hf__shim_begin(&hook->shim, NULL, &hf__attach_hook_is_inside, method, forward, pc);
    hook->shim.call.function = (uint8_t)function;
}

void hf__attach_hook_forward(const hf__attach_hook_call *hook)
{
    *hook->error_place = hook->error;
}

HRESULT hf__attach_hook_answer(hf_shim_call *call, bool succeeded)
{
    hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hook->has_failed = !succeeded;
    hook->error = *hook->error_place;
    return succeeded ? S_OK : HF_RESULT_OF_ERRNO(hook->error != 0 ? hook->error : ENOMEM);
}

HRESULT hf__attach_hook_run(hf__attach_hook_call *hook)
{
    hf__attach_hook_is_inside = 1;
    hf__os_signal_fence();
    HRESULT hr = hf__shim_run(&hook->shim);
    hf__os_signal_fence();
    hf__attach_hook_is_inside = 0;
    bool is_made_up = FAILED(hr) && !hook->has_failed;
    *hook->error_place = is_made_up ? hf__model_errno_of(hr) : hook->error;
    return hr;
}

static HRESULT forward_nothing(hf_shim_call *call)
{
    (void)call;
    return S_OK;
}

void hf__attach_hook_note(hf_method method, hf_function function, const void *address, size_t size, uintptr_t pc)
{
    hf__attach_hook_call hook;
    hf__attach_hook_begin(&hook, method, function, forward_nothing, pc);
    hook.shim.call.address = (uintptr_t)address;
    hook.shim.call.size = size;
    hook.shim.call.type = method == HF_METHOD_VIRTUAL_FREE ? MEM_RELEASE : 0;
    hf_pause();
    (void)hf__attach_hook_run(&hook);
    hf_resume();
}
