/* SPDX-License-Identifier: MIT
 * Processes that an unmodified program starts, followed on request. Each takes a session of its own, beside the program's and under the same plan;
 * sessions are made ready in advance. A rule's ordinals start from 1 in each. The processes are watched while the program runs, and judged by their
 * own traces, without a clean run to compare with. Those that still run when the program has ended are ended with it.
 *
 * Threads: one run per object.
 */
#ifndef HF_RUN_CHILDREN_H
#define HF_RUN_CHILDREN_H

#include "run_execute.h"

typedef struct hf__run_children hf__run_children;

hf__run_children *hf__run_children_create(const hf__run_job *job, const void *plan, size_t plan_bytes);
void hf__run_children_destroy(hf__run_children *children); /* NULL is fine */
/* To be given to hf__run_execute_with. */
const hf__run_execution_partner *hf__run_children_partner(const hf__run_children *children);

/* After the execution. Faults that fired in them; */
uint64_t hf__run_children_fired(const hf__run_children *children);
/* the first whose outcome is none that the scenario expects, in words (hf__free), NULL if there is none; */
char *hf__run_children_unmet(const hf__run_children *children, const hf_scenario *scenario);
/* all of them, a line each; "" if there were none. hf__free. */
char *hf__run_children_describe(const hf__run_children *children);

#endif
