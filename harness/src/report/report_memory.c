/* SPDX-License-Identifier: MIT
 * Replays the host's actions, call by call; the answers to the caller do not count here. Reservations cost nothing and are not counted.
 */
#include "report_memory.h"
#include "heap_alloc.h"
#include "trace_reader.h"
#include "heap_index.h"
#include "verdict_ledger.h"

#include "base_poison.h"

typedef struct replay {
    hf__heap_ranges regions, committed;
    hf__heap_map blocks; /* address to an index into sizes */
    uint64_t *sizes;
    size_t block_count, block_capacity;
    uint64_t committed_bytes, heap_bytes;
} replay;

double hf__report_us(const hf_trace *trace, uint64_t ticks)
{
    uint64_t hz = trace->header.counter_hz;
    uint64_t from = trace->control.started_at;
    return hz > 0 && ticks > from ? (double)(ticks - from) * 1e6 / (double)hz : 0;
}

double hf__report_us_after(const hf_trace *trace, const hf_event *event)
{
    return hf__report_us(trace, event->start + event->duration);
}

/* What the host allocated, even if the caller did not learn of it. */
static uint64_t given(const hf_event *event)
{
    return event->injected != 0 ? hf_event_host_out(event) : event->out;
}

static void decommit(replay *self, uint64_t first, uint64_t end)
{
    for (const hf__heap_range *range = hf__heap_ranges_from(&self->committed, first); range != NULL && range->first < end;
         range = hf__heap_ranges_from(&self->committed, range->end)) {
        uint64_t from = range->first > first ? range->first : first;
        uint64_t to = range->end < end ? range->end : end;
        self->committed_bytes -= to - from;
    }
    hf__heap_ranges_cut(&self->committed, first, end);
}

static void enter_alloc(replay *self, const hf_event *event)
{
    hf_event at = *event;
    uint64_t first = 0;
    uint64_t end = 0;
    at.address = event->address != 0 ? event->address : given(event);
    if (at.address == 0 || !hf__verdict_pages_of(&at, &first, &end))
        return;
    if ((event->type & MEM_RESERVE) != 0 || event->address == 0)
        hf__heap_ranges_set(&self->regions, given(event) != 0 && given(event) < first ? given(event) : first, end, 0);
    if ((event->type & MEM_COMMIT) == 0)
        return;
    decommit(self, first, end);
    hf__heap_ranges_set(&self->committed, first, end, 0);
    self->committed_bytes += end - first;
}

static void enter_free(replay *self, const hf_event *event)
{
    uint64_t first = 0;
    uint64_t end = 0;
    if (!hf__verdict_pages_of(event, &first, &end))
        return;
    const hf__heap_range *region = hf__heap_ranges_find(&self->regions, event->address);
    bool whole = event->size == 0 || (event->type & MEM_RELEASE) != 0;
    if (whole && region != NULL) {
        first = region->first;
        end = region->end;
    }
    decommit(self, first, end);
    if ((event->type & MEM_RELEASE) != 0)
        hf__heap_ranges_cut(&self->regions, first, end);
}

static void enter_block(replay *self, const hf_event *event)
{
    uint64_t address = given(event);
    if (address == 0)
        return;
    HF_GROW(self->sizes, self->block_count, self->block_capacity);
    self->sizes[self->block_count] = event->size;
    hf__heap_map_set(&self->blocks, address, (uint32_t)self->block_count++);
    self->heap_bytes += event->size;
}

static void enter_block_free(replay *self, const hf_event *event)
{
    uint32_t block = hf__heap_map_get(&self->blocks, event->address);
    if (block >= self->block_count) /* HF_INDEX_NONE: not a block of this trace */
        return;
    self->heap_bytes -= self->sizes[block];
    self->sizes[block] = 0;
}

static void enter(replay *self, const hf_event *event)
{
    if (!hf__verdict_host_did(event))
        return;
    switch (event->kind) {
    case HF_METHOD_VIRTUAL_ALLOC: enter_alloc(self, event); break;
    case HF_METHOD_VIRTUAL_FREE: enter_free(self, event); break;
    case HF_METHOD_MALLOC_ALLOC:
    case HF_METHOD_MALLOC_DEBUG_ALLOC: enter_block(self, event); break;
    case HF_METHOD_MALLOC_FREE: enter_block_free(self, event); break;
    default: break;
    }
}

hf_report_memory hf__report_memory_of(const hf__verdict_facts *facts)
{
    replay self = {.sizes = NULL};
    hf_report_memory memory = {.samples = hf__allocate(facts->seen.order_count + 1, sizeof *memory.samples)};
    double latest = 0; /* calls of several threads overlap */

    for (size_t i = 0; i < facts->seen.order_count; i++) {
        const hf_event *event = &facts->events[facts->order[i]];
        enter(&self, event);
        double us = hf__report_us_after(facts->trace, event);
        latest = us > latest ? us : latest;
        memory.samples[memory.count++] = (hf_report_sample){.us = latest, .call = i + 1, .committed = self.committed_bytes, .heap = self.heap_bytes};
        uint64_t now = self.committed_bytes + self.heap_bytes;
        memory.peak = now > memory.peak ? now : memory.peak;
    }

    hf__heap_ranges_clear(&self.regions);
    hf__heap_ranges_clear(&self.committed);
    hf__heap_map_clear(&self.blocks);
    hf__free(self.sizes);
    return memory;
}

void hf__report_memory_thin(hf_report_memory *memory, size_t most)
{
    size_t stretch = memory->count / (most / 2) + 1;
    size_t kept = 0;
    if (memory->count <= most)
        return;
    for (size_t first = 0; first < memory->count; first += stretch) {
        size_t end = first + stretch < memory->count ? first + stretch : memory->count;
        hf_report_sample highest = memory->samples[first];
        hf_report_sample last = memory->samples[end - 1];
        for (size_t i = first; i < end; i++)
            if (memory->samples[i].committed + memory->samples[i].heap > highest.committed + highest.heap)
                highest = memory->samples[i];
        memory->samples[kept++] = highest;
        if (last.call != highest.call)
            memory->samples[kept++] = last;
    }

    memory->count = kept;
}

void hf__report_memory_clear(hf_report_memory *memory)
{
    hf__free(memory->samples);
    *memory = (hf_report_memory){0};
}
