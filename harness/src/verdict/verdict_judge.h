/*
 * A run under judgement: all that the outcome rules look at, gathered from the run's trace and the clean ones. It is gathered event by event, so that
 * what the branches of one stem have in common is gathered once: go on to where they part, mark, go on to a branch's end, conclude, rewind.
 *
 * Threads: one thread per case.
 */
#ifndef HF_VERDICT_JUDGE_H
#define HF_VERDICT_JUDGE_H

#include "base_text.h"
#include "verdict_leak.h"
#include "verdict_response.h"

/* The longest row of failed requests from one place, with none granted there between. */
typedef struct hf__storm {
    uint64_t length;
    size_t event; /* its last request */
} hf__storm;

typedef struct hf__storms {
    hf__map rows; /* places whose last request failed: how many failed in a row */
    hf__map ages; /* return addresses from which requests without a stack were granted: how many */
    hf__storm longest, marked;
} hf__storms;

typedef struct hf__case {
    hf__facts run;
    hf__seen marked;
    const hf__background *before; /* the runs without faults */
    hf__ledger ledger;
    hf__violations violations;
    hf__survey survey;
    hf__storms storms;
    /* worked out at the end */
    hf__leaks leaks;
    hf__responses responses;
    hf__manner manner;
    uint32_t storm_limit;
    bool status_only;      /* results are not compared */
    uint32_t unfired_rule; /* UINT32_MAX: none */
} hf__case;

void hf__case_begin(hf__case *judged, const hf__background *before);
void hf__case_clear(hf__case *judged);
/* The trace that is looked at from now on: it has the events gathered so far at the same indices. */
void hf__case_look_at(hf__case *judged, const hf_trace *trace);
/* Gathers the events up to `end`. */
void hf__case_go_on(hf__case *judged, size_t end);
/* What is gathered after the mark is taken back by the rewind, in as long as it took to gather. Before a mark, only one thread made calls. */
void hf__case_mark(hf__case *judged);
void hf__case_rewind(hf__case *judged);

/* The first outcome that fits, and the sentence for it. */
hf_outcome hf__outcome_of(const hf__case *judged, hf__builder *reason);

/* Rows of failed requests in the events [from, run->seen.count). */
void hf__storms_go_on(hf__storms *storms, const hf__facts *run, size_t from);
void hf__storms_mark(hf__storms *storms);
void hf__storms_rewind(hf__storms *storms);
uint32_t hf__unfired_rule_of(const hf__facts *run);

/* "SIGSEGV"; NULL for a signal that programs do not die of. Static text. */
const char *hf__verdict_signal_name(int32_t number);

#endif
