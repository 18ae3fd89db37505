/* SPDX-License-Identifier: MIT
 * The tool's heap and its attempts. Each block has a head that links it into the list of the attempt that it was allocated in, so that an attempt
 * that fails can free what it allocated. A block that outlives its attempt moves to the list of the attempt around it, or to none.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "heap_attempt.h"
#include "heap_spill.h"
#include "os_atomic.h"
#include "os_thread.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* In front of each block. As long as malloc's alignment, so that blocks keep it. */
typedef hf_heap_link head;
_Static_assert(sizeof(head) % (2 * sizeof(void *)) == 0, "blocks are aligned as malloc's are");

struct hf_heap_attempt {
    hf_heap_attempt *below;  /* of this thread: the innermost one again when this one ends */
    hf_heap_attempt *around; /* takes over blocks and guards; of another thread's for a worker */
    bool takes_all;          /* hf__heap_attempt_all, or a worker's under one */
    hf_heap_link guards;     /* the last one set first */
    hf_heap_link blocks;
    jmp_buf start;
};

static HF_THREAD_LOCAL hf_heap_attempt *innermost;

/* One lock for all lists: it is held for a few instructions, or for one realloc, and the tool has as many threads as there are processors. */
static uint32_t is_locked;

static void lock(void)
{
    while (!hf__os_swap_if_u32(&is_locked, 0, 1))
        hf__os_yield();
}

static void unlock(void)
{
    hf__os_store_u32(&is_locked, 0);
}

static hf_heap_link empty_link(void)
{
    return (hf_heap_link){NULL, NULL};
}

static void insert(hf_heap_link *link, hf_heap_link *ring)
{
    link->next = ring->next;
    link->previous = ring;
    ring->next->previous = link;
    ring->next = link;
}

static void take_out(hf_heap_link *link)
{
    link->next->previous = link->previous;
    link->previous->next = link->next;
    *link = empty_link();
}

/* Of an attempt that succeeded. */
static void pass_on_blocks(hf_heap_attempt *self)
{
    head *ring = &self->blocks;
    if (ring->next != ring && self->around != NULL) {
        head *outer = &self->around->blocks;
        ring->next->previous = outer;
        ring->previous->next = outer->next;
        outer->next->previous = ring->previous;
        outer->next = ring->next;
        return;
    }
    for (head *block = ring->next, *next; block != ring; block = next) {
        next = block->next;
        *block = empty_link();
    }
}

static void pass_on_guards(hf_heap_attempt *self)
{
    for (hf_heap_link *guard; (guard = self->guards.previous) != &self->guards;) { /* the first one set first */
        take_out(guard);
        if (self->around != NULL)
            insert(guard, &self->around->guards);
    }
}

static void release(head *block)
{
    if (hf__heap_spill_has(block))
        hf__heap_spill_free(block);
    else
        free(block);
}

static void free_blocks(hf_heap_attempt *self)
{
    for (head *block = self->blocks.next, *next; block != &self->blocks; block = next) {
        next = block->next;
        release(block);
    }
}

hf_heap_attempt *hf__heap_current(void)
{
    return innermost;
}

static hf_status attempt(const hf_heap_attempt *kind, hf_heap_work *work, void *arguments, hf_error *err)
{
    hf_heap_attempt self = {.below = innermost, .around = kind->around, .takes_all = kind->takes_all};
    self.blocks = (hf_heap_link){&self.blocks, &self.blocks};
    self.guards = (hf_heap_link){&self.guards, &self.guards};
    if (setjmp(self.start) != 0) { /* `innermost` is this attempt; what a register held of it may be from before */
        hf_heap_attempt *failed = innermost;
        innermost = failed->below;
        free_blocks(failed);
        return HF_FAIL(err, HF_ERROR_MEMORY, "out of memory");
    }

    innermost = &self;
    hf_status status = work(arguments);
    HF_ASSERT(innermost == &self);
    innermost = self.below;
    lock();
    pass_on_guards(&self);
    pass_on_blocks(&self);
    unlock();
    return status;
}

hf_status hf__heap_attempt(hf_heap_work *work, void *arguments, hf_error *err)
{
    if (innermost != NULL && innermost->takes_all)
        return work(arguments);
    return attempt(&(hf_heap_attempt){.around = innermost}, work, arguments, err);
}

hf_status hf__heap_attempt_all(hf_heap_work *work, void *arguments, hf_error *err)
{
    return attempt(&(hf_heap_attempt){.around = innermost, .takes_all = true}, work, arguments, err);
}

hf_status hf__heap_attempt_within(hf_heap_attempt *around, hf_heap_work *work, void *arguments, hf_error *err)
{
    return attempt(&(hf_heap_attempt){.around = around, .takes_all = around != NULL && around->takes_all}, work, arguments, err);
}

void hf__heap_guard(hf_heap_guard *guard, void (*undo)(void *what), void *what)
{
    *guard = (hf_heap_guard){.undo = undo, .what = what};
    if (innermost == NULL)
        return;
    lock();
    insert(&guard->link, &innermost->guards);
    unlock();
}

void hf__heap_drop_guard(hf_heap_guard *guard)
{
    lock();
    if (guard->link.next != NULL)
        take_out(&guard->link);
    unlock();
}

void *hf__heap_keep(void *block)
{
    head *kept = (head *)block - 1;
    lock();
    if (kept->next != NULL)
        take_out(kept);
    unlock();
    return block;
}

/* Removes the guard that was set last; NULL if there is none. */
static hf_heap_guard *take_guard(hf_heap_attempt *self)
{
    lock();
    hf_heap_link *last = self->guards.next;
    bool is_there = last != &self->guards;
    if (is_there)
        take_out(last);
    unlock();
    return is_there ? (hf_heap_guard *)last : NULL; /* its first member */
}

/* Guards run before the jump: some lie in the frames that it leaves. If one allocates all the same and fails, this begins again with the next. */
void hf__out_of_memory(void)
{
    hf_heap_attempt *self = innermost;
    HF_ASSERT(self != NULL); /* a function that allocates was called outside of an attempt */
    for (hf_heap_guard *guard; (guard = take_guard(self)) != NULL;)
        guard->undo(guard->what);
    longjmp(self->start, 1);
}

/* A block of no bytes has one all the same: a pointer just past its end would not hold it in the eyes of LeakSanitizer. */
static size_t whole_size(uint64_t bytes)
{
    return sizeof(head) + (bytes == 0 ? 1 : (size_t)bytes);
}

static head *take_zeroed(size_t size_bytes)
{
    head *large = hf__heap_spill_takes(size_bytes) ? hf__heap_spill_allocate(size_bytes) : NULL;
    return large != NULL ? large : calloc(1, size_bytes);
}

/* A block that becomes large moves to a file, if it can; one whose file cannot grow moves back. */
static head *resize(head *block, size_t size_bytes)
{
    if (hf__heap_spill_has(block)) {
        size_t held = 0;
        head *grown = hf__heap_spill_resize(block, size_bytes, &held);
        head *moved = grown == NULL ? malloc(size_bytes) : NULL;
        if (moved == NULL)
            return grown;
        memcpy(moved, block, held < size_bytes ? held : size_bytes);
        hf__heap_spill_free(block);
        return moved;
    }

    head *grown = realloc(block, size_bytes);
    head *moved = grown != NULL && hf__heap_spill_takes(size_bytes) ? hf__heap_spill_allocate(size_bytes) : NULL;
    if (moved == NULL)
        return grown;
    memcpy(moved, grown, size_bytes);
    free(grown);
    return moved;
}

void *hf__allocate(size_t count, size_t size)
{
    uint64_t bytes = 0;
    bool fits = hf__multiply_u64(count, size, &bytes) && bytes <= SIZE_MAX - sizeof(head);
    head *block = fits ? take_zeroed(whole_size(bytes)) : NULL;
    if (block == NULL)
        hf__out_of_memory();
    if (innermost != NULL) {
        lock();
        insert(block, &innermost->blocks);
        unlock();
    }
    return block + 1;
}

/* The block stays in the list that it is in. */
static head *resize_block(head *block, size_t size_bytes)
{
    if (block->next == NULL)
        return resize(block, size_bytes);
    lock();
    head *grown = resize(block, size_bytes);
    if (grown != NULL) {
        grown->next->previous = grown;
        grown->previous->next = grown;
    }
    unlock();
    return grown;
}

void *hf__reallocate(void *memory, size_t count, size_t size)
{
    if (memory == NULL)
        return hf__allocate(count, size);
    uint64_t bytes = 0;
    bool fits = hf__multiply_u64(count, size, &bytes) && bytes <= SIZE_MAX - sizeof(head);
    head *grown = fits ? resize_block((head *)memory - 1, whole_size(bytes)) : NULL;
    if (grown == NULL)
        hf__out_of_memory();
    return grown + 1;
}

void hf__free(void *memory)
{
    if (memory == NULL)
        return;
    int kept = errno;
    head *block = (head *)memory - 1;
    if (block->next != NULL) {
        lock();
        take_out(block);
        unlock();
    }
    release(block);
    errno = kept;
}

char *hf__copy_text(hf_text text)
{
    char *copy = hf__allocate(text.size_bytes + 1, 1);
    if (text.size_bytes > 0)
        memcpy(copy, text.pointer, text.size_bytes);
    return copy;
}

char *hf__copy_string(const char *string)
{
    return hf__copy_text(hf__text(string));
}

char *hf__format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    HF_ASSERT(length >= 0);
    char *text = hf__allocate((size_t)length + 1, 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
