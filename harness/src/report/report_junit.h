/*
 * JUnit XML of a run: one test suite, one case per scenario. Valid against the schemas that the usual viewers use (Jenkins' junit-10.xsd);
 * everything is escaped. classname is the scenario's file with dots for slashes, because viewers fold on it; name is the scenario's.
 *
 * Threads: one thread per report.
 */
#ifndef HF_REPORT_JUNIT_H
#define HF_REPORT_JUNIT_H

#include "report_case.h"
#include "report_sink.h"

/* The whole document. timestamp: UTC, 2026-01-31T23:59:59. */
void hf__report_junit(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count, const hf_report_totals *totals,
                      const char *timestamp, const char *host);

#endif
