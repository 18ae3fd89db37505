/* SPDX-License-Identifier: MIT
 * How the shim gets into a program: the program is linked with it, the dynamic linker loads it as a library before the program's own, or it stays
 * outside, where the kernel tells it of each mapping call. On Linux the program's file tells which. Nothing is run for this but the loader that the
 * program names, to list its libraries.
 *
 * Threads: any.
 */
#ifndef HF_RUN_ATTACH_H
#define HF_RUN_ATTACH_H

#include <hostfault/plan.h>
#include <stdbool.h>

/* In the environment, as --attach is on the command line: linked, preload, trap or auto. */
#define HF_ATTACH_VARIABLE "HF_ATTACH"
/* In the environment, as --steady is on the command line: on, or off, and then no sweep tries by itself whether it helps. What the program sees of it
 * is the seed. */
#define HF_STEADY_VARIABLE "HF_STEADY"

typedef enum hf__run_attach {
    HF_ATTACH_LINKED,
    HF_ATTACH_PRELOAD,
    HF_ATTACH_TRAP,
} hf__run_attach;

typedef struct hf__run_attach_choice {
    hf__run_attach how;
    bool is_script;     /* what it starts in its place is not known */
    bool has_sanitizer; /* AddressSanitizer wants to be the first library, and is told to let ours be */
    char why[160];
} hf__run_attach_choice;

/* Chooses for a program, given as an absolute path, that is run in this environment. wanted: "linked", "preload", "trap", "auto" or NULL.
 * HF_ERROR_INPUT: it cannot be run under the shim, and why. */
HF_CHECK_RESULT hf_status hf__run_attach_choose(const char *program, const char *const *environment, const char *wanted, hf__run_attach_choice *out,
                                                hf_error *err);
/* Can these rules come to something in a program that is run like that? Functions are called by unmodified programs alone, and fail with error
 * numbers alone. HF_ERROR_INPUT. */
HF_CHECK_RESULT hf_status hf__run_attach_check_rules(const hf_scenario *scenario, const char *program, const hf__run_attach_choice *choice,
                                                     hf_error *err);
/* Programs that the process of this command is, before the one that is meant (hf_session_header.execs): found out by its first run, known from then
 * on. */
uint32_t hf__run_attach_execs(const char *program, const char *const *arguments);
void hf__run_attach_note_execs(const char *program, const char *const *arguments, uint32_t execs);
/* What can be preloaded: the shim, and what answers random numbers and clocks from a seed. And the program that watches others from outside. */
typedef enum hf__run_attach_part { HF_ATTACH_SHIM, HF_ATTACH_STEADY, HF_ATTACH_WATCHER } hf__run_attach_part;
/* The library as the dynamic linker takes it, or the program. *out: hf__free. HF_ERROR_NOT_FOUND. */
HF_CHECK_RESULT hf_status hf__run_attach_library(hf__run_attach_part part, char **out, hf_error *err);

#endif
