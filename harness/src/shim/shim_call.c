/* SPDX-License-Identifier: MIT
 * The path that every hosting call takes: check whether we are attached, match, take tickets, decide, record the start, forward or fault, complete
 * the record, return. It must never allocate, take a lock, or call the host except through the call's own forward function.
 *
 * Almost every call matches no rule, so that case is a straight line that writes one slot. Everything rare (matches, stacks, faults) is kept aside in
 * an hf_plan_step.
 */
#include "shim_below.h"
#include "base_check.h"
#include "base_random.h"
#include "shim_fork.h"

#include <string.h>

#include "base_poison.h"

/* What a call needs beyond its main slot. */
typedef struct extras {
    uint32_t ticket_count;
    int rule; /* that decides; -1 none */
    bool sticky;
    bool has_stack;
    uint64_t live;
    hf_ticket tickets[HF_RULES_MAX];
    hf_shim_stack stack;
} extras;

static uint64_t take_site_ticket(uint64_t site, unsigned rule)
{
    uint64_t key = hf__hash(site, &rule, sizeof rule) | 1;
    for (uint32_t probe = 0; probe < HF_SHIM_SITES_MAX; probe++) {
        hf_site_count *slot = &hf__shim.sites[(key + probe) % HF_SHIM_SITES_MAX];
        uint64_t found = hf__os_load_u64(&slot->key);
        if (found == 0 && hf__os_swap_if_u64(&slot->key, 0, key))
            found = key;
        else if (found == 0)
            found = hf__os_load_u64(&slot->key);
        if (found == key)
            return hf__os_add_u64_atomic(&slot->count, 1) + 1;
    }
    hf__os_add_u32_atomic(&hf__shim.session.control->lost, 1);
    return 0;
}

static uint64_t take_ticket(hf_shim_thread *thread, const hf_rule *rule, unsigned index, uint64_t site)
{
    switch ((hf_per)rule->per) {
    case HF_PER_RUN: return hf__os_add_u64_atomic(&hf__shim.counts[index], 1) + 1;
    case HF_PER_THREAD: return ++thread->counts[index];
    case HF_PER_SITE: return take_site_ticket(site, index);
    }
    return 0;
}

static void take_stack(extras *more, uintptr_t pc)
{
    if (more->has_stack)
        return;
    const hf_shim_stack *known = hf__shim_fork_stack();
    if (known != NULL)
        more->stack = *known;
    else
        hf__shim_take_stack(pc, hf__shim.session.plan->stack_depth, &more->stack);
    more->has_stack = true;
}

static hf_rule_set fired_now(void)
{
    hf_rule_set fired = {.words = {0}};
    for (unsigned i = 0; i < HF_COUNT_OF(fired.words); i++)
        fired.words[i] = hf__os_load_u64(&hf__shim.fired_rules[i]);
    return fired;
}

static void match(const hf_shim_call *call, hf_matches *matches)
{
    hf_rule_set fired = fired_now();
    hf__engine_match(hf__shim.session.plan, &call->call, &fired, NULL, matches);
}

static void match_stack(const hf_shim_call *call, extras *more, hf_matches *matches)
{
    hf_rule_set fired = fired_now();
    take_stack(more, call->pc);
    hf_stack stack = {.count = more->stack.count, .site = more->stack.site, .frames = more->stack.frames};
    hf__engine_match(hf__shim.session.plan, &call->call, &fired, &stack, matches);
}

/* Claims the firing that the decision was made for. False: another thread was faster; the ticket has the new count. */
static bool claim(hf_ticket *tickets, uint32_t count, int rule)
{
    hf_ticket *ticket = tickets;
    while (ticket < tickets + count && ticket->rule != (unsigned)rule)
        ticket++;
    HF_ASSERT(ticket < tickets + count);
    if (hf__os_swap_if_u32(&hf__shim.taken[rule], ticket->taken, ticket->taken + 1))
        return true;
    ticket->taken = hf__os_load_u32(&hf__shim.taken[rule]);
    return false;
}

/* Takes a ticket of each matched rule and decides. */
static void decide(const hf_shim_call *call, hf_shim_thread *thread, extras *more, const hf_matches *matches)
{
    const hf_plan_image *plan = hf__shim.session.plan;
    const hf_rule *rules = hf__model_plan_rules(plan);
    for (unsigned i = 0; i < plan->rule_count; i++) {
        if (!hf__engine_rule_set_has(&matches->matched, i))
            continue;
        hf_ticket *ticket = &more->tickets[more->ticket_count++];
        uint64_t ordinal = take_ticket(thread, &rules[i], i, more->stack.site);
        *ticket = (hf_ticket){.rule = (uint16_t)i, .taken = hf__os_load_u32(&hf__shim.taken[i]), .ordinal = ordinal};
    }
    if (more->ticket_count == 0)
        return;
    more->live = hf__shim_live_now();
    hf_decision decision = {.rule = -1};
    do
        hf__engine_decide(plan, &call->call, more->tickets, more->ticket_count, more->live, &decision);
    while (decision.rule >= 0 && !claim(more->tickets, more->ticket_count, decision.rule));
    more->rule = decision.rule;
    if (decision.rule >= 0)
        hf__os_or_u64_atomic(&hf__shim.fired_rules[decision.rule / 64], 1ull << (decision.rule % 64));
}

/* The methods that acquire memory, as a constant: asked at every call. A test compares it with the model. */
static inline bool is_request(hf_method method)
{
    return (HF_SHIM_REQUESTS >> method & 1u) != 0;
}

/* Extra slots that `more` takes, and whether VirtualQuery's answer needs one. */
static uint32_t count_extras(const hf_shim_call *call, const extras *more)
{
    uint32_t slots = call->call.method == HF_METHOD_VIRTUAL_QUERY ? 1 : 0;
    slots += (more->ticket_count + 2) / 3;
    slots += more->rule >= 0 ? 1 : 0;
    slots += more->has_stack ? (more->stack.count + 6) / 7 : 0;
    return slots;
}

static hf_slot_extra *put_tickets(hf_slot_extra *at, const extras *more)
{
    for (uint32_t i = 0; i < more->ticket_count; i++) {
        hf_slot_extra *slot = at + i / 3;
        slot->u.tickets[i % 3].ordinal = more->tickets[i].ordinal;
        slot->u.tickets[i % 3].taken = more->tickets[i].taken;
        slot->u.tickets[i % 3].rule = more->tickets[i].rule;
        slot->u.tickets[i % 3].flags = more->tickets[i].flags;
        slot->count = (uint8_t)(i % 3 + 1);
        slot->what = HF_EXTRA_TICKETS;
        slot->state = HF_SLOT_EXTRA;
    }
    return at + (more->ticket_count + 2) / 3;
}

/* The decision's slot is filled in when the call is over; here only its place is fixed. */
static hf_slot_extra *put_decision(hf_slot_extra *at, const extras *more, uint32_t number)
{
    at->u.decision.live = more->live;
    at->u.decision.site = more->stack.site;
    at->u.decision.rule = (uint32_t)more->rule;
    at->u.decision.number = number;
    at->count = 1;
    at->what = HF_EXTRA_DECISION;
    at->state = HF_SLOT_EXTRA;
    return at + 1;
}

typedef struct started {
    hf_slot_main *slot; /* NULL: nothing is recorded */
    hf_slot_extra *decision;
    hf_slot_extra *query;
    uint64_t at;
} started;

/* A main slot with everything that is known before the call, not yet published; NULL: lost. */
static inline hf_slot_main *fill_slot(const hf_shim_call *call, hf_shim_thread *thread, uint32_t extra_count, uint8_t flags, uint64_t at)
{
    thread->recording++;
    hf__os_signal_fence();
    hf_slot_main *slot = hf__session_record_reserve(&hf__shim.session, hf__shim_stream(thread), 1 + extra_count);
    hf__os_signal_fence();
    thread->recording--;
    if (slot == NULL)
        return NULL;
    slot->start = at;
    slot->address = call->call.address;
    slot->size = call->call.size;
    slot->pc = call->pc;
    slot->type = call->call.type;
    slot->protect = call->call.protect;
    slot->kind = (uint8_t)(call->call.function != HF_FUNCTION_NONE ? HF_EVENT_FUNCTION + call->call.function : (unsigned)call->call.method);
    slot->level = (uint8_t)(call->call.level < 255 ? call->call.level : 255);
    slot->flags = flags;
    slot->extras = (uint8_t)extra_count;
    return slot;
}

static hf_slot_extra *put_query_place(hf_slot_extra *at)
{
    at->what = HF_EXTRA_QUERY;
    at->state = HF_SLOT_EXTRA;
    return at;
}

/* Reading the counter costs as much as the rest of the record, and heap calls are many and short. So a heap call without a fault has no duration (a
 * fault may have been a delay). If one thread makes all the calls, only every 16th reads the counter; the calls between are numbered on from there,
 * which keeps their order and is never ahead of the counter. */
#define STAMPS_BETWEEN 16u
static inline bool is_timed(hf_method method)
{
    return method < HF_METHOD_MALLOC_ALLOC || method > HF_METHOD_MALLOC_FREE;
}

static inline uint64_t start_time(hf_shim_thread *thread, hf_method method)
{
    if (thread->stamps == 0 || is_timed(method) || hf__os_load_u32_relaxed(&hf__shim.threads_many) != 0 || thread->depth > 1) {
        thread->stamps = thread->depth > 1 ? 0 : STAMPS_BETWEEN;
        return thread->stamp = hf__os_counter();
    }
    thread->stamps--;
    return ++thread->stamp;
}

/* Publishes the start of a call that has more to record than its slot. */
static started start(const hf_shim_call *call, hf_shim_thread *thread, const extras *more, uint8_t flags)
{
    started out = {.at = more->rule < 0 ? start_time(thread, call->call.method) : hf__os_counter()};
    thread->stamp = out.at;
    out.slot = fill_slot(call, thread, count_extras(call, more), flags, out.at);
    if (out.slot == NULL)
        return out;
    hf_slot_extra *at = put_tickets((hf_slot_extra *)(void *)(out.slot + 1), more);
    if (more->rule >= 0) {
        out.decision = at;
        at = put_decision(at, more, hf__os_add_u32_atomic(&hf__shim.session.control->fired, 1) + 1);
    }
    if (more->has_stack)
        at += hf__session_record_put_stack(at, 16, more->stack.addresses, more->stack.count);
    if (call->call.method == HF_METHOD_VIRTUAL_QUERY)
        out.query = put_query_place(at);
    hf__os_store_u32(&out.slot->state, HF_SLOT_STARTED);
    return out;
}

/* The same for a call that has only its slot: the straight line. */
static inline started start_plain(const hf_shim_call *call, hf_shim_thread *thread, uint8_t flags)
{
    bool is_query = call->call.method == HF_METHOD_VIRTUAL_QUERY;
    started out = {.at = start_time(thread, call->call.method)};
    out.slot = fill_slot(call, thread, is_query, flags, out.at);
    if (out.slot == NULL)
        return out;
    if (is_query)
        out.query = put_query_place((hf_slot_extra *)(void *)(out.slot + 1));
    hf__os_store_u32(&out.slot->state, HF_SLOT_STARTED);
    return out;
}

static void put_query(hf_slot_extra *at, const hf_shim_call *call)
{
    MEMORY_BASIC_INFORMATION answer;
    memcpy(&answer, call->other, sizeof answer);
    at->u.query.base = (uintptr_t)answer.BaseAddress;
    at->u.query.allocation_base = (uintptr_t)answer.AllocationBase;
    at->u.query.region_size = answer.RegionSize;
    at->u.query.allocation_protect = answer.AllocationProtect;
    at->u.query.state = answer.State;
    at->u.query.protect = answer.Protect;
    at->u.query.type = answer.Type;
    at->count = 1;
}

static inline void finish_record(const started *record, const hf_shim_call *call, HRESULT hr, HRESULT host_hr, bool forwarded)
{
    hf_slot_main *slot = record->slot;
    if (slot == NULL)
        return;
    slot->out = hf__shim_read_out(call);
    slot->hr = hr;
    slot->host_hr = host_hr;
    if (forwarded)
        slot->flags |= HF_CALL_FORWARDED;
    if (call->call.method == HF_METHOD_GET_MEMORY_LOAD)
        slot->size = call->extra_out;
    if (record->query != NULL && SUCCEEDED(hr) && slot->out >= sizeof(MEMORY_BASIC_INFORMATION) && call->other != NULL)
        put_query(record->query, call);
    bool timed = is_timed(call->call.method) || !forwarded || record->decision != NULL;
    hf__session_record_done(slot, timed ? hf__os_counter() - record->at : 0);
}

/* Past the limit of failures from one place the run is a storm, and ends here. */
static void count_failure(hf_shim_thread *thread, uint64_t stack, uintptr_t pc)
{
    thread->failures++;
    if (hf__shim_storm_failed(thread->rows, stack, pc) < hf__shim.storm_limit)
        return;
    hf__os_store_u32(&hf__shim.session.control->storm, 1);
    if (hf__shim_subject != NULL)
        hf__shim_subject->end();
    if (!hf__shim.session.is_private)
        hf__os_exit_now(HF_EXIT_HARNESS);
    if (hf__shim.on_storm != NULL)
        hf__shim.on_storm();
}

/* Regions of a host that is not ours are known in any case; of heap calls there is nothing to keep unless live bytes are counted. */
static inline void after_forward(const hf_shim_call *call, HRESULT host_hr)
{
    if (hf__shim.tracks_live != 0 || (!call->is_ours && is_timed(call->call.method)))
        hf__shim_live_after(call, host_hr, hf__shim_read_out(call));
}

/* stack: of the call; 0: none was taken. */
static inline void watch_storm(hf_shim_thread *thread, const hf_shim_call *call, uint64_t stack, HRESULT hr)
{
    if (!is_request(call->call.method))
        return;
    if (FAILED(hr))
        count_failure(thread, stack, call->pc);
    else if (thread->failures != 0)
        hf__shim_storm_granted(thread->rows, stack, call->pc);
}

/* Forwards a call whose start is recorded. */
static inline HRESULT forward(hf_shim_call *call, hf_shim_thread *thread, const started *record, uint64_t stack, uint8_t flags)
{
    if (hf__shim.tracks_live != 0)
        hf__shim_live_before(call);
    HRESULT hr = call->forward(call);
    if ((flags & (HF_CALL_SIGNAL | HF_CALL_PAUSED)) == 0)
        watch_storm(thread, call, stack, hr);
    after_forward(call, hr);
    finish_record(record, call, hr, hr, true);
    return hr;
}

static uint64_t stack_of(const extras *more)
{
    return more->has_stack ? more->stack.site : 0;
}

static HRESULT run_plainly(hf_shim_call *call, hf_shim_thread *thread, const extras *more, uint8_t flags)
{
    started record = start(call, thread, more, flags);
    return forward(call, thread, &record, stack_of(more), flags);
}

static inline HRESULT run_plain(hf_shim_call *call, hf_shim_thread *thread, uint8_t flags)
{
    started record = start_plain(call, thread, flags);
    return forward(call, thread, &record, 0, flags);
}

static HRESULT run_sticky(hf_shim_call *call, hf_shim_thread *thread, const extras *more)
{
    started record = start(call, thread, more, HF_CALL_STICKY | (call->call.foreign ? HF_CALL_FOREIGN : 0));
    hf__shim_clear_out(call);
    hf__shim_set_errors(HOST_E_CLRNOTAVAILABLE, NULL);
    watch_storm(thread, call, stack_of(more), HOST_E_CLRNOTAVAILABLE);
    finish_record(&record, call, HOST_E_CLRNOTAVAILABLE, S_OK, false);
    return HOST_E_CLRNOTAVAILABLE;
}

static HRESULT run_faulted(hf_shim_call *call, hf_shim_thread *thread, extras *more)
{
    const hf_rule *rule = &hf__model_plan_rules(hf__shim.session.plan)[more->rule];
    const char *name = hf__model_plan_string(hf__shim.session.plan, rule->name);
    started record = start(call, thread, more, HF_CALL_INJECTED | (call->call.foreign ? HF_CALL_FOREIGN : 0));
    if (record.decision != NULL && record.decision->u.decision.number == 1)
        hf_on_first_fault(name);
    hf_on_fault(name);
    HRESULT host_hr = S_OK;
    bool forwarded = false;
    uint64_t host_out = 0;
    HRESULT hr = hf__shim_fault(call, rule, &host_hr, &forwarded, &host_out);
    if (record.decision != NULL) {
        hf__shim_watch_handlers(record.decision->u.decision.number);
        record.decision->u.decision.host_out = forwarded ? host_out : hf__shim_read_out(call);
        record.decision->u.decision.last_error = FAILED(hr) || rule->has_last_error ? hf__shim_error_of(hr, rule) : 0;
    }
    thread->stacks_due = HF_SHIM_STACKS_AFTER_FAULT;
    bool got_null = call->out != NULL && hf__shim_read_out(call) == 0;
    watch_storm(thread, call, stack_of(more), got_null ? E_OUTOFMEMORY : hr); /* asking for more is in vain after S_OK and null as well */
    finish_record(&record, call, hr, host_hr, forwarded);
    return hr;
}

/* Everything that matched, or needs a stack. */
static HRESULT run_with_extras(hf_shim_call *call, hf_shim_thread *thread, bool sticky, hf_matches *matches)
{
    extras more;
    more.ticket_count = 0;
    more.rule = -1;
    more.has_stack = false;
    more.live = 0;
    more.stack.count = 0;
    more.stack.site = 0;
    if (matches->needs_stack || matches->needs_site)
        match_stack(call, &more, matches);
    decide(call, thread, &more, matches);
    bool due = thread->stacks_due > 0;
    if (due)
        thread->stacks_due--;
    if (due || more.rule >= 0 || (hf__shim.session.plan->flags & HF_PLAN_STACKS_ALWAYS) != 0)
        take_stack(&more, call->pc);
    if (sticky)
        return run_sticky(call, thread, &more);
    if (more.rule >= 0)
        return run_faulted(call, thread, &more);
    return run_plainly(call, thread, &more, call->call.foreign ? HF_CALL_FOREIGN : 0);
}

static bool wants_extras(const hf_shim_thread *thread, const hf_matches *matches)
{
    bool matched = matches->needs_stack || matches->needs_site;
    for (unsigned i = 0; i < HF_COUNT_OF(matches->matched.words); i++)
        matched |= matches->matched.words[i] != 0;
    return matched || thread->stacks_due > 0 || (hf__shim.session.plan->flags & HF_PLAN_STACKS_ALWAYS) != 0;
}

/* With fork points the rules are matched for the points' sake, and decide in clones alone. */
static void match_or_fork(const hf_shim_call *call, hf_shim_thread *thread, hf_matches *matches)
{
    match(call, matches);
    if (hf__shim.has_points == 0)
        return;
    if (hf__shim_fork_at(thread, call->pc, matches))
        match(call, matches);
    else
        *matches = (hf_matches){.needs_stack = false};
}

/* A call that a rule may match, or that needs a stack. False: nothing comes of it after all, and it is a plain one. */
static bool run_specially(hf_shim_call *call, hf_shim_thread *thread, HRESULT *hr)
{
    bool sticky = hf__os_load_u32(&hf__shim.sticky) != 0;
    hf_matches matches = {.needs_stack = false};
    if (!sticky && hf__engine_filter_passes(hf__shim.filter, &call->call))
        match_or_fork(call, thread, &matches);
    if (!sticky && !wants_extras(thread, &matches))
        return false;
    *hr = run_with_extras(call, thread, sticky, &matches);
    return true;
}

/* Does nothing but forwarding and one slot stand before this call? */
static inline bool is_plain(const hf_shim_call *call, const hf_shim_thread *thread)
{
    return !hf__engine_filter_passes(hf__shim.filter, &call->call) && thread->stacks_due == 0 && hf__os_load_u32_relaxed(&hf__shim.sticky) == 0 &&
           (hf__shim.session.plan->flags & HF_PLAN_STACKS_ALWAYS) == 0;
}

HRESULT hf__shim_run(hf_shim_call *call)
{
    if (!hf__shim_attached())
        return hf__shim_below == NULL ? call->forward(call) : hf__shim_run_above(call);
    hf_shim_thread *thread = hf__shim_here();
    call->call.thread = thread->label;
    call->call.phase = (uint8_t)hf__os_load_u32_relaxed(&hf__shim.phase);
    HRESULT hr = S_OK;
    thread->depth++;
    hf__os_signal_fence();
    if (call->pc - 1 - thread->code_start >= thread->code_bytes)
        hf__shim_learn_caller(thread, call->pc);
    uint8_t flags = call->call.foreign ? HF_CALL_FOREIGN : 0;
    if (thread->depth > 1)
        flags = HF_CALL_SIGNAL;
    else if (thread->paused != 0)
        flags |= HF_CALL_PAUSED;
    bool counts = (flags & (HF_CALL_SIGNAL | HF_CALL_PAUSED)) == 0;
    if (!counts || is_plain(call, thread) || !run_specially(call, thread, &hr))
        hr = run_plain(call, thread, flags);
    hf__os_signal_fence();
    thread->depth--;
    return hr;
}
