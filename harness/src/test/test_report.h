/* SPDX-License-Identifier: MIT
 * What a sweep prints: each finding once, in gcc's form.
 *
 * Threads: one per object.
 */
#ifndef HF_TEST_REPORT_H
#define HF_TEST_REPORT_H

#include "test_point.h"

typedef struct hf__test_report hf__test_report;

/* One point's run and what it came to. */
typedef struct hf__test_finding {
    const hf_trace *trace;
    const hf_verdict *verdict;
    const char *id; /* for HF_TEST_ONLY */
    uint32_t requests;
} hf__test_finding;

hf__test_report *hf__test_report_create(const hf_test_options *options, hf_test_report *out);
void hf__test_report_destroy(hf__test_report *self);

/* Was there one like it before? Its stacks may be those of the fault and the end alone. */
bool hf__test_report_is_new(hf__test_report *report, const hf__test_finding *finding);
/* Writes it. With a stack at every call it also says where what is lost came from. differs: what the first run came to, if this one came to something
 * else; NULL. */
void hf__test_report_write(hf__test_report *self, const hf__test_finding *finding, const char *differs);
/* A line of its own; NAME: comes first. */
void hf__test_report_say(hf__test_report *self, const char *format, ...) HF_PRINTF(2, 3);

#endif
