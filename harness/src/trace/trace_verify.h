/* SPDX-License-Identifier: MIT
 * The state of hf_trace_verify while it reads a trace: counters as the shim kept them, and the numbers that threads drew, which are checked together
 * at the end. Only the two trace_verify files use it.
 *
 * Threads: one thread per verifier.
 */
#ifndef HF_TRACE_VERIFY_H
#define HF_TRACE_VERIFY_H

#include "base_text.h"
#include "engine.h"
#include "trace_reader.h"

/* Which numbers must be 1, 2, 3, ... without one twice. */
typedef enum hf__trace_verify_kind { HF_VERIFY_ORDINAL, HF_VERIFY_TAKEN, HF_VERIFY_NUMBER } hf__trace_verify_kind;

typedef struct hf__trace_verify_drawn {
    uint64_t site, value;
    size_t event;
    uint32_t kind, rule;
} hf__trace_verify_drawn;

typedef struct hf__trace_verify_counter {
    uint64_t site, count;
    uint32_t rule;
    bool is_used;
} hf__trace_verify_counter;

/* A module as the shim's engine saw it. */
typedef struct hf__trace_verify_module {
    const char *name; /* last path component, as far as the shim keeps it */
    uint64_t key;
} hf__trace_verify_module;

typedef struct hf__trace_verifier {
    const hf_trace *trace;
    const hf_plan_image *plan;
    hf_plan_image *open_plan; /* the same without gates and phases */
    hf_error *err;
    hf_rule_set gated; /* rules with a gate or a phase */
    bool is_exact;     /* one calling thread, nothing lost: the run can be played again */
    bool is_whole;     /* nothing lost and left in order: no number may be missing */
    bool is_lost;
    hf__trace_verify_module *modules;
    /* the run, as far as it was played */
    uint8_t label, phase;
    bool is_sticky, is_maybe_sticky;
    hf_rule_set fired;
    uint32_t taken[HF_RULES_MAX];
    uint32_t fired_count;
    uint64_t thread_counts[HF_RULES_MAX];
    hf__trace_verify_counter *counters;
    size_t counter_count, counter_capacity;
    hf__trace_verify_drawn *drawn;
    size_t drawn_count, drawn_capacity;
    hf__heap_arena arena;
} hf__trace_verifier;

hf__trace_verifier *hf__trace_verify_begin(const hf_trace *trace, hf_error *err);
void hf__trace_verify_end(hf__trace_verifier *self);
/* Fills the error: which event, and what is wrong with it. */
hf_status hf__trace_verify_wrong(hf__trace_verifier *self, size_t event, const char *format, ...) HF_PRINTF(3, 4);
/* The counter of a rule, and of a site if it counts per site (else 0). Valid until the next call. */
uint64_t *hf__trace_verify_count(hf__trace_verifier *self, uint32_t rule, uint64_t site);
/* Keeps a number that was drawn, for the end. */
void hf__trace_verify_collect(hf__trace_verifier *self, hf__trace_verify_kind kind, uint32_t rule, uint64_t site, uint64_t value, size_t event);
/* At the end: are the numbers of each counter all there, each once? */
hf_status hf__trace_verify_collected(hf__trace_verifier *self);

#endif
