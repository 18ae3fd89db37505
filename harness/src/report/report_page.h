/* SPDX-License-Identifier: MIT
 * The page: one self-contained HTML file that opens from disk and makes no request to the network. Its text, style and code are files in html/,
 * compiled into the tool. The variable part is one block of JSON.
 *
 * Nothing in that block can end it or be run: every `<` in it is escaped, the page shows texts as text only, and a content security policy allows
 * only the page's own code, by its hash.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_PAGE_H
#define HF_REPORT_PAGE_H

#include "report_findings.h"
#include "report_points.h"

#include <jansson.h>

/* What the page shows of sweeps. results: the folder whose runs/ has the findings' runs; NULL: none are looked for. */
json_t *hf__report_page_of_sweeps(const hf_report_findings *findings, const hf_report_points *points, const char *results);
/* What it shows of one run: of its folder. NULL, with `err` filled, if there is no trace and verdict in it that can be read. */
json_t *hf__report_page_of_run(const char *folder, hf_error *err);
/* Prints the page that shows this document, and gives it back. */
void hf__report_page_print(const hf_report_sink *sink, json_t *document_take);

#endif
