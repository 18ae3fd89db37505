/* SPDX-License-Identifier: MIT
 * Sweeps, sites and points made by hand, and a folder for their databases.
 */
#ifndef STORE_EXAMPLES_H
#define STORE_EXAMPLES_H

#include "store.h"

/* Criterion compares char *. */
#define TEXT(text) ((char *)(uintptr_t)(text))

/* A new folder; store_remove_folder takes it away with all that is in it. */
void store_make_folder(void);
void store_remove_folder(void);
/* A file of that folder. Valid for the next 7 calls. */
const char *store_path(const char *name);

/* Opens, or ends the process. */
hf_store *store_open(const char *path);
/* A sweep with this key; ends the process if it cannot be begun. */
int64_t store_sweep(hf_store *store, const char *key, bool fresh);
/* A site whose texts and key are made of its number. */
hf_store_site store_site(unsigned number);
int64_t store_add_site(hf_store *store, int64_t sweep, unsigned number);
/* A point that was reported. */
hf_store_point store_point(int64_t site, uint64_t ordinal);
void store_add(hf_store *store, int64_t sweep, const hf_store_point *point);
/* Points `first` .. `first + count - 1` of one sweep of 16 sites with outcomes of every kind: only those whose number leaves `rest` when divided by
 * `step`. */
void store_add_many(hf_store *store, int64_t sweep, unsigned first, unsigned count, unsigned step, unsigned rest);

/* Everything of a sweep as text but for numbers of rows and times: its sites' points, findings and counts. hf__free. */
char *store_dump(hf_store *store, int64_t sweep);

#endif
