/* SPDX-License-Identifier: MIT
 * A pool of threads for independent work. For the tool only.
 *
 * Threads: distinct pools may be used in parallel.
 */
#ifndef HF_SYSTEM_PARALLEL_H
#define HF_SYSTEM_PARALLEL_H

#include <stddef.h>

/* Each `work` is an attempt of its own (heap_attempt.h): if one runs out of memory, no further one begins, and the attempt of the calling thread ends
 * once those under way are done. */
typedef struct hf_parallel {
    void (*work)(size_t index, void *user);
    void (*done)(size_t index, void *user);
    void (*tick)(size_t finished, void *user);
    void *user;
} hf_parallel;

/* Does `work` for the indices 0 .. count - 1 on at most `jobs` threads, lowest index first. As soon as an index and all before it are finished,
 * `done` is called for it on the calling thread, so in order. `tick` (may be NULL) is called on the calling thread a few times a second, with how
 * many are finished. Returns when all is done. jobs 0 or 1: still a thread of its own for the work; where the system starts no thread, the calling
 * one does it. */
void hf__system_parallel(size_t count, unsigned jobs, const hf_parallel *parallel);

#endif
