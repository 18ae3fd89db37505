/* SPDX-License-Identifier: MIT
 * A run under judgement: everything that the outcome rules look at, gathered from the run's trace and the clean ones. It is gathered event by event,
 * so what the continuations of one prefix share is gathered once: proceed to where they part, mark, proceed to a continuation's end, conclude,
 * rewind.
 *
 * Threads: one thread per case.
 */
#ifndef HF_VERDICT_JUDGE_H
#define HF_VERDICT_JUDGE_H

#include "base_text.h"
#include "verdict_leak.h"
#include "verdict_response.h"

/* The longest row of failed requests from one place, with none granted there between. */
typedef struct hf__verdict_storm {
    uint64_t length;
    size_t event; /* its last request */
} hf__verdict_storm;

typedef struct hf__verdict_storms {
    hf__heap_map rows; /* places whose last request failed: how many failed in a row */
    hf__heap_map ages; /* return addresses from which requests without a stack were granted: how many */
    hf__verdict_storm longest, marked;
} hf__verdict_storms;

typedef struct hf__verdict_case {
    hf__verdict_facts run;
    hf__verdict_totals marked;
    const hf__verdict_background *before; /* the runs without faults */
    hf__verdict_ledger ledger;
    hf__verdict_violations violations;
    hf__verdict_scan scan;
    hf__verdict_storms storms;
    /* worked out at the end */
    hf__verdict_leaks leaks;
    hf__verdict_responses responses;
    hf__verdict_manner manner;
    uint32_t storm_limit;
    bool status_only;      /* results are not compared */
    uint32_t unfired_rule; /* UINT32_MAX: none */
} hf__verdict_case;

void hf__verdict_case_begin(hf__verdict_case *judged, const hf__verdict_background *before);
void hf__verdict_case_clear(hf__verdict_case *judged);
/* The trace that is read from now on: it has the events gathered so far at the same indices. */
void hf__verdict_case_look_at(hf__verdict_case *judged, const hf_trace *trace);
/* Gathers the events up to `end`. */
void hf__verdict_case_go_on(hf__verdict_case *judged, size_t end);
/* What is gathered after the mark is taken back by the rewind, in as long as it took to gather. Before a mark, only one thread made calls. */
void hf__verdict_case_mark(hf__verdict_case *judged);
void hf__verdict_case_rewind(hf__verdict_case *judged);

/* The first outcome that fits, and the sentence for it. */
hf_outcome hf__verdict_outcome_of(const hf__verdict_case *judged, hf__builder *reason);

/* The violation that speaks for all: one of the interface's clauses before one of strict mode, a new one before one that the clean run has as well.
 * Their number if there is none. */
size_t hf__verdict_violation_told(const hf__verdict_case *judged);

/* Rows of failed requests in the events [from, run->seen.count). */
void hf__verdict_storms_go_on(hf__verdict_storms *storms, const hf__verdict_facts *run, size_t from);
void hf__verdict_storms_mark(hf__verdict_storms *storms);
void hf__verdict_storms_rewind(hf__verdict_storms *storms);
uint32_t hf__verdict_unfired_rule_of(const hf__verdict_facts *run);

/* "SIGSEGV"; NULL for a signal that programs do not die of. Static text. */
const char *hf__verdict_signal_name(int32_t number);

#endif
