/* SPDX-License-Identifier: MIT
 * The facts that the rules need from a trace, gathered once: how the run ended, its result, its calls in the order of time. Knows nothing of memory;
 * that is the ledger's.
 *
 * Threads: facts are read-only once gathered.
 */
#ifndef HF_VERDICT_FACTS_H
#define HF_VERDICT_FACTS_H

#include "model_rule.h"
#include "session_format.h"

#include <hostfault/verdict.h>

#define HF_NOWHERE SIZE_MAX

/* How the process ended, by itself. */
typedef enum hf__verdict_ending {
    HF_ENDING_EXIT,   /* with an exit status of its own, in order or not */
    HF_ENDING_SIGNAL, /* crashed or aborted */
    HF_ENDING_TIMEOUT,
    HF_ENDING_STORM
} hf__verdict_ending;

#define HF_ENDINGS 4u

/* What is gathered event by event. Indices are HF_NOWHERE where nothing was seen. */
typedef struct hf__verdict_totals {
    size_t count;       /* events gathered so far */
    size_t order_count; /* of them in `order` */
    uint64_t latest;    /* moment of the last one in its thread */
    size_t caller;      /* thread of the last call */
    uint64_t calls;     /* paused ones not counted */
    uint64_t fired;
    uint64_t rules_fired[HF_RULES_MAX / 64]; /* a bit for each */
    size_t first_fault, last_fault;          /* by time */
    size_t ends[HF_ENDINGS];                 /* the last record of each kind, in the order in which they go before one another */
    size_t harness, output, result, check, failed_check, detach, report;
    size_t handler;          /* the last record of a handler of the program's */
    size_t open, open_count; /* the first record of what was still open, and how many there are, one after the other */
    bool unusable;           /* a documented E_FAIL put the host out of use */
    bool alternate;          /* more than one thread made calls */
} hf__verdict_totals;

typedef struct hf__verdict_facts {
    const hf_trace *trace;
    const hf_plan_image *plan;
    size_t count; /* events */
    size_t threads;
    const hf_event *events;
    size_t *order; /* the calls, refused calls and what the program said, in the order in which they took effect */
    size_t order_capacity;
    hf__verdict_totals seen;
    hf__verdict_ending ending;
    int32_t exit_status; /* -1 if it did not exit */
    int32_t signal;      /* 0 if none */
    uint64_t fault_address;
    bool has_fault_address;
    bool in_order;          /* left by exit or detach, not by _exit */
    const hf_event *end;    /* the record that `ending` comes from */
    const hf_event *output; /* END_OUTPUT, or NULL */
    const hf_event *result; /* the last RESULT, or NULL */
    const hf_event *check;  /* the last CHECK, or NULL */
    const hf_event *failed_check;
    const hf_event *left;   /* DETACH, or NULL */
    const hf_event *report; /* END_REPORT, or NULL */
    int32_t ended_by;       /* the signal by which a handler of `signal` ended the process; 0: by none */
} hf__verdict_facts;

/* Facts of an empty beginning, then of traces that go on from what was gathered: the continuations of one prefix, whose common events stand first and
 * at the same indices in each. `gather` takes in the events up to `end`; `finish`, once all are in, says how the run ended. Errors of finish:
 * HF_ERROR_FORMAT, the trace has no end record, or one that says the harness failed. */
void hf__verdict_facts_init(hf__verdict_facts *facts);
void hf__verdict_facts_look_at(hf__verdict_facts *facts, const hf_trace *trace);
void hf__verdict_facts_gather(hf__verdict_facts *facts, size_t end);
/* Does the trace have but one thread of the process? Then it may be gathered in any number of parts. */
bool hf__verdict_facts_one_thread(const hf__verdict_facts *facts);
HF_CHECK_RESULT hf_status hf__verdict_facts_finish(hf__verdict_facts *facts, hf_error *err);
/* All of one trace. Errors: as finish; then nothing is to be cleared. */
HF_CHECK_RESULT hf_status hf__verdict_facts_read(const hf_trace *trace, hf__verdict_facts *out, hf_error *err);
void hf__verdict_facts_clear(hf__verdict_facts *facts);

/* The rule that decided an event; NULL if none did. */
const hf_rule *hf__verdict_facts_rule(const hf__verdict_facts *facts, const hf_event *event);
/* "fault 2 (fault-1: VirtualAlloc, E_OUTOFMEMORY 0x8007000E, task-critical)". 200 bytes are enough. */
size_t hf__verdict_facts_print_fault(const hf__verdict_facts *facts, size_t event, char *buffer, size_t capacity);

/* Where code is, whatever its load address: module and offset folded into one number. The address itself for code outside every module. */
uint64_t hf__verdict_facts_place(const hf__verdict_facts *facts, uint64_t pc);

/* The next call that the same thread made outside a pause and a signal handler; HF_NOWHERE if there is none. */
size_t hf__verdict_facts_next_call(const hf__verdict_facts *facts, size_t event);

/* The run as a whole: its own end against the clean run's (NULL: against exit status 0). */
typedef enum hf__verdict_manner {
    HF_MANNER_WELL,
    HF_MANNER_REPORTED,
    HF_MANNER_EXITED, /* by exit() from inside a call */
    HF_MANNER_ABORTED,
    HF_MANNER_CRASHED,
    HF_MANNER_HUNG,
    HF_MANNER_STORM
} hf__verdict_manner;
/* Does the run have a report of this kind (HF_REPORT_) that the clean one (NULL: none) does not have? */
bool hf__verdict_facts_brings_report(const hf__verdict_facts *run, const hf__verdict_facts *clean, uint32_t kind);
hf__verdict_manner hf__verdict_facts_manner(const hf__verdict_facts *run, const hf__verdict_facts *clean);

static inline bool hf__verdict_is_call(const hf_event *event)
{
    return event->kind < HF_METHOD_COUNT;
}
static inline hf_class hf__verdict_class_of(const hf_event *event)
{
    return hf__model_method((hf_method)event->kind)->class_;
}
/* What the caller was told, and what the host did: not the same thing under a fault. */
static inline bool hf__verdict_told_ok(const hf_event *event)
{
    return event->complete && SUCCEEDED(event->hr);
}
static inline bool hf__verdict_host_did(const hf_event *event)
{
    return event->complete && event->forwarded && SUCCEEDED(event->host_hr);
}
static inline bool hf__verdict_host_refused(const hf_event *event)
{
    return event->complete && event->forwarded && FAILED(event->host_hr);
}
/* The caller came away with nothing: a failure, or a success with null in a pointer. */
bool hf__verdict_told_nothing(const hf_event *event);

#endif
