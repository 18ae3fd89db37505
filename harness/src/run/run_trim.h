/* SPDX-License-Identifier: MIT
 * Removing run folders: what `hostfault clean` does, and what keeps RESULTS/runs below its limit. Only folders that hostfault made are removed: their
 * name has the form of a run's, and they contain only what a run leaves. A folder with anything else in it stays.
 *
 * Threads: one thread.
 */
#ifndef HF_RUN_TRIM_H
#define HF_RUN_TRIM_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hf__run_trim {
    const char *results;       /* NULL: results */
    const char *const *needed; /* ids of findings, ended by NULL: the newest folder of each stays, and the clean runs that it points at */
    uint64_t keep_bytes;       /* takes the oldest, until what is left is no more than this; 0: takes all that is not needed */
    uint32_t young_s;          /* folders begun within so many seconds stay: somebody may be at work there */
    bool only_looks;           /* takes nothing, and says what it would take */
    void (*taken)(const char *folder, uint64_t bytes, void *user); /* NULL: nobody is told */
    void *user;
} hf__run_trim;

typedef struct hf__run_trim_result {
    size_t taken, needed, young, foreign; /* folders: taken away; and left, with why */
    uint64_t bytes;                       /* of those taken */
} hf__run_trim_result;

/* HF_ERROR_SYSTEM: a folder could not be taken away; those before it are gone. No such results folder: nothing to take. */
HF_CHECK_RESULT hf_status hf__run_trim_folders(const hf__run_trim *options, hf__run_trim_result *out, hf_error *err);

#endif
