/* SPDX-License-Identifier: MIT
 * The garbage-collected heap, as far as a host can see it: segments that are reserved whole and committed piece by piece, given back by
 * decommit or told unneeded by MEM_RESET, a card table beside them, and a collector that runs before memory is declared to be out.
 *
 * Objects are real: the managed program keeps its data in them, so that memory which is not zero, not there or not the host's to
 * give shows in what the program computes. Objects move when the heap is compacted; only a handle stays.
 *
 * Threads: one at a time; the program's other threads do not touch managed objects.
 */
#ifndef CLR_GC_H
#define CLR_GC_H

#include <hostfault/hosting.h>
#include <stdbool.h>

#define CLR_HANDLES 2048u
#define CLR_FINALIZERS_STEP 32u
#define CLR_SEGMENT_BYTES ((size_t)4 << 20)
#define CLR_LARGE_OBJECT_BYTES 85000u /* CLR: src/gc/gc.h, LARGE_OBJECT_SIZE */

struct clr_thread;
typedef uint32_t clr_handle; /* 0: none */

typedef enum clr_type { CLR_TYPE_FREE = 0, CLR_TYPE_NODE = 1, CLR_TYPE_ARRAY = 2, CLR_TYPE_STRING = 3 } clr_type;

/* An object; its payload follows. A new one is all zero after the header. */
typedef struct clr_object {
    uint32_t type; /* clr_type, and CLR_MARKED while the collector runs */
    uint32_t size; /* whole, in bytes, a multiple of 8 */
    struct clr_object *next;
    struct clr_object *forward; /* where it moves, while the collector runs */
    uint64_t payload[];
} clr_object;
#define CLR_MARKED 0x80000000u

/* Lies at the start of its own first page, as in the original. */
typedef struct clr_segment {
    struct clr_segment *next;
    char *begin;     /* first object */
    char *allocated; /* end of the objects */
    char *used;      /* end of what was ever written: beyond it memory is taken to be zero and is not cleared */
    char *committed;
    char *reserved;
    uint32_t number; /* index into the card table */
    bool large;
} clr_segment;

/* Why memory could not be had, as the original keeps it. CLR: src/gc/gc.cpp, set_fgm_result. */
typedef enum clr_gc_failure { CLR_GC_NO_FAILURE, CLR_GC_RESERVE_SEGMENT, CLR_GC_COMMIT_SEGMENT, CLR_GC_GROW_TABLE } clr_gc_failure;

typedef struct clr_gc {
    clr_segment *small; /* newest first; new objects go to the newest */
    clr_segment *large;
    uint32_t segment_count;
    size_t since_collection; /* bytes */
    unsigned char *cards;
    size_t cards_reserved, cards_committed;
    clr_object **handles;
    uint32_t handle_free;
    clr_object **finalizable; /* grows by CLR_FINALIZERS_STEP; the first finalizable_ready are dead and wait for their finalizer */
    uint32_t finalizable_count, finalizable_ready, finalizable_capacity;
    uint64_t finalized;
    bool write_watch;    /* the host has MEM_WRITE_WATCH: collections may run beside the program */
    bool reset_disabled; /* latched by the first MEM_RESET that failed */
    uint32_t collections, full_collections;
    clr_gc_failure failure;
} clr_gc;

bool clr_gc_init(struct clr_thread *thread);
/* A new object in a handle of its own; 0 with CLR_OUT_OF_MEMORY pending. */
clr_handle clr_gc_new(struct clr_thread *thread, clr_type type, size_t payload_bytes);
clr_object *clr_gc_object(struct clr_thread *thread, clr_handle handle);
/* owner->next = target, with the card marked. */
void clr_gc_store(struct clr_thread *thread, clr_handle owner, clr_handle target);
void clr_gc_drop(struct clr_thread *thread, clr_handle handle);
/* GC.SuppressFinalize's opposite: the object's finalizer will run when it is dead. false with an exception pending. */
bool clr_gc_register_finalizer(struct clr_thread *thread, clr_handle handle);
/* Runs the finalizers of dead objects. */
void clr_gc_run_finalizers(struct clr_thread *thread);
/* generation 2 also sweeps large objects, decommits and resets. */
void clr_gc_collect(struct clr_thread *thread, int generation);
/* The process ends: every finalizer that is left runs. */
void clr_gc_finalize_all(struct clr_thread *thread);
/* NULL: every object and table is as it should be; else what is wrong. */
const char *clr_gc_verify(const struct clr_gc *gc);

/* clr_gc_segment.c. */
clr_segment *clr_gc_segment_create(struct clr_thread *thread, bool large, size_t minimum_bytes);
/* Commits so far that an object ending at `end` has room. */
bool clr_gc_segment_grow(struct clr_thread *thread, clr_segment *segment, char *end);
void clr_gc_segment_decommit(struct clr_thread *thread, clr_segment *segment);
void clr_gc_reset(struct clr_thread *thread, char *begin, char *end);
bool clr_gc_probe_write_watch(struct clr_thread *thread);
bool clr_gc_grow_cards(struct clr_thread *thread, uint32_t segment_count);
/* clr_gc_collect.c. */
void clr_gc_mark_and_compact(clr_gc *gc);
void clr_gc_sweep_large(struct clr_thread *thread);
void clr_gc_clear_large_marks(clr_gc *gc);

static inline clr_object *clr_gc_next(clr_object *object)
{
    return (clr_object *)(void *)((char *)object + object->size);
}

#endif
