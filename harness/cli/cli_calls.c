/* SPDX-License-Identifier: MIT
 * See the header.
 */
#include "cli_calls.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_random.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

/* A place is a stack if stacks were recorded, otherwise the call's return address. */
static void count_site(hf_cli_call_count *count, const hf_event *event)
{
    uint64_t place = event->frame_count > 0 ? hf__hash(HF_HASH_START, event->frames, event->frame_count * sizeof *event->frames) : event->pc;
    for (size_t i = 0; i < count->site_count; i++)
        if (count->sites[i] == place)
            return;
    HF_GROW(count->sites, count->site_count, count->site_capacity);
    count->sites[count->site_count++] = place;
}

void hf__cli_calls_count(const hf_trace *trace, hf_cli_calls *out)
{
    *out = (hf_cli_calls){0};
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->kind >= HF_METHOD_COUNT || event->paused != 0)
            continue;
        hf_cli_call_count *count = &out->items[hf__model_call_name_index(event->kind, event->function)];
        count->calls++;
        count->failed += FAILED(event->hr) ? 1 : 0;
        count->bytes += hf__model_method((hf_method)event->kind)->class_ == HF_CLASS_ACQUIRE ? event->size : 0;
        count_site(count, event);
    }
}

const char *hf__cli_calls_name(unsigned index)
{
    bool is_method = index < HF_METHOD_COUNT;
    return hf__model_call_name(is_method ? index : 0, is_method ? HF_FUNCTION_NONE : index - HF_METHOD_COUNT);
}

hf_report_table hf__cli_calls_table(const hf_cli_calls *calls)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"method", "calls", "places", "failed", "bytes", NULL});
    for (unsigned i = 0; i < HF_CALL_NAMES; i++) {
        const hf_cli_call_count *count = &calls->items[i];
        if (count->calls == 0)
            continue;
        char cells[4][32];
        const uint64_t numbers[4] = {count->calls, count->site_count, count->failed, count->bytes};
        for (size_t k = 0; k < 4; k++)
            (void)snprintf(cells[k], sizeof cells[k], "%llu", (unsigned long long)numbers[k]);
        hf__report_table_add(&table, (const char *const[]){hf__cli_calls_name(i), cells[0], cells[1], cells[2], cells[3]});
    }
    return table;
}

void hf__cli_calls_clear(hf_cli_calls *calls)
{
    for (unsigned i = 0; i < HF_CALL_NAMES; i++)
        hf__free(calls->items[i].sites);
}
