/* SPDX-License-Identifier: MIT
 * A thread's events are adjacent in a trace, so one row of counters, cleared between threads, is enough.
 */
#include "run_ordinal.h"

#include <string.h>

#include "base_poison.h"

bool hf__run_has_threads(const hf_trace *trace)
{
    uint32_t first = UINT32_MAX;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->kind >= HF_METHOD_COUNT)
            continue;
        if (first != UINT32_MAX && event->thread != first)
            return true;
        first = event->thread;
    }
    return false;
}

hf__run_ordinals hf__run_ordinals_begin(bool by_thread)
{
    return (hf__run_ordinals){.by_thread = by_thread, .thread = UINT32_MAX};
}

uint64_t hf__run_ordinals_next(hf__run_ordinals *self, const hf_event *event)
{
    if (event->kind >= HF_METHOD_COUNT)
        return 0;
    if (self->by_thread && event->thread != self->thread)
        memset(self->counts, 0, sizeof self->counts);
    self->thread = event->thread;
    bool passes_by = event->paused != 0 || event->foreign != 0 || event->in_signal != 0 || event->sticky != 0;
    return passes_by ? 0 : ++self->counts[hf__model_call_name_index(event->kind, event->function)];
}
