/* SPDX-License-Identifier: MIT
 * Labels of a trace's threads that tell them apart, and the order in which text shows the threads.
 *
 * Threads: finished labels are only read.
 */
#ifndef HF_TRACE_LABELS_H
#define HF_TRACE_LABELS_H

#include "trace_reader.h"

typedef struct hf__trace_labels {
    hf_text *of; /* by thread; no two are alike: the second "worker" is "worker#2" */
    size_t
        *shown; /* threads as shown: the first one; labelled ones by label, worker-2 before worker-10; the others in order of first call; the tool */
    hf__heap_arena arena;
} hf__trace_labels;

/* The trace must outlive them. */
hf__trace_labels hf__trace_labels_create(const hf_trace *trace);
void hf__trace_labels_clear(hf__trace_labels *self);

#endif
