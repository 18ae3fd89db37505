/*
 * Which clauses of the interface the caller broke (verdict_clause.def), each found with the ledger as it was at that call.
 *
 * Threads: one thread per list.
 */
#ifndef HF_VERDICT_VIOLATION_H
#define HF_VERDICT_VIOLATION_H

#include "trace_names.h"
#include "verdict_ledger.h"

typedef enum hf__clause {
#define HF_CLAUSE(id, text, methods, misuse, predicate, source) HF_CLAUSE_##id,
#include "verdict_clause.def"
#undef HF_CLAUSE
    HF_CLAUSE_COUNT
} hf__clause;

typedef struct hf__violations {
    hf_verdict_violation *items;
    size_t count, capacity;
    uint8_t *clause_plus_one; /* per event: the clause it broke, 0 none */
    size_t *culprit;          /* per violation: the failed call that it goes back to, HF_NOWHERE if not known */
    size_t culprit_capacity;
    uint8_t *told_dead;     /* per thread: it was told that the host is out of use */
    hf__trace_names *names; /* NULL until one is printed */
    size_t unserialised;    /* the first heap call that overlapped another thread's on a heap that does not allow it */
} hf__violations;

/* Replays the calls through the ledger and judges each before it is entered. The ledger has begun and is complete afterwards. */
void hf__violations_find(const hf__facts *facts, hf__ledger *ledger, hf__violations *out);
void hf__violations_clear(hf__violations *violations);

/* The clause that an event broke, HF_CLAUSE_COUNT if none. */
static inline hf__clause hf__violations_clause(const hf__violations *violations, size_t event)
{
    uint8_t clause = violations->clause_plus_one[event];
    return clause != 0 ? (hf__clause)(clause - 1) : HF_CLAUSE_COUNT;
}
/* Is this clause about what the caller never had or no longer has? */
bool hf__clause_is_misuse(hf__clause clause);
const char *hf__clause_text(hf__clause clause);
const char *hf__clause_source(hf__clause clause);

#endif
