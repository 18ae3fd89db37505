/* SPDX-License-Identifier: MIT
 * One scenario's run as reports need it: text and numbers copied from the result, so the run with its trace can be freed at once and a thousand runs
 * fit in memory. All text in it is valid UTF-8 without control characters except newline and tab, whatever the caller printed.
 *
 * Threads: distinct cases may be used in parallel.
 */
#ifndef HF_REPORT_CASE_H
#define HF_REPORT_CASE_H

#include "report_sink.h"

#include <hostfault/run.h>
#include <stdbool.h>

typedef enum hf_report_state {
    HF_REPORT_MET,     /* as expected */
    HF_REPORT_UNMET,   /* a verdict was reached, and it is not what was expected */
    HF_REPORT_NOT_RUN, /* caller or program not found, `from` that names nothing; nothing was run */
    HF_REPORT_BROKEN,  /* the harness itself failed */
    HF_REPORT_STOPPED, /* no verdict, because the whole invocation was ended: interrupted, or the disk is full. No failure of its own */
    HF_REPORT_STATE_COUNT
} hf_report_state;

/* How the canonical trace compares with the golden one. */
typedef enum hf_report_golden {
    HF_GOLDEN_NONE, /* not compared */
    HF_GOLDEN_SAME,
    HF_GOLDEN_WRITTEN,
    HF_GOLDEN_SKIPPED, /* cannot be compared; the note says why */
    HF_GOLDEN_DIFFERS,
    HF_GOLDEN_MISSING, /* there is no golden trace */
    HF_GOLDEN_COUNT
} hf_report_golden;

/* What the caller did about one fault. */
typedef struct hf_report_response {
    char *rule;   /* its name; "" for a failure of the host's own */
    char *method; /* of the failed call */
    char *result; /* "E_OUTOFMEMORY 0x8007000E" */
    hf_response response;
    bool real;
    uint32_t calls, retries;
    uint64_t us; /* from the fault to the answer; 0 if the trace does not know */
} hf_report_response;

typedef struct hf_report_violation {
    char *clause, *detail;
} hf_report_violation;

typedef struct hf_report_case {
    char *identity; /* path#name; "CALLER --fault" for one made on the command line */
    char *title;    /* the same, without #name where the file is called so */
    char *file, *name, *about;
    char *caller;         /* name, or the command's program */
    char *again;          /* the command line that runs it again */
    unsigned turn, turns; /* with --repeat: this one's 1-based number, and how many there are */
    hf_report_state state;
    char *error;      /* not run, broken: why; else NULL */
    char *folder;     /* NULL: none was made */
    unsigned process; /* the verdict is the one of this process that was followed; 0: of the program */
    uint64_t elapsed_us, seed;
    /* the verdict; only in the states met and unmet */
    hf_outcome outcome;
    char *reason, *unmet, *expected;
    uint64_t calls, fired, leaks, leaked_bytes;
    int exit_status, signal;
    size_t response_count, violation_count;
    hf_report_response *responses;
    hf_report_violation *violations;
    char *around;              /* the calls around the faults, in canonical text */
    char *ended, *refused;     /* where it ended and whose memory it was, where the last failed call was made; "" where that is not known */
    char *stacks, *leak_sites; /* where it ended, where leaked memory was taken; "" where that is not known */
    hf_run_repeat repeat;
    char *repeat_note; /* how a second run differed, or why it failed; "" */
    char *stdout_tail, *stderr_tail;
    char *followed; /* processes that it started, a line each; "" */
    hf_report_golden golden;
    char *golden_note; /* differs: where and how; skipped: why; else NULL */
} hf_report_case;

/* A case of a scenario that was not run yet. again: the command line that runs it again; NULL: hostfault run path#name. */
hf_report_case *hf__report_case_create(const hf_scenario *scenario, const char *again);
/* Fills in a result. It is copied. */
void hf__report_case_set_result(hf_report_case *self, const hf_run_result *result);
/* Its part for the stacks. */
void hf__report_case_take_stacks(hf_report_case *self, const hf_run_result *result);
/* Fills in that no verdict was reached. */
void hf__report_case_set_error(hf_report_case *self, hf_report_state state, const char *message);
/* Fills in a comparison with the golden trace. note may be NULL. */
void hf__report_case_set_golden(hf_report_case *self, hf_report_golden golden, const char *note);
void hf__report_case_destroy(hf_report_case *self);

/* Is anything about it not as wanted: no verdict, not as expected, or not as the golden trace? What was stopped has not failed. */
bool hf__report_case_failed(const hf_report_case *self);
/* "met", "unmet", "not-run", "broken", "stopped"; "same", "differs", ... */
const char *hf__report_state_name(hf_report_state state);
const char *hf__report_golden_name(hf_report_golden golden);

/* How many of what. */
typedef struct hf_report_totals {
    size_t cases, failed;
    size_t states[HF_REPORT_STATE_COUNT];
    size_t golden[HF_GOLDEN_COUNT];
    size_t outcomes[HF_OUTCOME_COUNT];
    uint64_t calls, fired;
    uint64_t elapsed_us; /* of the whole invocation */
} hf_report_totals;
void hf__report_totals_add(hf_report_totals *totals, const hf_report_case *one);

/* The last lines of a file in a run's folder, cleaned; "" if it is empty or not there. hf__free. */
char *hf__report_tail_of_file(const char *folder, const char *name);

/* Puts a word, quoted for a POSIX shell if it needs quoting. */
void hf__report_put_quoted(const hf_report_sink *sink, const char *word);

/* A copy without what a terminal, XML or JSON cannot take: control characters but newline and tab, broken UTF-8, U+FFFE and U+FFFF become `?`. */
char *hf__report_clean(hf_text text);

#endif
