/* SPDX-License-Identifier: MIT
 * Results of the system become HRESULTs on the way in; results of the shim become null or FALSE with a last error on the way out.
 *
 * Calls that the shim itself causes (gcc's thread-local storage takes memory from the heap) go straight to the system. Here the host is Windows, and
 * a program may pass it anything: no argument is inspected before the system has seen it.
 */
#include "attach_call_windows.h"
#include "attach_calls_windows.h"

#include "base_poison.h"

static DWORD inside_slot = TLS_OUT_OF_INDEXES;

bool hf__attach_hook_prepare(void)
{
    inside_slot = TlsAlloc();
    return inside_slot != TLS_OUT_OF_INDEXES;
}

void hf__attach_hook_inside(bool inside)
{
    TlsSetValue(inside_slot, inside ? &inside_slot : NULL);
}

/* TlsGetValue clears the last error. */
bool hf__attach_hook_passes_by(void)
{
    DWORD kept = GetLastError();
    bool passes = !hf__shim_attached() || TlsGetValue(inside_slot) != NULL;
    SetLastError(kept);
    return passes;
}

void hf__attach_hook_begin(hf__attach_hook_call *hook, hf_method method, HRESULT (*forward)(hf_shim_call *), uintptr_t pc)
{
    hook->last_error = GetLastError();
    hook->is_forwarded = hook->has_failed = false;
    hf__shim_begin(&hook->shim, NULL, &inside_slot, method, forward, pc);
}

HRESULT hf__attach_hook_answer(hf_shim_call *call, bool succeeded)
{
    hf__attach_hook_call *hook = hf__attach_hook_of(call);
    hook->is_forwarded = true;
    hook->has_failed = !succeeded;
    if (succeeded)
        return S_OK;
    hook->last_error = GetLastError();
    return hf__model_hresult_of_win32(hook->last_error);
}

bool hf__attach_hook_run(hf__attach_hook_call *hook)
{
    TlsSetValue(inside_slot, hook);
    HRESULT hr = hf__shim_run(&hook->shim);
    DWORD injected = GetLastError();
    TlsSetValue(inside_slot, NULL);
    bool made_up = FAILED(hr) && !hook->has_failed;
    SetLastError(made_up ? injected : hook->last_error);
    return SUCCEEDED(hr);
}
