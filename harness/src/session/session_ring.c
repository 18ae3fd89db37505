/* SPDX-License-Identifier: MIT
 * See the header. A chunk is emptied only if every slot of it is done or padding, since the owner of such a chunk has gone on to another one and
 * never comes back (session_record.c); or if its thread is gone.
 */
#include "session_ring.h"
#include "base_error.h"
#include "os_atomic.h"
#include "os_memory.h"
#include "os_thread.h"

#include <string.h>

#include "base_poison.h"

#define STUCK_US 10000000u /* a call that takes long is no reason to give up */

static hf_slot_main *chunk_at(const hf_session *session, uint32_t place)
{
    return (hf_slot_main *)(void *)(session->chunks + (uint64_t)place * HF_CHUNK_BYTES);
}

static size_t held_bytes(const hf_session *session)
{
    return 2u * session->ring_chunks * sizeof *session->held;
}

/* By place: the number that it was handed out as, last. */
static uint32_t *numbers(const hf_session *session)
{
    return session->held + session->ring_chunks;
}

static bool has_begun(const hf_session *session, uint32_t place)
{
    const hf_slot_head *head = (const hf_slot_head *)(const void *)chunk_at(session, place);
    return (hf__os_load_u32(&head->state) & HF_SLOT_STATE_MASK) == HF_SLOT_HEAD;
}

/* The table's next word may still be wanted: whoever took that number a whole round ago may be waiting, or not running, and look it up later. */
static bool may_hand_out(const hf_session *session)
{
    uint32_t before = session->ring_ready - session->ring_chunks;
    uint32_t place = session->order[session->ring_ready % session->ring_chunks];
    bool is_unused = session->ring_ready < session->ring_chunks || place >= session->ring_chunks || numbers(session)[place] != before;
    return is_unused || has_begun(session, place);
}

static void hand_out(hf_session *session, uint32_t place)
{
    numbers(session)[place] = session->ring_ready;
    session->held[session->held_count++] = place;
    session->order[session->ring_ready % session->ring_chunks] = place;
    hf__os_store_u32(&session->control->chunks_ready, ++session->ring_ready);
}

hf_status hf__session_ring_begin(hf_session *session, hf_error *err)
{
    session->held = hf__os_pages(held_bytes(session));
    if (session->held == NULL)
        return HF_FAIL(err, HF_ERROR_MEMORY, "no memory for a ring of %u chunks", session->ring_chunks);
    session->control->ring_chunks = session->ring_chunks;
    for (uint32_t place = 0; place < session->ring_chunks; place++)
        hand_out(session, place);
    return HF_OK;
}

static bool must_stay(uint8_t kind, bool is_alive)
{
    return kind == HF_EVENT_ATTACH || kind == HF_EVENT_MODULE || (kind == HF_EVENT_THREAD && is_alive);
}

/* Can it be emptied, and how many events would go? */
static bool can_go(const hf_session *session, uint32_t place, uint64_t *events)
{
    const hf_slot_main *slots = chunk_at(session, place);
    const hf_slot_head *head = (const hf_slot_head *)(const void *)slots;
    *events = 0;
    if (!has_begun(session, place))
        return false;
    bool is_alive = hf__os_foreign_thread_alive(head->system_thread);
    for (uint32_t i = 1; i < HF_CHUNK_SLOTS; i++) {
        uint32_t state = hf__os_load_u32(&slots[i].state) & HF_SLOT_STATE_MASK;
        if (state == HF_SLOT_PAD)
            return true;
        if ((state == HF_SLOT_EMPTY || state == HF_SLOT_STARTED) && is_alive)
            return false;
        if (state == HF_SLOT_DONE && must_stay(slots[i].kind, is_alive))
            return false;
        *events += state == HF_SLOT_DONE || state == HF_SLOT_STARTED;
    }
    return true;
}

/* Waiting threads have taken numbers that are not handed out yet. */
static uint32_t not_taken(const hf_session *session)
{
    uint32_t left = session->ring_ready - hf__os_load_u32(&session->control->chunks_taken);
    return left <= session->ring_chunks ? left : 0;
}

/* The oldest that can go, from `*from` on, among those that were taken. */
static bool empty_one(hf_session *session, uint32_t *from)
{
    uint32_t used = session->held_count - not_taken(session);
    for (uint32_t i = *from; i < used; i++) {
        uint64_t events = 0;
        uint32_t place = session->held[i];
        *from = i;
        if (!can_go(session, place, &events))
            continue;
        session->dropped += events;
        memset(chunk_at(session, place), 0, HF_CHUNK_BYTES);
        memmove(session->held + i, session->held + i + 1, (session->held_count - i - 1) * sizeof *session->held);
        session->held_count--;
        hand_out(session, place);
        return true;
    }
    return false;
}

hf_status hf__session_ring_feed(hf_session *session, hf_error *err)
{
    uint32_t ahead = session->ring_chunks / 4, from = 0, before = session->ring_ready;
    if (hf__os_load_u32(&session->control->gave_up) != 0)
        return HF_OK;
    while (not_taken(session) < ahead && may_hand_out(session) && empty_one(session, &from))
        continue;
    hf__os_wake(&session->control->chunks_ready);
    bool is_stuck = not_taken(session) == 0 && before == session->ring_ready;
    session->stuck_us = !is_stuck ? 0 : session->stuck_us != 0 ? session->stuck_us : hf__os_now_us();
    if (!is_stuck || hf__os_now_us() - session->stuck_us < STUCK_US)
        return HF_OK;
    hf__os_store_u32(&session->control->gave_up, 1);
    hf__os_wake(&session->control->chunks_ready);
    return HF_FAIL(err, HF_ERROR_LIMIT, "every part of the ring is in use: the program has more threads than %u; give it a larger --ring",
                   session->ring_chunks);
}

void hf__session_ring_end(hf_session *session)
{
    session->control->ring_chunks = session->ring_chunks;
    session->control->dropped_events = session->dropped;
    hf__os_store_u32(&session->control->chunks_taken, session->made_ready);
}

void hf__session_ring_clear(hf_session *session)
{
    if (session->held != NULL)
        hf__os_pages_free(session->held, held_bytes(session));
    session->held = NULL;
}
