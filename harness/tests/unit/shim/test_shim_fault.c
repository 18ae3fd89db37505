/* SPDX-License-Identifier: MIT
 * The effect of an injected fault on a call, for every documented pair of method and HRESULT: the caller gets it, the out-parameter
 * is null, last error and errno agree, the host is not called.
 */
#include "fake_host.h"
#include "hf_rows.h"
#include "model_rule.h"
#include "shim_call.h"

#include <errno.h>
#include <string.h>

static unsigned notified;

static HRESULT STDMETHODCALLTYPE callback_query_interface(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    (void)self;
    (void)riid;
    *out = NULL;
    return E_NOINTERFACE;
}
static ULONG STDMETHODCALLTYPE callback_count(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return 1;
}
static HRESULT STDMETHODCALLTYPE on_notification(ICLRMemoryNotificationCallback *self, EMemoryAvailable available)
{
    (void)self;
    notified += (unsigned)available;
    return S_OK;
}
static const ICLRMemoryNotificationCallbackVtbl callback_vtable = {callback_query_interface, callback_count, callback_count, on_notification};
static ICLRMemoryNotificationCallback callback = {&callback_vtable};

static const struct {
    hf_method method;
    HRESULT hr;
} documented[] = {
#define HF_DOCUMENTED(method, hr) {HF_METHOD_##method, hr},
#define HF_DOCUMENTED_COMMON(method)                                                                                                                 \
    {HF_METHOD_##method, HOST_E_CLRNOTAVAILABLE}, {HF_METHOD_##method, HOST_E_TIMEOUT}, {HF_METHOD_##method, HOST_E_NOT_OWNER},                      \
        {HF_METHOD_##method, HOST_E_ABANDONED}, {HF_METHOD_##method, E_FAIL},
#include "model_matrix.def"
};

static IHostMemoryManager *wrapped;
static IHostControl *wrapped_control;

static void begin(const hf_rule *rule)
{
    attach_rule(rule);
    cr_assert(eq(int, hf_wrap(fake_manager(), &wrapped), S_OK));
    cr_assert(eq(int, hf_wrap_control(fake_control(), &wrapped_control), S_OK));
    wrapped->lpVtbl->RegisterMemoryNotificationCallback(wrapped, &callback);
    memset(fake.calls, 0, sizeof fake.calls);
}

static uint64_t out_mask(hf_method method)
{
    return method == HF_METHOD_VIRTUAL_PROTECT || method == HF_METHOD_GET_MEMORY_LOAD ? 0xFFFFFFFFu : ~0ull;
}

TestSuite(shim_fault, .timeout = 120);

HF_ROWS(shim_fault, documented_failure_reaches_the_caller, documented)
{
    hf_method method = documented[*number].method;
    HRESULT hr = documented[*number].hr;
    hf_rule rule = failing(method, hr);
    rule.first = method == HF_METHOD_REGISTER_NOTIFICATION ? 2 : 1;
    begin(&rule);
    const char *name = hf__model_method(method)->name;
    uint64_t out;
    HRESULT got = call_method(wrapped, wrapped_control, method, &out);
    uint64_t want = hf__model_method(method)->out == HF_OUT_KIND_NONE ? OUT_BEFORE & out_mask(method) : 0;
    cr_assert(eq(int, got, hr), "%s", name);
    cr_assert(eq(u64, out & out_mask(method), want), "%s: out-parameter", name);
    cr_assert(eq(uint, fake.calls[method], 0), "%s: the host was asked", name);
    cr_assert(eq(uint, hf_fired(), 1), "%s", name);
    cr_assert(eq(uint, hf_last_error(), hf__model_win32_of(hr)), "%s: last error", name);
}

Test(shim_fault, errno_agrees_with_the_hresult)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, HOST_E_TIMEOUT);
    begin(&rule);
    uint64_t out;
    errno = 0;
    call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out);
    cr_assert(eq(int, errno, ETIMEDOUT));
}

Test(shim_fault, done_means_the_host_did_it_and_the_caller_hears_failure)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, HOST_E_TIMEOUT);
    rule.done = 1;
    begin(&rule);
    uint64_t out;
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out), HOST_E_TIMEOUT));
    cr_assert(eq(u64, out, 0));
    cr_assert(eq(uint, fake.calls[HF_METHOD_VIRTUAL_ALLOC], 1));
}

Test(shim_fault, untouched_leaves_the_out_parameter)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, E_OUTOFMEMORY);
    rule.out = HF_OUT_UNTOUCHED;
    begin(&rule);
    uint64_t out;
    call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out);
    cr_assert(eq(u64, out, OUT_BEFORE));
}

Test(shim_fault, poison_is_an_address_that_cannot_be_used, .signal = 11)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, E_OUTOFMEMORY);
    rule.out = HF_OUT_POISON;
    begin(&rule);
    uint64_t out;
    call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out);
    *(volatile char *)(uintptr_t)out = 1;
}

static const struct {
    const char *label;
    hf_method method;
    hf_lie lie;
    HRESULT hr;
    int asked;    /* the host was */
    int out_null; /* 1: null, 0: something, -1: as before */
} lies[] = {
    {"null", HF_METHOD_VIRTUAL_ALLOC, HF_LIE_NULL, S_OK, 0, 1},
    {"untouched", HF_METHOD_VIRTUAL_ALLOC, HF_LIE_UNTOUCHED, S_OK, 0, -1},
    {"uncommitted", HF_METHOD_VIRTUAL_ALLOC, HF_LIE_UNCOMMITTED, S_OK, 1, 0},
    {"dirty", HF_METHOD_VIRTUAL_ALLOC, HF_LIE_DIRTY, S_OK, 1, 0},
    {"short", HF_METHOD_VIRTUAL_ALLOC, HF_LIE_SHORT, S_OK, 1, 0},
    {"s_false", HF_METHOD_VIRTUAL_ALLOC, HF_LIE_S_FALSE, S_FALSE, 1, 0},
    {"free not done", HF_METHOD_VIRTUAL_FREE, HF_LIE_NOT_DONE, S_OK, 0, -1},
    {"protect not done", HF_METHOD_VIRTUAL_PROTECT, HF_LIE_NOT_DONE, S_OK, 0, 0},
    {"old protection", HF_METHOD_VIRTUAL_PROTECT, HF_LIE_OLD_PROTECT, S_OK, 1, 1},
    {"query of nothing", HF_METHOD_VIRTUAL_QUERY, HF_LIE_NULL, S_OK, 0, 1},
    {"alloc null", HF_METHOD_MALLOC_ALLOC, HF_LIE_NULL, S_OK, 0, 1},
    {"manager null", HF_METHOD_GET_HOST_MANAGER, HF_LIE_NULL, S_OK, 0, 1},
};
HF_ROWS(shim_fault, lie_tells_success, lies)
{
    hf_rule rule = failing(lies[*number].method, S_OK);
    rule.returns = 0;
    rule.lie = (uint8_t)lies[*number].lie;
    begin(&rule);
    uint64_t out;
    hf_method method = lies[*number].method;
    HRESULT hr = call_method(wrapped, wrapped_control, method, &out);
    uint64_t kept = out & out_mask(method);
    int out_null = kept == 0 ? 1 : (kept == (OUT_BEFORE & out_mask(method)) ? -1 : 0);
    cr_assert(eq(int, hr, lies[*number].hr), "%s", lies[*number].label);
    cr_assert(eq(uint, fake.calls[method], (unsigned)lies[*number].asked), "%s: host", lies[*number].label);
    cr_assert(eq(int, out_null, lies[*number].out_null), "%s: out", lies[*number].label);
}

Test(shim_fault, a_lie_may_set_the_last_error)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, S_OK);
    rule.returns = 0;
    rule.lie = HF_LIE_NULL;
    rule.has_last_error = 1;
    rule.last_error = ERROR_COMMITMENT_LIMIT;
    begin(&rule);
    uint64_t out;
    call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out);
    cr_assert(eq(uint, hf_last_error(), ERROR_COMMITMENT_LIMIT));
}

Test(shim_fault, dirty_memory_is_not_zero)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, S_OK);
    rule.returns = 0;
    rule.lie = HF_LIE_DIRTY;
    begin(&rule);
    uint64_t out;
    call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out);
    cr_assert(eq(int, fake.block[4095], 0xDB));
}

Test(shim_fault, short_asks_for_half)
{
    hf_rule rule = failing(HF_METHOD_MALLOC_ALLOC, S_OK);
    rule.returns = 0;
    rule.lie = HF_LIE_SHORT;
    begin(&rule);
    uint64_t out;
    call_method(wrapped, wrapped_control, HF_METHOD_MALLOC_ALLOC, &out);
    cr_assert(eq(u64, fake.size, 12));
}

Test(shim_fault, e_fail_sticks_to_every_later_call)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, E_FAIL);
    rule.last = 1;
    begin(&rule);
    uint64_t out;
    call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out);
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out), HOST_E_CLRNOTAVAILABLE));
    cr_assert(eq(u64, out, 0));
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_FREE, &out), HOST_E_CLRNOTAVAILABLE));
    cr_assert(eq(uint, hf_fired(), 1), "sticky answers are not faults");
}

Test(shim_fault, e_fail_need_not_stick)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, E_FAIL);
    rule.last = 1;
    rule.sticks = 0;
    begin(&rule);
    uint64_t out;
    call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out);
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out), S_OK));
}

Test(shim_fault, notification_reaches_the_caller_before_the_call)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, S_OK);
    rule.returns = 0;
    rule.notify = eMemoryAvailableLow;
    begin(&rule);
    uint64_t out;
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out), S_OK));
    cr_assert(eq(uint, notified, (unsigned)eMemoryAvailableLow));
}

/* A rule about the notification itself, too: found by fuzzing, it had no end. */
Test(shim_fault, notification_sends_no_notification)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, S_OK);
    rule.methods |= 1u << HF_METHOD_ON_MEMORY_NOTIFICATION;
    rule.returns = 0;
    rule.notify = eMemoryAvailableLow;
    begin(&rule);
    uint64_t out;
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out), S_OK));
    cr_assert(eq(uint, notified, (unsigned)eMemoryAvailableLow));
}

Test(shim_fault, foreign_query_is_left_alone_unless_the_rule_says_so)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_QUERY, E_FAIL);
    rule.foreign = 0;
    begin(&rule);
    uint64_t out;
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_QUERY, &out), S_OK));
}

Test(shim_fault, paused_calls_are_neither_counted_nor_faulted)
{
    hf_rule rule = failing(HF_METHOD_VIRTUAL_ALLOC, E_OUTOFMEMORY);
    begin(&rule);
    uint64_t out;
    hf_pause();
    hf_pause();
    hf_resume();
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out), S_OK));
    hf_resume();
    cr_assert(eq(int, call_method(wrapped, wrapped_control, HF_METHOD_VIRTUAL_ALLOC, &out), E_OUTOFMEMORY));
}

Test(shim_fault, requests_are_the_methods_that_acquire)
{
    uint32_t acquire = 0;
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++)
        acquire |= (uint32_t)(hf__model_method((hf_method)method)->class_ == HF_CLASS_ACQUIRE) << method;
    cr_assert(eq(uint, HF_SHIM_REQUESTS, acquire));
}
