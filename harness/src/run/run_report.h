/* SPDX-License-Identifier: MIT
 * What a sanitizer or valgrind wrote to stderr, as one line: it becomes the reason of the run's outcome.
 *
 * Threads: pure.
 */
#ifndef HF_RUN_REPORT_H
#define HF_RUN_REPORT_H

#include "base_text.h"

#include <stdint.h>

typedef struct hf__run_report {
    uint32_t type;    /* HF_REPORT_; 0: there is none */
    uint64_t address; /* with HF_REPORT_ADDRESS */
    char note[400];
} hf__run_report;

/* Of several reports an error goes before a leak, and the first of its kind before the others. */
void hf__run_report_find(hf_text text, hf__run_report *out);

#endif
