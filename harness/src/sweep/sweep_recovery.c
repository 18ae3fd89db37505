/* SPDX-License-Identifier: MIT
 * The calls after the fault are compared, site by site, with those that the clean run makes after the same call, so that as many as possible match
 * (longest common subsequence). The rest was made because of the fault. In a loop of equal requests, a retry looks like the next iteration. So the
 * same request from the same site, before anything that the clean run does, always counts as a retry.
 */
#include "sweep_recovery.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "run_ordinal.h"
#include "trace_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define AFTER_MAX 32u  /* the calls after the fault that have stacks */
#define CLEAN_MAX 256u /* calls of the clean run to compare them with */

typedef struct keyed {
    uint64_t key;
    size_t site;
} keyed;

struct hf__sweep_finder {
    const hf_trace *trace;
    const hf__sweep_sites *sites;
    size_t count; /* number of sites when this was made */
    uint32_t methods;
    size_t *site_of; /* of each event; SIZE_MAX: none */
    keyed *by_key;   /* sorted */
};

/* A call after the fault. */
typedef struct later {
    const hf_event *event;
    uint64_t ordinal, key;
    size_t site; /* SIZE_MAX: a site that the clean run does not have */
} later;

static int compare_keyed(const void *left, const void *right)
{
    const keyed *a = left;
    const keyed *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return a->site < b->site ? -1 : a->site > b->site;
}

hf__sweep_finder *hf__sweep_finder_create(const hf_trace *trace, const hf__sweep_sites *sites, uint32_t methods)
{
    hf__sweep_finder *self = hf__allocate(1, sizeof *self);
    *self = (hf__sweep_finder){.trace = trace, .sites = sites, .count = sites->count, .methods = methods};
    self->site_of = hf__allocate(hf_trace_event_count(trace) + 1, sizeof *self->site_of);
    self->by_key = hf__allocate(sites->count + 1, sizeof *self->by_key);
    for (size_t i = 0; i < hf_trace_event_count(trace); i++)
        self->site_of[i] = SIZE_MAX;
    for (size_t i = 0; i < sites->count; i++) {
        self->by_key[i] = (keyed){sites->items[i].key, i};
        for (size_t call = 0; call < sites->items[i].count; call++)
            self->site_of[sites->items[i].events[call]] = i;
    }
    qsort(self->by_key, sites->count, sizeof *self->by_key, compare_keyed);
    return self;
}

void hf__sweep_finder_destroy(hf__sweep_finder *self)
{
    if (self == NULL)
        return;
    hf__free(self->site_of);
    hf__free(self->by_key);
    hf__free(self);
}

size_t hf__sweep_finder_find(const hf__sweep_finder *self, hf_method method, uint64_t key, hf_text thread)
{
    size_t low = 0;
    size_t high = self->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->by_key[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < self->count && self->by_key[low].key == key; low++) {
        const hf__sweep_site *site = &self->sites->items[self->by_key[low].site];
        if (site->method == method && hf__text_equal_string(thread, site->thread))
            return self->by_key[low].site;
    }
    return SIZE_MAX;
}

/* The fault and the calls after it on its thread that have stacks; returns their number. */
static size_t list_later(const hf__sweep_finder *self, const hf_trace *trace, const hf_event **fault, later out[AFTER_MAX])
{
    hf__run_ordinals ordinals = hf__run_ordinals_begin(self->sites->has_threads);
    size_t count = 0;
    *fault = NULL;
    for (size_t i = 0; i < hf_trace_event_count(trace) && count < AFTER_MAX; i++) {
        const hf_event *event = hf_trace_event(trace, i);
        uint64_t ordinal = hf__run_ordinals_next(&ordinals, event);
        bool after = *fault != NULL && event->thread == (*fault)->thread && event->kind < HF_METHOD_COUNT;
        if (after && event->frame_count == 0)
            break;
        if (after && ordinal != 0 && (self->methods >> event->kind & 1u) != 0)
            out[count++] = (later){.event = event, .ordinal = ordinal, .key = hf__sweep_site_key(trace, event)};
        if (event->injected != 0 && event->more->number == 1)
            *fault = event;
    }
    return count;
}

/* Sites of the clean run's calls after that one, on its thread; returns their number. */
static size_t list_clean(const hf__sweep_finder *self, const hf__sweep_point *first, size_t out[CLEAN_MAX])
{
    size_t event = self->sites->items[first->site].events[first->call];
    uint32_t thread = hf_trace_event(self->trace, event)->thread;
    size_t count = 0;
    for (size_t i = event + 1; i < hf_trace_event_count(self->trace) && count < CLEAN_MAX; i++) {
        if (hf_trace_event(self->trace, i)->thread != thread)
            break;
        if (self->site_of[i] != SIZE_MAX)
            out[count++] = self->site_of[i];
    }
    return count;
}

/* The length of the longest common subsequence of the calls from i on and the clean ones from k on. */
typedef struct lengths {
    uint8_t from[AFTER_MAX + 1][CLEAN_MAX + 1];
} lengths;

static void measure(const later *calls, size_t count, const size_t *clean, size_t clean_count, lengths *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = count; i-- > 0;) {
        for (size_t k = clean_count; k-- > 0;) {
            uint8_t skipping = out->from[i + 1][k] > out->from[i][k + 1] ? out->from[i + 1][k] : out->from[i][k + 1];
            out->from[i][k] = calls[i].site == clean[k] ? (uint8_t)(out->from[i + 1][k + 1] + 1) : skipping;
        }
    }
}

/* Converts an address in the faulted run to one in the clean run, whose modules may be loaded elsewhere. */
static uint64_t move_address(const hf__sweep_finder *self, const hf_trace *trace, uint64_t address)
{
    uint64_t offset = 0;
    const hf_trace_module *module = hf__trace_place(trace, address, &offset);
    for (size_t i = 0; module != NULL && i < hf_trace_module_count(self->trace); i++) {
        const hf_trace_module *other = hf_trace_module_at(self->trace, i);
        if (hf__text_equal(other->path, module->path) && hf__text_equal(other->build_id, module->build_id))
            return other->base + offset + 1;
    }
    return address;
}

static void add_recovery(const hf__sweep_finder *self, const hf_trace *trace, const later *call, bool is_retry, hf__sweep_recoveries *out)
{
    HF_GROW(out->items, out->count, out->capacity);
    hf__sweep_recovery *to = &out->items[out->count++];
    *to = (hf__sweep_recovery){.method = (hf_method)call->event->kind,
                               .function = (hf_function)call->event->function,
                               .key = call->key,
                               .ordinal = call->ordinal,
                               .frames = hf__allocate(call->event->frame_count, sizeof *to->frames),
                               .frame_count = call->event->frame_count,
                               .is_retry = is_retry};
    for (uint32_t i = 0; i < to->frame_count; i++)
        to->frames[i] = move_address(self, trace, call->event->frames[i]);
}

static bool is_same_request(const hf_event *a, const hf_event *b)
{
    return a->kind == b->kind && a->size == b->size && a->type == b->type && a->protect == b->protect;
}

/* The calls after a fault, and those of the clean run after the same call. */
typedef struct run_after {
    later calls[AFTER_MAX];
    size_t count, retries; /* number of calls at the front that repeat the failed request */
    size_t clean[CLEAN_MAX];
    size_t clean_count;
} run_after;

/* Adds the calls that match none of the clean run's calls. */
static void add_left_over(const hf__sweep_finder *self, const hf_trace *trace, const run_after *run, hf__sweep_recoveries *out)
{
    lengths length;
    const later *calls = run->calls + run->retries;
    size_t count = run->count - run->retries;
    measure(calls, count, run->clean, run->clean_count, &length);
    size_t k = 0;
    for (size_t i = 0; i < count; i++) {
        while (k < run->clean_count && calls[i].site != run->clean[k] && length.from[i][k + 1] == length.from[i][k])
            k++;
        if (k < run->clean_count && calls[i].site == run->clean[k])
            k++;
        else
            add_recovery(self, trace, &calls[i], false, out);
    }
}

void hf__sweep_recoveries_find(const hf__sweep_finder *self, const hf__sweep_point *first, const hf_trace *trace, hf__sweep_recoveries *out)
{
    run_after run = {.retries = 0};
    later *calls = run.calls;
    const hf_event *fault = NULL;
    const hf__sweep_site *site = &self->sites->items[first->site];
    run.count = list_later(self, trace, &fault, calls);
    if (fault == NULL)
        return;
    run.clean_count = list_clean(self, first, run.clean);
    for (size_t i = 0; i < run.count; i++)
        calls[i].site = hf__sweep_finder_find(self, (hf_method)calls[i].event->kind, calls[i].key, hf__text(site->thread));
    run.retries = run.count > 0 && calls[0].site == first->site && is_same_request(calls[0].event, fault);
    if (run.retries > 0)
        add_recovery(self, trace, &calls[0], true, out);
    add_left_over(self, trace, &run, out);
}

void hf__sweep_recoveries_clear(hf__sweep_recoveries *recoveries)
{
    for (size_t i = 0; i < recoveries->count; i++)
        hf__free(recoveries->items[i].frames);
    hf__free(recoveries->items);
    *recoveries = (hf__sweep_recoveries){0};
}
