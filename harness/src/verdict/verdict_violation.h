/* SPDX-License-Identifier: MIT
 * Which clauses of the interface the caller broke (verdict_clause.def), each found with the ledger as it was at that call.
 *
 * Threads: one thread per list.
 */
#ifndef HF_VERDICT_VIOLATION_H
#define HF_VERDICT_VIOLATION_H

#include "trace_names.h"
#include "verdict_ledger.h"

typedef enum hf__verdict_clause {
#define HF_CLAUSE(id, text, methods, misuse, predicate, source) HF_CLAUSE_##id,
#include "verdict_clause.def"
#undef HF_CLAUSE
    HF_CLAUSE_COUNT
} hf__verdict_clause;

typedef struct hf__verdict_violations {
    hf_verdict_violation *items;
    size_t count, capacity;
    uint8_t *clause_plus_one; /* per event: the clause it broke, 0 none */
    size_t event_capacity;
    struct hf__violation_origin {
        size_t culprit; /* the failed call that it goes back to, HF_NOWHERE if not known */
        size_t given;   /* of what was given back already: the call that did; HF_NOWHERE */
    } * origins;        /* per violation */
    size_t origin_capacity;
    uint8_t *told_dead; /* per thread: it was told that the host is out of use */
    size_t *refused;    /* per thread, in strict mode: the injected failure that has not surfaced and led to no request yet; HF_NOWHERE */
    size_t thread_count;
    uint32_t clauses_of[HF_METHOD_COUNT]; /* bits of the clauses that a method's calls can break */
    hf__trace_names *names;               /* NULL until one is printed */
    size_t unserialised;                  /* the first heap call that overlapped another thread's on a heap that does not allow it */
    size_t marked_count;
    uint8_t marked_dead;   /* of the first thread, the only one there is at a mark */
    size_t marked_refused; /* the same */
} hf__verdict_violations;

void hf__verdict_violations_begin(hf__verdict_violations *violations);
/* Replays the calls of events [from, facts->seen.count), which stand in the order from `from_order` on, through the ledger, and judges each before
 * it is entered. */
void hf__verdict_violations_find(hf__verdict_violations *violations, const hf__verdict_facts *facts, hf__verdict_ledger *ledger, size_t from,
                                 size_t from_order);
/* What is found after the mark can be taken back. */
void hf__verdict_violations_mark(hf__verdict_violations *violations);
void hf__verdict_violations_rewind(hf__verdict_violations *violations);
void hf__verdict_violations_clear(hf__verdict_violations *violations);

/* The clause that an event broke, HF_CLAUSE_COUNT if none. */
static inline hf__verdict_clause hf__verdict_violations_clause(const hf__verdict_violations *violations, size_t event)
{
    uint8_t clause = violations->clause_plus_one[event];
    return clause != 0 ? (hf__verdict_clause)(clause - 1) : HF_CLAUSE_COUNT;
}
/* Is this clause about what the caller never had or no longer has? */
typedef enum hf__verdict_misuse { HF_MISUSE_NONE, HF_MISUSE_ELSE, HF_MISUSE_ALWAYS } hf__verdict_misuse;
hf__verdict_misuse hf__verdict_clause_misuse(hf__verdict_clause clause);
const char *hf__verdict_clause_text(hf__verdict_clause clause);

#endif
