/* SPDX-License-Identifier: MIT
 * A trace in memory, as the files of this layer share it. Outside the layer hf_trace is opaque.
 *
 * Threads: finished traces are only read.
 */
#ifndef HF_TRACE_READER_H
#define HF_TRACE_READER_H

#include "base_text.h"
#include "heap_arena.h"
#include "session_format.h"

#include <hostfault/trace.h>

/* A thread and its stretch of the events. */
typedef struct hf__trace_thread {
    uint32_t id;            /* as in the chunk heads; HF_THREAD_TOOL for end records */
    uint32_t system_thread; /* the system's id; 0 not known */
    hf_text label;
    size_t first;
    size_t count;
} hf__trace_thread;

struct hf_trace {
    hf_session_header header;
    hf_session_control control;
    char caller[HF_NAME_BYTES + 1];
    hf_plan_image *plan; /* checked */
    size_t plan_bytes;
    hf_event *events;
    size_t event_count;
    size_t prefix_end; /* of a clone: the number of events of the caller before the clone was made; otherwise 0 */
    hf__trace_thread *threads;
    size_t thread_count;
    hf_trace_module *modules; /* by base */
    size_t module_count;
    bool is_cut;          /* chunks are missing, or something was unreadable */
    hf__heap_arena arena; /* tickets, frames and notes of the events */
};

static inline bool hf__trace_event_is_call(const hf_event *event)
{
    return event->kind < HF_METHOD_COUNT;
}
static inline bool hf__trace_event_is_end(const hf_event *event)
{
    return event->kind >= HF_EVENT_END_EXIT;
}

/* A chunk that has a head, or a part of one. */
typedef struct hf__trace_chunk {
    uint32_t thread; /* without the signal bit */
    uint32_t is_signal;
    uint32_t number;
    uint32_t system_thread;
    uint32_t first_slot; /* to read; 1 is the first behind the head */
    uint32_t slot_count; /* that are there */
    const hf_slot_main *slots;
} hf__trace_chunk;
/* False: there is no head. */
bool hf__trace_chunk_at(const hf_slot_main *slots, uint32_t slot_count, hf__trace_chunk *out);

typedef struct hf__trace_event_list {
    hf_event *items;
    size_t count, capacity;
    /* on request, where in the thread's stream each event stands: chunks times HF_CHUNK_SLOTS and slot */
    bool keeps_slots;
    uint32_t slot_base;
    uint32_t *slots;
    size_t slot_count, slot_capacity;
} hf__trace_event_list;
/* Reads chunks, which it sorts, behind the events that are in the list already: those are thread 0's, whose label by then is prefix_label. Fills in
 * trace->events and threads. */
void hf__trace_read_streams(hf_trace *trace, hf__trace_chunk *chunks, size_t count, hf__trace_event_list *events, hf_text prefix_label);

/* hf_trace_decode without a copy, for bytes that do not change during the call. 8-aligned; not needed after it returns. */
HF_CHECK_RESULT hf_status hf__trace_decode_in_place(const void *bytes, size_t size_bytes, hf_trace **out, hf_error *err);
/* Decodes the chunks of a session's bytes into trace->events and threads. bytes are 8-aligned; slot_count slots are there. */
void hf__trace_decode_chunks(hf_trace *trace, const void *bytes, size_t slot_count);
/* What the thread with the system's number is called: its label; "thread 1234" of one that made no call. */
void hf__trace_print_system_thread(const hf_trace *trace, uint64_t system_thread, hf__builder *out);
/* Of an END_WAIT record: "waits for mutex table_lock, which worker-1 holds", "waits for the end of worker-1". */
void hf__trace_print_wait(const hf_trace *trace, const hf_event *wait, hf__builder *out);
/* The label of a thread that never got one. 16 bytes are enough. */
void hf__trace_print_default_label(uint32_t id, hf__builder *out);
/* How many events at the front a continuation has in common with its prefix, and so with the continuations that parted from it later. 0: it is none.
 */
static inline size_t hf__trace_prefix_end(const hf_trace *trace)
{
    return trace->prefix_end;
}
/* Gathers trace->modules from the events. */
void hf__trace_learn_modules(hf_trace *trace);

/* Where an address is. The module, and the offset in it of the calling instruction before a return address; NULL: in no module. */
const hf_trace_module *hf__trace_place(const hf_trace *trace, uint64_t return_address, uint64_t *offset);
/* The module's name without folders. */
hf_text hf__trace_module_name(const hf_trace_module *module);

#endif
