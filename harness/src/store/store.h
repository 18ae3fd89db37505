/* SPDX-License-Identifier: MIT
 * The results database: sweeps, their sites, the points that were tried and what each showed. SQLite, one file; README.md beside this has the schema,
 * which anyone may query.
 *
 * A point is written once, with its verdict, so whatever is in the database is done. A sweep that was killed continues by asking what is there, and
 * two sweeps, or two shards, can use one database at once. Writes go in batches of one transaction.
 *
 * Texts that are passed in are borrowed for the time of the call, and must be UTF-8 or plain bytes without NUL. A visitor must not use the store that
 * calls it.
 *
 * Threads: one store per thread; several processes may have the same file open. A store must not be used on both sides of a fork.
 *
 * Errors that every function may return: HF_ERROR_FORMAT (the file is damaged), HF_ERROR_SYSTEM (not readable, not writable, disk full),
 * HF_ERROR_STATE (another process has locked it for longer than half a minute).
 */
#ifndef HF_STORE_H
#define HF_STORE_H

#include <hostfault/verdict.h>

#include <stdbool.h>

#define HF_STORE_FILE "hostfault.db"
#define HF_STORE_VERSION 2

typedef struct hf_store hf_store;

/* Opens the database, making it if it is not there; read_only: only if it is there. The folder must exist. Errors: HF_ERROR_NOT_FOUND (read_only),
 * HF_ERROR_VERSION (made by a newer hostfault: it says by which, and is left alone), HF_ERROR_FORMAT (no database of ours). */
HF_CHECK_RESULT hf_status hf__store_open(const char *path, bool read_only, hf_store **out, hf_error *err);
/* NULL is fine. */
void hf__store_close(hf_store *store);

/* What makes two sweeps the same one: taken up again, merged, replaced by each other. */
typedef struct hf_store_sweep {
    const char *key;       /* digest of caller, arguments, environment, options and builds: same key, same points with the same outcomes. Not of
                            * the shard: shards of one sweep have one key */
    const char *caller;    /* name, or the command's first word */
    const char *script;    /* the scenario without rules, as YAML: all that a replay needs besides the point */
    const char *isolation; /* "rerun" or "fork" */
    const char *options;   /* the sweep's options in words, for people */
    const char *started;   /* UTC, ISO 8601: when it was begun, or taken up for the last time */
    uint64_t stack_depth;
} hf_store_sweep;

/* Begins a sweep, or takes up the one with this key. fresh: what an earlier one with this key found is thrown away first. */
HF_CHECK_RESULT hf_status hf__store_begin(hf_store *store, const hf_store_sweep *sweep, bool fresh, int64_t *id, hf_error *err);
/* All points of this shard are there; 1 of 1 is all of it. A sweep is finished once all shards of one division are. */
HF_CHECK_RESULT hf_status hf__store_finish(hf_store *store, int64_t sweep, uint32_t shard, uint32_t shards, hf_error *err);

typedef struct hf_store_site {
    uint64_t key;            /* hf__engine_site_key: exact, for one build */
    const char *method;      /* "VirtualAlloc" */
    const char *fingerprint; /* across builds: the method, a space, frames as module!function without wrappers, "<" between, and "#" index of the call
                              * in its function */
    const char *place;       /* "grow at lgc.c:212", or module+offset */
    const char *stack;       /* one frame a line, innermost first, symbolised: "lua!grow+0x1c (/src/lgc.c:212)" */
    uint64_t calls;          /* in the clean run */
} hf_store_site;

/* Adds a site of a sweep, or finds it: the one with this key and method, which stays as it was. */
HF_CHECK_RESULT hf_status hf__store_site(hf_store *store, int64_t sweep, const hf_store_site *site, int64_t *id, hf_error *err);

/* Visits the sites of a sweep, those without a point too. Stops when the visitor returns false. */
typedef bool hf__store_visit_site(const hf_store_site *site, void *user);
HF_CHECK_RESULT hf_status hf__store_each_site(hf_store *store, int64_t sweep, hf__store_visit_site *visit, void *user, hf_error *err);

/* One fault point and what it showed. */
typedef struct hf_store_point {
    int64_t site;
    const char *thread; /* label; "" in a caller with one thread */
    uint64_t ordinal;   /* of the method's calls (of that thread) */
    HRESULT result;
    bool onwards;         /* from then on, not once */
    const char *variant;  /* "" or the fault's other keys as in a script: "out: poison", "lie: dirty" */
    const char *earlier;  /* "" or, where this is a second fault, the rule of the one before it in flow style */
    const char *stands;   /* "" or names of further failures that it was run for, ", " between: the caller cannot tell them apart */
    const char *fault;    /* the rule in flow style, for --fault: with `earlier` before it, the replay */
    hf_outcome outcome;   /* HF_OUTCOME_COUNT: drifted, the injected call was not the one meant */
    hf_response response; /* of the fault; HF_RESPONSE_COUNT none */
    const char *reason;   /* one sentence */
    uint64_t calls, retries, leaked_bytes, violations;
    int32_t exit_status, signal;
    uint64_t elapsed_us;
} hf_store_point;

/* What failed: "E_OUTOFMEMORY", "0x8007054F", "lie: dirty". */
void hf__store_print_failure(char *buffer, size_t capacity, const hf_store_point *point);

/* Writes points, all or none of them. One that is there already (same site, thread, ordinal, result, onwards, variant, earlier) stays as it was.
 * HF_ERROR_STATE: a site is no longer of this sweep, because another process began the sweep afresh. */
HF_CHECK_RESULT hf_status hf__store_points(hf_store *store, int64_t sweep, const hf_store_point *points, size_t count, hf_error *err);

/* Visits the points of a sweep in an order that does not depend on who wrote them when: by method, place, key, then by the point itself. Stops when
 * the visitor returns false. */
typedef bool hf__store_visit_point(const hf_store_point *point, const hf_store_site *site, void *user);
HF_CHECK_RESULT hf_status hf__store_each_point(hf_store *store, int64_t sweep, hf__store_visit_point *visit, void *user, hf_error *err);

/* Visits the sites of the newest other sweep of the same script; none if there is no other. Stops when the visitor returns false. */
typedef bool hf__store_visit_site(const hf_store_site *site, void *user);
HF_CHECK_RESULT hf_status hf__store_each_site_before(hf_store *store, int64_t sweep, hf__store_visit_site *visit, void *user, hf_error *err);

/* Counts of a sweep. */
typedef struct hf_store_summary {
    int64_t id;
    hf_store_sweep sweep; /* texts valid until the store is used again */
    bool finished;
    uint64_t sites, points, drifted, findings;
    uint64_t outcomes[HF_OUTCOME_COUNT];
    uint32_t shard, shards; /* the first shard of a sweep that is not whole; 0: it is whole, or no shard of it is finished */
} hf_store_summary;
HF_CHECK_RESULT hf_status hf__store_summarize(hf_store *store, int64_t sweep, hf_store_summary *out, hf_error *err);
/* The newest sweep of each script that has points, newest first: what the database says today of each caller. *out: hf__free. */
HF_CHECK_RESULT hf_status hf__store_current(hf_store *store, int64_t **out, size_t *count, hf_error *err);

/* The sweeps of the same script that have points, this one among them, newest first. *out: hf__free. */
HF_CHECK_RESULT hf_status hf__store_history(hf_store *store, int64_t sweep, int64_t **out, size_t *count, hf_error *err);

/* What names a finding: 16 hex digits of fingerprint and outcome, the same across builds. */
void hf__store_finding_id(const char *fingerprint, hf_outcome outcome, char out[17]);

/* How a finding ended, as the run that proved it showed. */
typedef struct hf_store_cause {
    const char *text;   /* the same for findings of one cause, and across builds: "lua!luaH_resize" */
    uint64_t spot;      /* tells causes of one text and one outcome apart, in the order of the code */
    const char *place;  /* where it ended, for people; "": not known */
    const char *detail; /* whose memory it was, what it waits for; "" */
    const char *stack;  /* of the ending, one frame a line; "" */
} hf_store_cause;
/* Writes the cause of a finding of the sweep, over an earlier one. */
HF_CHECK_RESULT hf_status hf__store_cause(hf_store *store, int64_t sweep, const char *finding, const hf_store_cause *cause, hf_error *err);

/* One finding: all points of one fingerprint in a sweep with one outcome that is worth a person's time (severity above that of `reported`). */
typedef struct hf_store_finding {
    char id[17];
    const hf_store_site *site;     /* the example's */
    const hf_store_point *example; /* the plainest point that shows it: one fault before two, no variant before one, once before onwards, then the
                                    * least ordinal */
    const char *results;           /* names of all failures that show it, ", " between, sorted */
    int64_t sweep_id;
    const hf_store_sweep *sweep;
    uint64_t points;
    uint64_t ways; /* calls at which a failure leads to it, of "from then on" the first; 0 where one finding was looked up */
    unsigned severity;
    hf_store_cause cause; /* of one that was not proved: made of its fingerprint */
} hf_store_finding;

/* Visits the findings of a sweep, worst first, then by fingerprint. */
typedef bool hf__store_visit_finding(const hf_store_finding *finding, void *user);
HF_CHECK_RESULT hf_status hf__store_each_finding(hf_store *store, int64_t sweep, hf__store_visit_finding *visit, void *user, hf_error *err);

/* One way into a group: a finding of it. */
typedef struct hf_store_way {
    char id[17]; /* the finding's */
    char *method, *place, *fault, *earlier;
    uint64_t points, entries;
} hf_store_way;
/* The findings with one cause: what people read, count and excuse. Its id is made of outcome and cause. */
typedef struct hf_store_group {
    char id[17];
    const char *cause;             /* its text, with a number where several causes have the same */
    const hf_store_finding *shown; /* the shortest way: the plainest of the findings' examples */
    const char *results;           /* names of all failures that show it, ", " between, sorted */
    uint64_t points, entries;      /* entries: calls at which a failure leads to it, of "from then on" the first */
    const hf_store_way *ways;      /* the shortest first */
    size_t way_count;
} hf_store_group;
/* Visits the groups of a sweep, worst first, then by cause. */
typedef bool hf__store_visit_group(const hf_store_group *group, void *user);
HF_CHECK_RESULT hf_status hf__store_each_group(hf_store *store, int64_t sweep, hf__store_visit_group *visit, void *user, hf_error *err);

/* The finding, or the shortest way into the group, whose id begins with `prefix`, in the newest sweep that has one. HF_ERROR_NOT_FOUND;
 * HF_ERROR_INPUT if several of that sweep begin so, or the prefix is no part of an id. Valid until the store is used again. */
HF_CHECK_RESULT hf_status hf__store_finding(hf_store *store, const char *prefix, hf_store_finding *out, hf_error *err);

/* What a merge added. */
typedef struct hf_store_merge_result {
    uint64_t sweeps, sites, points; /* that were not there */
    uint64_t known;                 /* points that were */
} hf_store_merge_result;
/* Takes everything of another database that is not there yet, in one transaction. */
HF_CHECK_RESULT hf_status hf__store_merge(hf_store *into, const char *from, hf_store_merge_result *out, hf_error *err);

#endif
