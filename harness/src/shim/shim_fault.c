/* SPDX-License-Identifier: MIT
 * What a fired rule does to a call: wait, notify, fail (before or after the host did the work), or succeed falsely. One handler per false success.
 * Whether a rule fires is the engine's decision, never this file's.
 */
#include "shim_call.h"
#include "base_check.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

#define DIRT 0xDB

void hf__shim_clear_out(const hf_shim_call *call)
{
    if (call->out != NULL && call->out_size != 0)
        memset(call->out, 0, call->out_size);
}

DWORD hf__shim_error_of(HRESULT hr, const hf_rule *rule)
{
    return rule != NULL && rule->has_last_error ? rule->last_error : hf__model_win32_of(hr);
}

void hf__shim_set_errors(HRESULT hr, const hf_rule *rule)
{
    hf__os_set_errno(hf__model_errno_of(hr));
    hf__os_set_last_error(hf__shim_error_of(hr, rule));
}

/* Asks the host with an out-parameter of our own, so that the caller's is not written. */
static HRESULT forward_aside(hf_shim_call *call, uint64_t *host_out)
{
    void *given = call->out;
    uint64_t aside = 0;
    if (given != NULL)
        call->out = &aside;
    HRESULT hr = call->forward(call);
    if (hf__shim.tracks_live != 0 || !call->is_ours)
        hf__shim_live_after(call, hr, aside);
    call->out = given;
    *host_out = aside;
    return hr;
}

static HRESULT forward_whole(hf_shim_call *call, uint64_t *host_out)
{
    if (hf__shim.tracks_live != 0)
        hf__shim_live_before(call);
    HRESULT hr = call->forward(call);
    *host_out = hf__shim_read_out(call);
    if (hf__shim.tracks_live != 0 || !call->is_ours)
        hf__shim_live_after(call, hr, *host_out);
    return hr;
}

/* An address for each poisoned out-parameter that is its own, so that a report can tell them apart. */
static void poison_out(const hf_shim_call *call)
{
    uint32_t number = hf__os_load_u32(&hf__shim.session.control->fired);
    void *address = hf__shim.poison != NULL ? hf__shim.poison + number % 4096 * 16 : NULL;
    if (call->out != NULL)
        memcpy(call->out, &address, sizeof address);
}

static void set_failed_out(const hf_shim_call *call, const hf_rule *rule)
{
    switch ((hf_out)rule->out) {
    case HF_OUT_NULL: hf__shim_clear_out(call); break;
    case HF_OUT_UNTOUCHED: break;
    case HF_OUT_POISON: poison_out(call); break;
    }
}

static HRESULT fail(hf_shim_call *call, const hf_rule *rule, HRESULT *host_hr, bool *forwarded, uint64_t *host_out)
{
    if (rule->done) {
        *host_hr = forward_aside(call, host_out);
        *forwarded = true;
    }
    set_failed_out(call, rule);
    HRESULT hr = hf__model_result_for(call->call.function, rule->hr);
    if (hr == E_FAIL && rule->sticks)
        hf__os_store_u32(&hf__shim.sticky, 1);
    hf__shim_set_errors(hr, rule);
    return hr;
}

/* A false success: what is requested of the host, and what the caller gets. */
typedef struct lie_result {
    HRESULT hr;
    HRESULT host_hr;
    bool forwarded;
    uint64_t host_out;
} lie_result;

static lie_result lie_null(hf_shim_call *call)
{
    hf__shim_clear_out(call);
    return (lie_result){.hr = S_OK};
}

static lie_result lie_untouched(hf_shim_call *call)
{
    lie_result result = {.hr = S_OK};
    if (call->call.method == HF_METHOD_VIRTUAL_PROTECT || call->call.method == HF_METHOD_GET_MEMORY_LOAD) {
        result.host_hr = forward_aside(call, &result.host_out);
        result.hr = result.host_hr;
        result.forwarded = true;
    }
    return result;
}

/* A fresh request is really reserved, so that giving it back works; a commit inside a reservation is just not made. */
static lie_result lie_uncommitted(hf_shim_call *call)
{
    lie_result result = {.hr = S_OK};
    if (call->call.address != 0 && (call->call.type & MEM_RESERVE) == 0) {
        uint64_t page = hf__os_page_size();
        void *address = (void *)(uintptr_t)(call->call.address / page * page);
        if (call->out != NULL)
            memcpy(call->out, &address, sizeof address);
        return result;
    }
    hf_call asked = call->call;
    call->call.type = (asked.type & ~(uint32_t)MEM_COMMIT) | MEM_RESERVE;
    call->call.protect = PAGE_NOACCESS;
    result.host_hr = forward_whole(call, &result.host_out);
    result.hr = result.host_hr;
    result.forwarded = true;
    call->call = asked;
    return result;
}

static bool is_writable(const hf_call *call)
{
    if (call->method != HF_METHOD_VIRTUAL_ALLOC)
        return true;
    return (call->type & MEM_COMMIT) != 0 && (call->protect == PAGE_READWRITE || call->protect == PAGE_EXECUTE_READWRITE);
}

static lie_result lie_dirty(hf_shim_call *call)
{
    lie_result result = {.forwarded = true};
    result.host_hr = forward_whole(call, &result.host_out);
    result.hr = result.host_hr;
    if (result.hr == S_OK && result.host_out != 0 && is_writable(&call->call) && !call->keeps)
        memset((void *)(uintptr_t)result.host_out, DIRT, call->call.size);
    return result;
}

static lie_result lie_short(hf_shim_call *call)
{
    lie_result result = {.forwarded = true};
    uint64_t asked = call->call.size;
    uint64_t least = call->call.method == HF_METHOD_VIRTUAL_ALLOC ? hf__os_page_size() : 1;
    call->call.size = asked / 2 > least ? asked / 2 : (asked > least ? least : asked);
    result.host_hr = forward_whole(call, &result.host_out);
    result.hr = result.host_hr;
    call->call.size = asked;
    return result;
}

static lie_result lie_old_protect(hf_shim_call *call)
{
    lie_result result = {.forwarded = true};
    result.host_hr = forward_whole(call, &result.host_out);
    result.hr = result.host_hr;
    if (SUCCEEDED(result.hr))
        hf__shim_clear_out(call);
    return result;
}

static lie_result lie_not_done(hf_shim_call *call)
{
    if (call->call.method == HF_METHOD_VIRTUAL_PROTECT && call->out != NULL) {
        DWORD unchanged = call->call.protect;
        memcpy(call->out, &unchanged, sizeof unchanged);
    }
    return (lie_result){.hr = S_OK};
}

static lie_result lie_s_false(hf_shim_call *call)
{
    lie_result result = {.forwarded = true};
    result.host_hr = forward_whole(call, &result.host_out);
    result.hr = result.host_hr == S_OK ? S_FALSE : result.host_hr;
    return result;
}

static lie_result lie_none(hf_shim_call *call)
{
    lie_result result = {.forwarded = true};
    result.host_hr = forward_whole(call, &result.host_out);
    result.hr = result.host_hr;
    return result;
}

static lie_result (*const lies[HF_LIE_COUNT])(hf_shim_call *call) = {
    [HF_LIE_NONE] = lie_none,       [HF_LIE_NULL] = lie_null,   [HF_LIE_UNTOUCHED] = lie_untouched,     [HF_LIE_UNCOMMITTED] = lie_uncommitted,
    [HF_LIE_DIRTY] = lie_dirty,     [HF_LIE_SHORT] = lie_short, [HF_LIE_OLD_PROTECT] = lie_old_protect, [HF_LIE_NOT_DONE] = lie_not_done,
    [HF_LIE_S_FALSE] = lie_s_false,
};

HRESULT hf__shim_fault(hf_shim_call *call, const hf_rule *rule, HRESULT *host_hr, bool *forwarded, uint64_t *host_out)
{
    if (rule->delay_us != 0)
        hf__os_sleep_us(rule->delay_us);
    if (rule->notify != 0)
        hf__shim_notify((EMemoryAvailable)rule->notify);
    if (rule->returns)
        return fail(call, rule, host_hr, forwarded, host_out);
    lie_result result = lies[rule->lie](call);
    *host_hr = result.host_hr;
    *forwarded = result.forwarded;
    *host_out = result.host_out;
    if (rule->has_last_error)
        hf__os_set_last_error(rule->last_error);
    return result.hr;
}
