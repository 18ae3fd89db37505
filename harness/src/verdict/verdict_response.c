/* SPDX-License-Identifier: MIT
 * Responses: a table of rules in the order of hf_response; the first that fits is the response. A rule sees an episode: the failed call and the next
 * calls of its thread, at most HF_WINDOW_CALLS, and none after the one that resolved it (a related request that succeeded).
 *
 * A call that the clean run makes at the same point is no reaction (verdict_align.h). A call that only this run makes is one, from whatever place, so
 * the result does not depend on what the compiler inlined or unrolled. Without a clean run to compare with, the place decides.
 *
 * The rules about retries need a caller that got nothing: after a false success, the next request of the same size is normal work.
 */
#include "verdict_response.h"

#include "heap_alloc.h"
#include "base_check.h"
#include "verdict_place.h"
#include "verdict_scan.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define SHRINK_MAX 16u /* from another line of the same function: down to this part of it is still the same wish */
#define SHRINK_NEW 4u  /* from anywhere, if the clean run makes no such request */

typedef struct episode {
    const hf__verdict_scan *all;
    size_t fault;
    const hf_event *event;
    hf_class class_;
    bool empty;                      /* the caller came away with nothing */
    size_t window[HF_WINDOW_CALLS];  /* the calls that count */
    uint8_t origin[HF_WINDOW_CALLS]; /* hf__verdict_origin */
    uint32_t count;
    uint32_t first_request; /* of the same class, and not one of the clean run's; `count` if none */
    uint32_t first_release; /* granted; `count` if none */
    size_t late;            /* the first call behind the window and the releases that go on behind it; HF_NOWHERE if none */
    size_t answer;          /* for a rule to fill in: the call that is the answer, HF_NOWHERE if it is the end of the run */
} episode;

static const hf_event *call_at(const episode *e, uint32_t i)
{
    return &e->all->run->events[e->window[i]];
}

static bool same_request(const hf_event *a, const hf_event *b)
{
    return hf__verdict_same_but_address(a, b) && a->address == b->address;
}

/* Does it ask inside a region that it has, so that the address is what it is about? */
static bool is_inside(const hf_event *call)
{
    return call->kind == HF_METHOD_VIRTUAL_ALLOC && call->address != 0 && (call->type & MEM_RESERVE) == 0;
}

/* A return address without a stack is a place only if no other request comes from it: behind an adapter one stands for all. */
static bool is_same_place(const episode *e, const hf_event *call)
{
    if (hf__verdict_place_have_stacks(e->event, call))
        return hf__verdict_place_is_same(e->event, call);
    return e->event->pc == call->pc && !hf__verdict_background_is_shared(e->all->before, hf__verdict_facts_place(e->all->run, call->pc));
}

static bool comes_anyway(const episode *e, uint32_t i)
{
    return e->origin[i] == HF_ORIGIN_ANYWAY;
}

/* The next request, and one that the clean run does not make: an answer to the failure, wherever it was made. */
static bool is_new_next(const episode *e, uint32_t i)
{
    return i == e->first_request && e->origin[i] == HF_ORIGIN_NEW;
}

/* A loop that the compiler unrolled has one line at several addresses. So the next request may also come from another place of one function, as
 * long as the stacks show that: all that called it is the same, and so is all that it called. The same request about the same address is the same
 * request, even where the clean run makes one like it. */
static bool asks_again(const episode *e, uint32_t i)
{
    const hf_event *call = call_at(e, i);
    if (!same_request(e->event, call) || comes_anyway(e, i))
        return false;
    bool next = i == e->first_request && (hf__verdict_place_is_beside(e->event, call) || hf__verdict_place_is_deeper(e->event, call));
    bool elsewhere = is_new_next(e, i) && (e->class_ != HF_CLASS_RELEASE || hf__verdict_place_is_around(e->event, call));
    return is_same_place(e, call) || next || elsewhere;
}

/* An error path takes memory too, for what it will say: that is no smaller wish. */
static bool is_for_report(const episode *e, const hf_event *call)
{
    return call->kind != HF_METHOD_VIRTUAL_ALLOC && !hf__verdict_told_nothing(call) && e->all->manner == HF_MANNER_REPORTED;
}

static bool asks_for_less(const episode *e, uint32_t i)
{
    const hf_event *call = call_at(e, i);
    bool less = e->class_ == HF_CLASS_ACQUIRE && call->kind == e->event->kind && call->type == e->event->type && call->size < e->event->size;
    bool here = !is_inside(call) || call->address == e->event->address;
    if (!less || !here || comes_anyway(e, i))
        return false;
    bool next = i == e->first_request && call->size >= e->event->size / SHRINK_MAX && hf__verdict_place_is_near(e->event, call);
    bool new_next = is_new_next(e, i) && call->size >= e->event->size / SHRINK_NEW;
    return is_same_place(e, call) || ((next || new_next) && !is_for_report(e, call));
}

static bool asks_elsewhere(const episode *e, uint32_t i)
{
    const hf_event *call = call_at(e, i);
    bool moved = call->kind == HF_METHOD_VIRTUAL_ALLOC && hf__verdict_same_but_address(e->event, call) && call->address != e->event->address;
    return moved && !comes_anyway(e, i) && (hf__verdict_place_is_near(e->event, call) || is_new_next(e, i));
}

static bool is_same_wish(const episode *e, const hf_event *call)
{
    return e->class_ != HF_CLASS_RELEASE && hf__verdict_same_but_address(e->event, call);
}

static bool is_here(const episode *e, const hf_event *call)
{
    return is_same_place(e, call) || hf__verdict_place_is_near(e->event, call) || hf__verdict_place_is_deeper(e->event, call);
}

static bool asks_after_release(const episode *e, uint32_t i)
{
    const hf_event *call = call_at(e, i);
    return e->first_release < i && !comes_anyway(e, i) && is_same_wish(e, call) && (is_here(e, call) || is_new_next(e, i));
}

static bool asks_otherwise(const episode *e, uint32_t i)
{
    const hf_event *call = call_at(e, i);
    bool other = call->kind != e->event->kind || call->type != e->event->type || call->protect != e->event->protect;
    bool same_wish =
        e->class_ == HF_CLASS_ACQUIRE ? call->size >= e->event->size / 2 : call->kind == e->event->kind && call->address == e->event->address;
    bool as_much = call->size / 2 <= e->event->size;
    bool around = hf__verdict_place_is_around(e->event, call) || (is_new_next(e, i) && as_much);
    return hf__verdict_class_of(call) == e->class_ && other && same_wish && i == e->first_request && around;
}

static bool is_granted_release(const hf_event *call)
{
    return hf__verdict_gives_back(call) && (hf__verdict_told_ok(call) || call->sticky);
}

/* A collector gives back far more than a window full before its caller asks again; giving back is not going on. */
static size_t skip_releases(const episode *e, size_t next)
{
    while (next != HF_NOWHERE && is_granted_release(&e->all->run->events[next]))
        next = hf__verdict_facts_next_call(e->all->run, next);
    return next;
}

/* Takes one call into the window; true if it was the answer. */
static bool look_at(episode *e, size_t next)
{
    uint32_t i = e->count++;
    const hf_event *call = &e->all->run->events[next];
    e->window[i] = next;
    e->origin[i] = (uint8_t)hf__verdict_align_origin(&e->all->align, e->fault, next);
    if (e->first_request == HF_WINDOW_CALLS && hf__verdict_class_of(call) == e->class_ && !comes_anyway(e, i))
        e->first_request = i;
    if (e->first_release == HF_WINDOW_CALLS && is_granted_release(call))
        e->first_release = i;
    bool related = asks_again(e, i) || asks_for_less(e, i) || asks_elsewhere(e, i) || asks_after_release(e, i) || asks_otherwise(e, i);
    return e->empty && related && !hf__verdict_told_nothing(call);
}

/* The calls up to the answer. */
static void look_ahead(episode *e)
{
    bool answered = false;
    size_t next = hf__verdict_facts_next_call(e->all->run, e->fault);
    e->first_request = e->first_release = HF_WINDOW_CALLS;
    for (; next != HF_NOWHERE && e->count < HF_WINDOW_CALLS && !answered; next = hf__verdict_facts_next_call(e->all->run, next))
        answered = look_at(e, next);
    e->late = e->count == HF_WINDOW_CALLS && !answered && is_granted_release(call_at(e, e->count - 1)) ? skip_releases(e, next) : HF_NOWHERE;
}

static bool any_call(episode *e, bool (*fits)(const episode *e, uint32_t i), uint32_t limit)
{
    for (uint32_t i = 0; e->empty && i < e->count && i < limit; i++) {
        if (fits(e, i)) {
            e->answer = e->window[i];
            return true;
        }
    }
    return false;
}

static uint32_t until_release(const episode *e)
{
    return e->class_ == HF_CLASS_RELEASE ? e->count : e->first_release;
}

static bool retried(episode *e)
{
    return any_call(e, asks_again, until_release(e));
}

static bool shrank(episode *e)
{
    return any_call(e, asks_for_less, e->count);
}

static bool relocated(episode *e)
{
    return any_call(e, asks_elsewhere, until_release(e));
}

static bool released_then_retried(episode *e)
{
    if (any_call(e, asks_after_release, e->count))
        return true;
    e->answer = e->late;
    const hf_event *late = e->late != HF_NOWHERE ? &e->all->run->events[e->late] : NULL;
    return e->empty && late != NULL && is_same_wish(e, late) && is_here(e, late);
}

static bool fell_back(episode *e)
{
    return any_call(e, asks_otherwise, e->count);
}

static bool names(const hf_event *call, const hf__verdict_block *block)
{
    if (block->owner == HF_OWNER_GHOST || block->heap != (call->kind == HF_METHOD_MALLOC_FREE))
        return false;
    return block->heap ? call->address == block->address : call->address >= block->address && call->address - block->address < block->bytes;
}

/* Did the caller go on working in that region between the fault and call i? Then its release is no undoing. */
static bool goes_on_in(const episode *e, const hf__verdict_block *block, uint32_t i)
{
    for (uint32_t before = 0; before < i; before++) {
        const hf_event *call = call_at(e, before);
        bool works = call->kind == HF_METHOD_VIRTUAL_ALLOC || call->kind == HF_METHOD_VIRTUAL_PROTECT;
        if (works && !hf__verdict_told_nothing(call) && names(call, block))
            return true;
    }
    return false;
}

/* A release that the clean run makes at this point too: not because of the failure. */
static bool is_ordinary(const episode *e, uint32_t i)
{
    bool well = e->all->manner == HF_MANNER_WELL;
    return (well && comes_anyway(e, i)) || hf__verdict_align_goes_on(&e->all->align, e->fault);
}

/* Undoing is giving back the region that the request was for, or what the step before it got. When the run ended well after all, the latter
 * counts only at a place where the clean run gives nothing back: else it is the ordinary end of that memory. */
static bool undoes(const episode *e, uint32_t i)
{
    const hf_event *call = call_at(e, i);
    const hf__verdict_ledger *ledger = e->all->ledger;
    if (!hf__verdict_gives_back(call) || (!hf__verdict_told_ok(call) && !call->sticky) ||
        (e->class_ != HF_CLASS_ACQUIRE && e->class_ != HF_CLASS_PROTECT))
        return false;
    uint32_t own = ledger->touched[e->fault];
    size_t step = e->all->step[e->fault];
    uint32_t before = step != HF_NOWHERE ? ledger->touched[step] : HF_INDEX_NONE;
    bool well = e->all->manner == HF_MANNER_WELL;
    bool ordinary = is_ordinary(e, i);
    bool only_now = !well || !e->all->before->has_clean ||
                    hf__heap_map_get(&e->all->before->releases, hf__verdict_facts_place(e->all->run, call->pc)) == HF_INDEX_NONE;
    if (own != HF_INDEX_NONE && names(call, &ledger->blocks[own]))
        return !goes_on_in(e, &ledger->blocks[own], i) && !(well && ordinary);
    return before != HF_INDEX_NONE && only_now && !ordinary && names(call, &ledger->blocks[before]);
}

static bool rolled_back(episode *e)
{
    return any_call(e, undoes, e->count);
}

/* What a refused request leaves the caller without. False: nothing that could be touched. */
static bool refused_range(const hf_event *event, uint64_t *base, uint64_t *bytes)
{
    bool pointer = hf__model_method((hf_method)event->kind)->out == HF_OUT_KIND_POINTER;
    bool protects = event->kind == HF_METHOD_VIRTUAL_PROTECT;
    *bytes = event->size > HF_PAGE ? event->size : HF_PAGE;
    *base = is_inside(event) || protects ? event->address : event->out;
    if (protects) { /* whole pages */
        *bytes = (event->address % HF_PAGE + *bytes + HF_PAGE - 1) / HF_PAGE * HF_PAGE;
        *base -= event->address % HF_PAGE;
    }
    return pointer || protects;
}

/* Touching the memory that was not given shows as a fault address in what the request would have been. Where the address is not known, an access
 * violation before the thread made another call is taken for that. */
static bool died_using_it(const episode *e)
{
    const hf__verdict_facts *run = e->all->run;
    uint64_t base = 0, bytes = 0;
    bool by_signal = run->ending == HF_ENDING_SIGNAL && (run->signal == 11 || run->signal == 7); /* SIGSEGV, SIGBUS */
    bool by_access = by_signal || (e->all->manner == HF_MANNER_CRASHED && run->report != NULL && run->has_fault_address);
    if (!by_access || !e->empty || !refused_range(e->event, &base, &bytes))
        return false;
    return run->has_fault_address ? run->fault_address - base < bytes : e->count == 0;
}

/* Another kind of memory was requested instead, and refused too: the memory that was used is the one of that request. */
static bool passed_it_on(const episode *e)
{
    for (uint32_t i = 0; e->empty && i < e->count; i++) {
        if (asks_otherwise(e, i) && hf__verdict_told_nothing(call_at(e, i)))
            return true;
    }
    return false;
}

static bool reacted(episode *e)
{
    return retried(e) || shrank(e) || relocated(e) || released_then_retried(e) || fell_back(e) || rolled_back(e);
}

/* Some broken clauses are an end that nothing before it makes better; others are a fault of their own, if the caller did answer the failure. */
static bool is_misused(episode *e)
{
    size_t broken = hf__verdict_scan_misuse(e->all, e->fault);
    hf__verdict_misuse by_clause =
        broken != HF_NOWHERE ? hf__verdict_clause_misuse(hf__verdict_violations_clause(e->all->violations, broken)) : HF_MISUSE_NONE;
    if (by_clause == HF_MISUSE_ALWAYS || (died_using_it(e) && !passed_it_on(e)))
        return true;
    return by_clause == HF_MISUSE_ELSE && !reacted(e);
}

static bool reported(episode *e)
{
    return e->all->manner == HF_MANNER_REPORTED;
}

static bool absorbed(episode *e)
{
    e->answer = e->count > 0 ? e->window[0] : HF_NOWHERE;
    return e->all->manner == HF_MANNER_WELL;
}

static bool misused(episode *e)
{
    bool is = is_misused(e);
    e->answer = hf__verdict_scan_misuse(e->all, e->fault);
    return is;
}

static bool died(episode *e)
{
    e->answer = HF_NOWHERE;
    return true;
}

static bool (*const rules[])(episode *e) = {
    [HF_RESPONSE_MISUSED] = misused,     [HF_RESPONSE_RETRIED] = retried,         [HF_RESPONSE_SHRANK] = shrank,
    [HF_RESPONSE_RELOCATED] = relocated, [HF_RESPONSE_FELL_BACK] = fell_back,     [HF_RESPONSE_RELEASED_THEN_RETRIED] = released_then_retried,
    [HF_RESPONSE_REPORTED] = reported,   [HF_RESPONSE_ROLLED_BACK] = rolled_back, [HF_RESPONSE_ABSORBED] = absorbed,
    [HF_RESPONSE_DIED] = died,
};
HF_STATIC_ASSERT(HF_COUNT_OF(rules) == HF_RESPONSE_COUNT, "each response has a rule");

static uint64_t ticks_between(const hf_event *fault, uint64_t then)
{
    return then > hf__verdict_end_of(fault) ? then - hf__verdict_end_of(fault) : 0;
}

static uint32_t calls_until(const hf__verdict_scan *all, size_t fault, size_t answer)
{
    uint32_t thread = all->run->events[fault].thread;
    if (answer == HF_NOWHERE)
        return all->totals[thread] - all->ordinal[fault];
    return all->run->events[answer].thread == thread && answer > fault ? all->ordinal[answer] - all->ordinal[fault] : 0;
}

/* The scan goes by return addresses, so a retry from beside it is not in its count; and behind an adapter what it counts may be no retries. */
static uint32_t count_retries(const episode *e, hf_response response)
{
    bool asked = response == HF_RESPONSE_RETRIED || response == HF_RESPONSE_RELEASED_THEN_RETRIED || response == HF_RESPONSE_MISUSED;
    uint32_t counted = e->empty && asked ? e->all->retries[e->fault - e->all->first] : 0;
    return counted == 0 && response == HF_RESPONSE_RETRIED ? 1 : counted;
}

static hf_verdict_response answer_to(const hf__verdict_scan *all, size_t fault)
{
    const hf_event *event = &all->run->events[fault];
    episode e = {.all = all, .fault = fault, .event = event, .class_ = hf__verdict_class_of(event), .empty = hf__verdict_scan_is_empty(all, fault)};
    look_ahead(&e);
    unsigned response = 0;
    for (e.answer = HF_NOWHERE; !rules[response](&e); e.answer = HF_NOWHERE) /* a rule that does not fit may have set it */
        response++;
    uint64_t then = e.answer != HF_NOWHERE ? all->run->events[e.answer].start : all->now.last_time;
    return (hf_verdict_response){.event = fault,
                                 .rule = event->injected ? event->rule : -1,
                                 .real = event->injected ? 0 : 1,
                                 .response = (hf_response)response,
                                 .calls = calls_until(all, fault, e.answer),
                                 .retries = count_retries(&e, (hf_response)response),
                                 .ticks = ticks_between(event, then)};
}

/* Faults by their number, then the host's own failures. */
static int compare_causes(const void *a, const void *b)
{
    const hf__verdict_cause *one = a, *other = b;
    uint32_t left = one->number - 1, right = other->number - 1;
    if (left != right)
        return left < right ? -1 : 1;
    return one->event < other->event ? -1 : one->event > other->event;
}

/* The failure at which the storm limit ended the process: the caller never received it, so there is no response. */
static bool is_cut_by_limit(const hf__verdict_scan *scan, size_t event)
{
    return scan->manner == HF_MANNER_STORM && !scan->run->events[event].complete;
}

void hf__verdict_responses_find(const hf__verdict_scan *scan, hf__verdict_responses *out)
{
    size_t count = scan->now.cause_count;
    *out = (hf__verdict_responses){.count = count, .items = hf__allocate(count, sizeof *out->items)};
    hf__verdict_cause *causes = hf__allocate(count, sizeof *causes);
    if (count > 0) {
        memcpy(causes, scan->causes, count * sizeof *causes);
        qsort(causes, count, sizeof *causes, compare_causes);
    }
    size_t answered = 0;
    for (size_t i = 0; i < count; i++) {
        bool is_only = answered == 0 && i + 1 == count;
        if (is_only || !is_cut_by_limit(scan, causes[i].event))
            out->items[answered++] = answer_to(scan, causes[i].event);
    }
    out->count = answered;
    hf__free(causes);
}

void hf__verdict_responses_clear(hf__verdict_responses *responses)
{
    hf__free(responses->items);
    *responses = (hf__verdict_responses){0};
}
