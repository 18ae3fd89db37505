/* SPDX-License-Identifier: MIT
 * The wrappers: how they interpret each answer of a host (CLR: src/vm/hosting.cpp:214-683, src/vm/corhost.cpp:7211-7248), and the level of a
 * request.
 */
#include "clr_fixture.h"
#include "hf_rows.h"

TestSuite(clr_host, .timeout = 120);

static clr_domain default_domain = {.is_default = true}, other_domain;
static const struct {
    const char *label;
    bool started, managed;
    uint32_t locks;
    const clr_domain *domain;
    uint32_t level;
} levels[] = {
    {"before the start", false, true, 0, &default_domain, eProcessCritical},
    {"before the start, other domain", false, true, 0, &other_domain, eProcessCritical},
    {"no lock", true, true, 0, &default_domain, eTaskCritical},
    {"no lock, other domain", true, true, 0, &other_domain, eTaskCritical},
    {"no managed Thread object", true, false, 1, &default_domain, eTaskCritical},
    {"lock in the default domain", true, true, 1, &default_domain, eProcessCritical},
    {"lock in another domain", true, true, 2, &other_domain, eAppDomainCritical},
};
HF_ROWS(clr_host, level_follows_from_locks_and_domain, levels)
{
    fixture *f = fixture_hosted();
    clr_domain domain = *levels[*number].domain;
    f->clr.started = levels[*number].started;
    *f->thread = (clr_thread){.clr = &f->clr, .managed = levels[*number].managed, .lock_count = levels[*number].locks, .domain = &domain};
    (void)clr_virtual_alloc(f->thread, NULL, CLR_GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    (void)clr_heap_alloc(f->thread, 0, 8);
    cr_assert(eq(u32, fake_host_last(&f->host, HF_METHOD_VIRTUAL_ALLOC, 0).level, levels[*number].level), "%s", levels[*number].label);
    cr_assert(eq(u32, fake_host_last(&f->host, HF_METHOD_MALLOC_ALLOC, 0).level, levels[*number].level), "%s", levels[*number].label);
}

Test(clr_host, own_critical_section_counts_as_a_lock)
{
    fixture *f = fixture_started();
    clr_crst_enter(f->thread, &f->clr.system_crst);
    EMemoryCriticalLevel inside = clr_critical_level(f->thread);
    clr_crst_leave(f->thread, &f->clr.system_crst);
    cr_assert(eq(u32, inside, eProcessCritical));
    cr_assert(eq(u32, clr_critical_level(f->thread), eTaskCritical));
}

static const struct {
    const char *label;
    HRESULT hr;
    fake_out out;
    uint64_t value;
    uint64_t pages, heap; /* what the caller of the wrapper gets */
} answers[] = {
    {"S_OK and a pointer", S_OK, FAKE_VALUE, 0x10000, 0x10000, 0x10000},
    {"S_OK and null", S_OK, FAKE_NULL, 0, 0, 0},
    {"S_OK, nothing written", S_OK, FAKE_UNTOUCHED, 0, CLR_GARBAGE, 0},
    {"S_FALSE and a pointer", S_FALSE, FAKE_VALUE, 0x10000, 0, 0},
    {"another success code", 0x40000, FAKE_VALUE, 0x10000, 0, 0},
    {"E_OUTOFMEMORY and a pointer", E_OUTOFMEMORY, FAKE_VALUE, 0x10000, 0, 0},
    {"E_FAIL", E_FAIL, FAKE_NULL, 0, 0, 0},
    {"HOST_E_TIMEOUT, nothing written", HOST_E_TIMEOUT, FAKE_UNTOUCHED, 0, 0, 0},
};
HF_ROWS(clr_host, alloc_takes_s_ok_alone_for_success, answers)
{
    fixture *f = fixture_hosted();
    fake_rule rule = {.hr = answers[*number].hr, .out = answers[*number].out, .value = answers[*number].value};
    rule.method = HF_METHOD_VIRTUAL_ALLOC;
    fake_host_script(&f->host, rule);
    rule.method = HF_METHOD_MALLOC_ALLOC;
    fake_host_script(&f->host, rule);
    uint64_t pages = (uintptr_t)clr_virtual_alloc(f->thread, NULL, CLR_GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    uint64_t heap = (uintptr_t)clr_heap_alloc(f->thread, 0, 24);
    cr_assert(eq(u64, pages, answers[*number].pages), "%s", answers[*number].label);
    cr_assert(eq(u64, heap, answers[*number].heap), "%s", answers[*number].label);
}

Test(clr_host, memory_given_under_s_false_is_leaked)
{
    fixture *f = fixture_hosted();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_ALLOC, .hr = S_FALSE, .out = FAKE_DONE});
    void *memory = clr_virtual_alloc(f->thread, NULL, CLR_GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    cr_assert(eq(ptr, memory, NULL));
    cr_assert(eq(u32, fake_host_regions(&f->host), 1));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_FREE, 0), 0));
}

Test(clr_host, refused_request_is_not_made_again)
{
    fixture *f = fixture_hosted();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_ALLOC, .hr = HOST_E_TIMEOUT});
    (void)clr_virtual_alloc(f->thread, NULL, CLR_GRANULE, MEM_RESERVE, PAGE_NOACCESS);
    cr_assert(eq(u32, f->host.call_count - f->mark, 1));
}

static const struct {
    const char *label;
    HRESULT hr;
    int freed;
} releases[] = {{"S_OK", S_OK, 1}, {"S_FALSE", S_FALSE, 0}, {"foreign", HOST_E_INVALIDOPERATION, 0}, {"E_FAIL", E_FAIL, 0}};
HF_ROWS(clr_host, free_and_protect_succeed_with_s_ok_alone, releases)
{
    fixture *f = fixture_hosted();
    DWORD old = 0;
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_FREE, .hr = releases[*number].hr});
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_PROTECT, .hr = releases[*number].hr});
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_MALLOC_FREE, .hr = releases[*number].hr});
    cr_assert(eq(int, clr_virtual_free(f->thread, f, 0, MEM_RELEASE), releases[*number].freed), "%s", releases[*number].label);
    cr_assert(eq(int, clr_virtual_protect(f->thread, f, 1, PAGE_READONLY, &old), releases[*number].freed), "%s", releases[*number].label);
    cr_assert(eq(int, clr_heap_free(f->thread, f), releases[*number].freed), "%s", releases[*number].label);
}

static const struct {
    const char *label;
    HRESULT hr;
    fake_out out;
    uint64_t value, result;
} queries[] = {
    {"S_OK", S_OK, FAKE_VALUE, 48, 48},
    {"S_FALSE counts as success", S_FALSE, FAKE_VALUE, 48, 48},
    {"S_OK with 0", S_OK, FAKE_NULL, 0, 0},
    {"S_OK, nothing written", S_OK, FAKE_UNTOUCHED, 0, CLR_GARBAGE},
    {"failure with a result", HOST_E_ABANDONED, FAKE_VALUE, 48, 0},
};
HF_ROWS(clr_host, query_takes_every_success_code, queries)
{
    fixture *f = fixture_hosted();
    MEMORY_BASIC_INFORMATION info;
    fake_host_script(
        &f->host,
        (fake_rule){.method = HF_METHOD_VIRTUAL_QUERY, .hr = queries[*number].hr, .out = queries[*number].out, .value = queries[*number].value});
    uint64_t result = clr_virtual_query(f->thread, f, &info);
    cr_assert(eq(u64, result, queries[*number].result), "%s", queries[*number].label);
}

Test(clr_host, zero_memory_flag_does_not_reach_the_host)
{
    fixture *f = fixture_hosted();
    (void)clr_heap_alloc(f->thread, CLR_HEAP_ZERO_MEMORY, 40);
    fake_call call = fake_host_last(&f->host, HF_METHOD_MALLOC_ALLOC, 0);
    cr_assert(eq(u64, call.size, 40));
    cr_assert(eq(u32, call.type, 0));
}

Test(clr_host, new_of_nothing_asks_for_a_pointer)
{
    fixture *f = fixture_hosted();
    cr_assert(ne(ptr, clr_new(f->thread, 0), NULL));
    cr_assert(eq(u64, fake_host_last(&f->host, HF_METHOD_MALLOC_ALLOC, 0).size, 0));
}

Test(clr_host, new_throws_and_nothrow_does_not)
{
    fixture *f = fixture_hosted();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_MALLOC_ALLOC, .hr = E_OUTOFMEMORY});
    cr_assert(eq(ptr, clr_new_nothrow(f->thread, 8), NULL));
    cr_assert(eq(int, f->thread->exception, CLR_NO_EXCEPTION));
    cr_assert(eq(ptr, clr_new(f->thread, 8), NULL));
    cr_assert(eq(int, f->thread->exception, CLR_OUT_OF_MEMORY));
}

Test(clr_host, null_reaches_the_host_by_heap_free_and_not_by_delete)
{
    fixture *f = fixture_hosted();
    clr_delete(f->thread, NULL);
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_MALLOC_FREE, 0), 0));
    cr_assert(not(clr_heap_free(f->thread, NULL)));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_MALLOC_FREE, 0), 1));
}

static const struct {
    const char *label;
    HRESULT hr;
    fake_out out;
    uint32_t load;
} loads[] = {
    {"S_OK is believed", S_OK, FAKE_VALUE, 97},
    {"S_FALSE is not", S_FALSE, FAKE_VALUE, 50},
    {"failure is not", E_FAIL, FAKE_VALUE, 50},
    {"S_OK, nothing written", S_OK, FAKE_UNTOUCHED, (uint32_t)CLR_GARBAGE},
};
HF_ROWS(clr_host, memory_load_of_the_host_counts_with_s_ok_alone, loads)
{
    fixture *f = fixture_hosted();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_GET_MEMORY_LOAD, .hr = loads[*number].hr, .out = loads[*number].out, .value = 97});
    cr_assert(eq(u32, clr_global_memory_status(f->thread).load, loads[*number].load), "%s", loads[*number].label);
}

static const struct {
    const char *label;
    DWORD code;
    int exception;
    HRESULT hr;
} last_errors[] = {
    {"8 alone is out of memory", ERROR_NOT_ENOUGH_MEMORY, CLR_OUT_OF_MEMORY, E_OUTOFMEMORY},
    {"none set", 0, CLR_COM_EXCEPTION, E_FAIL},
    {"14 is not out of memory", ERROR_OUTOFMEMORY, CLR_COM_EXCEPTION, (HRESULT)0x8007000E},
    {"1455 neither", ERROR_COMMITMENT_LIMIT, CLR_COM_EXCEPTION, (HRESULT)0x800705AF},
    {"487", ERROR_INVALID_ADDRESS, CLR_COM_EXCEPTION, (HRESULT)0x800701E7},
};
HF_ROWS(clr_host, exception_follows_from_the_last_error, last_errors)
{
    fixture *f = fixture_hosted();
    hf_set_last_error(last_errors[*number].code);
    (void)clr_throw_last_error(f->thread);
    cr_assert(eq(int, f->thread->exception, last_errors[*number].exception), "%s", last_errors[*number].label);
    cr_assert(eq(i32, f->thread->exception_hr, last_errors[*number].hr), "%s", last_errors[*number].label);
}
