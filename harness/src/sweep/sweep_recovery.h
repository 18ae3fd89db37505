/* SPDX-License-Identifier: MIT
 * What a caller does because of a fault: the calls of a faulted run, after the fault, that the clean run does not make there. A second fault is worth
 * trying there: these are error paths, retries and fallbacks, which no single fault can reach.
 *
 * Only calls with a stack count (verdict's README: the 32 after a fault), so one fault has few of them.
 *
 * Threads: a recovery finder is read-only once made; distinct runs may be examined in parallel.
 */
#ifndef HF_SWEEP_RECOVERY_H
#define HF_SWEEP_RECOVERY_H

#include "sweep_point.h"

/* One such call. */
typedef struct hf__sweep_recovery {
    hf_method method;
    hf_function function;
    uint64_t key;     /* of its site */
    uint64_t ordinal; /* in the faulted run, as a site's */
    uint64_t *frames; /* as a site's */
    uint32_t frame_count;
    bool is_retry; /* the request that failed, once more */
} hf__sweep_recovery;

typedef struct hf__sweep_recoveries {
    size_t count, capacity;
    hf__sweep_recovery *items;
} hf__sweep_recoveries;

typedef struct hf__sweep_finder hf__sweep_finder;

/* trace: the clean run with stacks that the sites were learnt from. Both must stay until destroy; sites that are added later
 * are not found. */
hf__sweep_finder *hf__sweep_finder_create(const hf_trace *trace, const hf__sweep_sites *sites, uint32_t methods);
void hf__sweep_finder_destroy(hf__sweep_finder *self);
/* The site of these sites, SIZE_MAX if there is none. thread: as a site's. */
size_t hf__sweep_finder_find(const hf__sweep_finder *self, hf_method method, uint64_t key, hf_text thread);

/* Appends the calls that the run of `first`, which did not drift, made because of its fault. */
void hf__sweep_recoveries_find(const hf__sweep_finder *self, const hf__sweep_point *first, const hf_trace *trace, hf__sweep_recoveries *out);
void hf__sweep_recoveries_clear(hf__sweep_recoveries *recoveries);

#endif
