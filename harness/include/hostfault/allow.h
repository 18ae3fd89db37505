/* SPDX-License-Identifier: MIT
 * Known findings: a file that lists the findings of sweeps that are accepted for now, each with a reason, so that a test is red only on what is new.
 * The file is YAML, a list of entries (schema hostfault-allow-1); `hostfault sweep --write-allow FILE` starts one:
 *
 *     - fingerprint: lua!luaH_resize      # of the finding; or `place:`, a shell pattern over its places
 *       outcome: leaked
 *       caller: lua                       # optional: only in sweeps of this caller; a shell pattern
 *       why: fixed upstream, not released yet
 *       until: 2027-03-31                 # optional: the last day on which the entry counts
 *
 * A program that sweeps by hf_sweep_run asks hf_allow_find for each finding that it is told.
 *
 * Threads: distinct objects may be used in parallel; one may be read by several threads.
 */
#ifndef HF_ALLOW_H
#define HF_ALLOW_H

#include <hostfault/plan.h>
#include <hostfault/verdict.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HF_ALLOW_MAX 1000 /* entries in one file */

typedef struct hf_allow hf_allow;

/* One entry. Texts are borrowed from the hf_allow. */
typedef struct hf_allow_entry {
    const char *fingerprint; /* exact; NULL: place is given */
    const char *place;       /* shell pattern, letter case aside; NULL: fingerprint is given */
    const char *caller;      /* shell pattern, letter case aside; NULL: every caller */
    const char *why;
    const char *until; /* "YYYY-MM-DD"; NULL: for good */
    hf_outcome outcome;
    uint32_t line; /* where the entry begins, 1-based */
} hf_allow_entry;

/* A finding as it is looked for. Texts are borrowed for the time of the call. */
typedef struct hf_allow_finding {
    const char *caller;      /* name of the caller, or of the program without folders */
    const char *fingerprint; /* hf_sweep_finding.cause */
    const char *place;       /* hf_sweep_finding.place */
    const char *ended;       /* hf_sweep_finding.ended */
    hf_outcome outcome;
} hf_allow_finding;

/* Reads a file of known findings. On HF_ERROR_INPUT errors holds every mistake found, in order of position (hf_scenario_print_file_errors prints
 * them), and *out is NULL. errors may be NULL. hf_allow_destroy. */
HF_API HF_CHECK_RESULT hf_status hf_allow_load(const char *path, hf_allow **out, hf_errors *errors);
/* The same from text that came from `name`. */
HF_API HF_CHECK_RESULT hf_status hf_allow_parse(const char *name, hf_text text, hf_allow **out, hf_errors *errors);
/* NULL is fine. */
HF_API void hf_allow_destroy(hf_allow *allow);

HF_API size_t hf_allow_count(const hf_allow *allow);
/* The entry, in the order of the file; NULL behind the last. */
HF_API const hf_allow_entry *hf_allow_at(const hf_allow *allow, size_t index);

/* Is the entry for this finding? Its date does not count. */
HF_API bool hf_allow_is_for(const hf_allow_entry *entry, const hf_allow_finding *finding);
/* May the entry be for a finding of this caller? */
HF_API bool hf_allow_is_for_caller(const hf_allow_entry *entry, const char *caller);
/* Has the last day of the entry passed? today: "YYYY-MM-DD". */
HF_API bool hf_allow_has_passed(const hf_allow_entry *entry, const char *today);
/* The first entry that is for this finding and has not passed; NULL: it is not allowed. */
HF_API const hf_allow_entry *hf_allow_find(const hf_allow *allow, const hf_allow_finding *finding, const char *today);

/* Prints an entry as an item of the file's list. */
HF_API void hf_allow_print(const hf_allow_entry *entry, hf_write *write, void *user);

#ifdef __cplusplus
}
#endif
#endif
