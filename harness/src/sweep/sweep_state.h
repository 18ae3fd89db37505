/* SPDX-License-Identifier: MIT
 * A sweep in progress: what its parts share. sweep.c settles and learns. sweep_database.c says which points are still to be made. sweep_make.c makes
 * them and passes them to the sink. sweep_second.c does so with second faults. sweep_prove.c proves the findings.
 *
 * Threads: one sweep belongs to the thread that runs it; its workers touch `made` at their own index, and read the rest.
 */
#ifndef HF_SWEEP_STATE_H
#define HF_SWEEP_STATE_H

#include "heap_index.h"
#include "sweep_learn.h"
#include "run_folder.h"
#include "system_rest.h"
#include "sweep_rerun.h"
#include "sweep_spread.h"

#include <hostfault/sweep.h>

/* What came of one point, until it is in the database. */
typedef struct hf__sweep_attempt {
    hf__sweep_result shown;
    hf_status status;
    char *problem; /* why there is no verdict; NULL */
    bool is_made;
    bool is_clone; /* not run from the start */
} hf__sweep_attempt;

/* A finding that was told. */
typedef struct hf__sweep_finding_id {
    char id[17];
} hf__sweep_finding_id;

typedef struct hf__sweep hf__sweep;

/* Where points go that are made: to the listener and the database, or to the search for second faults. */
typedef struct hf__sweep_sink {
    /* Takes a pending point that has a verdict, by its index there. On the thread that runs the sweep, in the order of `pending`. */
    void (*take)(hf__sweep *self, size_t index);
    const hf__sweep_finder *finder; /* what a fault led to is looked for in each run; NULL: it is not */
    size_t sample_points;           /* so many of the first points are made both as clones and from the start */
    bool counts;                    /* points are counted in summary->done when they are taken, and must be stored */
} hf__sweep_sink;

/* Points are told, counted and stored. */
extern const hf__sweep_sink hf__sweep_results;

struct hf__sweep {
    const hf_scenario *scenario;
    const hf_sweep_options *options;
    const hf_sweep_listener *listener;
    hf_sweep_summary *summary;
    hf__run_job job;
    hf__run_scratch scratch_folder;
    hf_system_rest rest;
    const char *scratch; /* its path */
    uint32_t methods;
    hf__sweep_choice choice;
    uint8_t isolation; /* hf_isolation */
    unsigned cloned;   /* runs that were cloned so far */
    bool fresh;        /* what the database has of this sweep is thrown away first */
    hf__sweep_baseline baseline;
    hf__sweep_points points;
    uint8_t *outcomes; /* by point: its outcome and 1; 0: not made yet */
    size_t outcome_count;
    size_t alone_count; /* of the points: those of one fault, which come first */
    hf__sweep_sink sink;
    hf_judge *judge;
    hf_store *store;
    int64_t id;
    int64_t *site_ids;
    size_t site_id_count;
    hf__heap_map known;            /* the hashes of points that the database had when it was opened */
    hf__sweep_spread_site *spread; /* by site */
    size_t spread_count;
    size_t pending_count;
    size_t *pending;    /* indices of the points still to be made */
    size_t later_count; /* points that are made after these */
    hf__sweep_attempt *made;
    size_t next;        /* in pending: the first that is not told */
    bool has_sample;    /* some points were made both ways */
    bool has_mismatch;  /* a clone did not show what a rerun did; the summary says which */
    size_t batch_begin; /* in pending: the first that is not in the database yet */
    size_t batch_end;
    uint64_t begun_us; /* the sweep, clean runs included */
    uint64_t started_us, flushed_us;
    uint64_t full_us; /* since when there is no room for the database; 0: there is */
    size_t told_count, told_capacity;
    hf__sweep_finding_id *told;
    uint32_t failed;  /* no more points are begun */
    hf_error failure; /* the first; status HF_OK: none */
};

/* Opens the database, and begins or takes up the sweep in it. Points that are there are counted. */
HF_CHECK_RESULT hf_status hf__sweep_database_open(hf__sweep *self, hf_error *err);
/* Lists the points from that one on that are still to be made. Their sites are stored. */
HF_CHECK_RESULT hf_status hf__sweep_database_choose(hf__sweep *self, size_t from, hf_error *err);

/* Counts a point's outcome in the summary. */
void hf__sweep_count(hf_sweep_summary *summary, hf_outcome outcome);

/* A site as the database has it. Borrowed from the site. */
hf_store_site hf__sweep_site_row(const hf__sweep_site *site);
/* Tells the listener what is done beside points; total 0: how long it takes is not known. */
void hf__sweep_tell_stage(const hf__sweep *self, const char *doing, size_t done, size_t total);
/* Notes a point whose outcome is a finding, once for each finding. */
void hf__sweep_tell(hf__sweep *self, const hf_store_site *site, const hf_store_point *shown);

/* Tells and stores the pending points that are made, as far as all before them are. */
void hf__sweep_advance(hf__sweep *self);
/* Why no clones are tried, "as asked"; NULL: they are. */
const char *hf__sweep_reason_against_clones(const hf__sweep *self);
/* Makes pending points as clones, as far as the caller allows it; what is left is not made. summary->isolation says why. */
HF_CHECK_RESULT hf_status hf__sweep_fork(hf__sweep *self, hf_error *err);
/* What a point is made with. */
hf__sweep_base hf__sweep_base_of(const hf__sweep *self);

/* Makes the pending points. Errors: the first that a point met. */
HF_CHECK_RESULT hf_status hf__sweep_make(hf__sweep *self, hf_error *err);
/* The same, within the limits that the options set. */
HF_CHECK_RESULT hf_status hf__sweep_make_within(hf__sweep *self, hf_error *err);
bool hf__sweep_out_of_time(const hf__sweep *self);
/* Forgets what was made, and what was pending. */
void hf__sweep_forget_made(hf__sweep *self);
/* After all points of one fault: second faults in the calls that a first one leads to. */
HF_CHECK_RESULT hf_status hf__sweep_second(hf__sweep *self, hf_error *err);
/* Runs each finding that was told once more, in full and in a folder that stays, and records its trace. Errors: the database, or a trace that cannot
 * be written. */
HF_CHECK_RESULT hf_status hf__sweep_prove(hf__sweep *self, hf_error *err);
/* Tells the findings that the database has of the sweep, grouped by their causes. */
HF_CHECK_RESULT hf_status hf__sweep_tell_groups(hf__sweep *self, hf_error *err);

#endif
