/* SPDX-License-Identifier: MIT
 * Delta debugging (Zeller's ddmin): the least part of a set that still shows something; the caller makes the tries. Pure: it knows neither rules nor
 * runs.
 *
 * Threads: distinct calls may be made in parallel.
 */
#ifndef HF_MINIMIZE_SUBSET_H
#define HF_MINIMIZE_SUBSET_H

#include "model_rule.h"

#include <stdbool.h>
#include <stddef.h>

/* A set of numbers below HF_RULES_MAX. */
typedef struct hf__minimize_subset {
    uint64_t bits[HF_RULES_MAX / 64];
} hf__minimize_subset;

/* The numbers below count. */
hf__minimize_subset hf__minimize_subset_all(size_t count);
bool hf__minimize_subset_has(const hf__minimize_subset *subset, size_t number);
size_t hf__minimize_subset_count(const hf__minimize_subset *subset);

/* Index of the first candidate that still shows it; count if none does. May try several at once, and must answer the same for the same set. */
typedef size_t hf__minimize_subset_try(const hf__minimize_subset *candidates, size_t count, void *user);

/* Makes the set smaller until it is 1-minimal: it still shows it, and without any one of its numbers it does not. The set that is given shows it. */
void hf__minimize_subset_minimize(hf__minimize_subset *subset, hf__minimize_subset_try *first, void *user);

#endif
