/* SPDX-License-Identifier: MIT
 * Hand-made cases to report: the tests compare the complete output of each report.
 */
#ifndef HF_REPORT_EXAMPLES_H
#define HF_REPORT_EXAMPLES_H

#include "report_case.h"
#include "report_sink.h"

/* Criterion compares char *, so constant text must lose its const on the way there. */
#define TEXT(text) ((char *)(uintptr_t)(text))

typedef enum hf_example {
    HF_EXAMPLE_MET,
    HF_EXAMPLE_UNMET,
    HF_EXAMPLE_HOSTILE,
    HF_EXAMPLE_NOT_RUN,
    HF_EXAMPLE_BROKEN,
    HF_EXAMPLE_DIFFERS
} hf_example;

/* hf__report_case_destroy. */
hf_report_case *report_example(hf_example example);

/* A sink into the buffer, without colour, of this width. */
hf_report_sink report_example_sink(hf__heap_buffer *buffer, unsigned width);

#endif
