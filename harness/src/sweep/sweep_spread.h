/* SPDX-License-Identifier: MIT
 * The order of points when not all can be made: spread over the sites, so each has one before any has two.
 *
 * Threads: distinct lists may be ordered in parallel.
 */
#ifndef HF_SWEEP_SPREAD_H
#define HF_SWEEP_SPREAD_H

#include "sweep_point.h"

/* What is known of each site, by its index. */
typedef struct hf__sweep_spread_site {
    size_t calls;  /* in the clean run; 0: not known */
    size_t points; /* of this shard */
    size_t done;   /* points that were made before */
    bool is_new;   /* the sweep before this one did not have it */
} hf__sweep_spread_site;

/* Orders the indices of points: by how many of its site come before it (those done counted), new sites first, then as they were enumerated. Of a
 * site, the plainest fault comes first: one fault before two, no variant before one, E_OUTOFMEMORY before the rest, the first call, then the last,
 * the one in the middle, those between them and so on, once before from then on. Returns how many of them are the first of their site. */
size_t hf__sweep_spread(const hf__sweep_points *points, const hf__sweep_spread_site *sites, size_t *indices, size_t count);

#endif
