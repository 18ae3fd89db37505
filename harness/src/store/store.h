/*
 * The results database: sweeps, their sites, the points that were tried and what each showed. SQLite, one file; README.md beside this has the
 * schema, which anyone may query.
 *
 * A point is written once, with its verdict; what is in the database is done. So a sweep that was killed is taken up by asking what is there, and
 * two sweeps, or two shards, into one database keep out of each other's way. Writes go in batches of one transaction.
 *
 * Threads: one store per thread; several processes may have the same file open.
 */
#ifndef HF_STORE_H
#define HF_STORE_H

#include <hostfault/verdict.h>

#include <stdbool.h>

#define HF_STORE_FILE "hostfault.db"
#define HF_STORE_VERSION 1

typedef struct hf_store hf_store;

/* Opens the database, making it if it is not there. Errors: HF_ERROR_VERSION (made by a newer hostfault: it says by which, and is left alone),
 * HF_ERROR_FORMAT (no database of ours), HF_ERROR_SYSTEM (not readable, not writable, disk full). */
HF_CHECK_RESULT hf_status hf__store_open(const char *path, bool read_only, hf_store **out, hf_error *err);
/* NULL is fine. */
void hf__store_close(hf_store *store);

/* What makes two sweeps the same one: taken up again, merged, replaced by each other. */
typedef struct hf_store_sweep {
    const char *key;       /* digest of caller, arguments, environment, options and builds: same key, same points with the same outcomes */
    const char *caller;    /* name, or the command's first word */
    const char *script;    /* the scenario without rules, as YAML: all that a replay needs besides the point */
    const char *isolation; /* "rerun" or "fork" */
    const char *options;   /* the sweep's options in words, for people */
    const char *started;   /* UTC, ISO 8601 */
    uint64_t stack_depth;
} hf_store_sweep;

/* Begins a sweep, or takes up the one with this key. fresh: what an earlier one with this key found is thrown away first. */
HF_CHECK_RESULT hf_status hf__store_begin(hf_store *store, const hf_store_sweep *sweep, bool fresh, int64_t *id, hf_error *err);
/* All points of the sweep are there. */
HF_CHECK_RESULT hf_status hf__store_finish(hf_store *store, int64_t sweep, uint64_t points, hf_error *err);

typedef struct hf_store_site {
    uint64_t key;            /* hf__engine_site_key: exact, for one build */
    const char *method;      /* "VirtualAlloc" */
    const char *fingerprint; /* across builds: frames as module!function without wrappers, "<" between, and "#" index of the call in its function */
    const char *place;       /* "grow at lgc.c:212", or module+offset */
    const char *stack;       /* one frame a line, innermost first, symbolised */
    uint64_t calls;          /* in the clean run */
} hf_store_site;

/* Adds a site of a sweep, or finds it. */
HF_CHECK_RESULT hf_status hf__store_site(hf_store *store, int64_t sweep, const hf_store_site *site, int64_t *id, hf_error *err);

/* One fault point and what it showed. Texts are borrowed. */
typedef struct hf_store_point {
    int64_t site;
    const char *thread; /* label; "" in a caller with one thread */
    uint64_t ordinal;   /* of the method's calls (of that thread) */
    HRESULT result;
    bool onwards;         /* from then on, not once */
    const char *variant;  /* "" or the fault's other keys as in a script: "out: poison", "lie: dirty" */
    const char *stands;   /* for "": was run itself; else names of the failures it stands for, since the caller cannot tell them apart */
    uint64_t second;      /* with depth 2: ordinal of the second fault among the method's calls, 0 none */
    const char *fault;    /* the rule or rules in flow style, for --fault: the replay */
    hf_outcome outcome;   /* HF_OUTCOME_COUNT: drifted, the injected call was not the one meant */
    hf_response response; /* of the fault; HF_RESPONSE_COUNT none */
    const char *reason;   /* one sentence */
    uint64_t calls, retries, leaked_bytes, violations;
    int32_t exit_status, signal;
    uint64_t elapsed_us;
} hf_store_point;

/* Writes points, all or none of them. One that is there already (same sweep, site, thread, ordinal, result, onwards, variant, second) stays as it
 * was. */
HF_CHECK_RESULT hf_status hf__store_points(hf_store *store, int64_t sweep, const hf_store_point *points, size_t count, hf_error *err);

/* Visits the points of a sweep in the order they were written. Stops when the visitor returns false. */
typedef bool hf__store_visit_point(const hf_store_point *point, const hf_store_site *site, void *user);
HF_CHECK_RESULT hf_status hf__store_each_point(hf_store *store, int64_t sweep, hf__store_visit_point *visit, void *user, hf_error *err);

/* What names a finding: 16 hex digits of fingerprint and outcome, the same across builds. */
void hf__store_finding_id(const char *fingerprint, hf_outcome outcome, char out[17]);

/* One finding: all points of a site with one outcome that is worth a person's time (severity above that of `reported`). */
typedef struct hf_store_finding {
    char id[17]; /* hex digest of fingerprint and outcome: the same across builds, unique in a sweep */
    const hf_store_site *site;
    const hf_store_point *example; /* the plainest point that shows it: once before onwards, then the least ordinal */
    const char *caller, *script;
    uint64_t points;
    unsigned severity;
    int64_t sweep;
} hf_store_finding;

/* Visits the findings of a sweep (0: of the newest one), worst first, then by fingerprint. */
typedef bool hf__store_visit_finding(const hf_store_finding *finding, void *user);
HF_CHECK_RESULT hf_status hf__store_each_finding(hf_store *store, int64_t sweep, hf__store_visit_finding *visit, void *user, hf_error *err);
/* The finding whose id begins with `prefix`, newest sweep first. HF_ERROR_NOT_FOUND; HF_ERROR_INPUT if several begin so. Valid until the store is
 * used again. */
HF_CHECK_RESULT hf_status hf__store_finding(hf_store *store, const char *prefix, hf_store_finding *out, hf_error *err);

/* Counts by outcome of a sweep. */
typedef struct hf_store_summary {
    hf_store_sweep sweep; /* texts valid until the store is used again */
    bool finished;
    uint64_t sites, points, drifted, findings;
    uint64_t outcomes[HF_OUTCOME_COUNT];
} hf_store_summary;
HF_CHECK_RESULT hf_status hf__store_summarize(hf_store *store, int64_t sweep, hf_store_summary *out, hf_error *err);
/* The newest sweep, 0 if there is none. */
HF_CHECK_RESULT hf_status hf__store_newest(hf_store *store, int64_t *sweep, hf_error *err);

/* Takes everything of another database that is not there yet. A sweep is finished when all its points have come together. */
HF_CHECK_RESULT hf_status hf__store_merge(hf_store *into, const char *from, hf_error *err);

#endif
