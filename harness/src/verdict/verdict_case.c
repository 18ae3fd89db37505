/*
 * A case as the sum of its parts: each gathers, marks and rewinds for itself.
 */
#include "verdict_judge.h"

#include "base_poison.h"

void hf__case_begin(hf__case *judged, const hf__background *before)
{
    *judged = (hf__case){.before = before, .storms = {.longest = {.event = HF_NOWHERE}}};
    hf__facts_init(&judged->run);
    hf__ledger_begin(&judged->ledger, &judged->run);
    hf__violations_begin(&judged->violations);
    hf__survey_begin(&judged->survey, &judged->run, &judged->ledger, &judged->violations, before);
}

void hf__case_clear(hf__case *judged)
{
    hf__ledger_clear(&judged->ledger);
    hf__violations_clear(&judged->violations);
    hf__survey_clear(&judged->survey);
    hf__map_clear(&judged->storms.rows);
    hf__map_clear(&judged->storms.ages);
    hf__leaks_clear(&judged->leaks);
    hf__responses_clear(&judged->responses);
    hf__facts_clear(&judged->run);
}

void hf__case_look_at(hf__case *judged, const hf_trace *trace)
{
    hf__facts_look_at(&judged->run, trace);
}

void hf__case_go_on(hf__case *judged, size_t end)
{
    size_t from = judged->run.seen.count;
    size_t from_order = judged->run.seen.order_count;
    if (end <= from)
        return;
    hf__facts_gather(&judged->run, end);
    hf__violations_find(&judged->violations, &judged->run, &judged->ledger, from, from_order);
    hf__survey_go_on(&judged->survey, from);
    hf__storms_go_on(&judged->storms, &judged->run, from);
}

void hf__case_mark(hf__case *judged)
{
    judged->marked = judged->run.seen;
    hf__ledger_mark(&judged->ledger);
    hf__violations_mark(&judged->violations);
    hf__survey_mark(&judged->survey);
    hf__storms_mark(&judged->storms);
}

void hf__case_rewind(hf__case *judged)
{
    judged->run.seen = judged->marked;
    hf__ledger_rewind(&judged->ledger);
    hf__violations_rewind(&judged->violations);
    hf__survey_rewind(&judged->survey);
    hf__storms_rewind(&judged->storms);
    hf__leaks_clear(&judged->leaks);
    hf__responses_clear(&judged->responses);
}
