/*
 * Learning sites, and naming them. Keys are made of the recorded frames exactly as the shim makes them of its own, so that an injected call can
 * be checked against the site that was meant.
 */
#include "sweep_site.h"
#include "base_alloc.h"
#include "base_check.h"
#include "base_random.h"
#include "base_text.h"
#include "engine.h"
#include "run_buffer.h"
#include "run_ordinal.h"
#include "run_stack.h"
#include "trace_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* Functions that pass a request on: what is interesting is who called them. */
static const char *const wrappers[] = {
    "*alloc*", "*Alloc*", "*ALLOC*", "*realloc*", "operator new*", "_Znw*", "_Zna*", "*free*", "*Free*", "*_growaux_*",
};

/* What the system calls a program and a thread by: says nothing of the place, and differs from system to system. */
static const char *const roots[] = {"__libc_start*", "_start", "start_thread", "clone", "clone3", "__clone*"};

static bool is_among(const char *const *patterns, size_t count, const char *function)
{
    for (size_t i = 0; i < count; i++) {
        if (hf__glob_match(hf__text(patterns[i]), hf__text(function)))
            return true;
    }
    return false;
}

bool hf__sweep_is_wrapper(const char *function)
{
    return is_among(wrappers, HF_COUNT_OF(wrappers), function);
}

static uint64_t key_of(const hf_trace *trace, const hf_event *event)
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

static size_t add_site(learning *self, size_t index, const hf_event *event)
{
    hf__sweep_sites *sites = self->sites;
    HF_GROW(sites->items, sites->count, sites->capacity);
    hf_text label = sites->has_threads ? hf_trace_thread_label(self->trace, event->thread) : hf__text("");
    sites->items[sites->count] =
        (hf__sweep_site){.key = key_of(self->trace, event), .method = (hf_method)event->kind, .event = index, .thread = hf__copy_text(label)};
    return sites->count++;
}

static hf__sweep_site *site_of(learning *self, size_t index, const hf_event *event)
{
    if (self->sites->count * 2 >= self->table_size)
        grow_table(self);
    uint64_t hash = hash_of(self, event);
    size_t at = hash & (self->table_size - 1);
    while (self->table[at].hash != 0 && self->table[at].hash != hash)
        at = (at + 1) & (self->table_size - 1);
    if (self->table[at].hash == 0)
        self->table[at] = (stack_entry){hash, add_site(self, index, event)};
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
        hf__sweep_site *site = site_of(self, i, event);
        HF_GROW(site->ordinals, site->count, site->capacity);
        HF_GROW(site->events, site->count, site->event_capacity);
        site->events[site->count] = i;
        site->ordinals[site->count++] = ordinal;
    }
}

/* Names */

static void put(hf__buffer *out, const char *text)
{
    hf__buffer_append(out, text, strlen(text));
}

/* A frame as fingerprints have it: the module's name and the function, neither of which changes from build to build. */
static void put_function(hf__buffer *out, const hf__place *place)
{
    put(out, place->module);
    put(out, place->function != NULL ? "!" : "");
    put(out, place->function != NULL ? place->function : "");
}

/* The innermost frame that is no wrapper; the innermost of all if all are. */
static uint32_t first_frame(hf__places *places, const hf_event *event)
{
    for (uint32_t i = 0; i < event->frame_count; i++) {
        hf__place place;
        (void)hf__places_find(places, event->frames[i], true, &place);
        if (place.function == NULL || !hf__sweep_is_wrapper(place.function))
            return i;
    }
    return 0;
}

static char *name_place(hf__places *places, const hf_event *event, uint32_t frame)
{
    hf__place place;
    if (event->frame_count == 0)
        return hf__copy_string("?");
    (void)hf__places_find(places, event->frames[frame], true, &place);
    const char *slash = place.file != NULL ? strrchr(place.file, '/') : NULL;
    const char *file = slash != NULL ? slash + 1 : place.file;
    if (place.function != NULL && file != NULL)
        return hf__format("%s at %s:%u", place.function, file, place.line);
    if (place.function != NULL)
        return hf__format("%s+0x%llx in %s", place.function, (unsigned long long)place.offset, place.module);
    return hf__format("%s+0x%llx", place.module, (unsigned long long)place.offset);
}

static char *name_stack(hf__places *places, const hf_event *event)
{
    hf__buffer out = {0};
    for (uint32_t i = 0; i < event->frame_count; i++) {
        hf__place place;
        (void)hf__places_find(places, event->frames[i], true, &place);
        char *line = hf__place_describe(&place);
        put(&out, line);
        put(&out, "\n");
        hf__free(line);
    }
    return out.text != NULL ? out.text : hf__copy_string("");
}

/* All but the index of the call in its function. */
static char *name_frames(hf__places *places, const hf__sweep_site *site, const hf_event *event, uint32_t frame)
{
    hf__buffer out = {0};
    put(&out, hf__model_method(site->method)->name);
    put(&out, " ");
    for (uint32_t i = frame; i < event->frame_count; i++) {
        hf__place place;
        (void)hf__places_find(places, event->frames[i], true, &place);
        if (i > frame && place.function != NULL && is_among(roots, HF_COUNT_OF(roots), place.function))
            break;
        put(&out, i > frame ? "<" : "");
        put_function(&out, &place);
    }
    return out.text;
}

typedef struct named_site {
    hf__sweep_site *site;
    const hf_event *event;
} named_site;

/* By fingerprint so far, then by where the frames return to: the order of the calls in their functions. */
static int compare_sites(const void *left, const void *right)
{
    const named_site *a = left;
    const named_site *b = right;
    int order = strcmp(a->site->fingerprint, b->site->fingerprint);
    if (order != 0)
        return order;
    for (uint32_t i = 0; i < a->event->frame_count && i < b->event->frame_count; i++) {
        if (a->event->frames[i] != b->event->frames[i])
            return a->event->frames[i] < b->event->frames[i] ? -1 : 1;
    }
    return a->event->frame_count < b->event->frame_count ? -1 : a->event->frame_count > b->event->frame_count;
}

/* Sites with the same frames by name are told apart by a number: their order in the code. */
static void number_fingerprints(const hf_trace *trace, hf__sweep_sites *sites)
{
    named_site *order = hf__allocate(sites->count + 1, sizeof *order);
    for (size_t i = 0; i < sites->count; i++)
        order[i] = (named_site){&sites->items[i], hf_trace_event(trace, sites->items[i].event)};
    qsort(order, sites->count, sizeof *order, compare_sites);
    unsigned number = 0;
    char *before = hf__copy_string("");
    for (size_t i = 0; i < sites->count; i++) {
        hf__sweep_site *site = order[i].site;
        number = strcmp(site->fingerprint, before) == 0 ? number + 1 : 1;
        hf__free(before);
        before = site->fingerprint;
        site->fingerprint = hf__format("%s#%u", before, number);
    }
    hf__free(before);
    hf__free(order);
}

static void name_sites(const hf_trace *trace, hf__sweep_sites *sites)
{
    hf__places *places = hf__places_create(trace);
    for (size_t i = 0; i < sites->count; i++) {
        hf__sweep_site *site = &sites->items[i];
        const hf_event *event = hf_trace_event(trace, site->event);
        uint32_t frame = first_frame(places, event);
        site->place = name_place(places, event, frame);
        site->stack = name_stack(places, event);
        site->fingerprint = name_frames(places, site, event, frame);
    }
    hf__places_destroy(places);
    number_fingerprints(trace, sites);
}

void hf__sweep_sites_learn(const hf_trace *trace, uint32_t methods, hf__sweep_sites *out)
{
    *out = (hf__sweep_sites){.has_threads = hf__run_has_threads(trace)};
    learning self = {.trace = trace, .methods = methods, .sites = out};
    count_calls(&self);
    hf__free(self.table);
    name_sites(trace, out);
}

void hf__sweep_sites_clear(hf__sweep_sites *sites)
{
    for (size_t i = 0; i < sites->count; i++) {
        hf__free(sites->items[i].thread);
        hf__free(sites->items[i].ordinals);
        hf__free(sites->items[i].events);
        hf__free(sites->items[i].fingerprint);
        hf__free(sites->items[i].place);
        hf__free(sites->items[i].stack);
    }
    hf__free(sites->items);
    *sites = (hf__sweep_sites){0};
}
