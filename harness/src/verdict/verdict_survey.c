/*
 * The two passes of the survey. Both are linear: what a fault needs to know of the calls behind it is carried forward or backward, never
 * searched for.
 */
#include "verdict_survey.h"

#include "base_alloc.h"
#include "base_random.h"

#include "base_poison.h"

bool hf__survey_is_empty(const hf__survey *survey, size_t event)
{
    const hf_event *call = survey->run->events[event];
    uint32_t block = survey->ledger->touched[event];
    bool dropped = call->complete && call->hr == S_FALSE && block != HF_INDEX_NONE && !survey->ledger->blocks[block].used;
    return hf__told_nothing(call) || dropped;
}

/* A request that got memory, as a step that can be undone. */
static bool is_step(const hf__ledger *ledger, size_t i)
{
    const hf_event *event = ledger->facts->events[i];
    return hf__class_of(event) == HF_CLASS_ACQUIRE && ledger->touched[i] != HF_INDEX_NONE && !hf__told_nothing(event);
}

static void survey_forward(hf__survey *all)
{
    uint32_t ordinal = 0;
    size_t step = HF_NOWHERE;
    for (size_t i = 0; i < all->run->count; i++) {
        const hf_event *event = all->run->events[i];
        bool new_thread = i == 0 || all->run->events[i - 1]->thread != event->thread;
        ordinal = new_thread ? 0 : ordinal;
        step = new_thread ? HF_NOWHERE : step;
        ordinal += hf__counts(event);
        all->ordinal[i] = ordinal;
        all->step[i] = step;
        if (hf__counts(event))
            all->totals[event->thread] = ordinal;
        if (hf__counts(event) && is_step(all->ledger, i))
            step = i;
        bool of_process = event->kind < HF_EVENT_END_EXIT;
        all->last_time = of_process && hf__end_of(event) > all->last_time ? hf__end_of(event) : all->last_time;
    }
}

static uint64_t request_key(const hf_event *event)
{
    uint64_t size = event->kind == HF_METHOD_GET_MEMORY_LOAD ? 0 : event->size;
    const uint64_t parts[] = {event->thread, event->kind, event->address, size, event->type, event->protect, event->pc};
    return hf__hash(HF_HASH_START, parts, sizeof parts);
}

/* From the end, so that each request knows how the same one went on; down to the first that is asked about. */
static void survey_backward(hf__survey *all, size_t first)
{
    hf__map next = {0};
    for (size_t i = all->run->count; i > first; i--) {
        const hf_event *event = all->run->events[i - 1];
        if (!hf__counts(event))
            continue;
        uint64_t key = request_key(event);
        uint32_t again = hf__map_get(&next, key);
        bool near = again != HF_INDEX_NONE && all->ordinal[again] - all->ordinal[i - 1] <= HF_WINDOW_CALLS;
        if (near)
            all->retries[i - 1] = 1 + (hf__told_nothing(all->run->events[again]) ? all->retries[again] : 0);
        hf__map_set(&next, key, (uint32_t)(i - 1));
    }
    hf__map_clear(&next);
}

/* A violation that names no failed call goes back to the last one that its thread had met, if that is not long ago. */
static size_t culprit_of(const hf__survey *all, size_t item)
{
    size_t event = all->violations->items[item].event;
    if (all->violations->culprit[item] != HF_NOWHERE)
        return all->violations->culprit[item];
    uint32_t thread = all->run->events[event]->thread;
    for (size_t i = event; i > 0 && all->run->events[i - 1]->thread == thread; i--) {
        const hf_event *before = all->run->events[i - 1];
        if (all->ordinal[event] - all->ordinal[i - 1] > HF_WINDOW_CALLS)
            return HF_NOWHERE;
        if (hf__counts(before) && (before->injected || hf__is_real_failure(before)) && hf__survey_is_empty(all, i - 1))
            return i - 1;
    }
    return HF_NOWHERE;
}

static void survey_misuse(hf__survey *all)
{
    for (size_t i = 0; i < all->run->count; i++)
        all->misuse[i] = HF_NOWHERE;
    for (size_t i = all->violations->count; i > 0; i--) {
        size_t event = all->violations->items[i - 1].event;
        size_t culprit = hf__clause_is_misuse(hf__violations_clause(all->violations, event)) ? culprit_of(all, i - 1) : HF_NOWHERE;
        if (culprit != HF_NOWHERE)
            all->misuse[culprit] = event;
    }
}

void hf__survey_make(const hf__facts *run, const hf__ledger *ledger, const hf__violations *violations, const hf__background *before, size_t first,
                     hf__survey *out)
{
    *out = (hf__survey){
        .run = run, .ledger = ledger, .violations = violations, .before = before, .manner = hf__facts_manner(run, hf__background_clean(before))};
    out->ordinal = hf__allocate(run->count, sizeof *out->ordinal);
    out->retries = hf__allocate(run->count, sizeof *out->retries);
    out->totals = hf__allocate(run->threads, sizeof *out->totals);
    out->step = hf__allocate(run->count, sizeof *out->step);
    out->misuse = hf__allocate(run->count, sizeof *out->misuse);
    survey_forward(out);
    survey_backward(out, first);
    survey_misuse(out);
}

void hf__survey_clear(hf__survey *survey)
{
    hf__free(survey->ordinal);
    hf__free(survey->retries);
    hf__free(survey->totals);
    hf__free(survey->step);
    hf__free(survey->misuse);
    *survey = (hf__survey){0};
}
