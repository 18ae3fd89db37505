/* SPDX-License-Identifier: MIT
 * A run's calls next to the clean run's: which calls after a fault the caller would have made anyway, and which are its reaction.
 *
 * Up to the first fault both runs make the same calls, so the failed call has its counterpart at the same number in the same thread of the clean run.
 * From there, each call is searched for a little ahead in the clean run. A call that is found there would have come anyway; one that is not is a
 * reaction.
 *
 * Threads: read-only once made.
 */
#ifndef HF_VERDICT_ALIGN_H
#define HF_VERDICT_ALIGN_H

#include "verdict_background.h"

typedef enum hf__verdict_origin {
    HF_ORIGIN_UNKNOWN, /* no clean run, or it does not make the call that failed; or it cannot be told */
    HF_ORIGIN_ANYWAY,  /* the clean run makes it too */
    HF_ORIGIN_NEW      /* only this run makes it */
} hf__verdict_origin;

typedef struct hf__verdict_align {
    const hf__verdict_facts *run;
    const hf__verdict_background *before;
    size_t first, count;    /* the events that are examined */
    struct hf__aligned *at; /* per event from `first` on; NULL: nothing is aligned */
} hf__verdict_align;

/* Of the events from `first` on. */
void hf__verdict_align_make(hf__verdict_align *align, const hf__verdict_facts *run, const hf__verdict_background *before, size_t first);
void hf__verdict_align_clear(hf__verdict_align *align);

/* Where `call` comes from, a later call of the thread that `fault` failed in. */
hf__verdict_origin hf__verdict_align_origin(const hf__verdict_align *align, size_t fault, size_t call);
/* Does the run make the same kinds of calls after the fault as the clean run, to the end? Then nothing was done because of the failure. Places do not
 * count: a compiler may give the path of the failure its own copy of them. */
bool hf__verdict_align_goes_on(const hf__verdict_align *align, size_t fault);

#endif
