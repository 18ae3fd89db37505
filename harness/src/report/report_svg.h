/* SPDX-License-Identifier: MIT
 * Pictures for an issue or a chat, as SVG: a run's memory with its faults, what sweeps found, two results compared. They contain no script, font or
 * external picture, so every viewer shows them; `rsvg-convert` or a browser converts them to PNG.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_SVG_H
#define HF_REPORT_SVG_H

#include "report_diff.h"

#include <jansson.h>

/* page: of hf__report_page_of_run. */
void hf__report_svg_run(const hf_report_sink *sink, const json_t *page);
/* Of each sweep how its points ended, and the worst findings with what to do. */
void hf__report_svg_sweeps(const hf_report_sink *sink, const hf_report_findings *findings);
/* How many findings are new, worse, changed, fixed, as before; and the changes, worst first. */
void hf__report_svg_diff(const hf_report_sink *sink, const hf_report_diff *diff);

#endif
