/* SPDX-License-Identifier: MIT
 * Ordinals of calls in a trace, as a rule with only a method or function and `when` counts them: per run if one thread makes all calls, otherwise per
 * thread, because the order between threads does not repeat.
 *
 * Threads: one count per thread.
 */
#ifndef HF_RUN_ORDINAL_H
#define HF_RUN_ORDINAL_H

#include "model.h"

#include <hostfault/trace.h>
#include <stdbool.h>

typedef struct hf__run_ordinals {
    bool by_thread;
    uint32_t thread;
    uint64_t counts[HF_CALL_NAMES];
} hf__run_ordinals;

/* Do calls of the trace come from more than one thread? */
bool hf__run_has_threads(const hf_trace *trace);

/* by_thread: hf__run_has_threads of the trace, or of one that it is compared with. */
hf__run_ordinals hf__run_ordinals_begin(bool by_thread);
/* The ordinal of the trace's next event among the counted calls of its method; 0: such a rule does not count it (no call, paused, from a signal
 * handler, on foreign memory, answered as after an E_FAIL). Every event must be given, in order. */
uint64_t hf__run_ordinals_next(hf__run_ordinals *self, const hf_event *event);

#endif
