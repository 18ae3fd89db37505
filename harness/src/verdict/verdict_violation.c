/* SPDX-License-Identifier: MIT
 * Finds violations: every call is checked against the clauses about its method, in the order of time, with the ledger as it was just before the call.
 * verdict_clause.c says what the clauses are.
 */
#include "verdict_clause.h"

#include "heap_alloc.h"
#include "base_check.h"
#include "trace_names.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

typedef hf__verdict_inquiry inquiry;

static bool is_heap_call(const hf_event *event)
{
    return event->kind == HF_METHOD_MALLOC_ALLOC || event->kind == HF_METHOD_MALLOC_DEBUG_ALLOC || event->kind == HF_METHOD_MALLOC_FREE;
}

/* Did every heap that the caller was given come without MALLOC_THREADSAFE? A trace does not say which heap a call is for. */
static bool heaps_are_unsafe(const hf__verdict_facts *facts)
{
    size_t safe = 0, unsafe = 0;
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->events[i].kind != HF_METHOD_CREATE_MALLOC || hf__verdict_told_nothing(&facts->events[i]))
            continue;
        safe += (facts->events[i].type & MALLOC_THREADSAFE) != 0;
        unsafe += (facts->events[i].type & MALLOC_THREADSAFE) == 0;
    }
    return unsafe > 0 && safe == 0;
}

typedef struct span {
    uint64_t start, end;
    size_t event;
} span;

static int compare_spans(const void *a, const void *b)
{
    const span *left = a, *right = b;
    return left->start < right->start ? -1 : left->start > right->start;
}

/* Durations are recorded short of the truth, never beyond it, so two spans that overlap are two calls that did. */
static size_t find_unserialised(const hf__verdict_facts *facts)
{
    size_t found = HF_NOWHERE, count = 0;
    if (!facts->seen.alternate || !heaps_are_unsafe(facts))
        return found;
    span *spans = hf__allocate(facts->count, sizeof *spans);
    for (size_t i = 0; i < facts->count; i++) {
        const hf_event *event = &facts->events[i];
        if (is_heap_call(event) && event->complete && !event->sticky)
            spans[count++] = (span){event->start, event->start + event->duration, i};
    }

    qsort(spans, count, sizeof *spans, compare_spans);
    for (size_t i = 1, last = 0; i < count && found == HF_NOWHERE; i++) {
        bool overlaps = spans[i].start < spans[last].end && facts->events[spans[i].event].thread != facts->events[spans[last].event].thread;
        found = overlaps ? spans[i].event : HF_NOWHERE;
        last = spans[i].end > spans[last].end ? i : last;
    }

    hf__free(spans);
    return found;
}

static hf__verdict_target target_of(const hf__verdict_ledger *ledger, const hf_event *event)
{
    bool gives_back = event->kind == HF_METHOD_MALLOC_FREE || (event->kind == HF_METHOD_VIRTUAL_FREE && (event->type & MEM_RELEASE) != 0);
    return gives_back ? hf__verdict_ledger_release_target(ledger, event) : hf__verdict_ledger_region(ledger, event->address);
}

static void add_violation(hf__verdict_violations *out, const inquiry *q, hf__verdict_clause clause)
{
    HF_GROW(out->items, out->count, out->capacity);
    out->origins = out->capacity != out->origin_capacity ? hf__reallocate(out->origins, out->capacity, sizeof *out->origins) : out->origins;
    out->origin_capacity = out->capacity;
    out->origins[out->count] = q->origin;
    hf_verdict_violation *item = &out->items[out->count++];
    *item = (hf_verdict_violation){.event = q->index, .clause = hf__verdict_clause_text(clause)};
    hf__text_copy(item->detail, sizeof item->detail, hf__text(q->detail->buffer));
    out->clause_plus_one[q->index] = (uint8_t)(clause + 1);
}

/* What a call shows by itself. Of an unmodified program not every call is seen: memory that is not known may have come another way (a mapped file,
 * before the hook), what is known may have gone and come again. What it does with memory is then wrong if the system says so. */
#define CLAUSES_OF_THE_CALL                                                                                                                          \
    (1u << HF_CLAUSE_SIGNAL | 1u << HF_CLAUSE_AFTER_E_FAIL | 1u << HF_CLAUSE_RELEASE_SIZE | 1u << HF_CLAUSE_FREE_TYPE |                              \
     1u << HF_CLAUSE_FAILED_CALL | 1u << HF_CLAUSE_AFTER_FAULT)

#define CLAUSES_OF_A_HOST                                                                                                                            \
    (1u << HF_CLAUSE_HOST_NULL | 1u << HF_CLAUSE_HOST_ABSENT | 1u << HF_CLAUSE_HOST_ACCEPTED | 1u << HF_CLAUSE_HOST_KEPT |                           \
     1u << HF_CLAUSE_HOST_LEAKED)

/* After a block that was shorter than the caller was told, canaries show what the host did. */
static bool gave_too_little(const hf__verdict_facts *facts)
{
    for (uint32_t i = 0; i < facts->plan->rule_count && i < HF_RULES_MAX; i++) {
        bool fired = (facts->seen.rules_fired[i / 64] >> i % 64 & 1) != 0;
        if (fired && hf__model_plan_rules(facts->plan)[i].lie == HF_LIE_SHORT)
            return true;
    }
    return false;
}

/* A call from a handler, a refused one, and one that was answered by the failed state did nothing else that could be wrong. */
static uint32_t clauses_for(const hf__verdict_violations *out, const hf__verdict_facts *facts, const hf_event *event)
{
    if (event->kind == HF_EVENT_DAMAGE && gave_too_little(facts))
        return 0;
    if (event->kind == HF_EVENT_DAMAGE)
        return 1u << HF_CLAUSE_OVERRUN | 1u << HF_CLAUSE_WRITE_FREED | 1u << HF_CLAUSE_ACCESS_BEHIND | 1u << HF_CLAUSE_ACCESS_FREED;
    if (event->kind == HF_EVENT_HOST)
        return CLAUSES_OF_A_HOST;
    if (event->kind == HF_EVENT_REFUSED)
        return 1u << HF_CLAUSE_SIGNAL;
    if (!hf__verdict_is_call(event))
        return 0;
    if (event->function != HF_FUNCTION_NONE) /* what POSIX allows is not what Win32 does, and the C library itself ends a program that breaks it */
        return out->clauses_of[event->kind] & (1u << HF_CLAUSE_SIGNAL | 1u << HF_CLAUSE_FAILED_CALL | 1u << HF_CLAUSE_AFTER_FAULT);
    bool is_doubtful = (facts->plan->flags & HF_PLAN_UNMODIFIED) != 0 && !hf__verdict_host_refused(event);
    return out->clauses_of[event->kind] & (event->sticky ? (2u << HF_CLAUSE_AFTER_E_FAIL) - 1 : ~0u) & (is_doubtful ? CLAUSES_OF_THE_CALL : ~0u);
}

#define BIT(method) (1u << HF_METHOD_##method)
#define USE_ADDRESS (BIT(VIRTUAL_ALLOC) | BIT(VIRTUAL_FREE) | BIT(VIRTUAL_PROTECT) | BIT(MALLOC_FREE))

static void look_up(inquiry *q)
{
    bool uses_address = hf__verdict_is_call(q->event) && (USE_ADDRESS >> q->event->kind & 1) != 0;
    if (uses_address)
        q->target = target_of(q->ledger, q->event);
    q->at = q->target.block != HF_INDEX_NONE ? &q->ledger->blocks[q->target.block] : NULL;
    if (!hf__verdict_pages_of(q->event, &q->first, &q->end))
        q->end = UINT64_MAX;
}

static void judge_call(hf__verdict_violations *out, const hf__verdict_facts *facts, const hf__verdict_ledger *ledger, size_t index)
{
    char text[sizeof out->items->detail];
    hf__builder detail = hf__builder_init(text, sizeof text);
    inquiry q = {facts, ledger, out, &facts->events[index], index, {HF_INDEX_NONE, false}, NULL, 0, 0, {HF_NOWHERE, HF_NOWHERE}, &detail};
    look_up(&q);
    uint32_t left = clauses_for(out, facts, q.event);
    for (unsigned clause = 0; left >> clause != 0; clause++) {
        if ((left >> clause & 1) != 0 && hf__verdict_clauses[clause].is_broken(&q)) {
            add_violation(out, &q, (hf__verdict_clause)clause);
            return;
        }
    }
}

/* In strict mode: the failure that a thread has met, until it says that it goes on without or that the failure has surfaced. */
static void learn_strict(hf__verdict_violations *out, const hf__verdict_facts *facts, size_t index)
{
    const hf_event *event = &facts->events[index];
    size_t *refused = &out->refused[event->thread];
    if (event->kind == HF_EVENT_EXPECT || event->kind == HF_EVENT_RESULT || event->kind == HF_EVENT_CHECK)
        *refused = HF_NOWHERE;
    if (!hf__verdict_is_call(event) || !event->injected || !hf__verdict_told_nothing(event))
        return;
    const hf_rule *rule = hf__verdict_facts_rule(facts, event);
    hf_class class_ = hf__verdict_class_of(event);
    bool marks = rule != NULL && hf__model_rule_only_marks(rule);
    if (!marks && (class_ == HF_CLASS_ACQUIRE || class_ == HF_CLASS_PROTECT))
        *refused = index;
}

static void learn_from_call(hf__verdict_violations *out, const hf__verdict_facts *facts, const hf_event *event)
{
    if (!hf__verdict_is_call(event))
        return;
    const hf_rule *rule = event->injected ? hf__verdict_facts_rule(facts, event) : NULL;
    bool fatal = event->hr == E_FAIL && rule != NULL && rule->returns && rule->sticks;
    if (event->kind == HF_METHOD_ON_MEMORY_NOTIFICATION && !event->sticky) /* its answer goes to the host, not to the caller */
        return;
    if (event->thread < out->thread_count)
        out->told_dead[event->thread] |= fatal || event->sticky;
}

HF_STATIC_ASSERT(HF_CLAUSE_COUNT <= 31, "the clauses of a method are bits of a word");

void hf__verdict_violations_begin(hf__verdict_violations *violations)
{
    *violations = (hf__verdict_violations){.unserialised = HF_NOWHERE};
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++) {
        for (unsigned clause = 0; clause < HF_CLAUSE_COUNT; clause++)
            violations->clauses_of[method] |= (hf__verdict_clauses[clause].methods >> method & 1) << clause;
    }
}

static void forget_refused(hf__verdict_violations *out, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        out->refused[i] = HF_NOWHERE;
}

static void make_room(hf__verdict_violations *out, const hf__verdict_facts *facts, size_t from)
{
    if (facts->count > out->event_capacity) {
        out->event_capacity = facts->count > out->event_capacity * 2 ? facts->count : out->event_capacity * 2;
        out->clause_plus_one = hf__reallocate(out->clause_plus_one, out->event_capacity, 1);
    }
    memset(out->clause_plus_one + from, 0, facts->seen.count - from);
    if (facts->threads > out->thread_count) {
        out->told_dead = hf__reallocate(out->told_dead, facts->threads, 1);
        out->refused = hf__reallocate(out->refused, facts->threads, sizeof *out->refused);
        memset(out->told_dead + out->thread_count, 0, facts->threads - out->thread_count);
        forget_refused(out, out->thread_count, facts->threads);
        out->thread_count = facts->threads;
    }
}

#define SOON 8u /* events: as long as memory takes to answer */

void hf__verdict_violations_find(hf__verdict_violations *violations, const hf__verdict_facts *facts, hf__verdict_ledger *ledger, size_t from,
                                 size_t from_order)
{
    make_room(violations, facts, from);
    hf__verdict_ledger_expect(ledger, from, facts->seen.count);
    violations->unserialised = find_unserialised(facts);
    bool is_strict = (facts->plan->flags & HF_PLAN_STRICT) != 0;
    for (size_t i = from_order; i < facts->seen.order_count; i++) {
        const hf_event *event = &facts->events[facts->order[i]];
        if (i + SOON < facts->seen.order_count)
            hf__verdict_ledger_prefetch(ledger, facts->order[i + SOON]);
        if (!event->paused)
            judge_call(violations, facts, ledger, facts->order[i]);
        hf__verdict_ledger_enter(ledger, facts->order[i]);
        learn_from_call(violations, facts, event);
        if (is_strict)
            learn_strict(violations, facts, facts->order[i]);
    }
}

void hf__verdict_violations_mark(hf__verdict_violations *violations)
{
    violations->marked_count = violations->count;
    violations->marked_dead = violations->thread_count > 0 ? violations->told_dead[0] : 0;
    violations->marked_refused = violations->thread_count > 0 ? violations->refused[0] : HF_NOWHERE;
}

void hf__verdict_violations_rewind(hf__verdict_violations *violations)
{
    violations->count = violations->marked_count;
    if (violations->thread_count > 0) {
        memset(violations->told_dead, 0, violations->thread_count);
        forget_refused(violations, 0, violations->thread_count);
        violations->told_dead[0] = violations->marked_dead;
        violations->refused[0] = violations->marked_refused;
    }
    hf__trace_names_destroy(violations->names);
    violations->names = NULL;
}

void hf__verdict_violations_clear(hf__verdict_violations *violations)
{
    hf__free(violations->items);
    hf__free(violations->clause_plus_one);
    hf__free(violations->origins);
    hf__free(violations->told_dead);
    hf__free(violations->refused);
    hf__trace_names_destroy(violations->names);
    *violations = (hf__verdict_violations){0};
}
