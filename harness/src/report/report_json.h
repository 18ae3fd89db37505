/* SPDX-License-Identifier: MIT
 * JSON: any document, and the document of a run, schema "hostfault-run/1", described in README.md beside this file. Under one number, keys are only
 * added; a key that is removed or changes its meaning makes a new number.
 *
 * Threads: one thread per report.
 */
#ifndef HF_REPORT_JSON_H
#define HF_REPORT_JSON_H

#include "report_case.h"
#include "report_sink.h"

#include <jansson.h>

#define HF_REPORT_JSON_SCHEMA "hostfault-run/1"

/* Prints a document, indented, ended by a newline, and gives it back. */
void hf__report_put_json(const hf_report_sink *sink, json_t *document_take);

/* Untrusted text as a JSON string (hf__report_clean). */
json_t *hf__report_clean_value(hf_text text);

/* The whole document, indented, ended by a newline. */
void hf__report_json(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count, const hf_report_totals *totals,
                     const char *timestamp, int exit_status);

#endif
