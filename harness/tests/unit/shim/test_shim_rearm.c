/* SPDX-License-Identifier: MIT
 * A restarted private session: it records the same as a new one, whatever ran before.
 */
#include "fake_host.h"
#include "host.h"
#include "hf_rows.h"
#include "shim_call.h"
#include "shim_rearm.h"

#include <hostfault/trace.h>
#include <stdlib.h>
#include <string.h>

TestSuite(shim_rearm, .timeout = 120);

#define PLAN_ROOM ((size_t)64 << 10)
static _Alignas(8) char plan[PLAN_ROOM];
static size_t plan_bytes;

/* VirtualAlloc fails at its second call, Malloc.Alloc from the third on, an E_FAIL at the end sticks. */
static void build_plan(HRESULT last)
{
    hf_rule rules[3] = {hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init()};
    rules[0].methods = 1u << HF_METHOD_VIRTUAL_ALLOC;
    rules[0].first = rules[0].last = 2;
    rules[1].methods = 1u << HF_METHOD_GET_MEMORY_LOAD;
    rules[1].first = 3;
    rules[1].times = 2;
    rules[2].methods = 1u << HF_METHOD_VIRTUAL_FREE;
    rules[2].first = rules[2].last = 5;
    for (unsigned i = 0; i < 3; i++) {
        rules[i].returns = 1;
        rules[i].hr = i == 2 ? last : HOST_E_TIMEOUT;
    }
    const hf__model_plan_parts parts = {.rule_count = 3, .rules = rules, .rule_names = (const char *const[]){"one", "two", "three"}};
    hf_error err;
    cr_assert(eq(int, hf__model_plan_build(&parts, plan, sizeof plan, &plan_bytes, &err), HF_OK), "%s", err.message);
}

static void work(unsigned rounds)
{
    IHostMemoryManager *manager = NULL;
    uint64_t out;
    cr_assert(eq(int, hf_wrap(fake_manager(), &manager), S_OK)); /* and forgets it */
    hf_thread("worker");
    for (unsigned i = 0; i < rounds; i++) {
        call_method(manager, fake_control(), HF_METHOD_VIRTUAL_ALLOC, &out);
        call_method(manager, fake_control(), HF_METHOD_GET_MEMORY_LOAD, &out);
        call_method(manager, fake_control(), HF_METHOD_VIRTUAL_FREE, &out);
    }
}

typedef struct text {
    char bytes[60000];
    size_t length;
} text;

static void append(const char *bytes, size_t size_bytes, void *user)
{
    text *to = user;
    size_t there = sizeof to->bytes - to->length;
    memcpy(to->bytes + to->length, bytes, size_bytes < there ? size_bytes : there);
    to->length += size_bytes < there ? size_bytes : there;
}

static void print(const void *bytes, size_t size_bytes, text *out)
{
    hf_trace *trace = NULL;
    hf_error err;
    cr_assert(eq(int, hf_trace_decode(bytes, size_bytes, &trace, &err), HF_OK), "%s", err.message);
    out->length = 0;
    hf_trace_print(trace, NULL, append, out);
    cr_assert(eq(int, hf_trace_verify(trace, &err), HF_OK), "%s", err.message);
    hf_trace_destroy(trace);
}

static void run_fresh(unsigned rounds, text *out)
{
    const void *bytes = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf_attach_plan(plan, plan_bytes, 8 << 20, NULL), HF_OK));
    work(rounds);
    hf_detach(&bytes, &size_bytes);
    print(bytes, size_bytes, out);
    hf_trace_discard(bytes, size_bytes);
}

static void run_again(unsigned rounds, text *out)
{
    size_t size_bytes = 0;
    hf_error err;
    cr_assert(eq(int, hf__shim_rearm(plan, plan_bytes, &err), HF_OK), "%s", err.message);
    work(rounds);
    const void *bytes = hf__shim_trace(&size_bytes);
    print(bytes, size_bytes, out);
}

Test(shim_rearm, records_what_a_fresh_session_does)
{
    static text fresh, again;
    build_plan(HOST_E_NOT_OWNER);
    run_fresh(10, &fresh);
    cr_assert(eq(int, hf__shim_attach_rearmable(PLAN_ROOM, 8 << 20, NULL), HF_OK));
    for (unsigned i = 0; i < 3; i++) {
        run_again(10, &again);
        cr_assert(eq(sz, again.length, fresh.length), "round %u", i);
        cr_assert(zero(int, memcmp(again.bytes, fresh.bytes, fresh.length)), "round %u: %.*s", i, (int)again.length, again.bytes);
        build_plan(E_FAIL); /* sticks: nothing of it may be left */
        run_again(2000, &again);
        build_plan(HOST_E_NOT_OWNER);
    }
}

Test(shim_rearm, wrappers_and_chunks_are_there_again)
{
    static text again;
    build_plan(HOST_E_NOT_OWNER);
    cr_assert(eq(int, hf__shim_attach_rearmable(PLAN_ROOM, 1 << 20, NULL), HF_OK));
    for (unsigned i = 0; i < 200; i++)
        run_again(100, &again);
    cr_assert(eq(uint, hf__shim.session.control->lost, 0));
}

static HRESULT STDMETHODCALLTYPE callback_query_interface(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    (void)riid;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_count(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return 1;
}

static unsigned notified;

static HRESULT STDMETHODCALLTYPE on_notification(ICLRMemoryNotificationCallback *self, EMemoryAvailable available)
{
    (void)self;
    (void)available;
    notified++;
    return S_OK;
}

/* Its wrapper is another object's by then. */
Test(shim_rearm, a_callback_of_the_run_before_is_not_called)
{
    static const ICLRMemoryNotificationCallbackVtbl methods = {callback_query_interface, callback_count, callback_count, on_notification};
    ICLRMemoryNotificationCallback callback = {&methods};
    IHostMemoryManager *bare = NULL, *manager = NULL;
    hf_error err;
    build_plan(HOST_E_NOT_OWNER);
    cr_assert(eq(int, hf__shim_attach_rearmable(PLAN_ROOM, 1 << 20, NULL), HF_OK));
    cr_assert(all(eq(int, hf_host_create(&bare), S_OK), eq(int, hf_wrap(bare, &manager), S_OK)));
    cr_assert(eq(int, manager->lpVtbl->RegisterMemoryNotificationCallback(manager, &callback), S_OK));
    hf__shim_notify(eMemoryAvailableLow);
    cr_assert(eq(uint, notified, 1));
    cr_assert(eq(int, hf__shim_rearm(plan, plan_bytes, &err), HF_OK));
    IHostMalloc *heap = NULL;
    cr_assert(eq(int, hf_wrap(bare, &manager), S_OK));
    cr_assert(eq(int, manager->lpVtbl->CreateMalloc(manager, MALLOC_THREADSAFE, &heap), S_OK));
    hf__shim_notify(eMemoryAvailableLow);
    cr_assert(all(eq(uint, notified, 1), eq(ptr, hf__host_callback(), NULL)));
}

Test(shim_rearm, a_plan_that_has_no_room_is_refused)
{
    hf_error err;
    build_plan(HOST_E_NOT_OWNER);
    cr_assert(eq(int, hf__shim_rearm(plan, plan_bytes, &err), HF_ERROR_ARGUMENT), "not attached");
    cr_assert(eq(int, hf__shim_attach_rearmable(512, 1 << 20, NULL), HF_OK));
    cr_assert(eq(int, hf__shim_rearm(plan, plan_bytes, &err), HF_ERROR_ARGUMENT), "%zu bytes", plan_bytes);
}
