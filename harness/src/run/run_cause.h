/* SPDX-License-Identifier: MIT
 * What findings of one cause have in common: the place where the run ended (the crash, the hang, the broken clause, the leaked block), or else the
 * place of the refused request. Read from a run with a stack at every call, in words that stay the same from build to build.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_RUN_CAUSE_H
#define HF_RUN_CAUSE_H

#include <hostfault/run.h>

/* Zero-initialised it is empty. */
typedef struct hf__verdict_cause {
    char *text;          /* "lua!luaH_resize", "lua!main, double free": the same for findings of one cause; NULL: nothing is known */
    uint64_t spot;       /* tells causes of one text apart, in the order of the code; 0 */
    char *place;         /* where it ended: "luaH_resize at ltable.c:512"; NULL: not known */
    char *refused;       /* where the last failed call was made; NULL: none, or not known */
    char *detail;        /* whose memory it was, what it waits for; "" */
    char *stack;         /* of the ending, one frame a line; "" */
    char *refused_stack; /* of the last failed call; "" */
} hf__verdict_cause;

/* The result must be of a run with stacks for anything to be known. wrapping: what the user calls wrappers. */
void hf__run_cause_find(const hf_run_result *result, const hf_string_list *wrapping, hf__verdict_cause *out);
void hf__run_cause_clear(hf__verdict_cause *cause);

#endif
