/* SPDX-License-Identifier: MIT
 * Work that may run out of memory. An attempt runs a function; if an allocation fails inside it, on this thread, the attempt ends there: guards run,
 * the memory that was allocated inside is freed, and the answer is HF_ERROR_MEMORY. Every public function of the tool that allocates makes an
 * attempt, and so do the tool's main and each worker of hf__system_parallel. Attempts nest; the innermost one ends.
 *
 *     struct opening { const char *path; hf_trace **out; hf_error *err; };
 *     static hf_status open_now(void *opening) { ... }
 *     hf_status hf_trace_open(...) { struct opening o = {path, out, err}; return hf__heap_attempt(open_now, &o, err); }
 *
 * What is not memory (a file, a mapping, a child process, a lock) needs a guard while an allocation may fail. An object from before the attempt must
 * not be left with pointers to memory from inside it: allocate first, then change the object.
 *
 * setjmp and longjmp do this, as in Lua and libpng: the alternative is an error path at each of 300 allocations, which nobody would test.
 */
#ifndef HF_HEAP_ATTEMPT_H
#define HF_HEAP_ATTEMPT_H

#include <hostfault/error.h>

typedef hf_status hf_heap_work(void *arguments);

/* The answer of work, or HF_ERROR_MEMORY, which err then describes (NULL: it does not). Memory that work allocated and did not free belongs to the
 * attempt around this one, if there is one. */
HF_CHECK_RESULT hf_status hf__heap_attempt(hf_heap_work *work, void *arguments, hf_error *err);

/* The same, and no attempt is made inside it but by hf__heap_attempt_within: whatever runs out of memory ends this one. For the tool's main, so that
 * every verb ends with one message and one exit status. */
HF_CHECK_RESULT hf_status hf__heap_attempt_all(hf_heap_work *work, void *arguments, hf_error *err);

/* For a pool: the attempt of the calling thread (NULL: none), and an attempt on another thread whose memory then belongs to it. `around` must outlive
 * the work. */
typedef struct hf_heap_attempt hf_heap_attempt;
hf_heap_attempt *hf__heap_current(void);
/* around NULL: memory of a successful attempt belongs to no attempt; its user frees it. */
HF_CHECK_RESULT hf_status hf__heap_attempt_within(hf_heap_attempt *around, hf_heap_work *work, void *arguments, hf_error *err);

/* Runs undo(what) if the attempt fails before the guard is dropped; the last guard set runs first. The guard is storage of its owner's: of a handle,
 * whose creator sets it and whose destroyer drops it, or of a function. Guards are dropped in any order; a zeroed guard, or one that has run, may be
 * dropped. One that is still set when its attempt succeeds passes to the attempt around it. undo gives back what is not memory, and must not
 * allocate. Outside of an attempt a guard never runs. */
typedef struct hf_heap_link {
    struct hf_heap_link *next, *previous; /* a ring; NULL: in none */
} hf_heap_link;
typedef struct hf_heap_guard {
    hf_heap_link link;
    void (*undo)(void *what);
    void *what;
} hf_heap_guard;
void hf__heap_guard(hf_heap_guard *guard, void (*undo)(void *what), void *what);
void hf__heap_drop_guard(hf_heap_guard *guard);

/* Takes a block out of its attempt, for what the process keeps: it stays when the attempt fails. Returns the block. */
void *hf__heap_keep(void *block);

#endif
