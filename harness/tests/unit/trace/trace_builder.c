/* SPDX-License-Identifier: MIT
 * Builds session files by hand. This file implements the layout a second time, from session_format.h alone, so that a mistake that reader and
 * recorder share is found.
 */
#include "trace_builder.h"
#include "engine.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdlib.h>
#include <string.h>

#define PLAN_OFFSET 8192u
#define PLAN_ROOM 16384u

void builder_init(trace_builder *self, const hf__model_plan_parts *parts)
{
    static const hf__model_plan_parts nothing;
    *self = (trace_builder){.chunks_offset = PLAN_OFFSET + PLAN_ROOM, .clock = 1000000};
    self->bytes = calloc(1, self->chunks_offset + BUILDER_CHUNKS_MAX * HF_CHUNK_BYTES);
    size_t plan_bytes;
    hf_error err;
    hf_status status = hf__model_plan_build(parts != NULL ? parts : &nothing, self->bytes + PLAN_OFFSET, PLAN_ROOM, &plan_bytes, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    size_t pages = (plan_bytes + 4095) / 4096;
    self->chunks_offset = PLAN_OFFSET + pages * 4096;
    *builder_header(self) = (hf_session_header){.magic = HF_SESSION_MAGIC,
                                                .version = HF_SESSION_VERSION,
                                                .header_bytes = sizeof(hf_session_header),
                                                .plan_offset = PLAN_OFFSET,
                                                .plan_bytes = plan_bytes,
                                                .chunks_offset = self->chunks_offset,
                                                .file_bytes = self->chunks_offset + BUILDER_CHUNKS_MAX * HF_CHUNK_BYTES,
                                                .chunk_count_max = BUILDER_CHUNKS_MAX,
                                                .counter_hz = 1000000000,
                                                .caller = "specimen"};
    *builder_control(self) = (hf_session_control){.attached = 2, .chunks_ready = BUILDER_CHUNKS_MAX, .started_at = 1000000};
}

void builder_clear(trace_builder *self)
{
    free(self->bytes);
    self->bytes = NULL;
}

hf_session_header *builder_header(trace_builder *self)
{
    return (hf_session_header *)(void *)self->bytes;
}

hf_session_control *builder_control(trace_builder *self)
{
    return (hf_session_control *)(void *)(self->bytes + HF_SESSION_CONTROL_OFFSET);
}

void builder_thread(trace_builder *self, uint32_t thread)
{
    cr_assert(lt(uint, self->chunk_count, BUILDER_CHUNKS_MAX));
    hf_slot_head *head = (hf_slot_head *)(void *)(self->bytes + self->chunks_offset + self->chunk_count * HF_CHUNK_BYTES);
    *head = (hf_slot_head){.thread = thread, .number = self->numbers[thread % 8]++, .system_thread = 4711, .state = HF_SLOT_HEAD};
    self->next = (hf_slot_main *)(void *)(head + 1);
    self->chunk_count++;
    builder_control(self)->chunks_taken = self->chunk_count;
}

hf_slot_main *builder_event(trace_builder *self, hf_slot_main slot)
{
    self->clock += 1000;
    if (slot.start == 0)
        slot.start = self->clock;
    if (slot.state == 0)
        slot.state = 1u << 3 | HF_SLOT_DONE;
    self->last = self->next;
    *self->next++ = slot;
    return self->last;
}

void builder_extra(trace_builder *self, hf_extra what, hf_slot_extra slot)
{
    slot.what = (uint8_t)what;
    slot.state = HF_SLOT_EXTRA;
    *(hf_slot_extra *)(void *)self->next++ = slot;
    self->last->extras++;
}

static void put_note(trace_builder *self, const char *note, uint16_t part)
{
    for (size_t at = 0, size = strlen(note); at < size; at += 56) {
        hf_slot_extra slot = {.part = part, .count = (uint8_t)(size - at < 56 ? size - at : 56)};
        memcpy(slot.u.text, note + at, slot.count);
        builder_extra(self, HF_EXTRA_NOTE, slot);
    }
}

void builder_say(trace_builder *self, hf_event_kind kind, uint64_t address, const char *note, const char *note2)
{
    builder_event(self, (hf_slot_main){.kind = (uint8_t)kind, .address = address});
    if (note != NULL)
        put_note(self, note, 0);
    if (note2 != NULL)
        put_note(self, note2, 1);
}

void builder_ticket(trace_builder *self, unsigned rule, uint64_t ordinal, uint32_t taken, unsigned flags)
{
    hf_slot_extra *slot = (hf_slot_extra *)(void *)(self->next - 1);
    bool has_room = self->next - 1 != self->last && slot->what == HF_EXTRA_TICKETS && slot->count < 3;
    if (!has_room) {
        builder_extra(self, HF_EXTRA_TICKETS, (hf_slot_extra){.count = 0});
        slot = (hf_slot_extra *)(void *)(self->next - 1);
    }
    slot->u.tickets[slot->count].ordinal = ordinal;
    slot->u.tickets[slot->count].taken = taken;
    slot->u.tickets[slot->count].rule = (uint16_t)rule;
    slot->u.tickets[slot->count].flags = (uint16_t)flags;
    slot->count++;
}

void builder_inject(trace_builder *self, unsigned rule, uint32_t number)
{
    hf_slot_extra slot = {.count = 1};
    slot.u.decision.rule = rule;
    slot.u.decision.number = number;
    slot.u.decision.last_error = hf__model_win32_of(self->last->hr);
    slot.u.decision.site = hf__engine_site_key(NULL, 0);
    builder_extra(self, HF_EXTRA_DECISION, slot);
    self->last->flags |= HF_CALL_INJECTED;
}

size_t builder_size(const trace_builder *self)
{
    return self->next != NULL ? (size_t)((char *)self->next - self->bytes) : self->chunks_offset;
}

hf_trace *builder_decode(const trace_builder *self)
{
    hf_trace *trace = NULL;
    hf_error err;
    hf_status status = hf_trace_decode(self->bytes, self->chunks_offset + self->chunk_count * HF_CHUNK_BYTES, &trace, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    return trace;
}

void builder_small(trace_builder *builder)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.returns = 1;
    rule.hr = E_OUTOFMEMORY;
    hf__model_plan_parts parts = {
        .rule_count = 1, .rules = &rule, .rule_names = (const char *const[]){"fault-1"}, .thread_count = 1, .threads = (const char *const[]){"main"}};
    builder_init(builder, &parts);
    builder_thread(builder, 0);
    builder_say(builder, HF_EVENT_ATTACH, 1234, NULL, NULL);
    builder_say(builder, HF_EVENT_MODULE, 0x400000, "/usr/bin/caller", "cafe");
    builder->last->size = 0x500000;
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_ALLOC,
                                          .size = 0x10000,
                                          .out = 0x7f0000000000,
                                          .type = MEM_RESERVE,
                                          .protect = PAGE_NOACCESS,
                                          .flags = HF_CALL_FORWARDED});
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_QUERY, .address = 0x7f0000001000, .size = 48, .out = 48});
    builder_extra(builder, HF_EXTRA_QUERY, (hf_slot_extra){.u.query = {.base = 0x7f0000001000, .region_size = 0xF000, .state = MEM_RESERVE}});
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 24, .hr = E_OUTOFMEMORY});
    builder_ticket(builder, 0, 3, 0, 1);
    builder_inject(builder, 0, 1);
    builder_extra(builder, HF_EXTRA_STACK, (hf_slot_extra){.count = 2, .u.frames = {0x401000, 0x402000}});
    builder_say(builder, HF_EVENT_RESULT, 0, "forty-two", NULL);
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_FREE, .address = 0x7f0000000000, .state = HF_SLOT_STARTED});
}
