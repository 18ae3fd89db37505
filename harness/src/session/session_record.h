/* SPDX-License-Identifier: MIT
 * Writing events into a session, from the process under test. Each thread has two streams: one for itself, and one for its signal handlers that
 * interrupt it inside the recorder. A stream is a cursor into a chunk that belongs to it alone, so recording takes no lock, and one atomic operation
 * per chunk.
 *
 * It must never drop an event silently. When no chunk is ready it waits for the tool. When the tool has given up or is gone it ends the process with
 * HF_EXIT_HARNESS. A private session that is full counts what is lost.
 *
 * Threads: a stream belongs to one thread; the session may be shared by all.
 */
#ifndef HF_SESSION_RECORD_H
#define HF_SESSION_RECORD_H

#include "os_atomic.h"
#include "os_thread.h"
#include "session.h"

typedef struct hf_stream {
    hf_slot_main *next; /* NULL: no chunk yet */
    hf_slot_main *end;
    uint32_t thread; /* with HF_THREAD_SIGNAL for the second stream */
    uint32_t number; /* chunks so far */
} hf_stream;

/* The slow part of reserve: a new chunk. NULL only for a private session that is full. */
hf_slot_main *hf__session_record_reserve_slow(hf_session *session, hf_stream *stream, uint32_t slots);

/* `slots` free slots in a row, at most 64; the first one is EMPTY and stays so until its state is stored. NULL: lost (and counted). */
static inline hf_slot_main *hf__session_record_reserve(hf_session *session, hf_stream *stream, uint32_t slots)
{
    hf_slot_main *at = stream->next;
    if (at != NULL && (size_t)(stream->end - at) >= slots) {
        stream->next = at + slots;
        hf__os_prefetch_write(&at[slots + 8]);
        return at;
    }
    return hf__session_record_reserve_slow(session, stream, slots);
}

/* Marks a complete main slot. ticks: how long it took. */
static inline void hf__session_record_done(hf_slot_main *slot, uint64_t ticks)
{
    uint64_t steps = ticks >> 8;
    uint32_t kept = steps > 0x1FFFFFFFu ? 0x1FFFFFFFu : (uint32_t)steps;
    hf__os_store_u32(&slot->state, kept << 3 | HF_SLOT_DONE);
}

/* A whole event that is no call, with up to two notes (each cut at 56 * 20 bytes); kept as far as it fits 64 slots. */
void hf__session_record_event(hf_session *session, hf_stream *stream, const hf_slot_main *event, hf_text note, hf_text note2);

/* A whole event with a stack. */
void hf__session_record_stack(hf_session *session, hf_stream *stream, const hf_slot_main *event, const uint64_t *frames, uint32_t count);

/* Writes pieces of a stack into extra slots; returns how many slots were used, at most `room`. */
uint32_t hf__session_record_put_stack(hf_slot_extra *slots, uint32_t room, const uint64_t *frames, uint32_t count);

#endif
