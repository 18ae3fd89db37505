/* SPDX-License-Identifier: MIT
 * Rows of failed requests from one place, counted as the events go by.
 */
#include "verdict_judge.h"

#include "base_random.h"

#include "base_poison.h"

/* Questions and notices are made again and again by callers in good health; these are not. After E_FAIL all that a caller still has is given back,
 * in as many calls as that takes, and every one of them fails: that is order, not a storm. */
static bool is_request(const hf_event *event)
{
    if (!hf__verdict_is_call(event) || event->paused || !event->complete)
        return false;
    hf_class class_ = hf__verdict_class_of(event);
    if (event->sticky && class_ == HF_CLASS_RELEASE)
        return false;
    return class_ == HF_CLASS_ACQUIRE || class_ == HF_CLASS_RELEASE || class_ == HF_CLASS_PROTECT || class_ == HF_CLASS_MANAGER;
}

/* A return address of one thread, by which requests without a stack are identified. */
static uint64_t address_of(const hf_event *event)
{
    return hf__random(0, event->thread, event->pc);
}

/* Where a request comes from: its whole stack if there is one, as of every injected failure and the calls after it. Else the return address, which an
 * adapter has one of for all: then any that is granted there may be the one that failed, and begins a new age of them. Of what is given back it is
 * one block that is tried again and again; many blocks are no storm. */
static uint64_t origin_of(const hf__verdict_storms *storms, const hf_event *event)
{
    uint64_t block = hf__verdict_class_of(event) == HF_CLASS_RELEASE ? event->address : 0;
    uint64_t stack = hf__hash(HF_HASH_START, event->frames, event->frame_count * sizeof event->frames[0]);
    uint32_t age = hf__heap_map_get(&storms->ages, address_of(event));
    return hf__random(block, event->frame_count > 0 ? stack : address_of(event), age);
}

static void begin_age(hf__verdict_storms *storms, const hf_event *event)
{
    uint32_t age = hf__heap_map_get(&storms->ages, address_of(event));
    hf__heap_map_set(&storms->ages, address_of(event), age == HF_INDEX_NONE ? 1 : age + 1);
}

void hf__verdict_storms_go_on(hf__verdict_storms *storms, const hf__verdict_facts *run, size_t from)
{
    for (size_t i = from; i < run->seen.count; i++) {
        const hf_event *event = &run->events[i];
        bool failed = is_request(event) && hf__verdict_told_nothing(event);
        if (!failed && (storms->rows.count == 0 || !is_request(event))) /* no row to end */
            continue;
        if (!failed && event->frame_count == 0)
            begin_age(storms, event);
        uint64_t key = origin_of(storms, event);
        uint32_t before = hf__heap_map_get(&storms->rows, key);
        if (!failed && before == HF_INDEX_NONE)
            continue;
        uint32_t row = !failed ? 0 : before == HF_INDEX_NONE ? 1 : before + 1;
        hf__heap_map_set(&storms->rows, key, row);
        if (row > storms->longest.length)
            storms->longest = (hf__verdict_storm){row, i};
    }
}

void hf__verdict_storms_mark(hf__verdict_storms *storms)
{
    storms->marked = storms->longest;
    hf__heap_map_mark(&storms->rows);
    hf__heap_map_mark(&storms->ages);
}

void hf__verdict_storms_rewind(hf__verdict_storms *storms)
{
    storms->longest = storms->marked;
    hf__heap_map_rewind(&storms->rows);
    hf__heap_map_rewind(&storms->ages);
}
