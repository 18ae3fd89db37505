/* SPDX-License-Identifier: MIT
 * Session files made by hand, slot by slot, in memory: valid ones, and ones that the recorder would never write.
 */
#ifndef TRACE_BUILDER_H
#define TRACE_BUILDER_H

#include "session_format.h"

#include <hostfault/trace.h>

#define BUILDER_CHUNKS_MAX 16

typedef struct trace_builder {
    char *bytes; /* the file */
    size_t chunks_offset;
    uint32_t chunk_count;
    uint32_t numbers[8]; /* chunks of each thread so far */
    hf_slot_main *next;
    hf_slot_main *last; /* the last main slot */
    uint64_t clock;
} trace_builder;

/* A file with this plan (NULL: an empty one) and no chunk. */
void builder_init(trace_builder *self, const hf__model_plan_parts *parts);
void builder_clear(trace_builder *self);
hf_session_header *builder_header(trace_builder *self);
hf_session_control *builder_control(trace_builder *self);

/* What follows is recorded by this thread (HF_THREAD_SIGNAL and HF_THREAD_TOOL as in the format): begins a chunk. */
void builder_thread(trace_builder *self, uint32_t thread);
/* Adds a main slot, complete unless its state is given; the clock advances by 1000 unless start is given. */
hf_slot_main *builder_event(trace_builder *self, hf_slot_main slot);
/* Adds an extra slot to the last main slot. */
void builder_extra(trace_builder *self, hf_extra what, hf_slot_extra slot);
/* An event that is no call, with notes; NULL: none. */
void builder_say(trace_builder *self, hf_event_kind kind, uint64_t address, const char *note, const char *note2);
/* A ticket of the last call. */
void builder_ticket(trace_builder *self, unsigned rule, uint64_t ordinal, uint32_t taken, unsigned flags);
/* Makes the last call an injected one. */
void builder_inject(trace_builder *self, unsigned rule, uint32_t number);

/* Bytes from the start to the last slot in use. */
size_t builder_size(const trace_builder *self);
/* Decodes it; the test fails if that fails. */
hf_trace *builder_decode(const trace_builder *self);

/* A small trace with one of everything. */
void builder_small(trace_builder *builder);

#endif
