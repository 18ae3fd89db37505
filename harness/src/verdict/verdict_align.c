/* SPDX-License-Identifier: MIT
 * Aligns two runs. Most of it is one walk with a limited look-ahead, for which the calls themselves are enough.
 *
 * The walk cannot decide one case: a request like the one that failed. In a loop of equal requests, is it the failed one again, or the next one of
 * the loop? Both readings are followed to the end, and the one that agrees with the clean run for longer wins.
 */
#include "verdict_align.h"
#include "verdict_scan.h"

#include "heap_alloc.h"
#include "trace_reader.h"

#include "base_poison.h"

#define AHEAD 64u   /* calls that a failure may make the caller leave out */
#define FOLLOW 256u /* calls for which a reading is followed */

typedef struct hf__aligned {
    uint32_t expected; /* number of the clean call that was to come when this one was made; UINT32_MAX: not known */
    bool found;
} aligned;

/* The calls of the clean run's thread. */
typedef struct lane {
    const hf__verdict_facts *clean;
    const size_t *calls;
    uint32_t count;
} lane;

static lane lane_of(const hf__verdict_align *align, uint32_t thread)
{
    const hf__verdict_background *before = align->before;
    if (!before->has_clean || thread >= before->clean.threads)
        return (lane){.clean = &before->clean};
    size_t first = before->calls_from[thread];
    return (lane){&before->clean, before->calls + first, (uint32_t)(before->calls_from[thread + 1] - first)};
}

static bool is_same_place(const hf__verdict_align *align, const hf_event *a, const hf_event *b)
{
    return a->pc == b->pc || hf__verdict_facts_place(align->run, a->pc) == hf__verdict_facts_place(&align->before->clean, b->pc);
}

/* Equal but for addresses, which the failure may have moved. GetMemoryLoad's size is an answer. */
static bool is_equal(const hf__verdict_align *align, const hf_event *a, const hf_event *b)
{
    bool same_size = a->size == b->size || a->kind == HF_METHOD_GET_MEMORY_LOAD;
    return a->kind == b->kind && same_size && a->type == b->type && a->protect == b->protect && (a->address == 0) == (b->address == 0) &&
           is_same_place(align, a, b);
}

static bool is_equal_at(const hf__verdict_align *align, const lane *in, uint64_t number, const hf_event *call)
{
    return number < in->count && is_equal(align, call, &in->clean->events[in->calls[number]]);
}

/* How many calls ahead the clean run makes this one; AHEAD: not soon. */
static uint32_t find_ahead(const hf__verdict_align *align, const lane *in, uint32_t from, const hf_event *call)
{
    uint32_t ahead = 0;
    while (ahead < AHEAD && !is_equal_at(align, in, (uint64_t)from + ahead, call))
        ahead++;
    return ahead;
}

static uint32_t ordinal_of(const hf__verdict_align *align, size_t event)
{
    uint32_t ordinal = 0;
    const hf_event *events = align->run->events;
    for (size_t i = event + 1; i > 0 && events[i - 1].thread == events[event].thread; i--)
        ordinal += hf__verdict_counts(&events[i - 1]);
    return ordinal;
}

/* The first call that is examined must equal the call of the clean run with the same number. */
static uint32_t begin_of(const hf__verdict_align *align, const lane *in, size_t event)
{
    uint32_t ordinal = ordinal_of(align, event);
    return ordinal > 0 && is_equal_at(align, in, ordinal - 1, &align->run->events[event]) ? ordinal - 1 : UINT32_MAX;
}

static uint32_t align_one(const hf__verdict_align *align, const lane *in, size_t event, uint32_t expected)
{
    aligned *at = &align->at[event - align->first];
    *at = (aligned){expected, false};
    if (expected == UINT32_MAX)
        return expected;
    uint32_t ahead = find_ahead(align, in, expected, &align->run->events[event]);
    at->found = ahead < AHEAD;
    return at->found ? expected + ahead + 1 : expected;
}

void hf__verdict_align_make(hf__verdict_align *align, const hf__verdict_facts *run, const hf__verdict_background *before, size_t first)
{
    *align = (hf__verdict_align){.run = run, .before = before, .first = first, .count = run->count - first};
    if (!before->has_clean || align->count == 0)
        return;
    align->at = hf__allocate(align->count, sizeof *align->at);
    lane in = {.count = 0};
    uint32_t expected = UINT32_MAX;
    bool begun = false;

    for (size_t i = first; i < run->count; i++) {
        const hf_event *event = &run->events[i];
        if (i == first || event->thread != event[-1].thread) {
            in = lane_of(align, event->thread);
            begun = false;
        }
        if (!hf__verdict_counts(event)) {
            align->at[i - first] = (aligned){UINT32_MAX, false};
            continue;
        }
        expected = begun ? expected : begin_of(align, &in, i);
        begun = true;
        expected = align_one(align, &in, i, expected);
    }
}

void hf__verdict_align_clear(hf__verdict_align *align)
{
    hf__free(align->at);
    *align = (hf__verdict_align){0};
}

/* The number of the clean call that was to come after this one. */
static uint32_t after(const hf__verdict_align *align, const lane *in, size_t event)
{
    const aligned *at = &align->at[event - align->first];
    return at->found ? at->expected + find_ahead(align, in, at->expected, &align->run->events[event]) + 1 : at->expected;
}

/* A reading of a call, followed. */
typedef struct reading {
    uint32_t agreed;
    bool run_ended;
    bool both_ended;
} reading;

/* The calls after `call` against the clean ones from `from` on. */
static reading follow(const hf__verdict_align *align, const lane *in, size_t call, uint32_t from)
{
    reading out = {.agreed = 0};
    size_t next = hf__verdict_facts_next_call(align->run, call);
    while (out.agreed < FOLLOW && next != HF_NOWHERE && is_equal_at(align, in, (uint64_t)from + out.agreed, &align->run->events[next])) {
        out.agreed++;
        next = hf__verdict_facts_next_call(align->run, next);
    }
    out.run_ended = next == HF_NOWHERE;
    out.both_ended = out.run_ended && from + out.agreed >= in->count;
    return out;
}

/* Calls equal to this one among the next FOLLOW of the run, and of the clean run. */
static uint32_t count_in_run(const hf__verdict_align *align, size_t fault)
{
    uint32_t found = 0, seen = 0;
    const hf_event *events = align->run->events;
    for (size_t i = hf__verdict_facts_next_call(align->run, fault); i != HF_NOWHERE && seen < FOLLOW;
         seen++, i = hf__verdict_facts_next_call(align->run, i))
        found += hf__verdict_same_but_address(&events[i], &events[fault]);
    return found;
}

static uint32_t count_in_clean(const lane *in, uint32_t from, const hf_event *call)
{
    uint32_t found = 0;
    for (uint32_t seen = 0; seen < FOLLOW && (uint64_t)from + seen < in->count; seen++)
        found += hf__verdict_same_but_address(&in->clean->events[in->calls[from + seen]], call);
    return found;
}

/* Both readings agree with the clean run for as long: one that made as many such requests as were to come has made no more. One that died may have
 * been on its way through the loop; one that stopped before that of its own will may have asked twice and given up. */
static hf__verdict_origin by_number(const hf__verdict_align *align, const lane *in, size_t fault, uint32_t from)
{
    uint32_t here = count_in_run(align, fault);
    uint32_t there = count_in_clean(in, from, &align->run->events[fault]);
    if (here >= there)
        return here > there ? HF_ORIGIN_NEW : HF_ORIGIN_ANYWAY;
    hf__verdict_manner manner = hf__verdict_facts_manner(align->run, &align->before->clean);
    return manner == HF_MANNER_WELL || manner == HF_MANNER_REPORTED ? HF_ORIGIN_UNKNOWN : HF_ORIGIN_ANYWAY;
}

/* Of a request: does it stand for the one that failed, or is it the clean run's next one like it? */
static hf__verdict_origin origin_of_request(const hf__verdict_align *align, const lane *in, size_t fault, size_t call)
{
    uint32_t from = after(align, in, fault);
    uint32_t ahead = find_ahead(align, in, from, &align->run->events[call]);
    if (ahead == AHEAD)
        return HF_ORIGIN_NEW;
    reading again = follow(align, in, call, from);
    reading next = follow(align, in, call, from + ahead + 1);
    if (again.agreed != next.agreed)
        return again.agreed > next.agreed ? HF_ORIGIN_NEW : HF_ORIGIN_ANYWAY;
    if (again.both_ended != next.both_ended)
        return again.both_ended ? HF_ORIGIN_NEW : HF_ORIGIN_ANYWAY;
    bool is_equal_request = hf__verdict_same_but_address(&align->run->events[fault], &align->run->events[call]);
    return is_equal_request ? by_number(align, in, fault, from) : HF_ORIGIN_ANYWAY;
}

/* Where the clean run's call failed as well, what it did about that is in the clean run too, and nothing is known. */
static bool fails_in_clean(const hf__verdict_align *align, const lane *in, size_t fault)
{
    const aligned *at = &align->at[fault - align->first];
    return at->found && hf__verdict_told_nothing(&in->clean->events[in->calls[after(align, in, fault) - 1]]);
}

static uint32_t calls_between(const hf__verdict_align *align, size_t from, size_t to)
{
    uint32_t calls = 0;
    for (size_t i = from; i != HF_NOWHERE && i < to; i = hf__verdict_facts_next_call(align->run, i))
        calls++;
    return calls;
}

/* The same request about the same address is the same request, unless the clean run makes that twice as well, and no later. */
static bool names_it_again(const hf__verdict_align *align, const lane *in, size_t fault, size_t call)
{
    const hf_event *failed = &align->run->events[fault], *again = &align->run->events[call];
    if (failed->address == 0 || failed->address != again->address || !hf__verdict_same_but_address(failed, again))
        return false;
    const aligned *at = &align->at[call - align->first];
    if (!at->found || !align->at[fault - align->first].found)
        return true;
    uint32_t first = after(align, in, fault) - 1, second = after(align, in, call) - 1;
    bool at_once = calls_between(align, fault, call) < (second - first) / 2;
    return at_once || in->clean->events[in->calls[first]].address != in->clean->events[in->calls[second]].address;
}

/* What the clean run gives back later, after calls that this run makes too, was given back early. */
static bool is_early(const hf__verdict_align *align, const lane *in, size_t call)
{
    const aligned *at = &align->at[call - align->first];
    const hf_event *events = align->run->events;
    if (is_equal_at(align, in, at->expected, &events[call]))
        return false;
    const hf_event *skipped = &in->clean->events[in->calls[at->expected]];
    uint32_t seen = 0;
    for (size_t i = hf__verdict_facts_next_call(align->run, call); i != HF_NOWHERE && seen < AHEAD;
         seen++, i = hf__verdict_facts_next_call(align->run, i)) {
        if (is_equal(align, &events[i], skipped))
            return true;
    }
    return false;
}

hf__verdict_origin hf__verdict_align_origin(const hf__verdict_align *align, size_t fault, size_t call)
{
    if (align->at == NULL || align->at[fault - align->first].expected == UINT32_MAX)
        return HF_ORIGIN_UNKNOWN;
    const hf_event *events = align->run->events;
    lane in = lane_of(align, events[fault].thread);
    if (fails_in_clean(align, &in, fault))
        return HF_ORIGIN_UNKNOWN;
    if (names_it_again(align, &in, fault, call))
        return HF_ORIGIN_NEW;
    if (hf__verdict_class_of(&events[fault]) == hf__verdict_class_of(&events[call])) /* a request, or a release after one that failed */
        return origin_of_request(align, &in, fault, call);
    bool is_found = align->at[call - align->first].found;
    return is_found && !(hf__verdict_gives_back(&events[call]) && is_early(align, &in, call)) ? HF_ORIGIN_ANYWAY : HF_ORIGIN_NEW;
}

bool hf__verdict_align_goes_on(const hf__verdict_align *align, size_t fault)
{
    if (align->at == NULL || align->at[fault - align->first].expected == UINT32_MAX)
        return false;
    const hf_event *events = align->run->events;
    lane in = lane_of(align, events[fault].thread);
    uint32_t from = after(align, &in, fault), made = 0;
    size_t i = hf__verdict_facts_next_call(align->run, fault);
    for (; i != HF_NOWHERE && made < FOLLOW && from + made < in.count; made++, i = hf__verdict_facts_next_call(align->run, i)) {
        const hf_event *clean = &in.clean->events[in.calls[from + made]];
        if (clean->kind != events[i].kind || clean->type != events[i].type)
            return false;
    }
    return made == FOLLOW || (i == HF_NOWHERE && from + made >= in.count);
}
