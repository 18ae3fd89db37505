/* SPDX-License-Identifier: MIT
 * The modules of a trace, and the module that an address is in. A module that was recorded twice counts once. If two were loaded at one place one
 * after the other, the later one is taken.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "trace_reader.h"

#include <stdlib.h>

#include "base_poison.h"

/* Modules that overlap are looked through this far back; only a damaged file has more. */
#define OVERLAP_MAX 64u

typedef struct entry {
    uint64_t base;
    const hf_event *event;
} entry;

static int compare_entries(const void *left, const void *right)
{
    const entry *a = left;
    const entry *b = right;
    if (a->base != b->base)
        return (a->base > b->base) - (a->base < b->base);
    return (a->event > b->event) - (a->event < b->event);
}

static bool is_same(const entry *a, const entry *b)
{
    return a->base == b->base && a->event->size == b->event->size && hf__text_equal(a->event->more->note, b->event->more->note);
}

void hf__trace_learn_modules(hf_trace *trace)
{
    size_t count = 0;
    for (size_t i = 0; i < trace->event_count; i++)
        count += trace->events[i].kind == HF_EVENT_MODULE;
    entry *entries = hf__allocate(count + 1, sizeof *entries);
    count = 0;
    for (size_t i = 0; i < trace->event_count; i++) {
        if (trace->events[i].kind == HF_EVENT_MODULE)
            entries[count++] = (entry){trace->events[i].address, &trace->events[i]};
    }

    qsort(entries, count, sizeof *entries, compare_entries);
    trace->modules = hf__allocate(count + 1, sizeof *trace->modules);
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && is_same(&entries[i - 1], &entries[i]))
            continue;
        const hf_event *event = entries[i].event;
        trace->modules[trace->module_count++] =
            (hf_trace_module){.base = event->address, .end = event->size, .path = event->more->note, .build_id = event->more->note2};
    }

    hf__free(entries);
}

/* Modules with a base of at most `address`. */
static size_t count_below(const hf_trace *trace, uint64_t address)
{
    size_t low = 0;
    size_t high = trace->module_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (trace->modules[middle].base <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const hf_trace_module *hf__trace_place(const hf_trace *trace, uint64_t return_address, uint64_t *offset)
{
    uint64_t address = return_address - 1;
    size_t end = count_below(trace, address);
    for (size_t i = end; i > 0 && end - i < OVERLAP_MAX; i--) {
        const hf_trace_module *module = &trace->modules[i - 1];
        if (address < module->end) {
            *offset = address - module->base;
            return module;
        }
    }
    *offset = address;
    return NULL;
}

hf_text hf__trace_module_name(const hf_trace_module *module)
{
    hf_text name = module->path;
    for (size_t i = module->path.size_bytes; i > 0; i--) {
        if (module->path.pointer[i - 1] == '/') {
            name = (hf_text){module->path.pointer + i, module->path.size_bytes - i};
            break;
        }
    }
    return name;
}
