/* SPDX-License-Identifier: MIT
 * The summary of a sweep, in words and as JSON.
 */
#ifndef HF_CLI_SWEEP_H
#define HF_CLI_SWEEP_H

#include <hostfault/sweep.h>
#include <jansson.h>

/* On stdout. allowed: of the findings. again: the command line that makes what is left. */
void hf__cli_sweep_print(const hf_sweep_summary *summary, uint64_t allowed, const char *again);
/* hostfault-sweep/1. The findings and notes get references of their own. json_decref. */
json_t *hf__cli_sweep_json(const hf_sweep_summary *summary, json_t *findings, json_t *notes, json_t *outdated_take);

#endif
