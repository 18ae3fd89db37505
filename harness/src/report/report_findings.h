/* SPDX-License-Identifier: MIT
 * Findings as they are reported and compared, from a database or from a committed list. A finding is a group of points that ended alike (store.h),
 * with its shortest way in and the list of the others. Its fingerprint identifies it: its cause in words that hold across builds.
 *
 * Texts are fit to print: a caller's own name may contain anything.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_REPORT_FINDINGS_H
#define HF_REPORT_FINDINGS_H

#include "report_coverage.h"
#include "report_points.h"
#include "report_sink.h"
#include "store.h"

struct json_t; /* of jansson.h */

#define HF_REPORT_FINDINGS_SCHEMA "hostfault-findings/1"

/* Words, each once, in order. */
typedef struct hf_report_words {
    char **items;
    size_t count, capacity;
} hf_report_words;

/* A place at which a refused request leads to the finding. */
typedef struct hf_report_way {
    char id[17]; /* of the database's finding; 'hostfault replay' takes it */
    char *method, *place, *fault;
    uint64_t points;
} hf_report_way;

typedef struct hf_report_finding {
    char id[17];
    char example[17]; /* the shortest way's id, which its run has; "" in a list */
    hf_outcome outcome;
    char *caller; /* without folders */
    char *fingerprint;
    char *place; /* where the request was made that was refused; of a list: what the fingerprint says */
    hf_report_words results;
    /* "", COUNT and 0 in a list: */
    char *method, *reason, *earlier, *fault, *stack; /* earlier: the fault before, "" too if there was none; stack: of the refused request */
    char *ended, *detail, *end_stack;                /* where it ended and whose memory it was; "" too where that is not known */
    char *frames;                                    /* the site's fingerprint, by which a renamed function is known again */
    uint64_t entries;                                /* calls at which a failure leads to it */
    hf_report_way *ways;                             /* the shortest first */
    size_t way_count;
    char *allowed; /* why a file of known findings allows it; NULL: it does not */
    hf_response response;
    uint64_t points;
    size_t sweep; /* index */
} hf_report_finding;

/* An earlier sweep of the same script, and the findings that it had. */
typedef struct hf_report_past {
    char *started;
    hf_report_words findings; /* ids */
} hf_report_past;

typedef struct hf_report_sweep {
    char *caller, *isolation, *options, *started;
    char *shard; /* "2-of-4" of a sweep that is not whole; "": it is, or no shard of it is finished */
    bool finished;
    uint64_t sites, points, drifted, findings;
    uint64_t outcomes[HF_OUTCOME_COUNT];
    hf_report_past *past; /* newest first; the last 30 */
    size_t past_count;
} hf_report_sweep;

typedef struct hf_report_findings {
    hf_report_finding *items;
    size_t count, capacity;
    hf_report_coverage coverage; /* what its sweeps tried */
    hf_report_sweep *sweeps;     /* none of a list */
    size_t sweep_count;
} hf_report_findings;

/* What a database says today: of each caller and script the newest sweep, newest first; findings by sweep, worst first. */
HF_CHECK_RESULT hf_status hf__report_findings_load(hf_store *store, hf_report_findings *out, hf_error *err);
/* The order of all reports, for what load gave and allowed has been set in: by sweep, what is allowed last, else the order that it had. */
void hf__report_findings_order(hf_report_findings *findings);
/* A list as hf__report_findings_print writes it. HF_ERROR_INPUT with its position, or which entry is wrong; HF_ERROR_VERSION. */
HF_CHECK_RESULT hf_status hf__report_findings_parse(const char *name, hf_text text, hf_report_findings *out, hf_error *err);
/* Orders by fingerprint and outcome, and makes one of those that several sweeps have. */
void hf__report_findings_combine(hf_report_findings *findings);
/* The list: combined findings as JSON that is the same for the same findings, whatever machine and day; without line numbers, so that code that moves
 * changes nothing. */
void hf__report_findings_print(const hf_report_sink *sink, const hf_report_findings *findings);
void hf__report_findings_clear(hf_report_findings *findings);

/* The sweeps, for a person with the fault matrix (all: with functions that have no finding too), and (hostfault-report/1) for a program.
 * outdated: entries of a file of known findings that are out of date. */
void hf__report_sweeps_print(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_points *points, bool all);
void hf__report_sweeps_json(const hf_report_sink *sink, const hf_report_findings *findings, struct json_t *outdated_take);

/* A caller's name without its folder, fit to print: hf__free. */
char *hf__report_clean_caller(const char *caller);
/* Columns for lines of findings: as wide as the widest place, up to a limit. */
int hf__report_place_width(const hf_report_finding *const *findings, size_t count);
/* ", " between; hf__free. */
char *hf__report_words_join(const hf_report_words *words);
void hf__report_words_add(hf_report_words *words, const char *word);
/* Adds the words of a list with commas. */
void hf__report_words_split(hf_report_words *words, const char *joined);
bool hf__report_words_has(const hf_report_words *words, const char *word);
void hf__report_words_clear(hf_report_words *words);

#endif
