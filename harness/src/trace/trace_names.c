/* SPDX-License-Identifier: MIT
 * Naming, in three steps: sort by time what calls did to memory, replay it while looking up every address as it was at that moment, and keep for each
 * event only the objects it referred to. Linear except for the sorting and the tree of live regions.
 */
#include "trace_names.h"
#include "trace_line.h"
#include "heap_alloc.h"
#include "heap_index.h"
#include "base_check.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define PAGE_BYTES 4096u
#define STEP_TICKS 256u /* durations are recorded in these */

typedef enum object_kind { OBJECT_REGION, OBJECT_BLOCK, OBJECT_POISON } object_kind;

/* An object that the host returned. Numbered from 1. */
typedef struct object {
    uint64_t base;
    uint32_t thread;
    uint32_t number;
    uint8_t kind; /* object_kind */
    bool is_dead;
} object;

/* What an event's number referred to: an object's number, and whether it had been given back by then. */
#define REFERENCE_DEAD 0x80000000u
typedef struct references {
    uint32_t to[HF_NAMED_COUNT];
} references;

struct hf__trace_names {
    const hf_trace *trace;
    references *events;
    object *objects;
    size_t object_count, object_capacity;
    uint32_t *numbers[2]; /* by kind and thread: objects so far */
    hf__heap_ranges live; /* regions, by object number */
    hf__heap_map exact;   /* the object that has or had exactly this address */
    hf__trace_labels labels;
};

/* One half of a call: before the host did something, or after. */
typedef struct action {
    uint64_t time;
    uint32_t event;
    uint32_t is_after;
} action;

/* Exact addresses */

/* 0: no object has or had this address. */
static uint32_t exact_get(const hf__trace_names *self, uint64_t address)
{
    uint32_t number = hf__heap_map_get(&self->exact, address);
    return number != HF_INDEX_NONE ? number : 0;
}

/* Objects */

static uint32_t add_object(hf__trace_names *self, const hf_event *event, object_kind kind, uint64_t base)
{
    if (self->object_count == 0) {
        HF_GROW(self->objects, self->object_count, self->object_capacity);
        self->objects[self->object_count++] = (object){0};
    }
    HF_GROW(self->objects, self->object_count, self->object_capacity);
    uint32_t number = kind == OBJECT_POISON ? 0 : ++self->numbers[kind][event->thread];
    self->objects[self->object_count] = (object){.base = base, .thread = event->thread, .number = number, .kind = (uint8_t)kind};
    return (uint32_t)self->object_count++;
}

/* What an address belongs to now. */
static uint32_t refer(const hf__trace_names *self, uint64_t address)
{
    uint32_t exact = exact_get(self, address);
    if (exact != 0 && !self->objects[exact].is_dead && self->objects[exact].kind != OBJECT_REGION)
        return exact;
    const hf__heap_range *region = address != 0 ? hf__heap_ranges_find(&self->live, address) : NULL;
    if (region != NULL)
        return region->value;
    return exact != 0 && self->objects[exact].is_dead ? exact | REFERENCE_DEAD : 0;
}

static bool host_did_it(const hf_event *event)
{
    return event->complete && event->forwarded && SUCCEEDED(event->host_hr);
}

static bool is_alloc(uint32_t kind)
{
    return kind == HF_METHOD_MALLOC_ALLOC || kind == HF_METHOD_MALLOC_DEBUG_ALLOC;
}

static bool reserves(const hf_event *event)
{
    return event->kind == HF_METHOD_VIRTUAL_ALLOC && (event->address == 0 || (event->type & MEM_RESERVE) != 0);
}

static uint64_t region_end(uint64_t base, const hf_event *event)
{
    uint64_t start = event->address > base ? event->address : base;
    uint64_t end;
    if (!hf__add_u64(start, event->size, &end) || end > UINT64_MAX - PAGE_BYTES)
        return UINT64_MAX;
    end = (end + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    return end > base ? end : base + 1;
}

/* A new region replaces those that it overlaps, wholly where it covers their start and from its own start otherwise: the host gave out their
 * addresses again, so the trace does not show how they were released. */
static void add_region(hf__trace_names *self, uint64_t base, uint64_t end, uint32_t number)
{
    for (const hf__heap_range *old; (old = hf__heap_ranges_from(&self->live, base)) != NULL && old->first < end;)
        hf__heap_ranges_cut(&self->live, old->first > base ? old->first : base, old->end);
    hf__heap_ranges_set(&self->live, base, end, number);
}

static void remove_region(hf__trace_names *self, uint32_t number)
{
    const hf__heap_range *region = hf__heap_ranges_find(&self->live, self->objects[number].base);
    if (region != NULL && region->value == number)
        hf__heap_ranges_cut(&self->live, region->first, region->end);
}

static void release(hf__trace_names *self, const hf_event *event)
{
    uint32_t number = 0;
    if (event->kind == HF_METHOD_MALLOC_FREE) {
        number = exact_get(self, event->address);
    } else if (event->kind == HF_METHOD_VIRTUAL_FREE && (event->type & MEM_RELEASE) != 0) {
        const hf__heap_range *region = hf__heap_ranges_find(&self->live, event->address);
        number = region != NULL ? region->value : 0;
    }
    if (number == 0)
        return;
    self->objects[number].is_dead = true;
    if (self->objects[number].kind == OBJECT_REGION)
        remove_region(self, number);
}

static void before(hf__trace_names *self, uint32_t index)
{
    const hf_event *event = &self->trace->events[index];
    references *found = &self->events[index];
    if (!event->foreign)
        found->to[HF_NAMED_ADDRESS] = refer(self, event->address);
    found->to[HF_NAMED_QUERY_BASE] = refer(self, event->more->query_base);
    found->to[HF_NAMED_QUERY_ALLOCATION] = refer(self, event->more->query_allocation_base);
    if (host_did_it(event))
        release(self, event);
}

static bool is_poisoned(const hf_trace *trace, const hf_event *event)
{
    return event->injected && event->rule >= 0 && FAILED(event->hr) && hf__model_plan_rules(trace->plan)[event->rule].out == HF_OUT_POISON;
}

static void acquire(hf__trace_names *self, const hf_event *event)
{
    bool is_region = reserves(event);
    if (hf_event_host_out(event) == 0 || (!is_region && !is_alloc(event->kind)))
        return;
    uint32_t number = add_object(self, event, is_region ? OBJECT_REGION : OBJECT_BLOCK, hf_event_host_out(event));
    hf__heap_map_set(&self->exact, hf_event_host_out(event), number);
    if (is_region)
        add_region(self, hf_event_host_out(event), region_end(hf_event_host_out(event), event), number);
}

static void after(hf__trace_names *self, uint32_t index)
{
    const hf_event *event = &self->trace->events[index];
    if (host_did_it(event))
        acquire(self, event);
    if (is_poisoned(self->trace, event) && event->out != 0)
        hf__heap_map_set(&self->exact, event->out, add_object(self, event, OBJECT_POISON, event->out));
    self->events[index].to[HF_NAMED_OUT] = refer(self, event->out);
    self->events[index].to[HF_NAMED_HOST_OUT] = refer(self, hf_event_host_out(event));
}

/* Time */

static int compare_actions(const void *left, const void *right)
{
    const action *a = left;
    const action *b = right;
    if (a->time != b->time)
        return (a->time > b->time) - (a->time < b->time);
    if (a->event != b->event)
        return (a->event > b->event) - (a->event < b->event);
    return (a->is_after > b->is_after) - (a->is_after < b->is_after);
}

/* The actions of one thread, with times that never go back: what a thread did, it did in this order, whatever its counter says. */
static size_t list_thread(const hf_trace *trace, const hf__trace_thread *thread, action *actions)
{
    size_t count = 0;
    uint64_t start = 0;
    for (size_t i = thread->first; i < thread->first + thread->count; i++) {
        const hf_event *event = &trace->events[i];
        if (!hf__trace_event_is_call(event))
            continue;
        if (event->start > start)
            start = event->start;
        if (count != 0 && actions[count - 1].time > start)
            actions[count - 1].time = start;
        actions[count++] = (action){.time = start, .event = (uint32_t)i};
        uint64_t end = start + event->duration + STEP_TICKS;
        if (event->complete)
            actions[count++] = (action){.time = end > start ? end : UINT64_MAX, .event = (uint32_t)i, .is_after = 1};
    }

    return count;
}

/* One thread's actions are in order already, which is what most traces are. */
static void sort_actions(action *actions, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (compare_actions(&actions[i - 1], &actions[i]) > 0) {
            qsort(actions, count, sizeof *actions, compare_actions);
            return;
        }
    }
}

/* Of one thread each call is over before the next begins, whatever its counter says: there is nothing to sort. */
static void play_one(hf__trace_names *self, const hf__trace_thread *thread)
{
    for (size_t i = thread->first; i < thread->first + thread->count; i++) {
        const hf_event *event = &self->trace->events[i];
        if (!hf__trace_event_is_call(event))
            continue;
        before(self, (uint32_t)i);
        if (event->complete)
            after(self, (uint32_t)i);
    }
}

static void play(hf__trace_names *self)
{
    const hf_trace *trace = self->trace;
    size_t threads = trace->thread_count;
    threads -= threads > 0 && trace->threads[threads - 1].id == HF_THREAD_TOOL;
    if (threads == 1) {
        play_one(self, &trace->threads[0]);
        return;
    }

    action *actions = hf__allocate(trace->event_count * 2 + 1, sizeof *actions);
    size_t count = 0;
    for (size_t i = 0; i < trace->thread_count; i++)
        count += list_thread(trace, &trace->threads[i], actions + count);
    sort_actions(actions, count);
    for (size_t i = 0; i < count; i++) {
        if (actions[i].is_after)
            after(self, actions[i].event);
        else
            before(self, actions[i].event);
    }
    hf__free(actions);
}

/* The whole */

hf__trace_names *hf__trace_names_create(const hf_trace *trace)
{
    hf__trace_names *self = hf__allocate(1, sizeof *self);
    self->trace = trace;
    self->events = hf__allocate(trace->event_count + 1, sizeof *self->events);
    for (size_t i = 0; i < HF_COUNT_OF(self->numbers); i++)
        self->numbers[i] = hf__allocate(trace->thread_count + 1, sizeof *self->numbers[i]);
    self->labels = hf__trace_labels_create(trace);
    play(self);
    hf__heap_ranges_clear(&self->live);
    hf__heap_map_clear(&self->exact);
    return self;
}

void hf__trace_names_destroy(hf__trace_names *self)
{
    if (self == NULL)
        return;
    for (size_t i = 0; i < HF_COUNT_OF(self->numbers); i++)
        hf__free(self->numbers[i]);
    hf__trace_labels_clear(&self->labels);
    hf__free(self->events);
    hf__free(self->objects);
    hf__free(self);
}

static uint64_t number_of(const hf_event *event, hf__trace_named which)
{
    switch (which) {
    case HF_NAMED_ADDRESS: return event->address;
    case HF_NAMED_OUT: return event->out;
    case HF_NAMED_HOST_OUT: return hf_event_host_out(event);
    case HF_NAMED_QUERY_BASE: return event->more->query_base;
    case HF_NAMED_QUERY_ALLOCATION: return event->more->query_allocation_base;
    }
    return 0;
}

static void print_object(const hf__trace_names *self, const hf_event *event, uint32_t reference, uint64_t address, hf__builder *out)
{
    const object *to = &self->objects[reference & ~REFERENCE_DEAD];
    if (to->kind == OBJECT_POISON) {
        hf__builder_append(out, hf__text("poison"));
        return;
    }
    if ((reference & REFERENCE_DEAD) != 0)
        hf__builder_append(out, hf__text("freed-"));
    if (to->thread != event->thread) {
        hf__trace_line_escape(self->labels.of[to->thread], out);
        hf__builder_append(out, hf__text("/"));
    }
    hf__builder_print(out, "%c%u", to->kind == OBJECT_REGION ? 'R' : 'H', to->number);
    if (address != to->base)
        hf__builder_print(out, "+0x%llX", (unsigned long long)(address - to->base));
}

void hf__trace_names_print(const hf__trace_names *self, size_t index, hf__trace_named which, hf__builder *out)
{
    const hf_event *event = &self->trace->events[index];
    uint64_t address = number_of(event, which);
    uint32_t reference = self->events[index].to[which];
    if (address == 0)
        hf__builder_append(out, hf__text("null"));
    else if (reference == 0)
        hf__builder_append(out, hf__text("foreign"));
    else
        print_object(self, event, reference, address, out);
}

bool hf__trace_names_is_live(const hf__trace_names *self, size_t index, hf__trace_named which)
{
    uint32_t reference = self->events[index].to[which];
    return reference != 0 && (reference & REFERENCE_DEAD) == 0 && self->objects[reference].kind != OBJECT_POISON;
}

bool hf__trace_names_agree(const hf__trace_names *a, size_t index_a, const hf__trace_names *b, size_t index_b, hf__trace_named which)
{
    const hf_event *event_a = &a->trace->events[index_a], *event_b = &b->trace->events[index_b];
    uint64_t address_a = number_of(event_a, which), address_b = number_of(event_b, which);
    uint32_t to_a = a->events[index_a].to[which], to_b = b->events[index_b].to[which];
    if (address_a == 0 || address_b == 0 || to_a == 0 || to_b == 0)
        return (address_a == 0) == (address_b == 0) && (to_a == 0) == (to_b == 0);
    const object *object_a = &a->objects[to_a & ~REFERENCE_DEAD], *object_b = &b->objects[to_b & ~REFERENCE_DEAD];
    bool own = object_a->thread == event_a->thread && object_b->thread == event_b->thread;
    bool both_dead = (to_a & REFERENCE_DEAD) == (to_b & REFERENCE_DEAD);
    return own && both_dead && object_a->kind == object_b->kind && object_a->number == object_b->number &&
           address_a - object_a->base == address_b - object_b->base;
}

const hf__trace_labels *hf__trace_names_labels(const hf__trace_names *self)
{
    return &self->labels;
}
