/* SPDX-License-Identifier: MIT
 * How the model gets its managers (hosting of memory, CLR: src/vm/corhost.cpp:4350-4560) and what its callback does (3912-3982).
 */
#include "clr_fixture.h"
#include "hf_rows.h"
#include <string.h>

TestSuite(clr_attach, .timeout = 120);

Test(clr_attach, managers_are_asked_for_in_order)
{
    static const uint32_t first_words[] = {0x7BC698D1, 0x997FF24C, 0x983D50E2, 0x8BDE9D80, 0x234330C7,
                                           0x613DABD7, 0x5D4EC34E, 0x75AD2468, 0x7AE49844};
    fixture *f = fixture_hosted();
    uint32_t got[9] = {0};
    for (uint32_t i = 0; i < 9; i++)
        got[i] = f->host.asked[i].Data1;
    cr_assert(eq(u32, f->host.asked_count, 9));
    cr_assert(eq(int, memcmp(got, first_words, sizeof got), 0));
}

Test(clr_attach, malloc_is_made_once_and_thread_safe)
{
    fixture *f = fixture_started();
    cr_assert(eq(u32, fake_host_count(&f->host, 0, HF_METHOD_CREATE_MALLOC, 0), 1));
    cr_assert(eq(u32, fake_host_last(&f->host, HF_METHOD_CREATE_MALLOC, 0).type, MALLOC_THREADSAFE));
}

Test(clr_attach, managers_are_never_released_after_success)
{
    fixture *f = fixture_started();
    clr_stop(&f->clr);
    cr_assert(eq(i32, f->host.manager_releases, 0));
}

static const struct {
    const char *label;
    HRESULT hr;
} refusals[] = {
    {"out of memory", E_OUTOFMEMORY},          {"catastrophic", E_FAIL},        {"timed out", HOST_E_TIMEOUT},
    {"not available", HOST_E_CLRNOTAVAILABLE}, {"not owner", HOST_E_NOT_OWNER}, {"a success that is not S_OK", S_FALSE},
};
HF_ROWS(clr_attach, failed_create_malloc_releases_the_manager, refusals)
{
    fake_host host;
    clr_runtime clr;
    fake_host_init(&host);
    clr_runtime_init(&clr);
    fake_host_script(&host, (fake_rule){.method = HF_METHOD_CREATE_MALLOC, .hr = refusals[*number].hr});
    HRESULT hr = clr_set_host_control(&clr, &host.control);
    cr_assert(eq(i32, hr, E_UNEXPECTED), "%s", refusals[*number].label);
    cr_assert(eq(i32, host.manager_releases, 1), "%s", refusals[*number].label);
    cr_assert(eq(ptr, clr.manager, NULL), "%s", refusals[*number].label);
    cr_assert(eq(u32, host.asked_count, 1), "%s", refusals[*number].label);
}

Test(clr_attach, pointer_that_a_failed_create_malloc_wrote_is_used)
{
    fake_host host;
    clr_runtime clr;
    fake_host_init(&host);
    clr_runtime_init(&clr);
    fake_host_script(&host, (fake_rule){.method = HF_METHOD_CREATE_MALLOC, .hr = E_FAIL, .out = FAKE_DONE});
    (void)clr_set_host_control(&clr, &host.control);
    void *memory = clr_heap_alloc(&clr.main, 0, 100);
    cr_assert(ne(ptr, memory, NULL));
    cr_assert(eq(u32, fake_host_count(&host, 0, HF_METHOD_MALLOC_ALLOC, 0), 1));
    cr_assert(eq(u32, clr.host_config & CLR_MEMORY_HOSTED, 0));
}

Test(clr_attach, failed_registration_is_ignored)
{
    fake_host host;
    clr_runtime clr;
    fake_host_init(&host);
    clr_runtime_init(&clr);
    fake_host_script(&host, (fake_rule){.method = HF_METHOD_REGISTER_NOTIFICATION, .hr = E_FAIL});
    cr_assert(eq(i32, clr_set_host_control(&clr, &host.control), S_OK));
    cr_assert(eq(u32, clr.host_config, CLR_MEMORY_HOSTED));
}

/* What is hosted while the host is inside RegisterMemoryNotificationCallback. */
static bool heap_hosted, pages_hosted;
static void look(void *user)
{
    const clr_runtime *clr = user;
    heap_hosted = clr->malloc != NULL;
    pages_hosted = clr->manager != NULL;
}

Test(clr_attach, runtime_is_half_hosted_during_registration)
{
    fake_host host;
    clr_runtime clr;
    fake_host_init(&host);
    clr_runtime_init(&clr);
    host.on_register = look;
    host.user = &clr;
    cr_assert(eq(i32, clr_set_host_control(&clr, &host.control), S_OK));
    cr_assert(heap_hosted);
    cr_assert(not(pages_hosted));
}

static const struct {
    const char *label;
    HRESULT hr;
    fake_out out;
} no_managers[] = {
    {"not supported", E_NOINTERFACE, FAKE_NULL},
    {"S_OK with null", S_OK, FAKE_NULL},
    {"S_FALSE with a manager", S_FALSE, FAKE_DONE},
    {"S_OK, pointer not written", S_OK, FAKE_UNTOUCHED},
};
HF_ROWS(clr_attach, manager_counts_only_with_s_ok_and_a_pointer, no_managers)
{
    fake_host host;
    clr_runtime clr;
    fake_host_init(&host);
    clr_runtime_init(&clr);
    fake_host_script(&host, (fake_rule){.method = HF_METHOD_GET_HOST_MANAGER, .hr = no_managers[*number].hr, .out = no_managers[*number].out});
    cr_assert(eq(i32, clr_set_host_control(&clr, &host.control), S_OK), "%s", no_managers[*number].label);
    cr_assert(eq(ptr, clr.manager, NULL), "%s", no_managers[*number].label);
    cr_assert(eq(ptr, clr.malloc, NULL), "%s", no_managers[*number].label);
    cr_assert(eq(u32, host.asked_count, 9), "%s", no_managers[*number].label);
}

Test(clr_attach, null_control_is_an_invalid_argument)
{
    clr_runtime clr;
    clr_runtime_init(&clr);
    cr_assert(eq(i32, clr_set_host_control(&clr, NULL), E_INVALIDARG));
}

Test(clr_attach, started_runtime_denies_a_new_host)
{
    fixture *f = fixture_started();
    cr_assert(eq(i32, clr_set_host_control(&f->clr, &f->host.control), E_ACCESSDENIED));
}

Test(clr_attach, callback_counts_no_references)
{
    fixture *f = fixture_hosted();
    ICLRMemoryNotificationCallback *callback = f->host.callback;
    cr_assert(eq(u32, callback->lpVtbl->Release(callback), 1));
    cr_assert(eq(u32, callback->lpVtbl->Release(callback), 1));
    cr_assert(eq(u32, callback->lpVtbl->AddRef(callback), 1));
}

static HRESULT notify(fixture *f, EMemoryAvailable available)
{
    return f->host.callback->lpVtbl->OnMemoryNotification(f->host.callback, available);
}

Test(clr_attach, notification_before_the_start_does_nothing)
{
    fixture *f = fixture_hosted();
    cr_assert(eq(i32, notify(f, eMemoryAvailableLow), S_OK));
    cr_assert(eq(u32, f->clr.low_memory, 0));
}

Test(clr_attach, low_memory_is_answered_by_one_collection_later)
{
    fixture *f = fixture_started();
    uint32_t before = f->clr.gc.collections;
    cr_assert(eq(i32, notify(f, eMemoryAvailableLow), S_OK));
    cr_assert(eq(u32, f->clr.gc.collections, before), "the call itself collects nothing");
    clr_finalizer_turn(f->thread);
    clr_finalizer_turn(f->thread);
    cr_assert(eq(u32, f->clr.gc.collections, before + 1));
}

Test(clr_attach, low_memory_wakes_the_finalizer_once_in_8192_ms)
{
    fixture *f = fixture_started();
    uint32_t before = f->clr.gc.collections;
    (void)notify(f, eMemoryAvailableLow);
    clr_finalizer_turn(f->thread);
    f->clr.clock_ms += 0x1FFF;
    (void)notify(f, eMemoryAvailableLow);
    clr_finalizer_turn(f->thread);
    cr_assert(eq(u32, f->clr.gc.collections, before + 1), "too early for the second");
    f->clr.clock_ms += 1;
    (void)notify(f, eMemoryAvailableLow);
    clr_finalizer_turn(f->thread);
    cr_assert(eq(u32, f->clr.gc.collections, before + 2));
}

static const struct {
    const char *label;
    int available;
} ends_of_low[] = {{"neutral", eMemoryAvailableNeutral}, {"high", eMemoryAvailableHigh}};
HF_ROWS(clr_attach, neutral_and_high_end_low_memory, ends_of_low)
{
    fixture *f = fixture_started();
    (void)notify(f, eMemoryAvailableLow);
    (void)notify(f, (EMemoryAvailable)ends_of_low[*number].available);
    cr_assert(eq(u32, f->clr.low_memory, 0), "%s", ends_of_low[*number].label);
}
