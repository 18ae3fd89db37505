/*
 * A run under judgement: all that the outcome rules look at, gathered from the run's trace and the clean ones.
 *
 * Threads: one thread per case.
 */
#ifndef HF_VERDICT_JUDGE_H
#define HF_VERDICT_JUDGE_H

#include "base_text.h"
#include "verdict_leak.h"
#include "verdict_response.h"

/* The longest row of failed requests from one place. */
typedef struct hf__storm {
    uint64_t length;
    size_t event; /* its last request */
} hf__storm;

typedef struct hf__case {
    hf__facts run;
    const hf__background *before; /* the runs without faults */
    hf__ledger ledger;
    hf__violations violations;
    hf__leaks leaks;
    hf__responses responses;
    hf__storm storm;
    hf__manner manner;
    uint32_t storm_limit;
    uint32_t unfired_rule; /* UINT32_MAX: none */
} hf__case;

/* The first outcome that fits, and the sentence for it. */
hf_outcome hf__outcome_of(const hf__case *judged, hf__builder *reason);

/* For the outcomes that need a count over the whole trace. */
hf__storm hf__storm_of(const hf__facts *run);
uint32_t hf__unfired_rule_of(const hf__facts *run);

#endif
