/* SPDX-License-Identifier: MIT
 * Sweeping: makes every place fail at which a caller requests memory, in every documented way, and stores what the caller did each time in a
 * database. Driven from your own tests or by `hostfault sweep`.
 *
 * Threads: distinct sweeps may be made in parallel, also into one database. What run.h says about processes and threads holds here too.
 */
#ifndef HF_SWEEP_H
#define HF_SWEEP_H

#include <hostfault/plan.h>
#include <hostfault/verdict.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How a point's run is made: from the start (RERUN), or as a clone of one run, taken at the point (FORK). A clone is many times cheaper, but wrong
 * for a caller whose threads, files or shared memory it would disturb. AUTO clones where that is safe, makes a sample of the points both ways, and
 * runs the rest from the start. */
typedef enum hf_isolation { HF_ISOLATION_AUTO, HF_ISOLATION_FORK, HF_ISOLATION_RERUN } hf_isolation;

/* How far a caller repeats itself without faults, which decides how its calls are identified: CALLS, REQUESTS: by their number among the calls of
 * their method, because the calls, or at least the requests, are the same each time; SITES: by their site and their number there. */
typedef enum hf_steadiness { HF_STEADY_CALLS, HF_STEADY_REQUESTS, HF_STEADY_SITES } hf_steadiness;

/* What is swept. Texts are borrowed for the time of the call. */
typedef struct hf_sweep_options {
    uint32_t struct_size;
    uint32_t timeout_ms;     /* of one point and of a clean run; 0: of a point twenty times the clean run and a second, at most 10 s, but no less than
                              * three times the clean run; of a clean run a minute */
    const char *caller_path; /* as in hf_run_options */
    const char *results;     /* folder of the database and of findings' run folders; NULL: results */
    const char *methods;     /* names or shell patterns, commas between; NULL: the methods that acquire memory */
    const char *failures;    /* names of HRESULTs, the same; NULL: every documented one */
    const char *workdir;     /* as in hf_run_options */
    const char *sites;       /* fingerprints and places, the same; NULL: all */
    uint32_t jobs;           /* points at once; 0: as many as there are processors */
    uint32_t stack_depth;    /* frames that identify a site; 0: 16 */
    uint32_t shard, shards;  /* only the points of the `shard`-th of `shards` parts, 1-based, cut by a hash of the point; 0 0: all */
    uint32_t budget_ms;      /* no more points are begun after so long, clean runs included; what is left is for resume. 0: no limit */
    uint32_t storm_limit;    /* failed requests from one place, with none granted there between, that are a storm; 0: the scenario's, or 1000 */
    uint32_t points_max;     /* points that are made at most. 0: no limit. Under a limit each site has a point before any has two, new sites first */
    uint8_t every_call;      /* not only the first, middle and last call of each site */
    uint8_t lies;            /* false successes, and out-parameters other than null, too */
    uint8_t resume;          /* points that the database has are not made again; else the sweep begins afresh */
    uint8_t no_proof;        /* findings are not run once more in full at the end */
    uint8_t isolation;       /* hf_isolation */
    uint8_t depth;           /* 2: second faults too, in the calls that a first one leads to; 0, 1: one fault a point */
    uint8_t strict;          /* a request between a failure and the moment it has surfaced is a violation (expect.h) */
    uint8_t guard_pages;     /* each block of our host's heap ends at a page without access, as a scenario's `host: { guard: pages }` */
    uint8_t reserved[4];
} hf_sweep_options;
#define HF_SWEEP_OPTIONS_INIT                                                                                                                        \
    {                                                                                                                                                \
        sizeof(hf_sweep_options), 0, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,                                \
        {                                                                                                                                            \
            0                                                                                                                                        \
        }                                                                                                                                            \
    }

/* One finding: what ended alike, by its shortest way. Borrowed for the time of the call. */
typedef struct hf_sweep_finding {
    const char *id;                              /* for hostfault replay */
    const char *method, *place, *fault, *reason; /* place: where the request was made that was refused */
    const char *earlier;                         /* the fault before that one; "": it was alone */
    hf_outcome outcome;
    unsigned severity; /* 1 .. 9 */
    HRESULT result;
    uint8_t onwards;
    const char *cause;  /* what its points have in common, the same across builds: "lua!luaH_resize" */
    const char *ended;  /* where it crashed, hangs, broke a clause, or took what it leaks; "": not known */
    const char *detail; /* whose memory it was, what it waits for; "" */
    uint64_t ways;      /* places at which a refused request leads there */
    uint64_t points;
    const char *stack, *end_stack; /* of the request and of the ending: a frame a line, innermost first, "lua!grow+0x1c (/src/lgc.c:212)"; "" */
} hf_sweep_finding;

/* How far it is. */
typedef struct hf_sweep_progress {
    uint64_t sites, total; /* points of this shard */
    uint64_t done;         /* of total, those that were there already included */
    uint64_t made;         /* in this invocation */
    uint64_t findings;
    uint64_t elapsed_us; /* since the first point */
    const char *doing;   /* NULL: points are made. Else what is done before or after them, in words; done and total (0: not known) are of that */
} hf_sweep_progress;

/* What is told, on the thread that called hf_sweep_run. Members may be NULL. Findings are told at the end, worst first, when it is known which of
 * them are one; progress while it runs. */
typedef struct hf_sweep_listener {
    void (*found)(const hf_sweep_finding *finding, void *user);
    void (*note)(const char *text, void *user); /* before the first point: what was seen of the caller that says how it is swept. One line */
    void (*progress)(const hf_sweep_progress *progress, void *user);
    void *user;
} hf_sweep_listener;

/* What came of it. */
typedef struct hf_sweep_summary {
    uint64_t sites, calls;     /* of the clean run, of the methods swept */
    uint64_t varying;          /* sites that only one of two clean runs of an unmodified program came to; they are not swept */
    uint64_t points;           /* of the whole sweep */
    uint64_t two_fault_points; /* of these, with a second fault */
    uint64_t shard_points;     /* of these, in this shard */
    uint64_t left;             /* of these, not made: there was a limit, or the sweep was stopped. resume takes them up */
    uint64_t calls_chosen;     /* calls of the sites that have points, and how many of them the points fail: not all unless every_call is set */
    uint64_t calls_failed;
    uint64_t sites_chosen; /* sites with points in this shard, and those of them with a point that is in the database now */
    uint64_t sites_done;
    uint64_t done;                       /* of this shard: in the database now */
    uint64_t made;                       /* in this invocation */
    uint64_t drifted;                    /* the injected call was not the one meant; not counted among the outcomes */
    uint64_t findings;                   /* causes */
    uint64_t ways;                       /* places, with their outcomes, that lead to them */
    uint64_t outcomes[HF_OUTCOME_COUNT]; /* of the points made or found in the database */
    uint64_t elapsed_us;                 /* clean runs included */
    uint8_t unstable;                    /* the clean runs end differently: nothing was swept */
    uint8_t steadiness;                  /* hf_steadiness */
    uint8_t status_only;                 /* the result varies: runs were compared by exit status alone */
    uint8_t has_threads;                 /* several threads call: pinned to one processor, ordinals count by thread */
    uint8_t stopped;                     /* interrupted: resume takes it up */
    uint8_t sees_null;                   /* equal failures were run once */
    uint64_t forked;                     /* points made as clones */
    uint64_t checked;                    /* of these, made from the beginning as well, with the same result */
    char isolation[256];                 /* how points were made and why, in words */
    uint32_t unproved;                   /* findings that did not show again when they were run once more */
    char difference[512];                /* unstable: how the clean runs differ */
    char database[512];
    char unseen[256]; /* of an unmodified Linux program: which of its mapping calls, as the kernel counted them, the shim did not see; "" not counted
                       */
} hf_sweep_summary;

/* Sweeps the scenario's caller; its rules and expectation do not count. Blocks until the sweep is over, stopped or out of budget. options and
 * listener may be NULL; *out is storage of the caller's and is filled in any case; err may be NULL. What was made until an error is in the database,
 * and `resume` goes on from there.
 *
 * Errors: as hf_run_scenario; HF_ERROR_STATE (a clean run does not end well; another process has locked the database for half a
 * minute), HF_ERROR_INPUT (the clean run makes no call of these methods; a filter that matches nothing; a database that is damaged, of a newer
 * version or another program's), HF_ERROR_FORMAT (the database is found damaged later), HF_ERROR_ARGUMENT (options with a value out of range, or a
 * member that this version does not know), HF_ERROR_MEMORY. */
HF_API HF_CHECK_RESULT hf_status hf_sweep_run(const hf_scenario *scenario, const hf_sweep_options *options, const hf_sweep_listener *listener,
                                              hf_sweep_summary *out, hf_error *err);

#ifdef __cplusplus
}
#endif
#endif
