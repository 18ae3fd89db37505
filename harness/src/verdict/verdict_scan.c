/* SPDX-License-Identifier: MIT
 * What a fault needs to know of the calls after it is carried forward, or searched for within its window, so the work for a run is linear.
 */
#include "verdict_scan.h"

#include "heap_alloc.h"

#include <string.h>

#include "base_poison.h"

bool hf__verdict_scan_is_empty(const hf__verdict_scan *scan, size_t event)
{
    const hf_event *call = &scan->run->events[event];
    uint32_t block = scan->ledger->touched[event];
    bool dropped = call->complete && call->hr == S_FALSE && block != HF_INDEX_NONE && !scan->ledger->blocks[block].used;
    return hf__verdict_told_nothing(call) || dropped;
}

/* A request that got memory, as a step that can be undone. */
static bool is_step(const hf__verdict_ledger *ledger, size_t i)
{
    return hf__verdict_class_of(&ledger->facts->events[i]) == HF_CLASS_ACQUIRE && ledger->touched[i] != HF_INDEX_NONE;
}

static void note_outcome(hf__verdict_scan *all, size_t i)
{
    if (hf__verdict_told_nothing(&all->run->events[i])) {
        HF_GROW(all->vain, all->now.vain_count, all->vain_capacity);
        all->vain[all->now.vain_count++] = i;
    } else if (is_step(all->ledger, i)) {
        all->now.step = i;
    }
}

static void note_cause(hf__verdict_scan *all, size_t i)
{
    const hf_event *event = &all->run->events[i];
    const hf_rule *rule = event->injected ? hf__verdict_facts_rule(all->run, event) : NULL;
    bool fails = event->injected ? rule == NULL || !hf__model_rule_only_marks(rule) : hf__verdict_is_real_failure(event);
    if (!fails)
        return;
    HF_GROW(all->causes, all->now.cause_count, all->cause_capacity);
    all->causes[all->now.cause_count++] = (hf__verdict_cause){i, event->injected ? event->more->number : 0};
}

static void make_room(hf__verdict_scan *all)
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

void hf__verdict_scan_go_on(hf__verdict_scan *all, size_t from)
{
    hf__verdict_course *now = &all->now;
    make_room(all);
    for (size_t i = from; i < all->run->seen.count; i++) {
        const hf_event *event = &all->run->events[i];
        bool counts = hf__verdict_counts(event);
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
        if (hf__verdict_is_call(event))
            note_cause(all, i);
        bool of_process = event->kind < HF_EVENT_END_EXIT;
        now->last_time = of_process && hf__verdict_end_of(event) > now->last_time ? hf__verdict_end_of(event) : now->last_time;
    }
}

static bool is_same(const hf_event *a, const hf_event *b)
{
    bool same_size = a->size == b->size || a->kind == HF_METHOD_GET_MEMORY_LOAD;
    return a->kind == b->kind && a->address == b->address && same_size && a->type == b->type && a->protect == b->protect && a->pc == b->pc;
}

/* The same request of the same thread within the window; HF_NOWHERE if there is none. */
static size_t find_again(const hf__verdict_scan *all, size_t event)
{
    const hf__verdict_facts *run = all->run;
    uint32_t last = all->ordinal[event] + HF_WINDOW_CALLS;
    uint32_t thread = run->events[event].thread;
    for (size_t i = event + 1; i < run->count && run->events[i].thread == thread && all->ordinal[i] <= last; i++) {
        if (hf__verdict_counts(&run->events[i]) && is_same(&run->events[event], &run->events[i]))
            return i;
    }
    return HF_NOWHERE;
}

static void count_retries(hf__verdict_scan *all, size_t event)
{
    size_t again = find_again(all, event);
    if (again == HF_NOWHERE)
        return;
    bool goes_on = hf__verdict_told_nothing(&all->run->events[again]);
    all->retries[event - all->first] = 1 + (goes_on ? all->retries[again - all->first] : 0);
}

/* From the end, so that each request that came to nothing knows how the same one went on. */
static void scan_retries(hf__verdict_scan *all)
{
    all->retries = hf__allocate(all->run->count - all->first, sizeof *all->retries);
    for (size_t i = all->now.vain_count; i > 0 && all->vain[i - 1] >= all->first; i--)
        count_retries(all, all->vain[i - 1]);
    for (size_t i = 0; i < all->now.cause_count; i++) {
        if (hf__verdict_counts(&all->run->events[all->causes[i].event]))
            count_retries(all, all->causes[i].event);
    }
}

/* The last failed call that a thread had met before this one, if that is not long ago. */
static size_t failed_before(const hf__verdict_scan *all, size_t event)
{
    uint32_t thread = all->run->events[event].thread;
    for (size_t i = event; i > 0 && all->run->events[i - 1].thread == thread; i--) {
        const hf_event *before = &all->run->events[i - 1];
        if (all->ordinal[event] - all->ordinal[i - 1] > HF_WINDOW_CALLS)
            return HF_NOWHERE;
        if (hf__verdict_counts(before) && (before->injected || hf__verdict_is_real_failure(before)) && hf__verdict_scan_is_empty(all, i - 1))
            return i - 1;
    }
    return HF_NOWHERE;
}

/* A violation that names no failed call goes back to the last one before it; of what was given back twice, also to the last one before the first
 * time: an error path gives it back, and its owner again, however much later. */
static size_t culprit_of(const hf__verdict_scan *all, size_t item)
{
    const struct hf__violation_origin *origin = &all->violations->origins[item];
    size_t culprit = origin->culprit;
    if (culprit == HF_NOWHERE)
        culprit = failed_before(all, all->violations->items[item].event);
    if (culprit == HF_NOWHERE && origin->given != HF_NOWHERE)
        culprit = failed_before(all, origin->given);
    return culprit;
}

static void scan_misuse(hf__verdict_scan *all)
{
    size_t count = all->run->count - all->first;
    if (all->violations->count == 0)
        return;
    all->misuse = hf__allocate(count, sizeof *all->misuse);
    for (size_t i = 0; i < count; i++)
        all->misuse[i] = HF_NOWHERE;
    for (size_t i = all->violations->count; i > 0; i--) {
        size_t event = all->violations->items[i - 1].event;
        hf__verdict_clause clause = hf__verdict_violations_clause(all->violations, event);
        bool goes_back = hf__verdict_clause_misuse(clause) != HF_MISUSE_NONE && !hf__verdict_background_breaks(all->before, all->run, event, clause);
        size_t culprit = goes_back ? culprit_of(all, i - 1) : HF_NOWHERE;
        if (culprit != HF_NOWHERE && culprit >= all->first)
            all->misuse[culprit - all->first] = event;
    }
}

static size_t first_event(const hf__verdict_scan *all)
{
    size_t first = all->run->count;
    for (size_t i = 0; i < all->now.cause_count; i++)
        first = all->causes[i].event < first ? all->causes[i].event : first;
    return first;
}

void hf__verdict_scan_begin(hf__verdict_scan *scan, const hf__verdict_facts *run, const hf__verdict_ledger *ledger,
                            const hf__verdict_violations *violations, const hf__verdict_background *before)
{
    *scan = (hf__verdict_scan){.run = run, .ledger = ledger, .violations = violations, .before = before, .now = {.step = HF_NOWHERE}};
}

static void forget_answers(hf__verdict_scan *scan)
{
    hf__free(scan->retries);
    hf__free(scan->misuse);
    hf__verdict_align_clear(&scan->align);
    scan->retries = NULL;
    scan->misuse = NULL;
}

void hf__verdict_scan_finish(hf__verdict_scan *scan)
{
    forget_answers(scan);
    scan->manner = hf__verdict_facts_manner(scan->run, hf__verdict_background_clean(scan->before));
    scan->first = first_event(scan);
    if (scan->now.cause_count == 0)
        return;
    hf__verdict_align_make(&scan->align, scan->run, scan->before, scan->first);
    scan_retries(scan);
    scan_misuse(scan);
}

/* There is no other thread than the first at a mark. */
void hf__verdict_scan_mark(hf__verdict_scan *scan)
{
    scan->marked = scan->now;
    scan->marked.first_total = scan->thread_count > 0 ? scan->totals[0] : 0;
}

void hf__verdict_scan_rewind(hf__verdict_scan *scan)
{
    scan->now = scan->marked;
    if (scan->thread_count > 0) {
        memset(scan->totals, 0, scan->thread_count * sizeof *scan->totals);
        scan->totals[0] = scan->marked.first_total;
    }
}

void hf__verdict_scan_clear(hf__verdict_scan *scan)
{
    forget_answers(scan);
    hf__free(scan->ordinal);
    hf__free(scan->totals);
    hf__free(scan->step);
    hf__free(scan->causes);
    hf__free(scan->vain);
    *scan = (hf__verdict_scan){0};
}
