/* SPDX-License-Identifier: MIT
 * The clauses of the contract that a caller can break: a predicate for each row of verdict_clause.def, which sees one call and the ledger just before
 * it. Their order in the list is the order in which they are asked; the first that is broken is the violation.
 *
 * Threads: a predicate changes only the inquiry and the violations that it names.
 */
#ifndef HF_VERDICT_CLAUSE_H
#define HF_VERDICT_CLAUSE_H

#include "base_text.h"
#include "verdict_violation.h"

/* One call under judgement. */
typedef struct hf__verdict_inquiry {
    const hf__verdict_facts *facts;
    const hf__verdict_ledger *ledger;
    hf__verdict_violations *out;
    const hf_event *event;
    size_t index;
    hf__verdict_target target;          /* what the address leads to, for this method */
    const hf__verdict_block *at;        /* its block, NULL if none */
    uint64_t first, end;                /* the pages named */
    struct hf__violation_origin origin; /* for the predicate to fill in */
    hf__builder *detail;                /* for the predicate to fill in; empty: the place alone says it */
} hf__verdict_inquiry;

typedef struct hf__verdict_clause_row {
    const char *text;
    uint32_t methods; /* bits of those that it is about */
    hf__verdict_misuse misuse;
    /* Does the call break the clause? If so, fills in the inquiry's origin and detail. */
    bool (*is_broken)(hf__verdict_inquiry *inquiry);
} hf__verdict_clause_row;
extern const hf__verdict_clause_row hf__verdict_clauses[HF_CLAUSE_COUNT];

#endif
