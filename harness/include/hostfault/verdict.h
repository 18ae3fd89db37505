/* SPDX-License-Identifier: MIT
 * What a run shows: how it ended (outcome), what the caller did about each fault (response), which clauses of the interface it broke
 * (violations), what it left allocated (leaks). A pure function of two traces, the run's and the clean run's.
 *
 * Threads: distinct verdicts may be used in parallel; a finished verdict may be read by several threads.
 */
#ifndef HF_VERDICT_H
#define HF_VERDICT_H

#include <hostfault/trace.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the whole run ended; where several fit, the first in this order. */
typedef enum hf_outcome {
    HF_OUTCOME_CRASHED,
    HF_OUTCOME_ABORTED,
    HF_OUTCOME_HUNG,
    HF_OUTCOME_UNSTABLE,
    HF_OUTCOME_STORM,
    HF_OUTCOME_VIOLATED,
    HF_OUTCOME_CORRUPTED,
    HF_OUTCOME_SWALLOWED,
    HF_OUTCOME_EXITED, /* by exit() from inside a call, e.g. in a library: the check or result that the clean run gives is missing */
    HF_OUTCOME_LEAKED,
    HF_OUTCOME_UNFIRED,
    HF_OUTCOME_REPORTED,
    HF_OUTCOME_OK,
    HF_OUTCOME_COUNT
} hf_outcome;

/* What the caller did about one fault; the first in this order that fits, see harness/README.md for each one's rule. */
typedef enum hf_response {
    HF_RESPONSE_MISUSED,
    HF_RESPONSE_RETRIED,
    HF_RESPONSE_SHRANK,
    HF_RESPONSE_RELOCATED,
    HF_RESPONSE_RELEASED_THEN_RETRIED,
    HF_RESPONSE_FELL_BACK,
    HF_RESPONSE_ROLLED_BACK,
    HF_RESPONSE_REPORTED,
    HF_RESPONSE_ABSORBED,
    HF_RESPONSE_DIED,
    HF_RESPONSE_COUNT
} hf_response;

/* "rolled-back", "crashed"; by name: the value, or COUNT if there is none. Severity 0 (fine) .. 9. */
HF_API const char *hf_outcome_name(hf_outcome outcome);
HF_API const char *hf_outcome_meaning(hf_outcome outcome);
HF_API unsigned hf_outcome_severity(hf_outcome outcome);
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
    uint32_t calls;   /* hosting calls the thread made until it had answered, 0 if none followed */
    uint32_t retries; /* how often it made the same request again */
    uint64_t ticks;   /* from the fault to the answer */
} hf_verdict_response;

/* One broken clause. */
typedef struct hf_verdict_violation {
    size_t event;
    const char *clause; /* static: "double free", "release with a size", "request after E_FAIL", ... */
    char detail[160];   /* in words, with region names of the canonical text where there are any */
} hf_verdict_violation;

#define HF_LEAK_OBJECT 2
/* A block or region that the clean run does not leave. */
typedef struct hf_verdict_leak {
    size_t event; /* the call that got it */
    uint64_t address, bytes;
    uint8_t heap; /* 1 a heap block, 0 a region, HF_LEAK_OBJECT an IHostMalloc that was not released (of 0 bytes) */
} hf_verdict_leak;

typedef struct hf_verdict {
    hf_outcome outcome;
    char reason[256]; /* one sentence: what made it this outcome */
    size_t response_count, violation_count, leak_count;
    const hf_verdict_response *responses;   /* in order of the faults' number; the host's own failures after them */
    const hf_verdict_violation *violations; /* the one that the reason names first, then in the order of time */
    const hf_verdict_leak *leaks;
    uint64_t leaked_bytes;
    uint64_t calls, fired;
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

/* Judges a run. clean may be NULL (then: no leak is subtracted, and ok/swallowed go by exit status alone). clean2, if not NULL, is a second
 * clean run, for `unstable`. Errors: HF_ERROR_FORMAT (no end record). */
HF_API HF_CHECK_RESULT hf_status hf_verdict_judge(const hf_trace *trace, const hf_trace *clean, const hf_trace *clean2,
                                                  const hf_verdict_options *options, hf_verdict **out, hf_error *err);
HF_API void hf_verdict_destroy(hf_verdict *verdict);

/* The same for many runs against one clean run, which is read once: what hf_verdict_judge says of each. The clean traces must outlive the judge.
 * Errors: HF_ERROR_FORMAT (no end record). Threads: a judge may be asked by several at once. */
typedef struct hf_judge hf_judge;
HF_API HF_CHECK_RESULT hf_status hf_judge_create(const hf_trace *clean, const hf_trace *clean2, hf_judge **out, hf_error *err);
HF_API HF_CHECK_RESULT hf_status hf_judge_run(const hf_judge *judge, const hf_trace *trace, const hf_verdict_options *options, hf_verdict **out,
                                              hf_error *err);
HF_API void hf_judge_destroy(hf_judge *judge); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
