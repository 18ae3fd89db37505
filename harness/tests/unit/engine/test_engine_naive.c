/* SPDX-License-Identifier: MIT
 * The engine against the naive model: every plan of up to three rules out of seventeen shapes, over every sequence of four calls out of four kinds.
 * Each shape is written twice, as the rule that the engine reads and as the model's description, so an error in one of them shows as a
 * difference. This file keeps the shim's counters in the simplest way.
 */
#include "naive_model.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

#define FIRST_RULE 100 /* a gate on the plan's first rule, wherever this one stands */
#define LAST_RULE 101

static bool is_virtual(const naive_call *call)
{
    return call->call.method == HF_METHOD_VIRTUAL_ALLOC;
}
static bool is_malloc(const naive_call *call)
{
    return call->call.method == HF_METHOD_MALLOC_ALLOC;
}
static bool commits(const naive_call *call)
{
    return is_virtual(call) && (call->call.type & MEM_COMMIT) != 0;
}
static bool is_big(const naive_call *call)
{
    return call->call.size > 0x1000;
}
static bool on_second_thread(const naive_call *call)
{
    return call->call.thread == 2;
}
static bool from_a(const naive_call *call)
{
    return call->site == 'A';
}
static bool not_from_a(const naive_call *call)
{
    return call->site != 'A';
}
static bool only_site_b(const naive_call *call)
{
    return call->site == 'B';
}

#define METHODS_VIRTUAL (1u << HF_METHOD_VIRTUAL_ALLOC)
#define METHODS_MALLOC (1u << HF_METHOD_MALLOC_ALLOC)
#define ALWAYS "123456789"

/* Both descriptions of a shape. */
typedef struct shape {
    naive_rule naive;
    uint32_t methods;
    uint64_t first, last, step;
    hf_predicate predicate; /* if has_predicate */
    bool has_predicate, from_a, not_from_a, site_b;
    uint8_t thread;
} shape;

static const shape shapes[] = {
    {.naive = {is_virtual, ALWAYS, 'r', 0, -1, -1, 0, false}, .methods = METHODS_VIRTUAL, .first = 1, .step = 1},
    {.naive = {NULL, "2", 'r', 0, -1, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 2, .last = 2, .step = 1},
    {.naive = {commits, "23456789", 'r', 0, -1, -1, 0, false},
     .methods = HF_METHODS_ALL,
     .first = 2,
     .step = 1,
     .has_predicate = true,
     .predicate = {.value = MEM_COMMIT, .field = HF_FIELD_TYPE, .compare = HF_COMPARE_HAS_BITS}},
    {.naive = {NULL, ALWAYS, 'r', 1, -1, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 1, .step = 1},
    {.naive = {NULL, ALWAYS, 'r', 0, -1, FIRST_RULE, 0, false}, .methods = HF_METHODS_ALL, .first = 1, .step = 1},
    {.naive = {NULL, "12", 'r', 0, FIRST_RULE, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 1, .last = 2, .step = 1},
    {.naive = {NULL, ALWAYS, 'r', 0, LAST_RULE, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 1, .step = 1},
    {.naive = {NULL, "2", 't', 0, -1, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 2, .last = 2, .step = 1},
    {.naive = {NULL, "2", 's', 0, -1, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 2, .last = 2, .step = 1},
    {.naive = {on_second_thread, ALWAYS, 'r', 0, -1, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 1, .step = 1, .thread = 2},
    {.naive = {from_a, ALWAYS, 'r', 0, -1, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 1, .step = 1, .from_a = true},
    {.naive = {NULL, "13", 'r', 0, -1, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 1, .last = 4, .step = 2},
    {.naive = {NULL, ALWAYS, 'r', 0, -1, -1, 0x1018, true}, .methods = HF_METHODS_ALL, .first = 1, .step = 1},
    {.naive = {is_big, "1", 'r', 0, -1, -1, 0, false},
     .methods = HF_METHODS_ALL,
     .first = 1,
     .last = 1,
     .step = 1,
     .has_predicate = true,
     .predicate = {.value = 0x1000, .field = HF_FIELD_SIZE, .compare = HF_COMPARE_GREATER}},
    {.naive = {is_malloc, "2", 't', 1, -1, LAST_RULE, 0, false}, .methods = METHODS_MALLOC, .first = 2, .last = 2, .step = 1},
    {.naive = {not_from_a, "2468", 'r', 0, -1, LAST_RULE, 0, false}, .methods = HF_METHODS_ALL, .first = 2, .step = 2, .not_from_a = true},
    {.naive = {only_site_b, ALWAYS, 's', 2, -1, -1, 0, false}, .methods = HF_METHODS_ALL, .first = 1, .step = 1, .site_b = true},
};
#define SHAPES ((int)(sizeof shapes / sizeof shapes[0]))

static const hf_frame frames_a[] = {{"liba.so", 11, 0x10}, {"program", 33, 0x99}};
static const hf_frame frames_b[] = {{"libb.so", 22, 0x10}, {"program", 33, 0x99}};
static hf_stack stack_of(char site)
{
    const hf_frame *frames = site == 'A' ? frames_a : frames_b;
    return (hf_stack){.count = 2, .site = hf__engine_site_key(frames, 2), .frames = frames};
}

static const naive_call kinds[] = {
    {{.method = HF_METHOD_VIRTUAL_ALLOC, .type = MEM_COMMIT, .size = 0x1000, .thread = 1}, 'A'},
    {{.method = HF_METHOD_VIRTUAL_ALLOC, .type = MEM_RESERVE, .size = 0x10000, .thread = 2}, 'B'},
    {{.method = HF_METHOD_MALLOC_ALLOC, .size = 24, .thread = 1}, 'B'},
    {{.method = HF_METHOD_VIRTUAL_ALLOC, .type = MEM_COMMIT | MEM_RESERVE, .size = 0x1000, .thread = 2}, 'A'},
};
#define KINDS ((int)(sizeof kinds / sizeof kinds[0]))

static hf_rule rule_of(const shape *self, const naive_rule *naive)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = self->methods;
    rule.first = self->first;
    rule.last = self->last;
    rule.step = self->step;
    rule.times = naive->times;
    rule.after = (int16_t)naive->after;
    rule.until = (int16_t)naive->until;
    rule.per = naive->per == 't' ? HF_PER_THREAD : naive->per == 's' ? HF_PER_SITE : HF_PER_RUN;
    rule.thread = self->thread;
    rule.has_live = naive->has_live;
    rule.live_above = naive->live_above;
    rule.predicate_count = self->has_predicate;
    rule.predicates[0] = self->predicate;
    rule.from_count = self->from_a;
    rule.not_from_count = self->not_from_a;
    rule.has_site = self->site_b;
    rule.site = stack_of('B').site;
    return rule;
}

/* The plan as the engine reads it, and as the model does. */
typedef struct both {
    _Alignas(8) char image[8192];
    naive_rule naive[NAIVE_RULES];
    int rule_count;
} both;

static int gate_of(int gate, int rule_count)
{
    if (gate == FIRST_RULE)
        return 0;
    return gate == LAST_RULE ? rule_count - 1 : gate;
}

static void build(const int *chosen, int rule_count, both *out)
{
    hf_rule rules[NAIVE_RULES];
    for (int i = 0; i < rule_count; i++) {
        const shape *self = &shapes[chosen[i]];
        out->naive[i] = self->naive;
        out->naive[i].after = gate_of(self->naive.after, rule_count);
        out->naive[i].until = gate_of(self->naive.until, rule_count);
        rules[i] = rule_of(self, &out->naive[i]);
    }
    out->rule_count = rule_count;
    hf_code_range range = {.low = 0x10, .high = 0x11};
    hf__model_plan_parts parts = {.rule_count = (uint32_t)rule_count,
                                  .rules = rules,
                                  .rule_names = (const char *const[]){"one", "two", "three"},
                                  .range_count = 1,
                                  .ranges = &range,
                                  .range_modules = (const char *const[]){"liba*"},
                                  .thread_count = 2,
                                  .threads = (const char *const[]){"main", "second"}};
    size_t size_bytes;
    hf_error err;
    cr_assert(eq(int, hf__model_plan_build(&parts, out->image, sizeof out->image, &size_bytes, &err), HF_OK), "%s", err.message);
}

/* What the shim keeps: counters. */
typedef struct counters {
    uint64_t run[NAIVE_RULES], thread[NAIVE_RULES][3], site[NAIVE_RULES][2];
    uint32_t taken[NAIVE_RULES];
    hf_rule_set fired;
    uint64_t live;
} counters;

static uint64_t draw(counters *self, const hf_rule *rule, unsigned index, const naive_call *call)
{
    if (rule->per == HF_PER_THREAD)
        return ++self->thread[index][call->call.thread];
    if (rule->per == HF_PER_SITE)
        return ++self->site[index][call->site - 'A'];
    return ++self->run[index];
}

/* One call through the engine, as the shim makes it; fills its column of the table. */
static void engine_call(const both *plan, counters *self, const naive_call *call, int column, naive_table *table)
{
    const hf_plan_image *image = (const hf_plan_image *)(const void *)plan->image;
    hf_stack stack = stack_of(call->site);
    hf_matches matches;
    hf__engine_match(image, &call->call, &self->fired, NULL, &matches);
    if (matches.needs_stack)
        hf__engine_match(image, &call->call, &self->fired, &stack, &matches);
    hf_ticket tickets[NAIVE_RULES];
    uint32_t count = 0;
    for (unsigned i = 0; i < (unsigned)plan->rule_count; i++) {
        if (hf__engine_rule_set_has(&matches.matched, i))
            tickets[count++] =
                (hf_ticket){.rule = (uint16_t)i, .taken = self->taken[i], .ordinal = draw(self, &hf__model_plan_rules(image)[i], i, call)};
    }
    hf_decision decision;
    hf__engine_decide(image, &call->call, tickets, count, self->live, &decision);
    for (uint32_t i = 0; i < count; i++) {
        naive_cell *cell = &table->cells[tickets[i].rule][column];
        *cell = (naive_cell){
            .counts = true, .wants = tickets[i].flags != 0, .fires = decision.rule == tickets[i].rule, .ordinal = (unsigned)tickets[i].ordinal};
    }
    if (decision.rule < 0) {
        self->live += hf__engine_request_bytes(&call->call);
        return;
    }
    self->taken[decision.rule]++;
    hf__engine_rule_set_add(&self->fired, (unsigned)decision.rule);
}

/* Compares one plan over all sequences; counts differences and says the first. */
typedef struct tally {
    unsigned long long compared, fired;
    unsigned long long differences;
    char first[160];
} tally;

static void compare(const both *plan, const int *chosen, int sequence, tally *out)
{
    naive_call calls[NAIVE_CALLS];
    for (int i = 0, rest = sequence; i < NAIVE_CALLS; i++, rest /= KINDS)
        calls[i] = kinds[rest % KINDS];
    naive_table want;
    naive_table got;
    memset(&got, 0, sizeof got);
    counters state = {0};
    naive_run(plan->naive, plan->rule_count, calls, NAIVE_CALLS, &want);
    for (int i = 0; i < NAIVE_CALLS; i++)
        engine_call(plan, &state, &calls[i], i, &got);
    out->compared++;
    for (int rule = 0; rule < plan->rule_count; rule++) {
        out->fired += state.taken[rule];
        for (int i = 0; i < NAIVE_CALLS; i++) {
            const naive_cell *a = &want.cells[rule][i], *b = &got.cells[rule][i];
            bool same = a->counts == b->counts && a->wants == b->wants && a->fires == b->fires && a->ordinal == b->ordinal;
            if (!same && out->differences++ == 0)
                snprintf(out->first, sizeof out->first, "shapes %d %d %d, sequence %d: rule %d, call %d: ordinal %u against %u", chosen[0], chosen[1],
                         chosen[2], sequence, rule, i, a->ordinal, b->ordinal);
        }
    }
}

static void compare_plans(int rule_count, tally *out)
{
    int plans = 1, sequences = 1;
    for (int i = 0; i < rule_count; i++)
        plans *= SHAPES;
    for (int i = 0; i < NAIVE_CALLS; i++)
        sequences *= KINDS;
    for (int number = 0; number < plans; number++) {
        int chosen[NAIVE_RULES] = {number % SHAPES, number / SHAPES % SHAPES, number / SHAPES / SHAPES};
        both plan;
        build(chosen, rule_count, &plan);
        for (int sequence = 0; sequence < sequences; sequence++)
            compare(&plan, chosen, sequence, out);
    }
}

TestSuite(engine_naive, .timeout = 100);

Test(engine_naive, every_small_plan_decides_as_the_model)
{
    tally got = {0};
    for (int rules = 0; rules <= NAIVE_RULES; rules++)
        compare_plans(rules, &got);
    cr_assert(eq(ullong, got.differences, 0), "%s", got.first);
    cr_assert(ge(ullong, got.compared, 1000000));
    cr_assert(ge(ullong, got.fired, 1000000));
}
