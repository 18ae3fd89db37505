/* SPDX-License-Identifier: MIT
 * What a run shows: how it ended (outcome), what the caller did about each fault (response), which clauses of the interface it broke (violations),
 * what it left allocated (leaks). A pure function of two traces, the run's and the clean run's. harness/src/verdict/README.md has the rules.
 *
 * Ownership: an hf_verdict owns everything that is reached through it; pointers into it are borrowed until hf_verdict_destroy. It does not refer to
 * the traces, which may go before it. Threads: distinct verdicts may be used in parallel; a finished verdict may be read by several threads.
 */
#ifndef HF_VERDICT_H
#define HF_VERDICT_H

#include <hostfault/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the whole run ended; if several fit, the first in this order. */
typedef enum hf_outcome {
    HF_OUTCOME_CRASHED,   /* by a signal or exception of the processor, or a sanitizer's report */
    HF_OUTCOME_ABORTED,   /* it ended itself: abort(), a trap, a fail-fast */
    HF_OUTCOME_HUNG,      /* its time-out passed */
    HF_OUTCOME_UNSTABLE,  /* two clean runs differ, so there is nothing to compare with */
    HF_OUTCOME_STORM,     /* one place repeated a failing request too often */
    HF_OUTCOME_VIOLATED,  /* it broke a clause of the interface */
    HF_OUTCOME_CORRUPTED, /* its own check failed, which passes in the clean run */
    HF_OUTCOME_SWALLOWED, /* it claims success with another result */
    HF_OUTCOME_EXITED,    /* by exit() from inside a call, e.g. in a library: the check or result that the clean run gives is missing */
    HF_OUTCOME_LEAKED,    /* memory is left that the clean run does not leave */
    HF_OUTCOME_UNFIRED,   /* a rule that is not optional never fired */
    HF_OUTCOME_REPORTED,  /* it said that it failed, and left in order */
    HF_OUTCOME_OK,        /* it ended as without the fault */
    HF_OUTCOME_COUNT
} hf_outcome;

/* What the caller did about one fault; the first in this order that fits. */
typedef enum hf_response {
    HF_RESPONSE_MISUSED,               /* used or released what it did not get */
    HF_RESPONSE_RETRIED,               /* made the same request again */
    HF_RESPONSE_SHRANK,                /* asked for less */
    HF_RESPONSE_RELOCATED,             /* asked for another address */
    HF_RESPONSE_RELEASED_THEN_RETRIED, /* released something and made the same request again */
    HF_RESPONSE_FELL_BACK,             /* asked in another way */
    HF_RESPONSE_ROLLED_BACK,           /* released what earlier steps had got */
    HF_RESPONSE_REPORTED,              /* the run's end says failure */
    HF_RESPONSE_ABSORBED,              /* the run's end says success */
    HF_RESPONSE_DIED,                  /* the process ended there, or had to be ended */
    HF_RESPONSE_COUNT
} hf_response;

/* Names ("rolled-back", "crashed"), one sentence of meaning, and severities from 0 (fine) to 9. Texts are static. By name: the value, or COUNT if
 * there is none. Values out of range are a mistake of the caller and end the process. */
HF_API const char *hf_outcome_name(hf_outcome outcome);
HF_API const char *hf_outcome_meaning(hf_outcome outcome);
HF_API unsigned hf_outcome_severity(hf_outcome outcome);
/* The order in which every report tells outcomes: below 0 if a comes before b. The severer comes first; of equal severity, the one that is listed
 * first in hf_outcome. COUNT comes last. */
HF_API int hf_outcome_compare(hf_outcome a, hf_outcome b);
HF_API hf_outcome hf_outcome_by_name(hf_text name);
HF_API const char *hf_response_name(hf_response response);
HF_API const char *hf_response_meaning(hf_response response);
HF_API hf_response hf_response_by_name(hf_text name);

/* The answer to one fault, or to one failure of the host's own. */
typedef struct hf_verdict_response {
    size_t event; /* index of the failed call in the trace */
    int rule;     /* -1 for a failure of the host's own */
    uint8_t real; /* 1: the host itself failed */
    hf_response response;
    uint32_t calls;   /* hosting calls that the thread made until then; 0: none followed */
    uint32_t retries; /* how often it made the same request again */
    uint64_t ticks;   /* from the fault to the response (hf_trace_summary.counter_hz) */
} hf_verdict_response;

/* One broken clause. */
typedef struct hf_verdict_violation {
    size_t event;       /* index of the call in the trace */
    const char *clause; /* static: "double free", "release with a size", "request after E_FAIL", ... */
    char detail[160];   /* in words, with region names of the canonical text where there are any */
} hf_verdict_violation;

#define HF_LEAK_OBJECT 2
#define HF_LEAK_DESCRIPTOR 3
/* A block, a region or an open descriptor that the clean run does not leave. */
typedef struct hf_verdict_leak {
    size_t event;     /* the call that got it; of a descriptor the record of it (HF_EVENT_DESCRIPTOR) */
    uint64_t address; /* of a descriptor its number */
    uint64_t bytes;
    uint8_t heap; /* 1 a heap block, 0 a region, HF_LEAK_OBJECT an IHostMalloc that was not released, HF_LEAK_DESCRIPTOR (both of 0 bytes) */
} hf_verdict_leak;

typedef struct hf_verdict {
    hf_outcome outcome;
    char reason[256]; /* one sentence: what made it this outcome */
    size_t response_count, violation_count, leak_count;
    const hf_verdict_response *responses;   /* in order of the faults' number; the host's own failures after them */
    const hf_verdict_violation *violations; /* the one that the reason names first, then in the order of time */
    const hf_verdict_leak *leaks;
    uint64_t leaked_bytes; /* sum over the leaks */
    uint64_t calls, fired; /* hosting calls and faults of the run */
    uint32_t unfired_rule; /* with outcome unfired: index of the first such rule */
    int32_t exit_status;   /* -1 if it did not exit */
    int32_t signal;        /* 0 if none */
    size_t last_fault;     /* event index of the fault to blame: the last one before the end; SIZE_MAX none */
} hf_verdict;

typedef struct hf_verdict_options {
    uint32_t struct_size;
    uint32_t storm_limit;    /* failed requests of one site; 0: 1000 */
    uint8_t fired_elsewhere; /* 1: a rule that did not fire here may have done so in another process of the run: nothing is unfired */
    uint8_t status_only;     /* 1: compared by exit status alone, since results vary */
    uint8_t reserved[6];
} hf_verdict_options;
#define HF_VERDICT_OPTIONS_INIT                                                                                                                      \
    {                                                                                                                                                \
        sizeof(hf_verdict_options), 0, 0, 0,                                                                                                         \
        {                                                                                                                                            \
            0                                                                                                                                        \
        }                                                                                                                                            \
    }

/* Judges a run. clean may be NULL: no leak is subtracted then, and ok and swallowed depend on the exit status alone. clean2, if not NULL, is a second
 * clean run, for `unstable`. options NULL: the defaults. *out belongs to the caller (hf_verdict_destroy) and is NULL after every error. err may be
 * NULL. Errors: HF_ERROR_FORMAT (a trace without end record), HF_ERROR_ARGUMENT (options with a member that this version does not know),
 * HF_ERROR_MEMORY. */
HF_API HF_CHECK_RESULT hf_status hf_verdict_judge(const hf_trace *trace, const hf_trace *clean, const hf_trace *clean2,
                                                  const hf_verdict_options *options, hf_verdict **out, hf_error *err);
/* NULL is fine. */
HF_API void hf_verdict_destroy(hf_verdict *verdict);

/* The same for many runs against one clean run, which is read once: each verdict is the one of hf_verdict_judge. The clean traces must outlive the
 * judge. Ownership and errors as hf_verdict_judge; hf_judge_destroy. Threads: hf_judge_run may be called by several threads at once. */
typedef struct hf_judge hf_judge;
HF_API HF_CHECK_RESULT hf_status hf_judge_create(const hf_trace *clean, const hf_trace *clean2, hf_judge **out, hf_error *err);
HF_API HF_CHECK_RESULT hf_status hf_judge_run(const hf_judge *judge, const hf_trace *trace, const hf_verdict_options *options, hf_verdict **out,
                                              hf_error *err);
HF_API void hf_judge_destroy(hf_judge *judge); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
