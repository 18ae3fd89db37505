/* SPDX-License-Identifier: MIT
 * The points of a sweep: which call of which site fails, and how. Their order depends only on the sites and the options, so shards and resumed sweeps
 * agree on it.
 *
 * Threads: read-only once enumerated.
 */
#ifndef HF_SWEEP_POINT_H
#define HF_SWEEP_POINT_H

#include "sweep_site.h"

#include <hostfault/caller.h>

typedef struct hf__sweep_choice {
    hf_sees sees;        /* HF_SEES_NULL: failures that look the same are run once */
    bool every_call;     /* not only the first, middle and last of each site */
    bool lies;           /* false successes and out-parameters other than null, too */
    bool unmodified;     /* the program knows nothing of the interfaces: it meets the failures of the system's functions */
    const char *results; /* shell pattern over names of HRESULTs; NULL: every documented one; of an unmodified program: every native one */
    const char *methods; /* shell pattern over names of methods and functions; NULL: all that were learnt */
    const char *sites;   /* shell pattern over fingerprints and places; NULL: all */
} hf__sweep_choice;

#define HF_SWEEP_ALONE SIZE_MAX
typedef struct hf__sweep_point {
    size_t site;
    size_t call;    /* index into the site's calls; of a second fault 0 */
    size_t earlier; /* HF_SWEEP_ALONE, or this is a second fault: the point whose fault comes before it */
    uint64_t ordinal;
    HRESULT result;      /* S_OK with a lie */
    bool onwards;        /* this call and all later ones of the method; of an unmodified program: of the site */
    const char *variant; /* "", "out: poison", "lie: dirty" */
    const char *stands;  /* names of the failures it stands for, "" none */
} hf__sweep_point;

typedef struct hf__sweep_points {
    size_t count, capacity;
    hf__sweep_point *items;
    size_t text_count, text_capacity;
    char **texts; /* that points borrow */
} hf__sweep_points;

void hf__sweep_points_enumerate(const hf__sweep_sites *sites, const hf__sweep_choice *choice, hf__sweep_points *out);
/* Appends every documented failure of one call that the fault of `earlier` leads to, once and from then on. */
void hf__sweep_points_add_second(const hf__sweep_sites *sites, const hf__sweep_choice *choice, size_t earlier, size_t site, uint64_t ordinal,
                                 hf__sweep_points *points);
/* May another fault follow? Of a failure that is alone, happens once, and is no false success. */
bool hf__sweep_point_may_lead(const hf__sweep_point *point);
void hf__sweep_points_clear(hf__sweep_points *points);

/* Is the point with this hash one of the `shard`-th of `shards` shards (1-based; 0 of 0: all are)? By the hash, not by the point's number: neighbours
 * are alike in cost and in what they find, and every n-th of them may be the one fault that fails. */
bool hf__sweep_shard_has(uint64_t identity, uint32_t shard, uint32_t shards);

/* The fault alone, without which call it is: "call: VirtualAlloc, return: E_FAIL". hf__free. */
char *hf__sweep_point_rule(const hf__sweep_sites *sites, const hf__sweep_point *point);
/* The rule that makes a point, in the language of --fault. hf__free. */
char *hf__sweep_point_fault(const hf__sweep_sites *sites, const hf__sweep_point *point);

#endif
