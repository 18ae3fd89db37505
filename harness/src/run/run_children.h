/* SPDX-License-Identifier: MIT
 * Processes that an unmodified program starts, followed on request. Each takes a session of its own, beside the program's and under the same plan;
 * sessions are made ready in advance. A rule's ordinals start from 1 in each. The processes are watched while the program runs. Those that still run
 * when the program has ended are ended with it.
 *
 * Each is judged by its own trace, compared with the process that is its like in the clean run: the n-th of the same program. A run with such
 * processes ends as the worst of them, or as the program itself.
 *
 * Threads: one run per object. Once their execution is over, they may be compared with by several threads.
 */
#ifndef HF_RUN_CHILDREN_H
#define HF_RUN_CHILDREN_H

#include "run_execute.h"

/* Of an execution (hf__run_execute), when it is cleared. */
void hf__run_children_destroy(hf__run_children *children); /* NULL is fine */

/* All that follows: children NULL are none. */

/* Clean runs of the same job, to compare with; NULL: none. */
typedef struct hf__run_children_before {
    const hf__run_children *clean, *clean2;
} hf__run_children_before;
/* Judges each, anew if it has been judged before. */
void hf__run_children_judge(hf__run_children *children, const hf__run_children_before *before, const hf_verdict_options *options);

/* Faults that fired in them; */
uint64_t hf__run_children_fired(const hf__run_children *children);
/* the one that ended worst, if it ended worse than the program did with this outcome: its verdict, which begins by naming it, and its trace. False if
 * there is none. Those that were ended with the program do not count. */
typedef struct hf__run_children_end {
    uint32_t number; /* its trace is trace-NUMBER */
    const hf_verdict *verdict;
    const hf_trace *trace;
} hf__run_children_end;
bool hf__run_children_worst(hf__run_children *children, hf_outcome program, hf__run_children_end *out);
/* one that could not be followed or judged, in words (hf__free); NULL if there is none; */
char *hf__run_children_problem(const hf__run_children *children);
/* all of them, a line each; "" if there were none. hf__free. */
char *hf__run_children_describe(const hf__run_children *children);

/* The trace of the number-th, 0 to HF_FOLLOWED_MAX - 1; NULL if there is none. */
const hf_trace *hf__run_children_trace(const hf__run_children *children, uint32_t number);
/* The trace of the process that is like this one in another run of the job; NULL if there is none. */
const hf_trace *hf__run_children_like(const hf__run_children *children, uint32_t number, const hf__run_children *other);

#endif
