/* SPDX-License-Identifier: MIT
 * What all responses of a run share. Gathered as the events pass: how many calls a thread had made, which step came before, which calls are faults or
 * failures of the host's own, how a request was repeated. Worked out at the end: which violation goes back to which fault.
 *
 * Threads: read-only once it is complete.
 */
#ifndef HF_VERDICT_SCAN_H
#define HF_VERDICT_SCAN_H

#include "verdict_align.h"
#include "verdict_background.h"
#include "verdict_violation.h"

/* The number of calls after a fault that are examined, and have stacks. */
#define HF_WINDOW_CALLS 32u

/* A call that is to be answered. */
typedef struct hf__verdict_cause {
    size_t event;
    uint32_t number; /* of the fault; 0: a failure of the host's own */
} hf__verdict_cause;

/* What is carried from event to event; copied, it is a place to come back to. */
typedef struct hf__verdict_course {
    uint32_t ordinal;   /* of the last call of its thread */
    size_t step;        /* the last request of the thread that was granted */
    uint64_t last_time; /* of the recording */
    size_t cause_count;
    size_t vain_count;
    uint32_t first_total; /* total of the first thread */
} hf__verdict_course;

typedef struct hf__verdict_scan {
    const hf__verdict_facts *run;
    const hf__verdict_ledger *ledger;
    const hf__verdict_violations *violations;
    hf__verdict_manner manner;
    const hf__verdict_background *before;
    hf__verdict_course now, marked;
    uint32_t *ordinal; /* per event: how many calls its thread had made, this one counted */
    size_t *step;      /* per event: the request before it in its thread that was granted */
    size_t event_capacity;
    uint32_t *totals; /* per thread: the last ordinal */
    size_t thread_count;
    hf__verdict_cause *causes;
    size_t cause_capacity;
    size_t *vain; /* calls that count and came to nothing */
    size_t vain_capacity;
    size_t first;            /* the first event that will be asked about */
    uint32_t *retries;       /* per event from there on: same requests in a row that followed it */
    hf__verdict_align align; /* of the events from there on */
    size_t *misuse;          /* per event from there on: the violation's event that goes back to it; NULL: none does */
} hf__verdict_scan;

/* Of the events [from, run->seen.count), which the ledger has entered. */
void hf__verdict_scan_begin(hf__verdict_scan *scan, const hf__verdict_facts *run, const hf__verdict_ledger *ledger,
                            const hf__verdict_violations *violations, const hf__verdict_background *before);
void hf__verdict_scan_go_on(hf__verdict_scan *all, size_t from);
/* All events are in. */
void hf__verdict_scan_finish(hf__verdict_scan *scan);
/* What is gathered after the mark can be taken back. */
void hf__verdict_scan_mark(hf__verdict_scan *scan);
void hf__verdict_scan_rewind(hf__verdict_scan *scan);
void hf__verdict_scan_clear(hf__verdict_scan *scan);

/* The first violation that goes back to this fault, HF_NOWHERE if none does. */
static inline size_t hf__verdict_scan_misuse(const hf__verdict_scan *scan, size_t fault)
{
    return scan->misuse != NULL ? scan->misuse[fault - scan->first] : HF_NOWHERE;
}

/* Calls that are part of the story: made outside a pause and a signal handler. */
static inline bool hf__verdict_counts(const hf_event *event)
{
    return hf__verdict_is_call(event) && !event->paused && !event->in_signal;
}
/* The same request, perhaps about another address. GetMemoryLoad's size is an answer, not an argument. */
static inline bool hf__verdict_same_but_address(const hf_event *a, const hf_event *b)
{
    bool same_size = a->size == b->size || a->kind == HF_METHOD_GET_MEMORY_LOAD;
    return a->kind == b->kind && same_size && a->type == b->type && a->protect == b->protect;
}
/* The host itself failed, and the caller was told. Asking a host for a manager that it does not have is how a caller finds out what there is. */
static inline bool hf__verdict_is_real_failure(const hf_event *event)
{
    return hf__verdict_counts(event) && hf__verdict_host_refused(event) && FAILED(event->hr) && !event->injected &&
           hf__verdict_class_of(event) != HF_CLASS_MANAGER;
}
/* Does the call give memory back? Free(NULL) does not. */
static inline bool hf__verdict_gives_back(const hf_event *call)
{
    return call->kind == HF_METHOD_MALLOC_FREE ? call->address != 0 : call->kind == HF_METHOD_VIRTUAL_FREE;
}
static inline uint64_t hf__verdict_end_of(const hf_event *event)
{
    return event->start + (event->complete ? event->duration : 0);
}
/* Did the caller come away from this call with nothing? S_FALSE is a success that many callers take for a failure: they did if they never
 * touched what they got. */
bool hf__verdict_scan_is_empty(const hf__verdict_scan *scan, size_t event);

#endif
