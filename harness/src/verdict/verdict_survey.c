/*
 * What a fault needs to know of the calls behind it is carried forward, or looked for within its window: the work for a run is linear.
 */
#include "verdict_survey.h"

#include "base_alloc.h"

#include <string.h>

#include "base_poison.h"

bool hf__survey_is_empty(const hf__survey *survey, size_t event)
{
    const hf_event *call = &survey->run->events[event];
    uint32_t block = survey->ledger->touched[event];
    bool dropped = call->complete && call->hr == S_FALSE && block != HF_INDEX_NONE && !survey->ledger->blocks[block].used;
    return hf__told_nothing(call) || dropped;
}

/* A request that got memory, as a step that can be undone. */
static bool is_step(const hf__ledger *ledger, size_t i)
{
    return hf__class_of(&ledger->facts->events[i]) == HF_CLASS_ACQUIRE && ledger->touched[i] != HF_INDEX_NONE;
}

static void note_outcome(hf__survey *all, size_t i)
{
    if (hf__told_nothing(&all->run->events[i])) {
        HF_GROW(all->vain, all->now.vain_count, all->vain_capacity);
        all->vain[all->now.vain_count++] = i;
    } else if (is_step(all->ledger, i)) {
        all->now.step = i;
    }
}

static void note_cause(hf__survey *all, size_t i)
{
    const hf_event *event = &all->run->events[i];
    const hf_rule *rule = event->injected ? hf__facts_rule(all->run, event) : NULL;
    bool fails = event->injected ? rule == NULL || !hf__rule_only_marks(rule) : hf__is_real_failure(event);
    if (!fails)
        return;
    HF_GROW(all->causes, all->now.cause_count, all->cause_capacity);
    all->causes[all->now.cause_count++] = (hf__cause){i, event->injected ? event->number : 0};
}

static void expect(hf__survey *all)
{
    if (all->run->count > all->event_capacity) {
        all->event_capacity = all->run->count > all->event_capacity * 2 ? all->run->count : all->event_capacity * 2;
        all->ordinal = hf__reallocate(all->ordinal, all->event_capacity, sizeof *all->ordinal);
        all->step = hf__reallocate(all->step, all->event_capacity, sizeof *all->step);
    }
    if (all->run->threads > all->thread_count) {
        all->totals = hf__reallocate(all->totals, all->run->threads, sizeof *all->totals);
        memset(all->totals + all->thread_count, 0, (all->run->threads - all->thread_count) * sizeof *all->totals);
        all->thread_count = all->run->threads;
    }
}

void hf__survey_go_on(hf__survey *all, size_t from)
{
    hf__course *now = &all->now;
    expect(all);
    for (size_t i = from; i < all->run->seen.count; i++) {
        const hf_event *event = &all->run->events[i];
        bool counts = hf__counts(event);
        if (i == 0 || event->thread != event[-1].thread) {
            now->ordinal = 0;
            now->step = HF_NOWHERE;
        }
        now->ordinal += counts;
        all->ordinal[i] = now->ordinal;
        all->step[i] = now->step;
        if (counts) {
            all->totals[event->thread] = now->ordinal;
            note_outcome(all, i);
        }
        if (hf__is_call(event))
            note_cause(all, i);
        bool of_process = event->kind < HF_EVENT_END_EXIT;
        now->last_time = of_process && hf__end_of(event) > now->last_time ? hf__end_of(event) : now->last_time;
    }
}

static bool is_same(const hf_event *a, const hf_event *b)
{
    bool same_size = a->size == b->size || a->kind == HF_METHOD_GET_MEMORY_LOAD;
    return a->kind == b->kind && a->address == b->address && same_size && a->type == b->type && a->protect == b->protect && a->pc == b->pc;
}

/* The same request of the same thread within the window; HF_NOWHERE if there is none. */
static size_t find_again(const hf__survey *all, size_t event)
{
    const hf__facts *run = all->run;
    uint32_t last = all->ordinal[event] + HF_WINDOW_CALLS;
    uint32_t thread = run->events[event].thread;
    for (size_t i = event + 1; i < run->count && run->events[i].thread == thread && all->ordinal[i] <= last; i++) {
        if (hf__counts(&run->events[i]) && is_same(&run->events[event], &run->events[i]))
            return i;
    }
    return HF_NOWHERE;
}

static void count_retries(hf__survey *all, size_t event)
{
    size_t again = find_again(all, event);
    if (again == HF_NOWHERE)
        return;
    bool goes_on = hf__told_nothing(&all->run->events[again]);
    all->retries[event - all->first] = 1 + (goes_on ? all->retries[again - all->first] : 0);
}

/* From the end, so that each request that came to nothing knows how the same one went on. */
static void survey_retries(hf__survey *all)
{
    all->retries = hf__allocate(all->run->count - all->first, sizeof *all->retries);
    for (size_t i = all->now.vain_count; i > 0 && all->vain[i - 1] >= all->first; i--)
        count_retries(all, all->vain[i - 1]);
    for (size_t i = 0; i < all->now.cause_count; i++) {
        if (hf__counts(&all->run->events[all->causes[i].event]))
            count_retries(all, all->causes[i].event);
    }
}

/* The last failed call that a thread had met before this one, if that is not long ago. */
static size_t failed_before(const hf__survey *all, size_t event)
{
    uint32_t thread = all->run->events[event].thread;
    for (size_t i = event; i > 0 && all->run->events[i - 1].thread == thread; i--) {
        const hf_event *before = &all->run->events[i - 1];
        if (all->ordinal[event] - all->ordinal[i - 1] > HF_WINDOW_CALLS)
            return HF_NOWHERE;
        if (hf__counts(before) && (before->injected || hf__is_real_failure(before)) && hf__survey_is_empty(all, i - 1))
            return i - 1;
    }
    return HF_NOWHERE;
}

/* A violation that names no failed call goes back to the last one before it; of what was given back twice, also to the last one before the first
 * time: an error path gives it back, and its owner again, however much later. */
static size_t culprit_of(const hf__survey *all, size_t item)
{
    const struct hf__violation_origin *origin = &all->violations->origins[item];
    size_t culprit = origin->culprit;
    if (culprit == HF_NOWHERE)
        culprit = failed_before(all, all->violations->items[item].event);
    if (culprit == HF_NOWHERE && origin->given != HF_NOWHERE)
        culprit = failed_before(all, origin->given);
    return culprit;
}

static void survey_misuse(hf__survey *all)
{
    size_t count = all->run->count - all->first;
    if (all->violations->count == 0)
        return;
    all->misuse = hf__allocate(count, sizeof *all->misuse);
    for (size_t i = 0; i < count; i++)
        all->misuse[i] = HF_NOWHERE;
    for (size_t i = all->violations->count; i > 0; i--) {
        size_t event = all->violations->items[i - 1].event;
        hf__clause clause = hf__violations_clause(all->violations, event);
        bool goes_back = hf__clause_misuse(clause) != HF_MISUSE_NONE && !hf__background_breaks(all->before, all->run, event, clause);
        size_t culprit = goes_back ? culprit_of(all, i - 1) : HF_NOWHERE;
        if (culprit != HF_NOWHERE && culprit >= all->first)
            all->misuse[culprit - all->first] = event;
    }
}

static size_t first_event(const hf__survey *all)
{
    size_t first = all->run->count;
    for (size_t i = 0; i < all->now.cause_count; i++)
        first = all->causes[i].event < first ? all->causes[i].event : first;
    return first;
}

void hf__survey_begin(hf__survey *survey, const hf__facts *run, const hf__ledger *ledger, const hf__violations *violations,
                      const hf__background *before)
{
    *survey = (hf__survey){.run = run, .ledger = ledger, .violations = violations, .before = before, .now = {.step = HF_NOWHERE}};
}

static void forget_answers(hf__survey *survey)
{
    hf__free(survey->retries);
    hf__free(survey->misuse);
    hf__align_clear(&survey->align);
    survey->retries = NULL;
    survey->misuse = NULL;
}

void hf__survey_finish(hf__survey *survey)
{
    forget_answers(survey);
    survey->manner = hf__facts_manner(survey->run, hf__background_clean(survey->before));
    survey->first = first_event(survey);
    if (survey->now.cause_count == 0)
        return;
    hf__align_make(&survey->align, survey->run, survey->before, survey->first);
    survey_retries(survey);
    survey_misuse(survey);
}

/* There is no other thread than the first at a mark. */
void hf__survey_mark(hf__survey *survey)
{
    survey->marked = survey->now;
    survey->marked.first_total = survey->thread_count > 0 ? survey->totals[0] : 0;
}

void hf__survey_rewind(hf__survey *survey)
{
    survey->now = survey->marked;
    if (survey->thread_count > 0) {
        memset(survey->totals, 0, survey->thread_count * sizeof *survey->totals);
        survey->totals[0] = survey->marked.first_total;
    }
}

void hf__survey_clear(hf__survey *survey)
{
    forget_answers(survey);
    hf__free(survey->ordinal);
    hf__free(survey->totals);
    hf__free(survey->step);
    hf__free(survey->causes);
    hf__free(survey->vain);
    *survey = (hf__survey){0};
}
