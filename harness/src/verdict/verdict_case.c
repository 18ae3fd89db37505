/* SPDX-License-Identifier: MIT
 * A case as the sum of its parts, each of which gathers, marks and rewinds on its own.
 */
#include "verdict_judge.h"

#include "base_poison.h"

void hf__verdict_case_begin(hf__verdict_case *judged, const hf__verdict_background *before)
{
    *judged = (hf__verdict_case){.before = before, .storms = {.longest = {.event = HF_NOWHERE}}};
    hf__verdict_facts_init(&judged->run);
    hf__verdict_ledger_begin(&judged->ledger, &judged->run);
    hf__verdict_violations_begin(&judged->violations);
    hf__verdict_scan_begin(&judged->scan, &judged->run, &judged->ledger, &judged->violations, before);
}

void hf__verdict_case_clear(hf__verdict_case *judged)
{
    hf__verdict_ledger_clear(&judged->ledger);
    hf__verdict_violations_clear(&judged->violations);
    hf__verdict_scan_clear(&judged->scan);
    hf__heap_map_clear(&judged->storms.rows);
    hf__heap_map_clear(&judged->storms.ages);
    hf__verdict_leaks_clear(&judged->leaks);
    hf__verdict_responses_clear(&judged->responses);
    hf__verdict_facts_clear(&judged->run);
}

void hf__verdict_case_look_at(hf__verdict_case *judged, const hf_trace *trace)
{
    hf__verdict_facts_look_at(&judged->run, trace);
}

void hf__verdict_case_go_on(hf__verdict_case *judged, size_t end)
{
    size_t from = judged->run.seen.count;
    size_t from_order = judged->run.seen.order_count;
    if (end <= from)
        return;
    hf__verdict_facts_gather(&judged->run, end);
    hf__verdict_violations_find(&judged->violations, &judged->run, &judged->ledger, from, from_order);
    hf__verdict_scan_go_on(&judged->scan, from);
    hf__verdict_storms_go_on(&judged->storms, &judged->run, from);
}

void hf__verdict_case_mark(hf__verdict_case *judged)
{
    judged->marked = judged->run.seen;
    hf__verdict_ledger_mark(&judged->ledger);
    hf__verdict_violations_mark(&judged->violations);
    hf__verdict_scan_mark(&judged->scan);
    hf__verdict_storms_mark(&judged->storms);
}

void hf__verdict_case_rewind(hf__verdict_case *judged)
{
    judged->run.seen = judged->marked;
    hf__verdict_ledger_rewind(&judged->ledger);
    hf__verdict_violations_rewind(&judged->violations);
    hf__verdict_scan_rewind(&judged->scan);
    hf__verdict_storms_rewind(&judged->storms);
    hf__verdict_leaks_clear(&judged->leaks);
    hf__verdict_responses_clear(&judged->responses);
}
