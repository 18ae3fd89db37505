/*
 * What all answers of a run share, worked out in two passes over its calls: how many calls a thread had made, which step came before, how a
 * request was made again, which violation goes back to which fault.
 *
 * Threads: read-only once it is made.
 */
#ifndef HF_VERDICT_SURVEY_H
#define HF_VERDICT_SURVEY_H

#include "verdict_background.h"
#include "verdict_violation.h"

/* Calls after a fault that are looked at; as many have stacks. */
#define HF_WINDOW_CALLS 32u

typedef struct hf__survey {
    const hf__facts *run;
    const hf__ledger *ledger;
    const hf__violations *violations;
    hf__manner manner;
    const hf__background *before;
    uint32_t *ordinal;  /* per event: how many calls its thread had made, this one counted */
    uint32_t *totals;   /* per thread: the last of these */
    uint32_t *retries;  /* per event, from the first that is asked about: same requests in a row that followed it */
    size_t *step;       /* per event: the request before it in its thread that was granted */
    size_t *misuse;     /* per event: the violation's event that goes back to it */
    uint64_t last_time; /* of the recording */
} hf__survey;

/* first: the first event that will be asked about. */
void hf__survey_make(const hf__facts *run, const hf__ledger *ledger, const hf__violations *violations, const hf__background *before, size_t first,
                     hf__survey *out);
void hf__survey_clear(hf__survey *survey);

/* Calls that are part of the story: made outside a pause and a signal handler. */
static inline bool hf__counts(const hf_event *event)
{
    return hf__is_call(event) && !event->paused && !event->in_signal;
}
/* The host itself failed, and the caller was told. Asking a host for a manager that it does not have is how a caller finds out what there is. */
static inline bool hf__is_real_failure(const hf_event *event)
{
    return hf__counts(event) && hf__host_refused(event) && FAILED(event->hr) && !event->injected && hf__class_of(event) != HF_CLASS_MANAGER;
}
/* Does the call give memory back? Free(NULL) does not. */
static inline bool hf__gives_back(const hf_event *call)
{
    return call->kind == HF_METHOD_MALLOC_FREE ? call->address != 0 : call->kind == HF_METHOD_VIRTUAL_FREE;
}
static inline uint64_t hf__end_of(const hf_event *event)
{
    return event->start + (event->complete ? event->duration : 0);
}
/* Did the caller come away from this call with nothing? S_FALSE is a success that many callers take for a failure: they did if they never
 * touched what they got. */
bool hf__survey_is_empty(const hf__survey *survey, size_t event);

#endif
