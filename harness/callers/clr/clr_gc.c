/* SPDX-License-Identifier: MIT
 * Allocating managed objects, and what happens before memory is declared to be out. CLR: src/gc/gc.cpp:12052, 12360-12395, 14694-14740,
 * 34320-34348.
 *
 * Three rules that a host sees: new memory is taken to be zero and not cleared; a request that the host refuses is made again after a full
 * compacting collection, and only then thrown for; and what the host says of memory load decides how much is collected and given back.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

#define BUDGET ((size_t)256 << 10) /* of generation 0 */
#define HIGH_LOAD 90u

bool clr_gc_init(clr_thread *thread)
{
    clr_gc *gc = &thread->clr->gc;
    gc->write_watch = clr_gc_probe_write_watch(thread);
    gc->handles = clr_new(thread, CLR_HANDLES * sizeof gc->handles[0]);
    if (gc->handles == NULL)
        return false;
    memset(gc->handles, 0, CLR_HANDLES * sizeof gc->handles[0]);
    gc->handle_free = 1;
    if (clr_gc_segment_create(thread, false, 0) == NULL || clr_gc_segment_create(thread, true, 0) == NULL)
        return clr_throw_out_of_memory(thread);
    return true;
}

/* Memory that was used before is cleared; memory that never was is relied on to be zero (heap_segment_used). */
static clr_object *take(clr_segment *segment, char *at, size_t size, clr_type type)
{
    char *end = at + size;
    if (at < segment->used)
        memset(at, 0, (size_t)((end < segment->used ? end : segment->used) - at));
    if (end > segment->used)
        segment->used = end;
    clr_object *object = (void *)at;
    object->type = type;
    object->size = (uint32_t)size;
    return object;
}

static clr_object *at_end(clr_thread *thread, clr_segment *segment, size_t size, clr_type type)
{
    char *end = segment->allocated + size;
    if (end > segment->committed && !clr_gc_segment_grow(thread, segment, end))
        return NULL;
    clr_object *object = take(segment, segment->allocated, size, type);
    segment->allocated = end;
    return object;
}

/* A free stretch of a segment of large objects, first fit; what is left of it stays free. */
static clr_object *in_free_stretch(clr_segment *segment, size_t size, clr_type type)
{
    for (clr_object *object = (void *)segment->begin; (char *)object < segment->allocated; object = clr_gc_next(object)) {
        size_t room = object->size;
        if (object->type != CLR_TYPE_FREE || (room != size && room < size + sizeof *object))
            continue;
        clr_object *taken = take(segment, (char *)object, size, type);
        if (room > size) {
            clr_object *rest = clr_gc_next(taken);
            *rest = (clr_object){.type = CLR_TYPE_FREE, .size = (uint32_t)(room - size)};
        }
        return taken;
    }
    return NULL;
}

static clr_object *try_large(clr_thread *thread, size_t size, clr_type type)
{
    clr_object *object = NULL;
    for (clr_segment *segment = thread->clr->gc.large; segment != NULL && object == NULL; segment = segment->next)
        object = in_free_stretch(segment, size, type);
    for (clr_segment *segment = thread->clr->gc.large; segment != NULL && object == NULL; segment = segment->next)
        object = at_end(thread, segment, size, type);
    return object;
}

static clr_object *try_fit(clr_thread *thread, size_t size, clr_type type)
{
    if (size >= CLR_LARGE_OBJECT_BYTES)
        return try_large(thread, size, type);
    return at_end(thread, thread->clr->gc.small, size, type);
}

/* Address space is there: what failed was the commit, and another segment would not help. */
static bool room_is_reserved(const clr_gc *gc, size_t size)
{
    bool large = size >= CLR_LARGE_OBJECT_BYTES;
    const clr_segment *segment = large ? gc->large : gc->small;
    while (large && segment != NULL && (size_t)(segment->reserved - segment->allocated) < size)
        segment = segment->next;
    return segment != NULL && (size_t)(segment->reserved - segment->allocated) >= size;
}

static clr_object *try_all(clr_thread *thread, size_t size, clr_type type)
{
    bool large = size >= CLR_LARGE_OBJECT_BYTES;
    clr_object *object = try_fit(thread, size, type);
    if (object == NULL && !room_is_reserved(&thread->clr->gc, size) && clr_gc_segment_create(thread, large, size) != NULL)
        object = try_fit(thread, size, type);
    return object;
}

/* 12360-12395: what fits; a new segment if all are full; a full compacting collection, and both again; then it is out of memory. */
static clr_object *allocate(clr_thread *thread, size_t size, clr_type type)
{
    clr_gc *gc = &thread->clr->gc;
    if (gc->since_collection > BUDGET)
        clr_gc_collect(thread, 0);
    clr_object *object = try_all(thread, size, type);
    if (object == NULL) {
        clr_gc_collect(thread, 2);
        object = try_all(thread, size, type);
    }
    if (object != NULL)
        gc->since_collection += size;
    return object;
}

static clr_handle free_handle(clr_gc *gc)
{
    for (uint32_t i = 0; i < CLR_HANDLES; i++) {
        uint32_t at = (gc->handle_free + i) % CLR_HANDLES;
        if (at == 0 || gc->handles[at] != NULL)
            continue;
        gc->handle_free = at + 1;
        return at;
    }
    return 0;
}

clr_handle clr_gc_new(clr_thread *thread, clr_type type, size_t payload_bytes)
{
    clr_gc *gc = &thread->clr->gc;
    clr_handle handle = free_handle(gc);
    clr_object *object = handle != 0 ? allocate(thread, sizeof *object + clr_align_up(payload_bytes, 8), type) : NULL;
    if (object == NULL) {
        clr_throw_out_of_memory(thread);
        return 0;
    }
    gc->handles[handle] = object;
    return handle;
}

clr_object *clr_gc_object(clr_thread *thread, clr_handle handle)
{
    return thread->clr->gc.handles[handle];
}

static void mark_card(clr_gc *gc, const clr_object *object)
{
    const char *address = (const char *)object;
    for (const clr_segment *segment = gc->small; segment != NULL; segment = segment->next) {
        if (address < segment->begin || address >= segment->allocated)
            continue;
        size_t offset = (size_t)(address - segment->begin);
        gc->cards[segment->number * (CLR_SEGMENT_BYTES / 1024) + offset / 1024] = 1;
    }
}

void clr_gc_store(clr_thread *thread, clr_handle owner, clr_handle target)
{
    clr_gc *gc = &thread->clr->gc;
    gc->handles[owner]->next = target != 0 ? gc->handles[target] : NULL;
    mark_card(gc, gc->handles[owner]);
}

void clr_gc_drop(clr_thread *thread, clr_handle handle)
{
    if (handle != 0)
        thread->clr->gc.handles[handle] = NULL;
}

/* The load decides which generation goes: at a high load, or while the host says that memory is low, the oldest (12052, 14694-14740,
 * 35343-35348). */
static int generation_to_condemn(clr_thread *thread, int generation)
{
    clr_memory_status status = clr_global_memory_status(thread);
    if (thread->clr->low_memory > 0 || status.load >= HIGH_LOAD)
        generation = 2;
    return generation;
}

void clr_gc_collect(clr_thread *thread, int generation)
{
    clr_gc *gc = &thread->clr->gc;
    generation = generation_to_condemn(thread, generation);
    gc->collections++;
    gc->since_collection = 0;
    clr_gc_mark_and_compact(gc);
    if (generation == 2)
        clr_gc_sweep_large(thread);
    clr_gc_clear_large_marks(gc);
    if (generation < 2)
        return;
    gc->full_collections++;
    for (clr_segment *segment = gc->small; segment != NULL; segment = segment->next)
        clr_gc_segment_decommit(thread, segment);
    for (clr_segment *segment = gc->large; segment != NULL; segment = segment->next)
        clr_gc_segment_decommit(thread, segment);
}

/* The queue grows from the heap; an object that cannot be registered is an allocation that failed. */
bool clr_gc_register_finalizer(clr_thread *thread, clr_handle handle)
{
    clr_gc *gc = &thread->clr->gc;
    if (gc->finalizable_count == gc->finalizable_capacity) {
        uint32_t capacity = gc->finalizable_capacity + CLR_FINALIZERS_STEP;
        clr_object **queue = clr_new(thread, capacity * sizeof queue[0]);
        if (queue == NULL)
            return false;
        if (gc->finalizable_count > 0)
            memcpy(queue, gc->finalizable, gc->finalizable_count * sizeof queue[0]);
        clr_delete(thread, gc->finalizable);
        gc->finalizable = queue;
        gc->finalizable_capacity = capacity;
    }
    gc->finalizable[gc->finalizable_count++] = gc->handles[handle];
    return true;
}

void clr_gc_run_finalizers(clr_thread *thread)
{
    clr_gc *gc = &thread->clr->gc;
    for (uint32_t i = 0; i < gc->finalizable_ready; i++)
        gc->finalized += gc->finalizable[i]->payload[0] + 1;
    if (gc->finalizable_ready > 0)
        memmove(gc->finalizable, gc->finalizable + gc->finalizable_ready,
                (gc->finalizable_count - gc->finalizable_ready) * sizeof gc->finalizable[0]);
    gc->finalizable_count -= gc->finalizable_ready;
    gc->finalizable_ready = 0;
}

void clr_gc_finalize_all(clr_thread *thread)
{
    thread->clr->gc.finalizable_ready = thread->clr->gc.finalizable_count;
    clr_gc_run_finalizers(thread);
}
