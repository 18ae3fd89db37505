/* SPDX-License-Identifier: MIT
 * A run for people: one aligned line per scenario, the failing ones in full, one line at the end. The same text goes to a terminal and to a file;
 * only colour and the cutting of long paths depend on the destination.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_TERMINAL_H
#define HF_REPORT_TERMINAL_H

#include "report_case.h"
#include "report_sink.h"

/* How wide the column of titles must be for the longest of them, as far as the sink's width allows. 0: columns do not fit, and a case takes two
 * lines. */
size_t hf__report_terminal_width(const hf_report_sink *sink, size_t longest_title);
/* The line of one case, or its lines (title_width 0). */
void hf__report_terminal_line(const hf_report_sink *sink, const hf_report_case *one, size_t title_width);
/* Everything about one case: expectation and what came, responses, violations, the calls around the faults, where to look further. */
void hf__report_terminal_detail(const hf_report_sink *sink, const hf_report_case *one);
/* The last line: "60 scenarios: 58 as expected, 2 failed (1 crashed, 1 leaked) in 3.2 s". */
void hf__report_terminal_totals(const hf_report_sink *sink, const hf_report_totals *totals);

#endif
