/* SPDX-License-Identifier: MIT
 * Counts calls as the kernel sees them: mmap64 and mmap are the same, sbrk is brk, and calls that a fault answered did not reach the kernel.
 */
#include "run_unseen.h"
#include "base_text.h"
#include "model.h"
#include "os_atomic.h"

#include "base_poison.h"

static uint32_t count_seen(const hf_trace *trace)
{
    uint32_t count = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        bool is_mapping = event->kind >= HF_METHOD_VIRTUAL_ALLOC && event->kind <= HF_METHOD_VIRTUAL_PROTECT && event->function != HF_FUNCTION_NONE;
        count += is_mapping && event->function != HF_FUNCTION_MREMAP_UNMAP && event->forwarded;
    }
    return count;
}

void hf__run_unseen_count(hf__run_unseen *out, const hf_session_control *control)
{
    out->is_counted = hf__os_load_u32(&control->is_counted) != 0;
    out->before = hf__os_load_u32(&control->mapped_before);
    out->since = hf__os_load_u32(&control->mapped_since);
}

void hf__run_unseen_print(const hf__run_unseen *self, const hf_trace *trace, char *buffer, size_t capacity)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    if (!self->is_counted || trace == NULL)
        return;
    uint32_t seen = count_seen(trace);
    uint32_t inside = self->since > seen ? self->since - seen : 0;
    hf__builder_print(&builder, "mapping calls: the shim saw %u of the %u that the kernel counted", seen, self->before + self->since);
    if (self->before + inside > 0)
        hf__builder_print(&builder, "; %u came before it was in place (loading), %u from inside the C library: --attach trap sees them", self->before,
                          inside);
}
