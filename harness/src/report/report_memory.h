/* SPDX-License-Identifier: MIT
 * Memory over time: what the host had given out after each call of a run, committed pages and heap blocks apart, and when faults fired. A long run is
 * thinned out to what a picture can show, but its peaks stay.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_REPORT_MEMORY_H
#define HF_REPORT_MEMORY_H

#include "verdict_facts.h"

typedef struct hf_report_sample {
    double us;     /* since the process attached */
    uint64_t call; /* 1-based, over all threads */
    uint64_t committed, heap;
} hf_report_sample;

typedef struct hf_report_memory {
    hf_report_sample *samples; /* one for each call, until thinned out */
    size_t count;
    uint64_t peak; /* committed and heap together */
} hf_report_memory;

/* Microseconds from attaching to this counter value. 0 if the counter's rate is not known. */
double hf__report_us(const hf_trace *trace, uint64_t ticks);
/* When a call took effect. */
double hf__report_us_after(const hf_trace *trace, const hf_event *event);

hf_report_memory hf__report_memory_of(const hf__verdict_facts *facts);
/* Keeps at most about `most` samples: of each stretch the one with the most memory and the last. */
void hf__report_memory_thin(hf_report_memory *memory, size_t most);
void hf__report_memory_clear(hf_report_memory *memory);

#endif
