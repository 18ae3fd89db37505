/* SPDX-License-Identifier: MIT
 * The scenarios that a command line names: files, folders, path#name, or --fault. All are parsed before anything runs; every mistake in every
 * file is printed, and one mistake anywhere means that nothing runs.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_SCENARIOS_H
#define HF_CLI_SCENARIOS_H

#include "cli.h"

#include <hostfault/plan.h>

typedef struct hf_cli_scenario {
    const hf_scenario *scenario;
    char *identity;   /* path#name; "CALLER --fault" for one made on the command line */
    char *family;     /* family/file or family/file#name: what its golden trace is called */
    hf_scenario *own; /* that `scenario` is, where options change it; else NULL */
} hf_cli_scenario;

typedef struct hf_cli_scenarios {
    size_t count, capacity;
    hf_cli_scenario *items;
    size_t file_count, file_capacity;
    hf_scenario_file **files;
} hf_cli_scenarios;

/* Folders are searched for *.yaml and *.yml, in byte order; those named `invalid` or beginning with a dot are left out. Returns HF_CLI_MET, or the
 * exit status after complaints. Clear it in either case. */
hf_cli_exit hf__cli_scenarios_load(const char *const *operands, size_t count, hf_cli_scenarios *out);
/* One scenario of --fault texts, for a caller's name and its arguments, or for a command (caller NULL). */
hf_cli_exit hf__cli_scenarios_from_faults(const char *caller, const char *const *command, const hf_cli_texts *faults, hf_cli_scenarios *out);
/* Keeps those that `--filter` chooses (base_choice.h) by path#name, family/file or name. HF_CLI_USAGE after a complaint if a part of it matches none.
 */
hf_cli_exit hf__cli_scenarios_filter(const hf_cli_verb *verb, hf_cli_scenarios *self, const char *choice);
/* Gives each of them these variables (--env), before or instead of its own of the same name, and strict mode (--strict). The texts are borrowed. Once
 * at most. */
void hf__cli_scenarios_change(hf_cli_scenarios *self, const hf_cli_texts *settings, bool strict);
void hf__cli_scenarios_clear(hf_cli_scenarios *self);

#endif
