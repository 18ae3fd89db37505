/* SPDX-License-Identifier: MIT
 * Learns sites. Keys are computed from the recorded frames exactly as the shim computes them from its own, so an injected call can be checked against
 * the site that was meant.
 */
#include "sweep_site.h"
#include "heap_alloc.h"
#include "heap_index.h"
#include "base_random.h"
#include "base_text.h"
#include "engine.h"
#include "run_ordinal.h"
#include "trace_reader.h"

#include <stdlib.h>
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

typedef struct learning {
    const hf_trace *trace;
    uint32_t methods;
    hf__sweep_sites *sites;
    hf__heap_map stacks; /* a stack's hash to its site: calls with the same frames have the same key, which is computed once */
} learning;

static uint64_t hash_of(const learning *self, const hf_event *event)
{
    uint64_t hash = hf__hash(HF_HASH_START, event->frames, event->frame_count * sizeof event->frames[0]);
    hash = hf__hash(hash, &event->kind, sizeof event->kind);
    hash = hf__hash(hash, &event->function, sizeof event->function);
    if (self->sites->has_threads)
        hash = hf__hash(hash, &event->thread, sizeof event->thread);
    return hash;
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

/* A key does not distinguish frames outside every module, as in code generated at run time. If calls are counted by site, such stacks are one
 * site. */
static size_t add_site(learning *self, const hf_event *event)
{
    uint64_t key = hf__sweep_site_key(self->trace, event);
    for (size_t i = 0; self->sites->by_site && i < self->sites->count; i++) {
        if (self->sites->items[i].key == key && self->sites->items[i].method == (hf_method)event->kind &&
            self->sites->items[i].function == (hf_function)event->function)
            return i;
    }
    hf_text label = self->sites->has_threads ? hf_trace_thread_label(self->trace, event->thread) : hf__text("");
    size_t added = hf__sweep_sites_add(self->sites, (hf_method)event->kind, key, label, event->frames, event->frame_count);
    self->sites->items[added].function = (hf_function)event->function;
    return added;
}

static hf__sweep_site *site_of(learning *self, const hf_event *event)
{
    uint64_t hash = hash_of(self, event);
    uint32_t site = hf__heap_map_get(&self->stacks, hash);
    if (site == HF_INDEX_NONE) {
        site = (uint32_t)add_site(self, event);
        hf__heap_map_set(&self->stacks, hash, site);
    }
    return &self->sites->items[site];
}

static void count_calls(learning *self)
{
    hf__run_ordinals ordinals = hf__run_ordinals_begin(self->sites->has_threads);
    for (size_t i = 0; i < hf_trace_event_count(self->trace); i++) {
        const hf_event *event = hf_trace_event(self->trace, i);
        uint64_t ordinal = hf__run_ordinals_next(&ordinals, event);
        if (ordinal == 0 || (self->methods >> event->kind & 1u) == 0)
            continue;
        hf__sweep_site *site = site_of(self, event);
        HF_GROW(site->ordinals, site->count, site->capacity);
        HF_GROW(site->events, site->count, site->event_capacity);
        site->events[site->count] = i;
        site->ordinals[site->count] = self->sites->by_site ? site->count + 1 : ordinal;
        site->count++;
    }
}

static void learn_sites(const hf_trace *trace, uint32_t methods, bool by_site, hf__sweep_sites *out)
{
    *out = (hf__sweep_sites){.has_threads = !by_site && hf__run_has_threads(trace), .by_site = by_site};
    learning self = {.trace = trace, .methods = methods, .sites = out};
    count_calls(&self);
    hf__heap_map_clear(&self.stacks);
}

void hf__sweep_sites_learn(const hf_trace *trace, uint32_t methods, const hf_string_list *wrapping, hf__sweep_sites *out)
{
    learn_sites(trace, methods, false, out);
    hf__sweep_sites_name((hf__sweep_traces){1, &trace}, wrapping, out, 0);
}

static void clear_site(hf__sweep_site *site)
{
    hf__free(site->thread);
    hf__free(site->frames);
    hf__free(site->ordinals);
    hf__free(site->events);
    hf__free(site->fingerprint);
    hf__free(site->place);
    hf__free(site->stack);
}

static int compare_keys(const void *left, const void *right)
{
    const hf__sweep_site *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    unsigned left_name = hf__model_call_name_index(a->method, a->function), right_name = hf__model_call_name_index(b->method, b->function);
    return left_name < right_name ? -1 : left_name > right_name;
}

static size_t find_count(const hf__sweep_sites *sites, const hf__sweep_site *like)
{
    const hf__sweep_site *found = sites->count > 0 ? bsearch(like, sites->items, sites->count, sizeof *like, compare_keys) : NULL;
    return found != NULL ? found->count : 0;
}

/* The sites of one process that both runs have. */
static void learn_pair(const hf__sweep_pair *pair, uint32_t methods, hf__sweep_sites *out)
{
    hf__sweep_sites others = {.count = 0};
    learn_sites(pair->trace, methods, true, out);
    if (pair->other != NULL)
        learn_sites(pair->other, methods, true, &others);
    if (others.count > 0)
        qsort(others.items, others.count, sizeof *others.items, compare_keys);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        hf__sweep_site site = out->items[i];
        size_t count = find_count(&others, &site);
        site.count = count < site.count ? count : site.count;
        if (site.count > 0)
            out->items[kept++] = site;
        else
            clear_site(&site);
    }

    out->varying = out->count - kept + (others.count > kept ? others.count - kept : 0);
    out->count = kept;
    hf__sweep_sites_clear(&others);
}

static hf__sweep_site *find_like(const hf__sweep_sites *sites, const hf__sweep_site *like)
{
    for (size_t i = 0; i < sites->count; i++) {
        if (compare_keys(&sites->items[i], like) == 0)
            return &sites->items[i];
    }
    return NULL;
}

/* A rule holds in each process for itself, so a site of several has the calls of the one that makes most. */
static void merge_sites(hf__sweep_sites *into, hf__sweep_sites *from)
{
    for (size_t i = 0; i < from->count; i++) {
        hf__sweep_site *known = find_like(into, &from->items[i]);
        if (known == NULL) {
            HF_GROW(into->items, into->count, into->capacity);
            into->items[into->count++] = from->items[i];
            from->items[i] = (hf__sweep_site){.key = 0};
        } else if (known->count < from->items[i].count) {
            hf__sweep_site less = *known;
            *known = from->items[i];
            from->items[i] = less;
        }
    }
    into->varying += from->varying;
    hf__sweep_sites_clear(from);
}

void hf__sweep_sites_learn_common(const hf__sweep_pair *processes, size_t count, uint32_t methods, const hf_string_list *wrapping,
                                  hf__sweep_sites *out)
{
    const hf_trace **traces = hf__allocate(count, sizeof *traces);
    *out = (hf__sweep_sites){.by_site = true};
    for (size_t i = 0; i < count; i++) {
        hf__sweep_sites sites;
        learn_pair(&processes[i], methods, &sites);
        for (size_t k = 0; k < sites.count; k++)
            sites.items[k].trace = (uint32_t)i;
        merge_sites(out, &sites);
        traces[i] = processes[i].trace;
    }
    hf__sweep_sites_name((hf__sweep_traces){count, traces}, wrapping, out, 0);
    hf__free(traces);
}

void hf__sweep_sites_clear(hf__sweep_sites *sites)
{
    for (size_t i = 0; i < sites->count; i++)
        clear_site(&sites->items[i]);
    hf__free(sites->items);
    *sites = (hf__sweep_sites){0};
}
