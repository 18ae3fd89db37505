/* SPDX-License-Identifier: MIT
 * Reads the clean runs.
 */
#include "verdict_background.h"
#include "trace_compare.h"
#include "verdict_scan.h"

#include "heap_alloc.h"
#include "base_error.h"
#include "base_random.h"

#include "base_poison.h"

static hf_status gather(const hf_trace *trace, const char *which, hf__verdict_facts *out, hf_error *err)
{
    hf_error inner = {0};
    hf_status status = hf__verdict_facts_read(trace, out, &inner);
    return status == HF_OK ? HF_OK : HF_FAIL(err, status, "%s: %s", which, inner.message);
}

static void list_calls(hf__verdict_background *background)
{
    const hf__verdict_facts *clean = &background->clean;
    size_t count = 0, thread = 0;
    background->calls = hf__allocate(clean->count, sizeof *background->calls);
    background->calls_from = hf__allocate(clean->threads + 1, sizeof *background->calls_from);
    for (size_t i = 0; i < clean->count; i++) {
        while (thread < clean->events[i].thread)
            background->calls_from[++thread] = count;
        if (hf__verdict_counts(&clean->events[i]))
            background->calls[count++] = i;
    }
    while (thread < clean->threads)
        background->calls_from[++thread] = count;
}

/* Sizes are folded to 32 bits, with one bit set so that none is 0. */
static void note_request(hf__verdict_background *background, const hf_event *event)
{
    uint64_t place = hf__verdict_facts_place(&background->clean, event->pc);
    uint32_t size = (uint32_t)hf__random(event->size, 0, event->kind) >> 1 | 1;
    uint32_t before = hf__heap_map_get(&background->places, place);
    if (before != size)
        hf__heap_map_set(&background->places, place, before == HF_INDEX_NONE ? size : 0);
}

static uint64_t breach_key(const hf__verdict_facts *facts, size_t event, hf__verdict_clause clause)
{
    return hf__random(hf__verdict_facts_place(facts, facts->events[event].pc), (uint64_t)clause, facts->events[event].kind);
}

bool hf__verdict_background_breaks(const hf__verdict_background *background, const hf__verdict_facts *run, size_t event, hf__verdict_clause clause)
{
    return background->has_clean && hf__heap_map_get(&background->broken, breach_key(run, event, clause)) != HF_INDEX_NONE;
}

static void replay(hf__verdict_background *background)
{
    const hf__verdict_facts *clean = &background->clean;
    hf__verdict_ledger ledger;
    hf__verdict_violations violations;
    hf__verdict_ledger_begin(&ledger, clean);
    hf__verdict_violations_begin(&violations);
    hf__verdict_violations_find(&violations, clean, &ledger, 0, 0);
    background->left = hf__verdict_left_find(&ledger);

    for (size_t i = 0; i < violations.count; i++) {
        size_t event = violations.items[i].event;
        hf__heap_map_set(&background->broken, breach_key(clean, event, hf__verdict_violations_clause(&violations, event)), 1);
    }

    hf__verdict_violations_clear(&violations);
    hf__verdict_ledger_clear(&ledger);
    for (size_t i = 0; i < clean->count; i++) {
        const hf_event *event = &clean->events[i];
        if (hf__verdict_counts(event) && hf__verdict_gives_back(event))
            hf__heap_map_set(&background->releases, hf__verdict_facts_place(clean, event->pc), 1);
        if (hf__verdict_counts(event) && hf__verdict_class_of(event) == HF_CLASS_ACQUIRE)
            note_request(background, event);
    }

    list_calls(background);
}

bool hf__verdict_background_is_shared(const hf__verdict_background *background, uint64_t place)
{
    return background->has_clean && hf__heap_map_get(&background->places, place) == 0;
}

hf_status hf__verdict_background_make(const hf_trace *clean, const hf_trace *clean2, hf__verdict_background *out, hf_error *err)
{
    *out = (hf__verdict_background){.has_clean = false};
    hf_status status = HF_OK;
    if (clean != NULL) {
        status = gather(clean, "the clean run", &out->clean, err);
        out->has_clean = status == HF_OK;
    }
    if (status == HF_OK && clean2 != NULL) {
        status = gather(clean2, "the second clean run", &out->clean2, err);
        out->has_clean2 = status == HF_OK;
    }
    if (out->has_clean)
        replay(out);
    bool is_unmodified = out->has_clean && (out->clean.plan->flags & HF_PLAN_UNMODIFIED) != 0;
    out->calls_vary = is_unmodified && (!out->has_clean2 || hf__trace_first_request_difference(clean, clean2, NULL));
    return status;
}

void hf__verdict_background_clear(hf__verdict_background *background)
{
    hf__heap_map_clear(&background->releases);
    hf__heap_map_clear(&background->places);
    hf__heap_map_clear(&background->broken);
    hf__free(background->calls);
    hf__free(background->calls_from);
    hf__verdict_left_clear(&background->left);
    hf__verdict_facts_clear(&background->clean);
    hf__verdict_facts_clear(&background->clean2);
}
