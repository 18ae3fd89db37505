/* SPDX-License-Identifier: MIT
 * Lists lines. A thread without lines has no group; end records come last, without a group.
 */
#include "trace_lines.h"
#include "heap_alloc.h"

#include "base_poison.h"

static void add_thread(hf__trace_lines *self, size_t thread)
{
    const hf__trace_thread *of = &self->trace->threads[thread];
    size_t group = self->count;
    if (of->id != HF_THREAD_TOOL)
        self->items[self->count++] = (hf__trace_item){HF_TRACE_LINE_GROUP, (uint32_t)thread};
    size_t first = self->count;
    for (size_t i = of->first; i < of->first + of->count; i++) {
        if (hf__trace_line_is_shown(self->trace, i))
            self->items[self->count++] = (hf__trace_item){(uint32_t)i, (uint32_t)thread};
    }
    if (self->count == first)
        self->count = group;
}

hf__trace_lines hf__trace_lines_create(const hf_trace *trace)
{
    hf__trace_lines self = {.trace = trace, .names = hf__trace_names_create(trace)};
    self.items = hf__allocate(trace->event_count + trace->thread_count + 1, sizeof *self.items);
    const hf__trace_labels *labels = hf__trace_names_labels(self.names);
    for (size_t i = 0; i < trace->thread_count; i++)
        add_thread(&self, labels->shown[i]);
    return self;
}

void hf__trace_lines_clear(hf__trace_lines *self)
{
    hf__trace_names_destroy(self->names);
    hf__free(self->items);
    *self = (hf__trace_lines){0};
}

void hf__trace_lines_print(const hf__trace_lines *self, size_t item, hf__builder *out)
{
    const hf__trace_item *of = &self->items[item];
    if (of->event != HF_TRACE_LINE_GROUP) {
        hf__trace_line_print(self->trace, self->names, of->event, out);
        return;
    }
    hf__builder_append(out, hf__text("thread "));
    hf__trace_line_escape(hf__trace_names_labels(self->names)->of[of->thread], out);
}

void hf__trace_lines_print_head(const hf_trace *trace, hf__builder *out)
{
    hf__builder_append(out, hf__text("trace 1 caller="));
    hf__trace_line_escape(hf__text(trace->caller[0] != '\0' ? trace->caller : "-"), out);
    hf__builder_print(out, " seed=%llu", (unsigned long long)trace->plan->seed);
    if (trace->control.ring_chunks != 0)
        hf__builder_print(out, " dropped=%llu", (unsigned long long)trace->control.dropped_events);
}
