/* SPDX-License-Identifier: MIT
 * Compares the engine with a naive implementation of the same rules: the schedule gives the plan, the data the calls. The naive one searches all
 * earlier calls for everything that it needs; it shares only the rules with the engine. Also tests the filter in front of the engine: it must reject
 * no call that a rule counts.
 */
#include "base_random.h"
#include "codec.h"
#include "engine.h"
#include "engine_filter.h"

#include <hostfault/fuzz.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CALLS_MAX 64u
#define SITES 3u
#define THREADS 4u

/* A call, and what became of it by the naive reading. */
typedef struct naive_call {
    hf_call call;
    unsigned site, thread;
    bool counts[HF_RULES_MAX];
    int decided_by;
} naive_call;

static naive_call calls[CALLS_MAX];
static hf_schedule schedule;
static uint64_t plan_room[HF_PLAN_BYTES_MAX / sizeof(uint64_t)];

static const hf_frame frames[SITES][2] = {
    {{"liba.so", 11, 0x10}, {"program", 33, 0x99}}, {{"libb.so", 22, 0x10}, {"program", 33, 0x99}}, {{"", 0, 0x10}, {"program", 33, 0x98}}};

static hf_stack stack_of(unsigned site)
{
    return (hf_stack){.count = 2, .site = hf__engine_site_key(frames[site], 2), .frames = frames[site]};
}

/* What the arguments of a method are, said again. */
static bool argument(const hf_call *call, unsigned field, uint64_t *value)
{
    bool virtual_ = call->method == HF_METHOD_VIRTUAL_ALLOC || call->method == HF_METHOD_VIRTUAL_FREE || call->method == HF_METHOD_VIRTUAL_QUERY ||
                    call->method == HF_METHOD_VIRTUAL_PROTECT || call->method == HF_METHOD_NEEDS_ADDRESS_SPACE ||
                    call->method == HF_METHOD_ACQUIRED_ADDRESS_SPACE;
    bool takes = call->method == HF_METHOD_MALLOC_ALLOC || call->method == HF_METHOD_MALLOC_DEBUG_ALLOC;
    switch ((hf_field)field) {
    case HF_FIELD_ADDRESS:
        *value = call->address;
        return virtual_ || call->method == HF_METHOD_REGISTER_NOTIFICATION || call->method == HF_METHOD_RELEASED_ADDRESS_SPACE ||
               call->method == HF_METHOD_MALLOC_FREE;
    case HF_FIELD_SIZE: *value = call->size; return virtual_ || takes;
    case HF_FIELD_TYPE: *value = call->type; return call->method == HF_METHOD_VIRTUAL_ALLOC;
    case HF_FIELD_PROTECT: *value = call->protect; return call->method == HF_METHOD_VIRTUAL_ALLOC || call->method == HF_METHOD_VIRTUAL_PROTECT;
    case HF_FIELD_LEVEL: *value = call->level; return call->method == HF_METHOD_VIRTUAL_ALLOC || takes;
    case HF_FIELD_FREE: *value = call->type; return call->method == HF_METHOD_VIRTUAL_FREE;
    case HF_FIELD_MALLOC: *value = call->type; return call->method == HF_METHOD_CREATE_MALLOC;
    case HF_FIELD_COUNT: break;
    }
    return false;
}

static bool predicate_holds(const hf_predicate *predicate, const hf_call *call)
{
    uint64_t value = 0;
    if (!argument(call, predicate->field, &value))
        return false;
    switch ((hf_compare)predicate->compare) {
    case HF_COMPARE_EQUAL: return value == predicate->value;
    case HF_COMPARE_NOT_EQUAL: return !(value == predicate->value);
    case HF_COMPARE_LESS: return value < predicate->value;
    case HF_COMPARE_LESS_EQUAL: return !(value > predicate->value);
    case HF_COMPARE_GREATER: return value > predicate->value;
    case HF_COMPARE_GREATER_EQUAL: return !(value < predicate->value);
    case HF_COMPARE_HAS_BITS: return (~value & predicate->value) == 0;
    case HF_COMPARE_LACKS_BITS: return (value & predicate->value) == 0;
    }
    return false;
}

/* Did the rule decide a call before call `at`? */
static unsigned fired_before(unsigned rule, unsigned at)
{
    unsigned times = 0;
    for (unsigned i = 0; i < at; i++)
        times += calls[i].decided_by == (int)rule ? 1 : 0;
    return times;
}

static bool naive_counts(unsigned index, unsigned at)
{
    const hf_rule *rule = &schedule.rules[index];
    const naive_call *call = &calls[at];
    bool passes = (rule->methods & 1u << call->call.method) != 0;
    for (unsigned i = 0; i < rule->predicate_count; i++)
        passes = passes && predicate_holds(&rule->predicates[i], &call->call);
    if (rule->thread != 0)
        passes = passes && call->call.thread == rule->thread;
    if (rule->phase != 0)
        passes = passes && call->call.phase == rule->phase;
    if (call->call.foreign)
        passes = passes && rule->foreign;
    if (rule->has_site)
        passes = passes && rule->site == stack_of(call->site).site;
    if (rule->after >= 0)
        passes = passes && fired_before((unsigned)rule->after, at) > 0;
    if (rule->until >= 0)
        passes = passes && fired_before((unsigned)rule->until, at) == 0;
    return passes;
}

/* Its number among the calls that the rule counted, over what the rule counts. */
static uint64_t naive_ordinal(unsigned index, unsigned at)
{
    uint64_t ordinal = 0;
    for (unsigned i = 0; i <= at; i++) {
        bool same = true;
        if (schedule.rules[index].per == HF_PER_THREAD)
            same = calls[i].thread == calls[at].thread;
        if (schedule.rules[index].per == HF_PER_SITE)
            same = calls[i].site == calls[at].site;
        ordinal += calls[i].counts[index] && same ? 1 : 0;
    }
    return ordinal;
}

static uint64_t asked_bytes(const hf_call *call)
{
    if (call->method == HF_METHOD_VIRTUAL_ALLOC)
        return (call->type & MEM_COMMIT) != 0 ? call->size : 0;
    return call->method == HF_METHOD_MALLOC_ALLOC || call->method == HF_METHOD_MALLOC_DEBUG_ALLOC ? call->size : 0;
}

static bool naive_fires(unsigned index, unsigned at, uint64_t ordinal, uint64_t live)
{
    const hf_rule *rule = &schedule.rules[index];
    char buffer[16];
    const char *name = hf__codec_rule_name(&schedule, index, buffer, sizeof buffer);
    bool named = ordinal >= rule->first && (rule->last == 0 || ordinal <= rule->last) && (ordinal - rule->first) % rule->step == 0;
    bool lucky =
        rule->chance == HF_CHANCE_ALWAYS || hf__random(schedule.seed, hf__hash(HF_HASH_START, name, strlen(name)), ordinal) >> 32 < rule->chance;
    bool left = rule->times == 0 || fired_before(index, at) < rule->times;
    uint64_t sum = live + asked_bytes(&calls[at].call);
    bool heavy = !rule->has_live || sum < live || sum > rule->live_above;
    return named && lucky && left && heavy;
}

/* What the shim keeps. */
typedef struct counters {
    uint64_t run[HF_RULES_MAX], thread[HF_RULES_MAX][THREADS], site[HF_RULES_MAX][SITES];
    uint32_t taken[HF_RULES_MAX];
    hf_rule_set fired;
} counters;

static uint64_t draw(counters *self, const hf_rule *rule, unsigned index, const naive_call *call)
{
    if (rule->per == HF_PER_THREAD)
        return ++self->thread[index][call->thread];
    return rule->per == HF_PER_SITE ? ++self->site[index][call->site] : ++self->run[index];
}

static _Noreturn void fail(const char *what, unsigned at, unsigned rule)
{
    fprintf(stderr, "engine: %s: call %u, rule %u\n", what, at + 1, rule + 1);
    abort();
}

static void match(const hf_plan_image *plan, counters *state, unsigned at, hf_matches *matches)
{
    hf_stack stack = stack_of(calls[at].site);
    hf__engine_match(plan, &calls[at].call, &state->fired, NULL, matches);
    if (matches->needs_stack || matches->needs_site)
        hf__engine_match(plan, &calls[at].call, &state->fired, &stack, matches);
}

static void compare_call(const hf_plan_image *plan, const hf_filter *filter, counters *state, unsigned at, uint64_t live)
{
    hf_matches matches;
    hf_ticket tickets[HF_RULES_MAX];
    uint32_t count = 0;
    int naive_decision = -1;
    match(plan, state, at, &matches);
    for (unsigned i = 0; i < plan->rule_count; i++) {
        calls[at].counts[i] = naive_counts(i, at);
        if (calls[at].counts[i] != hf__engine_rule_set_has(&matches.matched, i))
            fail(calls[at].counts[i] ? "not counted" : "counted", at, i);
        if (!calls[at].counts[i])
            continue;
        if (!hf__engine_filter_passes(filter, &calls[at].call))
            fail("the filter refuses what is counted", at, i);
        uint64_t ordinal = draw(state, &hf__model_plan_rules(plan)[i], i, &calls[at]);
        tickets[count++] = (hf_ticket){.rule = (uint16_t)i, .taken = state->taken[i], .ordinal = ordinal};
        if (ordinal != naive_ordinal(i, at))
            fail("another ordinal", at, i);
        if (naive_decision < 0 && naive_fires(i, at, ordinal, live))
            naive_decision = (int)i;
    }
    hf_decision decision;
    hf__engine_decide(plan, &calls[at].call, tickets, count, live, &decision);
    calls[at].decided_by = naive_decision;
    if (decision.rule != naive_decision)
        fail("decided by another rule", at, (unsigned)(decision.rule < 0 ? naive_decision : decision.rule));
    if (decision.rule >= 0) {
        state->taken[decision.rule]++;
        hf__engine_rule_set_add(&state->fired, (unsigned)decision.rule);
    }
}

/* Nine bytes make a call; the arguments are such that filters split them. */
#define CALL_BYTES 9u
static void read_call(const uint8_t *bytes, naive_call *out)
{
    static const uint32_t types[] = {MEM_COMMIT, MEM_RESERVE, MEM_COMMIT | MEM_RESERVE, MEM_RESERVE | MEM_TOP_DOWN, MEM_RELEASE, MEM_DECOMMIT, 0, 3};
    memset(out, 0, sizeof *out);
    out->call.method = (hf_method)(bytes[0] % HF_METHOD_COUNT);
    out->call.type = types[bytes[1] % 8];
    out->call.protect = 1u << bytes[2] % 12;
    out->call.level = bytes[3] % 4;
    out->call.address = bytes[4] % 2 == 0 ? 0 : 0x10000;
    out->call.size = (uint64_t)bytes[5] << bytes[6] % 64;
    out->thread = bytes[7] % THREADS;
    out->call.thread = (uint8_t)(out->thread <= schedule.thread_count ? out->thread : 0);
    out->call.phase = (uint8_t)(bytes[7] / 4 % (schedule.phase_count + 1));
    out->site = bytes[8] % SITES;
    out->call.foreign = bytes[8] >= 192 && (out->call.method == HF_METHOD_VIRTUAL_QUERY || out->call.method == HF_METHOD_VIRTUAL_PROTECT);
}

/* A rule for one site means one of those that there are. */
static void aim_sites(void)
{
    for (uint32_t i = 0; i < schedule.rule_count; i++) {
        if (schedule.rules[i].has_site)
            schedule.rules[i].site = stack_of((unsigned)(schedule.rules[i].site % SITES)).site;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static counters state;
    static hf_filter filter;
    hf_error err;
    size_t plan_bytes = 0;
    size_t left = hf__codec_decode(data, size, &schedule);
    aim_sites();
    if (hf__codec_compile(&schedule, plan_room, sizeof plan_room, &plan_bytes, &err) != HF_OK) {
        fprintf(stderr, "engine: %s\n", err.message);
        abort();
    }
    const hf_plan_image *plan = (const hf_plan_image *)(const void *)plan_room;
    hf__engine_filter_build(plan, &filter);
    memset(&state, 0, sizeof state);
    uint64_t live = 0;
    for (unsigned at = 0; at < CALLS_MAX && left >= CALL_BYTES; at++, left -= CALL_BYTES, data += CALL_BYTES) {
        read_call(data, &calls[at]);
        compare_call(plan, &filter, &state, at, live);
        live += calls[at].decided_by < 0 ? asked_bytes(&calls[at].call) : 0;
    }
    return 0;
}

HF_FUZZ_MUTATORS(0)
