/* SPDX-License-Identifier: MIT
 * Known findings: a file that lists findings of sweeps that are accepted for now, each with a reason, so that a test fails only for new ones.
 * The file is YAML, a list of entries (schema hostfault-allow-1); `hostfault sweep --write-allow FILE` writes a first one:
 *
 *     - fingerprint: lua!luaH_resize      # of the finding; or `place:`, a shell pattern over its places
 *       outcome: leaked
 *       caller: lua                       # optional: only in sweeps of this caller; a shell pattern
 *       why: fixed upstream, not released yet
 *       until: 2027-03-31                 # optional: the last day on which the entry counts
 *
 * A program that calls hf_sweep_run can pass each finding that it receives to hf_allow_find.
 *
 * Ownership: an hf_allow owns its entries and their texts; they are valid until hf_allow_destroy.
 * Threads: distinct objects may be used in parallel; several threads may read one object.
 */
#ifndef HF_ALLOW_H
#define HF_ALLOW_H

#include <hostfault/plan.h>
#include <hostfault/verdict.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_ALLOW_MAX 1000 /* entries in one file; more are HF_ERROR_INPUT */

/* A file of known findings that was read. */
typedef struct hf_allow hf_allow;

/* One entry. Exactly one of fingerprint and place is given. */
typedef struct hf_allow_entry {
    const char *fingerprint; /* must be equal to the finding's; NULL: place is given */
    const char *place;       /* shell pattern, ignores letter case; NULL: fingerprint is given */
    const char *caller;      /* shell pattern, ignores letter case; NULL: every caller */
    const char *why;         /* the reason for accepting it; never NULL */
    const char *until;       /* the last day on which the entry counts, "YYYY-MM-DD"; NULL: it counts on every day */
    hf_outcome outcome;      /* must be equal to the finding's */
    uint32_t line;           /* of the file where the entry begins, 1-based */
} hf_allow_entry;

/* A finding to look up. No text may be NULL; texts are read during the call only. */
typedef struct hf_allow_finding {
    const char *caller;      /* name of the caller, or of the program without folders */
    const char *fingerprint; /* hf_sweep_finding.cause */
    const char *place;       /* hf_sweep_finding.place */
    const char *ended;       /* hf_sweep_finding.ended */
    hf_outcome outcome;      /* hf_sweep_finding.outcome */
} hf_allow_finding;

/* Reads a file of known findings. *out belongs to the caller (hf_allow_destroy); it is NULL after every error. errors (may be NULL) is cleared first.
 * Errors: HF_ERROR_INPUT (errors holds the mistakes, in the order of their positions; hf_scenario_print_file_errors prints them. A file that cannot
 * be read, or has more than 1 MiB, is one item without a position), HF_ERROR_MEMORY (errors holds one item). */
HF_API HF_CHECK_RESULT hf_status hf_allow_load(const char *path, hf_allow **out, hf_errors *errors);
/* The same for a text. `name` stands for the file in errors; text and name are copied. */
HF_API HF_CHECK_RESULT hf_status hf_allow_parse(const char *name, hf_text text, hf_allow **out, hf_errors *errors);
/* Frees it. Does nothing for NULL. */
HF_API void hf_allow_destroy(hf_allow *allow);

/* The number of entries, 0 to HF_ALLOW_MAX. */
HF_API size_t hf_allow_count(const hf_allow *allow);
/* The entry with this index, from 0, in the order of the file; NULL if there is none. */
HF_API const hf_allow_entry *hf_allow_at(const hf_allow *allow, size_t index);

/* Does the entry match this finding? Ignores the entry's date. */
HF_API bool hf_allow_is_for(const hf_allow_entry *entry, const hf_allow_finding *finding);
/* Can the entry match a finding of this caller? */
HF_API bool hf_allow_is_for_caller(const hf_allow_entry *entry, const char *caller);
/* Is `today` later than the last day of the entry? today: "YYYY-MM-DD". False for an entry without a last day. */
HF_API bool hf_allow_has_passed(const hf_allow_entry *entry, const char *today);
/* The first entry that matches this finding and whose last day has not passed; NULL: the finding is not known. */
HF_API const hf_allow_entry *hf_allow_find(const hf_allow *allow, const hf_allow_finding *finding, const char *today);

/* Prints an entry in the form that it has in the file. entry->line is not used. */
HF_API void hf_allow_print(const hf_allow_entry *entry, hf_write *write, void *user);

#ifdef __cplusplus
}
#endif
#endif
