/* SPDX-License-Identifier: MIT
 * Deriving decisions again: a correct trace agrees, and each kind of tampering does not. Traces of the real shim under plans of every kind, from
 * one thread and from several, agree too.
 */
#include "hf_rows.h"
#include "trace_builder.h"

#include <string.h>

TestSuite(trace_verify, .timeout = 120);

/* Three rules: the second commit fails; one Alloc after it fails, in the way that sticks; in phase "late" every Free lies. */
static void build_right(trace_builder *builder)
{
    hf_rule rules[3] = {hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init()};
    rules[0].methods = 1u << HF_METHOD_VIRTUAL_ALLOC;
    rules[0].predicate_count = 1;
    rules[0].predicates[0] = (hf_predicate){.value = MEM_COMMIT, .field = HF_FIELD_TYPE, .compare = HF_COMPARE_HAS_BITS};
    rules[0].first = rules[0].last = 2;
    rules[0].returns = 1;
    rules[0].hr = E_OUTOFMEMORY;
    rules[1].methods = 1u << HF_METHOD_MALLOC_ALLOC;
    rules[1].after = 0;
    rules[1].times = 1;
    rules[1].returns = 1;
    rules[1].hr = E_FAIL;
    rules[2].methods = 1u << HF_METHOD_MALLOC_FREE;
    rules[2].phase = 1;
    rules[2].lie = HF_LIE_NOT_DONE;
    hf__model_plan_parts parts = {.rule_count = 3,
                                  .rules = rules,
                                  .rule_names = (const char *const[]){"commit", "alloc", "free"},
                                  .phase_count = 1,
                                  .phases = (const char *const[]){"late"}};
    builder_init(builder, &parts);
    builder_thread(builder, 0);
    hf_slot_main commit = {.kind = HF_METHOD_VIRTUAL_ALLOC, .size = 4096, .type = MEM_COMMIT, .out = 0x5000, .flags = HF_CALL_FORWARDED};
    hf_slot_main alloc = {.kind = HF_METHOD_MALLOC_ALLOC, .size = 8, .out = 0x6000, .flags = HF_CALL_FORWARDED};
    builder_event(builder, commit); /* 1 */
    builder_ticket(builder, 0, 1, 0, 0);
    builder_event(builder, alloc); /* 2: the gate is closed */
    commit.hr = E_OUTOFMEMORY;
    commit.flags = 0;
    commit.out = 0;
    builder_event(builder, commit); /* 3 */
    builder_ticket(builder, 0, 2, 0, 1);
    builder_inject(builder, 0, 1);
    builder_say(builder, HF_EVENT_PHASE, 0, "late", NULL); /* 4 */
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .address = 0x6000});
    builder_ticket(builder, 2, 1, 0, 1);
    builder_inject(builder, 2, 2); /* 5 */
    alloc.hr = E_FAIL;
    alloc.flags = 0;
    builder_event(builder, alloc); /* 6 */
    builder_ticket(builder, 1, 1, 0, 1);
    builder_inject(builder, 1, 3);
    alloc.hr = HOST_E_CLRNOTAVAILABLE;
    alloc.flags = HF_CALL_STICKY;
    builder_event(builder, alloc); /* 7 */
}

/* The main slot of the event of that number, 1-based, and its first ticket and decision. */
static hf_slot_main *slot_of(trace_builder *builder, unsigned number)
{
    hf_slot_main *slot = (hf_slot_main *)(void *)(builder->bytes + builder->chunks_offset) + 1;
    while (--number > 0)
        slot += 1 + slot->extras;
    return slot;
}
static hf_slot_extra *ticket_slot(trace_builder *builder, unsigned number)
{
    return (hf_slot_extra *)(void *)(slot_of(builder, number) + 1);
}
static hf_slot_extra *decision_slot(trace_builder *builder, unsigned number)
{
    return (hf_slot_extra *)(void *)(slot_of(builder, number) + 2);
}

static hf_status verify(const trace_builder *builder, hf_error *err)
{
    hf_trace *trace = builder_decode(builder);
    hf_status status = hf_trace_verify(trace, err);
    hf_trace_destroy(trace);
    return status;
}

Test(trace_verify, a_right_trace_agrees)
{
    trace_builder builder;
    build_right(&builder);
    hf_error err;
    hf_status status = verify(&builder, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    builder_clear(&builder);
}

static void change_ordinal(trace_builder *builder)
{
    ticket_slot(builder, 3)->u.tickets[0].ordinal = 3;
}
static void change_taken(trace_builder *builder)
{
    ticket_slot(builder, 3)->u.tickets[0].taken = 1;
}
static void change_flags(trace_builder *builder)
{
    ticket_slot(builder, 3)->u.tickets[0].flags = 2;
}
static void clear_injected(trace_builder *builder)
{
    slot_of(builder, 3)->flags = HF_CALL_FORWARDED;
}
static void change_rule(trace_builder *builder)
{
    decision_slot(builder, 3)->u.decision.rule = 1;
}
static void change_ticket_rule(trace_builder *builder)
{
    ticket_slot(builder, 3)->u.tickets[0].rule = 2;
}
static void change_number(trace_builder *builder)
{
    decision_slot(builder, 3)->u.decision.number = 2;
}
static void change_site(trace_builder *builder)
{
    decision_slot(builder, 3)->u.decision.site++;
}
static void change_error(trace_builder *builder)
{
    decision_slot(builder, 3)->u.decision.last_error = 9;
}
static void change_answer(trace_builder *builder)
{
    slot_of(builder, 3)->hr = E_FAIL;
}
static void change_type(trace_builder *builder)
{
    slot_of(builder, 3)->type = MEM_RESERVE;
}
static void change_method(trace_builder *builder)
{
    slot_of(builder, 2)->kind = HF_METHOD_VIRTUAL_ALLOC;
    slot_of(builder, 2)->type = MEM_COMMIT;
}
static void change_phase(trace_builder *builder)
{
    memcpy(ticket_slot(builder, 4)->u.text, "soon", 4);
}
static void answer_otherwise(trace_builder *builder)
{
    slot_of(builder, 1)->hr = E_OUTOFMEMORY;
}
static void ask_the_host(trace_builder *builder)
{
    slot_of(builder, 3)->flags |= HF_CALL_FORWARDED;
}
static void unstick(trace_builder *builder)
{
    slot_of(builder, 7)->flags = HF_CALL_FORWARDED;
}
static void stick_early(trace_builder *builder)
{
    slot_of(builder, 2)->flags = HF_CALL_STICKY;
    slot_of(builder, 2)->hr = HOST_E_CLRNOTAVAILABLE;
}
static void sticky_answer(trace_builder *builder)
{
    slot_of(builder, 7)->hr = S_OK;
}
static void pause_a_counted_call(trace_builder *builder)
{
    slot_of(builder, 3)->flags |= HF_CALL_PAUSED;
}
static void double_the_ticket(trace_builder *builder)
{
    ticket_slot(builder, 3)->count = 2;
    ticket_slot(builder, 3)->u.tickets[1].ordinal = 1;
}

static const struct {
    const char *label;
    void (*tamper)(trace_builder *builder);
    const char *message; /* part of it */
} tampered[] = {
    {"another ordinal", change_ordinal, "rule 'commit' numbered it 3, but counting gives 2"},
    {"fired before", change_taken, "the trace says that rule 'commit' had fired 1 times before, but it had fired 0 times"},
    {"another flag", change_flags, "the ticket of rule 'commit' has flags 2, they must be 1"},
    {"not injected", clear_injected, "rule 'commit' decides it, the trace says no rule"},
    {"another rule", change_rule, "rule 'commit' decides it, the trace says rule 'alloc'"},
    {"a ticket of another rule", change_ticket_rule, "rule 'commit' counts this call, but has no ticket"},
    {"another fault number", change_number, "the trace says fault 2, but it is fault 1"},
    {"another site", change_site, "its site key is not that of its stack"},
    {"another last error", change_error, "the last error was set to 9, it must be 8"},
    {"another answer", change_answer, "the caller got 0x80004005, which is not what rule 'commit' gives"},
    {"another argument", change_type, "rule 'commit' does not count this call, but has a ticket"},
    {"another method", change_method, "rule 'commit' counts this call, but has no ticket"},
    {"another phase", change_phase, "rule 'free' does not count this call, but has a ticket"},
    {"not the host's answer", answer_otherwise, "the caller did not get what the host answered"},
    {"the host was asked", ask_the_host, "which is not what rule 'commit' gives"},
    {"an answer after E_FAIL", unstick, "after an E_FAIL it should have been answered HOST_E_CLRNOTAVAILABLE"},
    {"no E_FAIL yet", stick_early, "but there was none"},
    {"a sticky answer that is none", sticky_answer, "a sticky answer must be HOST_E_CLRNOTAVAILABLE"},
    {"a paused call with a ticket", pause_a_counted_call, "it must not have been counted"},
    {"two tickets of one rule", double_the_ticket, "its tickets are not in the order of the rules"},
};
HF_ROWS(trace_verify, tampering_is_told, tampered)
{
    trace_builder builder;
    build_right(&builder);
    tampered[*number].tamper(&builder);
    hf_error err = {0};
    hf_status status = verify(&builder, &err);
    cr_assert(eq(int, status, HF_ERROR_FORMAT), "%s", tampered[*number].label);
    cr_assert(not(zero(ptr, strstr(err.message, tampered[*number].message))), "%s: %s", tampered[*number].label, err.message);
    builder_clear(&builder);
}

Test(trace_verify, the_message_names_the_event)
{
    trace_builder builder;
    build_right(&builder);
    change_ordinal(&builder);
    hf_error err = {0};
    verify(&builder, &err);
    cr_assert(zero(int, strncmp(err.message, "event 2, VirtualAlloc on thread main: ", strlen("event 2, VirtualAlloc on thread main: "))));
    builder_clear(&builder);
}

/* Two threads draw from one counter; one fires at its second ordinal, whoever draws it. */
static void build_shared(trace_builder *builder, const uint64_t *ordinals, bool is_whole)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.first = rule.last = 9;
    hf__model_plan_parts parts = {.rule_count = 1, .rules = &rule, .rule_names = (const char *const[]){"shared"}};
    builder_init(builder, &parts);
    builder_control(builder)->attached = is_whole ? 2 : 1;
    for (unsigned i = 0; i < 4; i++) {
        builder_thread(builder, i / 2);
        builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .flags = HF_CALL_FORWARDED});
        builder_ticket(builder, 0, ordinals[i], 0, 0);
    }
}

static const struct {
    const char *label;
    uint64_t ordinals[4];
    int is_whole;
    hf_status status;
    const char *message;
} shared[] = {
    {"one thread after the other", {1, 2, 3, 4}, 1, HF_OK, ""},
    {"interleaved", {2, 4, 1, 3}, 1, HF_OK, ""},
    {"one number twice", {1, 2, 2, 3}, 1, HF_ERROR_FORMAT, "number 2 was given twice"},
    {"one number missing", {1, 2, 3, 5}, 1, HF_ERROR_FORMAT, "number 4 is missing"},
    {"missing, but the process died", {1, 2, 3, 5}, 0, HF_OK, ""},
    {"twice, though the process died", {1, 2, 2, 3}, 0, HF_ERROR_FORMAT, "number 2 was given twice"},
    {"no number", {0, 1, 2, 3}, 1, HF_ERROR_FORMAT, "number 0 was given twice"},
    {"it should have fired", {1, 2, 9, 3}, 0, HF_ERROR_FORMAT, "rule 'shared' decides it, the trace says no rule"},
};
HF_ROWS(trace_verify, numbers_of_several_threads_are_all_there, shared)
{
    trace_builder builder;
    build_shared(&builder, shared[*number].ordinals, shared[*number].is_whole != 0);
    hf_error err = {0};
    hf_status status = verify(&builder, &err);
    cr_assert(eq(int, status, shared[*number].status), "%s: %s", shared[*number].label, err.message);
    cr_assert(not(zero(ptr, strstr(err.message, shared[*number].message))), "%s: %s", shared[*number].label, err.message);
    builder_clear(&builder);
}

/* Which phase it was when another thread called is not in the record: a ticket may be there, and may be not. */
Test(trace_verify, phases_of_several_threads_are_not_known)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = HF_METHODS_ALL;
    rule.phase = 1;
    rule.first = 9;
    hf__model_plan_parts parts = {
        .rule_count = 1, .rules = &rule, .rule_names = (const char *const[]){"r"}, .phase_count = 1, .phases = (const char *const[]){"late"}};
    trace_builder builder;
    builder_init(&builder, &parts);
    builder_thread(&builder, 0);
    builder_say(&builder, HF_EVENT_PHASE, 0, "late", NULL);
    builder_say(&builder, HF_EVENT_PHASE, 0, "later", NULL);
    builder_thread(&builder, 1);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .flags = HF_CALL_FORWARDED});
    builder_ticket(&builder, 0, 1, 0, 0);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .flags = HF_CALL_FORWARDED});
    hf_error err = {0};
    hf_status status = verify(&builder, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    builder_clear(&builder);
}
