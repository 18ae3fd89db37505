/* SPDX-License-Identifier: MIT
 * One call of an unmodified program, as the replacements of Windows functions share it.
 *
 * Threads: as the functions they replace.
 */
#ifndef HF_ATTACH_CALL_WINDOWS_H
#define HF_ATTACH_CALL_WINDOWS_H

#include "attach_imports_windows.h"
#include "shim_call.h"

#define HF_HOOK_CALLED_FROM() ((uintptr_t)__builtin_extract_return_addr(__builtin_return_address(0)))
#define HF_HOOK_ARGUMENT(value) ((void *)(uintptr_t)(value))

/* A call of the program's, and what only its own function's forwarding needs. */
typedef struct hf__attach_hook_call {
    hf_shim_call shim; /* first */
    HANDLE process, heap;
    DWORD node, flags;
    void *parameters;
    ULONG parameter_count;
    SIZE_T initial, maximum;
    const void *own_out;           /* of the function's own, to tell it from one that the shim puts in its place */
    bool is_global;                /* GlobalAlloc's family, not LocalAlloc's */
    bool is_forwarded, has_failed; /* the system was asked; and failed */
    DWORD last_error;              /* the program's before the call; the system's after it has failed */
} hf__attach_hook_call;

static inline hf__attach_hook_call *hf__attach_hook_of(hf_shim_call *call)
{
    return (hf__attach_hook_call *)(void *)call;
}

/* Is this thread in the shim already, or are we not attached? Then the system is asked, and nobody hears of it. */
bool hf__attach_hook_passes_by(void);
/* Begins a call that was made from pc. */
void hf__attach_hook_begin(hf__attach_hook_call *hook, hf_method method, HRESULT (*forward)(hf_shim_call *), uintptr_t pc);
/* The system's answer: it failed for the reason that its last error says, or the last error is what it was. */
HRESULT hf__attach_hook_answer(hf_shim_call *call, bool succeeded);
/* The same for a block of the heap, which says only that it has nothing. */
HRESULT hf__attach_hook_answer_block(hf_shim_call *call, const void *block);
/* Runs it; true if it succeeded. The last error is then the program's own, else the system's or the rule's. */
bool hf__attach_hook_run(hf__attach_hook_call *hook);

/* The judge of a host that is linked with a shim of its own (attach_below_windows.c): before the session is joined; a region that the system gave or
 * got back in a call. */
bool hf__attach_below_prepare(void);
void hf__attach_below_took(uint64_t base);
void hf__attach_below_gave(uint64_t base);

/* Rows of a table of redirections, of row(name, function): at->... is filled in and at moves on. `real` has a member of each name. */
#define HF_HOOK_COUNT_ROW(name, function) +1u
#define HF_HOOK_FILL_ROW(function_name, function)                                                                                                    \
    at->name = #function_name;                                                                                                                       \
    at->ours = (FARPROC)(uintptr_t)function;                                                                                                         \
    (at++)->real = (FARPROC *)(void *)&real.function_name;

/* The heap's rows (attach_heap_windows.c). */
#define HF_HOOK_HEAP_COUNT 6u
void hf__attach_hook_heap_rows(hf__attach_redirection *at);
/* Records that a block has gone back to the heap by the way, and not by a Free of the program's that could fail. */
void hf__attach_hook_note_given(const void *block, uintptr_t pc);
/* LocalAlloc's and GlobalAlloc's (attach_local_windows.c). */
#define HF_HOOK_LOCAL_COUNT 6u
void hf__attach_hook_local_rows(hf__attach_redirection *at);
/* Those of views of files (attach_views_windows.c). */
#define HF_HOOK_VIEWS_COUNT 4u
void hf__attach_hook_views_rows(hf__attach_redirection *at);
/* Those of functions that start processes (attach_follow_windows.c). */
#define HF_HOOK_FOLLOW_COUNT 2u
void hf__attach_hook_follow_rows(hf__attach_redirection *at);

#endif
