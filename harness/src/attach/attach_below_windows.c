/* SPDX-License-Identifier: MIT
 * The hook as the lower of two shims (shim_below.h): judges the host that stands between them. What a host answers is compared with what the system
 * says of the memory right then, and at the end of the process with what is still there. A host may have memory of its own for as long as it likes;
 * what it was given back, or took for a call that it then failed, is not its own.
 *
 * The record is a table of fixed size: what does not fit is not judged.
 */
#include "attach_call_windows.h"
#include "attach_calls_windows.h"
#include "base_check.h"
#include "shim_below.h"

#include "base_poison.h"

#define SUSPECTS_MAX 4096u

/* A region that must not exist at the end of the process. */
typedef struct suspect {
    uint64_t base;
    uint32_t wrong, method; /* what is wrong if it exists */
} suspect;

static suspect suspects[SUSPECTS_MAX];
static uint32_t suspect_count;
static DWORD call_slot = TLS_OUT_OF_INDEXES;

static bool query(uint64_t address, MEMORY_BASIC_INFORMATION *out)
{
    return VirtualQuery(HF_HOOK_ARGUMENT(address), out, sizeof *out) == sizeof *out;
}

static bool is_reserved(uint64_t address)
{
    MEMORY_BASIC_INFORMATION told;
    return query(address, &told) && told.State != MEM_FREE;
}

/* Are all pages of the range in one region, and committed? */
static bool is_committed(uint64_t address, uint64_t size)
{
    MEMORY_BASIC_INFORMATION told;
    void *region = NULL;
    for (uint64_t at = address; at - address < size; at = (uint64_t)(uintptr_t)told.BaseAddress + told.RegionSize) {
        if (!query(at, &told) || told.State != MEM_COMMIT || (region != NULL && told.AllocationBase != region))
            return false;
        region = told.AllocationBase;
    }
    return true;
}

/* Would the system refuse this release or decommitment? Checks the documented conditions of VirtualFree. */
static bool is_bad_free(const hf_below_call *call)
{
    MEMORY_BASIC_INFORMATION told;
    bool releases = call->type == MEM_RELEASE;
    if (!releases && call->type != MEM_DECOMMIT)
        return true;
    if (!query(call->address, &told) || told.State == MEM_FREE)
        return true;
    bool is_at_base = (uint64_t)(uintptr_t)told.AllocationBase == (call->address & ~(uint64_t)0xFFF);
    return releases ? call->size != 0 || !is_at_base : call->size == 0 && !is_at_base;
}

static bool is_bad(const hf_below_call *call)
{
    switch (call->method) {
    case HF_METHOD_VIRTUAL_FREE: return is_bad_free(call);
    case HF_METHOD_VIRTUAL_PROTECT: return call->size == 0 || !is_committed(call->address, call->size);
    default: return false;
    }
}

static void suspect_region(uint64_t base, uint32_t wrong, uint32_t method)
{
    uint32_t at = hf__os_add_u32_atomic(&suspect_count, 1);
    if (at >= SUSPECTS_MAX) {
        hf__os_store_u32(&suspect_count, SUSPECTS_MAX);
        return;
    }
    suspects[at].wrong = wrong;
    suspects[at].method = method;
    hf__os_store_u64(&suspects[at].base, base);
}

/* The system reuses bases: a region that was allocated again is no longer the one that the host was asked to release. */
static void clear_suspicion(uint64_t base)
{
    uint32_t count = hf__os_load_u32(&suspect_count);
    for (uint32_t i = 0; i < count && i < SUSPECTS_MAX; i++) {
        if (hf__os_load_u64(&suspects[i].base) == base)
            hf__os_store_u64(&suspects[i].base, 0);
    }
}

/* 0: the answer is right. */
static uint32_t judge_request(const hf_below_call *call)
{
    if (call->out == 0)
        return HF_HOST_NULL;
    if (call->method != HF_METHOD_VIRTUAL_ALLOC || (call->type & (MEM_COMMIT | MEM_RESERVE)) == 0)
        return 0;
    bool is_there = (call->type & MEM_COMMIT) != 0 ? is_committed(call->out, call->size) : is_reserved(call->out);
    return is_there ? 0 : HF_HOST_ABSENT;
}

static uint32_t judge_success(const hf_below_call *call)
{
    if (call->method < 32 && (HF_SHIM_REQUESTS >> call->method & 1) != 0)
        return judge_request(call);
    return call->was_bad ? HF_HOST_ACCEPTED : 0;
}

/* Records the regions that must not exist at the end, from the result of the call. */
static void follow(const hf_below_call *call)
{
    bool succeeded = SUCCEEDED(call->hr);
    if (succeeded && call->method == HF_METHOD_VIRTUAL_ALLOC)
        clear_suspicion(call->out);
    if (succeeded && call->method == HF_METHOD_VIRTUAL_FREE && call->type == MEM_RELEASE && !call->was_bad)
        suspect_region(call->address & ~(uint64_t)0xFFF, HF_HOST_KEPT, call->method);
    for (uint32_t i = 0; !succeeded && i < call->taken_count && i < HF_BELOW_TAKEN_MAX; i++) {
        if (call->taken[i] != 0)
            suspect_region(call->taken[i], HF_HOST_LEAKED, call->method);
    }
}

static void answer(hf_below_call *call)
{
    TlsSetValue(call_slot, call->outer);
    uint32_t wrong = SUCCEEDED(call->hr) ? judge_success(call) : 0;
    if (wrong != 0)
        hf__shim_note_host(wrong, call->method,
                           wrong == HF_HOST_NULL                     ? 0
                           : call->method == HF_METHOD_VIRTUAL_ALLOC ? call->out
                                                                     : call->address,
                           call->size, (uintptr_t)call->pc);
    follow(call);
}

static void ask(hf_below_call *call)
{
    call->was_bad = is_bad(call);
    call->outer = TlsGetValue(call_slot);
    TlsSetValue(call_slot, call);
}

__declspec(dllexport) void hf__attach_host_call(hf_below_call *call);

/* Keeps the program's last error. Calls that are made here are the hook's, not the program's. */
__declspec(dllexport) void hf__attach_host_call(hf_below_call *call)
{
    DWORD kept = GetLastError();
    if (call->version == HF_BELOW_VERSION && call_slot != TLS_OUT_OF_INDEXES && !hf__attach_hook_passes_by()) {
        hf__attach_hook_inside(true);
        if (call->is_answered != 0)
            answer(call);
        else
            ask(call);
        hf__attach_hook_inside(false);
    }
    SetLastError(kept);
}

void hf__attach_below_took(uint64_t base)
{
    hf_below_call *call = call_slot != TLS_OUT_OF_INDEXES ? TlsGetValue(call_slot) : NULL;
    if (call != NULL && call->taken_count < HF_BELOW_TAKEN_MAX)
        call->taken[call->taken_count++] = base;
    if (call != NULL)
        clear_suspicion(base);
}

void hf__attach_below_gave(uint64_t base)
{
    hf_below_call *call = call_slot != TLS_OUT_OF_INDEXES ? TlsGetValue(call_slot) : NULL;
    for (uint32_t i = 0; call != NULL && i < call->taken_count; i++)
        call->taken[i] = call->taken[i] == base ? 0 : call->taken[i];
}

static void look_at_suspects(void)
{
    uint32_t count = hf__os_load_u32(&suspect_count);
    for (uint32_t i = 0; i < count && i < SUSPECTS_MAX; i++) {
        MEMORY_BASIC_INFORMATION told;
        uint64_t base = suspects[i].base;
        if (base != 0 && query(base, &told) && told.State != MEM_FREE && (uint64_t)(uintptr_t)told.AllocationBase == base)
            hf__shim_note_host(suspects[i].wrong, suspects[i].method, base, 0, 0);
    }
}

bool hf__attach_below_prepare(void)
{
    call_slot = TlsAlloc();
    hf__shim_on_leave = look_at_suspects;
    return call_slot != TLS_OUT_OF_INDEXES;
}
