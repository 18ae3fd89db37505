/* SPDX-License-Identifier: MIT
 * The slow half of recording: new chunks, and events that are no calls. Uses no heap and no lock; waits only for the tool.
 */
#include "session_record.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

static _Noreturn void end_process(const char *why)
{
    hf__os_complain(why);
    hf__os_exit_now(HF_EXIT_HARNESS);
}

/* Waits until chunk `index` has room behind it. False: it never will. */
static bool wait_for_chunk(hf_session *session, uint32_t index)
{
    for (;;) {
        uint32_t ready = hf__os_load_u32(&session->control->chunks_ready);
        if (index < ready)
            return true;
        if (session->is_private)
            return false;
        if (hf__os_load_u32(&session->control->gave_up) != 0)
            end_process("hostfault: the tool cannot make room for the trace; the run ends here\n");
        if (!hf__os_process_alive(session->header->tool_pid))
            end_process("hostfault: the tool is gone; the run ends here\n");
        hf__os_wait(&session->control->chunks_ready, ready, 100);
    }
}

/* Of a ring, chunks have places that the tool says. */
static uint32_t place_of(const hf_session *session, uint32_t index)
{
    uint32_t ring = session->header->version == HF_SESSION_VERSION_RING ? session->control->ring_chunks : 0;
    if (ring == 0)
        return index;
    uint32_t place = hf__os_load_u32(&session->order[index % ring]);
    if (place >= session->header->chunk_count_max)
        end_process("hostfault: the program overwrote its session; the run ends here\n");
    return place;
}

hf_slot_main *hf__session_record_reserve_slow(hf_session *session, hf_stream *stream, uint32_t slots)
{
    HF_ASSERT(slots > 0 && slots < HF_CHUNK_SLOTS);
    if (stream->next != NULL && stream->next != stream->end)
        hf__os_store_u32(&stream->next->state, HF_SLOT_PAD);
    stream->next = NULL;
    stream->end = NULL;
    uint32_t index = hf__os_add_u32_atomic(&session->control->chunks_taken, 1);

    if (!wait_for_chunk(session, index)) {
        hf__os_add_u32_atomic(&session->control->chunks_taken, (uint32_t)-1);
        hf__os_add_u32_atomic(&session->control->lost, 1);
        return NULL;
    }

    hf_slot_main *chunk = (hf_slot_main *)(void *)(session->chunks + (uint64_t)place_of(session, index) * HF_CHUNK_BYTES);
    hf_slot_head *head = (hf_slot_head *)(void *)chunk;
    head->thread = stream->thread;
    head->number = stream->number++;
    head->system_thread = hf__os_thread_id();
    hf__os_store_u32(&head->state, HF_SLOT_HEAD);
    stream->next = chunk + 1 + slots;
    stream->end = chunk + HF_CHUNK_SLOTS;
    return chunk + 1;
}

/* Writes pieces of a text into extra slots; returns how many slots were used, at most `room`. */
static uint32_t record_put_note(hf_slot_extra *slots, uint32_t room, hf_text note)
{
    uint32_t used = 0;
    while (note.size_bytes > 0 && used < room) {
        hf_slot_extra *slot = &slots[used++];
        size_t piece = note.size_bytes < sizeof slot->u.text ? note.size_bytes : sizeof slot->u.text;
        memcpy(slot->u.text, note.pointer, piece);
        slot->count = (uint8_t)piece;
        slot->what = HF_EXTRA_NOTE;
        slot->state = HF_SLOT_EXTRA;
        note.pointer += piece;
        note.size_bytes -= piece;
    }
    return used;
}

uint32_t hf__session_record_put_stack(hf_slot_extra *slots, uint32_t room, const uint64_t *frames, uint32_t count)
{
    uint32_t used = 0;
    while (count > 0 && used < room) {
        hf_slot_extra *slot = &slots[used++];
        uint32_t piece = count < HF_COUNT_OF(slot->u.frames) ? count : (uint32_t)HF_COUNT_OF(slot->u.frames);
        memcpy(slot->u.frames, frames, piece * sizeof frames[0]);
        slot->count = (uint8_t)piece;
        slot->what = HF_EXTRA_STACK;
        slot->state = HF_SLOT_EXTRA;
        frames += piece;
        count -= piece;
    }
    return used;
}

static uint32_t note_slots(hf_text note)
{
    return (uint32_t)((note.size_bytes + 55) / 56);
}

#define NOTE_SLOTS_MAX 80u

void hf__session_record_event(hf_session *session, hf_stream *stream, const hf_slot_main *event, hf_text note, hf_text note2)
{
    uint32_t second = note_slots(note2);
    uint32_t first = note_slots(note);
    if (second > 2)
        second = 2;
    if (first > NOTE_SLOTS_MAX)
        first = NOTE_SLOTS_MAX;
    hf_slot_main *slot = hf__session_record_reserve(session, stream, 1 + first + second);
    if (slot == NULL)
        return;
    hf_slot_extra *extras = (hf_slot_extra *)(void *)(slot + 1);
    uint32_t used = record_put_note(extras, first, note);
    uint32_t whole = used + record_put_note(extras + used, second, note2);
    for (uint32_t i = used; i < whole; i++)
        extras[i].part = 1;
    slot->start = hf__os_counter();
    slot->address = event->address;
    slot->size = event->size;
    slot->kind = event->kind;
    slot->extras = (uint8_t)whole;
    hf__session_record_done(slot, 0);
}

void hf__session_record_stack(hf_session *session, hf_stream *stream, const hf_slot_main *event, const uint64_t *frames, uint32_t count)
{
    uint32_t extras = (count + 6) / 7;
    hf_slot_main *slot = hf__session_record_reserve(session, stream, 1 + extras);
    if (slot == NULL)
        return;
    slot->start = hf__os_counter();
    slot->address = event->address;
    slot->size = event->size;
    slot->type = event->type;
    slot->protect = event->protect;
    slot->kind = event->kind;
    slot->extras = (uint8_t)hf__session_record_put_stack((hf_slot_extra *)(void *)(slot + 1), extras, frames, count);
    hf__session_record_done(slot, 0);
}
