/* SPDX-License-Identifier: MIT
 * Start and its latch, the escalation policy, and complete programs: each computes the same with every host, and without a host.
 */
#include "clr_fixture.h"
#include "hf_rows.h"

TestSuite(clr_program, .timeout = 120);

Test(clr_program, startup_is_process_critical_throughout)
{
    fixture *f = fixture_started();
    uint32_t requests = 0, critical = 0;
    for (uint32_t i = 0; i < f->host.call_count; i++) {
        bool request = f->host.log[i].method == HF_METHOD_VIRTUAL_ALLOC || f->host.log[i].method == HF_METHOD_MALLOC_ALLOC;
        requests += request;
        critical += request && f->host.log[i].level == eProcessCritical;
    }
    cr_assert(lt(u32, 20, requests));
    cr_assert(eq(u32, critical, requests));
}

static const struct {
    const char *label;
    hf_method method;
    uint32_t first;
    HRESULT status;
} failed_starts[] = {
    {"the first object", HF_METHOD_MALLOC_ALLOC, 1, E_FAIL},
    {"the handle table, whose code is kept", HF_METHOD_MALLOC_ALLOC, 7, E_OUTOFMEMORY},
    {"the first reservation", HF_METHOD_VIRTUAL_ALLOC, 1, E_FAIL},
    {"protection of the own image", HF_METHOD_VIRTUAL_PROTECT, 1, E_FAIL},
};
HF_ROWS(clr_program, failed_start_is_latched, failed_starts)
{
    fixture *f = fixture_hosted();
    fake_host_script(&f->host, (fake_rule){.method = failed_starts[*number].method, .first = failed_starts[*number].first, .hr = E_OUTOFMEMORY});
    cr_assert(eq(i32, clr_start(&f->clr), failed_starts[*number].status), "%s", failed_starts[*number].label);
    fixture_mark(f);
    cr_assert(eq(i32, clr_start(&f->clr), failed_starts[*number].status), "%s: the second time", failed_starts[*number].label);
    cr_assert(eq(u32, f->host.call_count, f->mark), "%s: without a call", failed_starts[*number].label);
}

Test(clr_program, start_does_not_look_at_the_mini_metadata_buffer)
{
    fixture *f = fixture_hosted();
    cr_assert(eq(i32, clr_start(&f->clr), S_OK));
    uint32_t commits = fixture_count(f, HF_METHOD_VIRTUAL_ALLOC, MEM_COMMIT);
    fixture *again = fixture_hosted();
    fake_host_script(&again->host, (fake_rule){.method = HF_METHOD_VIRTUAL_ALLOC, .type = MEM_COMMIT, .first = commits, .hr = E_FAIL});
    cr_assert(eq(i32, clr_start(&again->clr), S_OK));
    cr_assert(eq(ptr, again->clr.mini_metadata, NULL));
}

static const struct {
    const char *label;
    int action;
    bool critical, requested, other_domain;
    uint32_t constrained;
    int exception;
} escalations[] = {
    {"no policy asked for", CLR_ACTION_RUDE_EXIT, false, false, false, 0, CLR_OUT_OF_MEMORY},
    {"throw", CLR_ACTION_THROW, false, true, false, 0, CLR_OUT_OF_MEMORY},
    {"abort the thread", CLR_ACTION_ABORT_THREAD, false, true, false, 0, CLR_THREAD_ABORTED},
    {"unload the domain", CLR_ACTION_UNLOAD_DOMAIN, false, true, true, 0, CLR_DOMAIN_UNLOADED},
    {"the default domain is not unloaded", CLR_ACTION_UNLOAD_DOMAIN, false, true, false, 0, CLR_OUT_OF_MEMORY},
    {"exit", CLR_ACTION_EXIT, false, true, false, 0, CLR_EXIT},
    {"disable", CLR_ACTION_DISABLE, false, true, false, 0, CLR_THREAD_ABORTED},
    {"critical resource", CLR_ACTION_EXIT, true, true, false, 0, CLR_EXIT},
    {"in a constrained region only a throw", CLR_ACTION_EXIT, true, true, false, 1, CLR_OUT_OF_MEMORY},
};
HF_ROWS(clr_program, policy_decides_what_becomes_of_out_of_memory, escalations)
{
    fixture *f = fixture_started();
    clr_domain other = {0};
    f->clr.policy_requested = escalations[*number].requested;
    f->clr.action[escalations[*number].critical] = (clr_action)escalations[*number].action;
    f->thread->lock_count = escalations[*number].critical;
    f->thread->constrained = escalations[*number].constrained;
    f->thread->domain = escalations[*number].other_domain ? &other : f->thread->domain;
    (void)clr_throw_out_of_memory(f->thread);
    (void)clr_managed(f->thread, false);
    cr_assert(eq(int, f->thread->exception, escalations[*number].exception), "%s", escalations[*number].label);
}

Test(clr_program, policy_exit_has_the_documented_code)
{
    fixture *f = fixture_hosted();
    cr_assert(eq(i32, clr_policy_set(&f->clr, false, CLR_ACTION_EXIT), S_OK));
    cr_assert(eq(i32, clr_start(&f->clr), S_OK));
    (void)clr_throw_out_of_memory(f->thread);
    clr_policy_apply(f->thread);
    cr_assert(eq(i32, f->clr.exit_code, HOST_E_EXITPROCESS_OUTOFMEMORY));
}

Test(clr_program, policy_below_throw_is_refused)
{
    fixture *f = fixture_hosted();
    cr_assert(eq(i32, clr_policy_set(&f->clr, true, CLR_ACTION_NONE), E_INVALIDARG));
}

Test(clr_program, policy_asked_for_after_the_start_is_not_noticed)
{
    fixture *f = fixture_started();
    (void)clr_policy_set(&f->clr, false, CLR_ACTION_EXIT);
    (void)clr_throw_out_of_memory(f->thread);
    clr_policy_apply(f->thread);
    cr_assert(eq(int, f->thread->exception, CLR_OUT_OF_MEMORY));
}

static const struct {
    const char *label;
    HRESULT hr;
    int created;
} shown[] = {{"S_OK", S_OK, 1}, {"S_FALSE is a success here", S_FALSE, 1}, {"E_NOTIMPL is thrown", E_NOTIMPL, 0}};
HF_ROWS(clr_program, domain_is_shown_to_the_host, shown)
{
    fixture *f = fixture_started();
    f->clr.domain_manager = true;
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_SET_APP_DOMAIN_MANAGER, .hr = shown[*number].hr});
    uint32_t regions = fixture_mark(f);
    clr_domain *domain = clr_domain_create(f->thread, false);
    cr_assert(eq(int, domain != NULL, shown[*number].created), "%s", shown[*number].label);
    cr_assert(eq(int, fake_host_regions(&f->host) == regions, !shown[*number].created), "%s", shown[*number].label);
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_SET_APP_DOMAIN_MANAGER, 0), 1), "%s", shown[*number].label);
}

/* Runs a program to its end with whatever host the runtime has. */
static uint64_t digest_of(clr_runtime *clr, const char *program, int *exception)
{
    clr_program_options options = {.threads = 3};
    clr_program_run run = {.thread = &clr->main, .options = &options};
    clr_program_execute(clr_program_by_name(program), &run);
    clr_stop(clr);
    *exception = clr->main.exception;
    return clr->main.digest + run.lost;
}

static const struct {
    const char *name;
} programs[] = {{"app"}, {"hello"}, {"alloc"}, {"jit"}, {"domains"}, {"locks"}, {"threads"}};
HF_ROWS(clr_program, computes_the_same_hosted_and_not, programs)
{
    static clr_runtime alone;
    int hosted_exception = -1, alone_exception = -1;
    fixture *f = fixture_started();
    uint64_t hosted = digest_of(&f->clr, programs[*number].name, &hosted_exception);
    clr_runtime_init(&alone);
    cr_assert(eq(i32, clr_start(&alone), S_OK), "%s", programs[*number].name);
    uint64_t unhosted = digest_of(&alone, programs[*number].name, &alone_exception);
    cr_assert(eq(int, hosted_exception, CLR_NO_EXCEPTION), "%s", programs[*number].name);
    cr_assert(eq(int, alone_exception, CLR_NO_EXCEPTION), "%s", programs[*number].name);
    cr_assert(eq(u64, hosted, unhosted), "%s", programs[*number].name);
    cr_assert(ne(u64, hosted, 0), "%s", programs[*number].name);
}

HF_ROWS(clr_program, leaves_its_objects_whole, programs)
{
    int exception = -1;
    fixture *f = fixture_started();
    (void)digest_of(&f->clr, programs[*number].name, &exception);
    const char *wrong = clr_gc_verify(&f->clr.gc);
    cr_assert(eq(int, wrong == NULL, 1), "%s", programs[*number].name);
    cr_assert(eq(u32, f->clr.main.lock_count, 0), "%s", programs[*number].name);
}

/* Fails the n-th request of a program, for every n until none is left: memory is out in order, or the program does not need it. */
static uint32_t run_with_failure(uint32_t ordinal, bool *fired)
{
    fixture *f = fixture_hosted();
    int exception = -1;
    fake_rule rule = {.method = HF_METHOD_VIRTUAL_ALLOC, .first = ordinal, .last = ordinal, .hr = E_OUTOFMEMORY};
    fake_host_script(&f->host, rule);
    if (SUCCEEDED(clr_start(&f->clr)))
        (void)digest_of(&f->clr, "domains", &exception);
    *fired = f->host.rules[0].seen >= ordinal;
    uint32_t wrong = f->clr.main.lock_count + (clr_gc_verify(&f->clr.gc) != NULL);
    clr_runtime_end(&f->clr);
    fake_host_end(&f->host);
    return wrong;
}

Test(clr_program, survives_the_failure_of_each_request, .timeout = 120)
{
    bool fired = true;
    uint32_t wrong = 0, ordinal = 1;
    for (; fired && ordinal < 2000; ordinal++)
        wrong += run_with_failure(ordinal, &fired);
    cr_assert(eq(u32, wrong, 0));
    cr_assert(lt(u32, 60, ordinal));
    cr_assert(lt(u32, ordinal, 2000));
}
