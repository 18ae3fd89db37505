/*
 * JSON of a run, schema "hostfault-run/1", described in README.md beside this file. Keys are only ever added under one number; a key that goes
 * or changes its meaning makes a new number.
 *
 * Threads: one thread per report.
 */
#ifndef HF_REPORT_JSON_H
#define HF_REPORT_JSON_H

#include "report_case.h"
#include "report_sink.h"

#define HF_REPORT_JSON_SCHEMA "hostfault-run/1"

/* The whole document, indented, ended by a newline. */
void hf__report_json(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count, const hf_report_totals *totals,
                     const char *timestamp, int exit_status);

#endif
