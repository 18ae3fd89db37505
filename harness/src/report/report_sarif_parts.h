/* SPDX-License-Identifier: MIT
 * The parts of a SARIF document, for report_sarif.c alone: its rules and its results.
 */
#ifndef HF_REPORT_SARIF_PARTS_H
#define HF_REPORT_SARIF_PARTS_H

#include "report_diff.h"

#include <jansson.h>

/* An array: a rule for each outcome that is a finding. */
json_t *hf__report_sarif_rules(void);
int hf__report_sarif_rule_index(hf_outcome outcome);
const char *hf__report_sarif_level(hf_outcome outcome);
json_t *hf__report_sarif_message(const char *text);

/* state: "new", "unchanged", ...; NULL: none. detail: of the run that proved it (hf__report_detail_of), borrowed; NULL: not known. */
json_t *hf__report_sarif_result(const hf_report_finding *finding, const char *state, const json_t *detail);

#endif
