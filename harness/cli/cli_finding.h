/* SPDX-License-Identifier: MIT
 * A finding of a sweep as a scenario: the sweep's script with the faults that showed it, and its outcome as the expectation.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_FINDING_H
#define HF_CLI_FINDING_H

#include "cli.h"

#include <hostfault/plan.h>
#include <hostfault/verdict.h>

typedef struct hf_cli_finding {
    hf_scenario_file *base, *fault;
    hf_scenario scenario;            /* named by the id */
    char *earlier_text, *fault_text; /* earlier_text "": one fault alone */
    char id[17];
    hf_outcome outcome;
    bool is_trusted; /* the script was swept here */
} hf_cli_finding;

/* Looks it up in the database under `results` (NULL: results). id: as much of its beginning as no other has. HF_CLI_MET, or the exit status after a
 * complaint. Clear *out in either case. */
hf_cli_exit hf__cli_finding_load(const char *results, const char *id, hf_cli_finding *out);
/* May its command be run? A database can come from anybody, so what this user did not sweep on this machine is run only with --trust (`trust`), and
 * told before. HF_CLI_MET, or HF_CLI_USAGE after a complaint. */
hf_cli_exit hf__cli_finding_allow(const hf_cli_finding *finding, bool trust);
#define HF_CLI_TRUST_HELP "run a command from a database that this user did not make on this machine; prints the command first"
void hf__cli_finding_clear(hf_cli_finding *finding);

#endif
