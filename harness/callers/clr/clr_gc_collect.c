/* SPDX-License-Identifier: MIT
 * Collecting: mark what a handle or the finalizer queue reaches, slide the small objects together, and turn dead large ones into free
 * stretches. CLR: src/gc/gc.cpp (mark_phase, plan_phase, compact_phase; sweep of the large object heap).
 *
 * It takes no memory: a collection is what the runtime does when there is none.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

static void mark_chain(clr_object *object)
{
    while (object != NULL && (object->type & CLR_MARKED) == 0) {
        object->type |= CLR_MARKED;
        object = object->next;
    }
}

/* Dead objects with a finalizer move to the front part of the queue, and live until it ran. */
static void mark_finalizable(clr_gc *gc)
{
    for (uint32_t i = gc->finalizable_ready; i < gc->finalizable_count; i++) {
        clr_object *object = gc->finalizable[i];
        if ((object->type & CLR_MARKED) != 0)
            continue;
        gc->finalizable[i] = gc->finalizable[gc->finalizable_ready];
        gc->finalizable[gc->finalizable_ready++] = object;
    }
    for (uint32_t i = 0; i < gc->finalizable_count; i++)
        mark_chain(gc->finalizable[i]);
}

static void mark(clr_gc *gc)
{
    for (uint32_t i = 1; i < CLR_HANDLES; i++)
        mark_chain(gc->handles[i]);
    mark_finalizable(gc);
}

/* Where each live small object of the segment will lie; dead ones have no future. Large ones stay. */
static void plan(clr_segment *segment)
{
    char *to = segment->begin;
    for (clr_object *object = (void *)segment->begin; (char *)object < segment->allocated; object = clr_gc_next(object)) {
        object->forward = segment->large ? object : NULL;
        if (segment->large || (object->type & CLR_MARKED) == 0)
            continue;
        object->forward = (void *)to;
        to += object->size;
    }
}

static clr_object *moved(clr_object *object)
{
    return object != NULL ? object->forward : NULL;
}

static void relocate_segment(clr_segment *segment)
{
    for (clr_object *object = (void *)segment->begin; (char *)object < segment->allocated; object = clr_gc_next(object))
        if ((object->type & CLR_MARKED) != 0)
            object->next = moved(object->next);
}

static void relocate_roots(clr_gc *gc)
{
    for (uint32_t i = 1; i < CLR_HANDLES; i++)
        gc->handles[i] = moved(gc->handles[i]);
    for (uint32_t i = 0; i < gc->finalizable_count; i++)
        gc->finalizable[i] = moved(gc->finalizable[i]);
}

static void compact(clr_segment *segment)
{
    char *end = segment->begin;
    clr_object *next = NULL;
    for (clr_object *object = (void *)segment->begin; (char *)object < segment->allocated; object = next) {
        next = clr_gc_next(object);
        if ((object->type & CLR_MARKED) == 0)
            continue;
        clr_object *to = object->forward;
        memmove(to, object, object->size);
        to->type &= ~CLR_MARKED;
        to->forward = NULL;
        end = (char *)to + to->size;
    }
    segment->allocated = end;
}

static void each_segment(clr_gc *gc, void (*work)(clr_segment *))
{
    for (clr_segment *segment = gc->small; segment != NULL; segment = segment->next)
        work(segment);
    for (clr_segment *segment = gc->large; segment != NULL; segment = segment->next)
        work(segment);
}

/* Small objects lose their mark as they move; large ones when it has been read. */
void clr_gc_clear_large_marks(clr_gc *gc)
{
    for (clr_segment *segment = gc->large; segment != NULL; segment = segment->next)
        for (clr_object *object = (void *)segment->begin; (char *)object < segment->allocated; object = clr_gc_next(object))
            object->type &= ~CLR_MARKED;
}

void clr_gc_mark_and_compact(clr_gc *gc)
{
    mark(gc);
    each_segment(gc, plan);
    each_segment(gc, relocate_segment);
    relocate_roots(gc);
    for (clr_segment *segment = gc->small; segment != NULL; segment = segment->next)
        compact(segment);
}

/* Neighbours that are free become one stretch; its inner pages are told unneeded. The last stretch goes back to the segment's end. */
static void sweep_segment(clr_thread *thread, clr_segment *segment)
{
    clr_object *free_run = NULL;
    clr_object *next = NULL;
    for (clr_object *object = (void *)segment->begin; (char *)object < segment->allocated; object = next) {
        next = clr_gc_next(object);
        if ((object->type & CLR_MARKED) != 0) {
            free_run = NULL;
            continue;
        }
        object->type = CLR_TYPE_FREE;
        object->next = NULL;
        if (free_run != NULL)
            free_run->size += object->size;
        else
            free_run = object;
    }

    if (free_run != NULL)
        segment->allocated = (char *)free_run;
    for (clr_object *object = (void *)segment->begin; (char *)object < segment->allocated; object = clr_gc_next(object))
        if (object->type == CLR_TYPE_FREE)
            clr_gc_reset(thread, (char *)(object + 1), (char *)clr_gc_next(object));
}

void clr_gc_sweep_large(clr_thread *thread)
{
    for (clr_segment *segment = thread->clr->gc.large; segment != NULL; segment = segment->next)
        sweep_segment(thread, segment);
}

static bool in_segment(const clr_segment *segment, const char *address)
{
    return address >= segment->begin && address < segment->allocated;
}

static bool is_object(const clr_gc *gc, const clr_object *object)
{
    for (const clr_segment *segment = gc->small; segment != NULL; segment = segment->next)
        if (in_segment(segment, (const char *)object))
            return true;
    for (const clr_segment *segment = gc->large; segment != NULL; segment = segment->next)
        if (in_segment(segment, (const char *)object))
            return true;
    return false;
}

static const char *verify_segment(const clr_gc *gc, clr_segment *segment)
{
    for (clr_object *object = (void *)segment->begin; (char *)object < segment->allocated; object = clr_gc_next(object)) {
        if (object->type > CLR_TYPE_STRING)
            return "an object of no type";
        if (object->size < sizeof *object || object->size % 8 != 0 || object->size > (size_t)(segment->allocated - (char *)object))
            return "an object of impossible size";
        if (object->next != NULL && !is_object(gc, object->next))
            return "a reference to no object";
    }
    return NULL;
}

const char *clr_gc_verify(const clr_gc *gc)
{
    const char *wrong = NULL;
    for (clr_segment *segment = gc->small; segment != NULL && wrong == NULL; segment = segment->next)
        wrong = verify_segment(gc, segment);
    for (clr_segment *segment = gc->large; segment != NULL && wrong == NULL; segment = segment->next)
        wrong = verify_segment(gc, segment);
    return wrong;
}
