/*
 * Learning sites. Keys are made of the recorded frames exactly as the shim makes them of its own, so that an injected call can
 * be checked against the site that was meant.
 */
#include "sweep_site.h"
#include "base_alloc.h"
#include "base_random.h"
#include "base_text.h"
#include "engine.h"
#include "run_ordinal.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

uint64_t hf__sweep_site_key(const hf_trace *trace, const hf_event *event)
{
    hf_frame frames[HF_STACK_MAX];
    uint32_t count = event->frame_count < HF_STACK_MAX ? event->frame_count : HF_STACK_MAX;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t offset = 0;
        const hf_trace_module *module = hf__trace_place(trace, event->frames[i], &offset);
        frames[i] = (hf_frame){.module = "", .offset = offset};
        if (module == NULL)
            continue;
        char *name = hf__copy_text(hf__trace_module_name(module));
        char *build_id = hf__copy_text(module->build_id);
        frames[i].module_key = hf__engine_module_key(name, build_id);
        hf__free(build_id);
        hf__free(name);
    }
    return hf__engine_site_key(frames, count);
}

/* Calls with the same frames have the same key, so a key is worked out once for each stack. */
typedef struct stack_entry {
    uint64_t hash; /* 0 free */
    size_t site;
} stack_entry;

typedef struct learning {
    const hf_trace *trace;
    uint32_t methods;
    hf__sweep_sites *sites;
    stack_entry *table;
    size_t table_size; /* a power of two */
} learning;

static uint64_t hash_of(const learning *self, const hf_event *event)
{
    uint64_t hash = hf__hash(HF_HASH_START, event->frames, event->frame_count * sizeof event->frames[0]);
    hash = hf__hash(hash, &event->kind, sizeof event->kind);
    if (self->sites->has_threads)
        hash = hf__hash(hash, &event->thread, sizeof event->thread);
    return hash | 1;
}

static void grow_table(learning *self)
{
    size_t size = self->table_size == 0 ? 256 : self->table_size * 2;
    stack_entry *table = hf__allocate(size, sizeof *table);
    for (size_t i = 0; i < self->table_size; i++) {
        size_t at = self->table[i].hash & (size - 1);
        while (self->table[i].hash != 0 && table[at].hash != 0)
            at = (at + 1) & (size - 1);
        if (self->table[i].hash != 0)
            table[at] = self->table[i];
    }
    hf__free(self->table);
    self->table = table;
    self->table_size = size;
}

size_t hf__sweep_sites_add(hf__sweep_sites *sites, hf_method method, uint64_t key, hf_text thread, const uint64_t *frames, uint32_t frame_count)
{
    HF_GROW(sites->items, sites->count, sites->capacity);
    hf__sweep_site *site = &sites->items[sites->count];
    *site = (hf__sweep_site){.key = key, .method = method, .thread = hf__copy_text(thread), .frame_count = frame_count};
    site->frames = hf__allocate(frame_count + 1, sizeof *site->frames);
    if (frame_count > 0)
        memcpy(site->frames, frames, frame_count * sizeof *site->frames);
    return sites->count++;
}

static size_t add_site(learning *self, const hf_event *event)
{
    hf_text label = self->sites->has_threads ? hf_trace_thread_label(self->trace, event->thread) : hf__text("");
    return hf__sweep_sites_add(self->sites, (hf_method)event->kind, hf__sweep_site_key(self->trace, event), label, event->frames, event->frame_count);
}

static hf__sweep_site *site_of(learning *self, const hf_event *event)
{
    if (self->sites->count * 2 >= self->table_size)
        grow_table(self);
    uint64_t hash = hash_of(self, event);
    size_t at = hash & (self->table_size - 1);
    while (self->table[at].hash != 0 && self->table[at].hash != hash)
        at = (at + 1) & (self->table_size - 1);
    if (self->table[at].hash == 0)
        self->table[at] = (stack_entry){hash, add_site(self, event)};
    return &self->sites->items[self->table[at].site];
}

static void count_calls(learning *self)
{
    hf__ordinals ordinals = hf__ordinals_begin(self->sites->has_threads);
    for (size_t i = 0; i < hf_trace_event_count(self->trace); i++) {
        const hf_event *event = hf_trace_event(self->trace, i);
        uint64_t ordinal = hf__ordinals_next(&ordinals, event);
        if (ordinal == 0 || (self->methods >> event->kind & 1u) == 0)
            continue;
        hf__sweep_site *site = site_of(self, event);
        HF_GROW(site->ordinals, site->count, site->capacity);
        HF_GROW(site->events, site->count, site->event_capacity);
        site->events[site->count] = i;
        site->ordinals[site->count++] = ordinal;
    }
}

void hf__sweep_sites_learn(const hf_trace *trace, uint32_t methods, hf__sweep_sites *out)
{
    *out = (hf__sweep_sites){.has_threads = hf__run_has_threads(trace)};
    learning self = {.trace = trace, .methods = methods, .sites = out};
    count_calls(&self);
    hf__free(self.table);
    hf__sweep_sites_name(trace, out, 0);
}

void hf__sweep_sites_clear(hf__sweep_sites *sites)
{
    for (size_t i = 0; i < sites->count; i++) {
        hf__free(sites->items[i].thread);
        hf__free(sites->items[i].frames);
        hf__free(sites->items[i].ordinals);
        hf__free(sites->items[i].events);
        hf__free(sites->items[i].fingerprint);
        hf__free(sites->items[i].place);
        hf__free(sites->items[i].stack);
    }
    hf__free(sites->items);
    *sites = (hf__sweep_sites){0};
}
