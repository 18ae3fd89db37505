/* SPDX-License-Identifier: MIT
 * Attaching and recording: a private trace has every call, a forked child is detached, each thread has its own stream.
 */
#include "fake_host.h"
#include "hf_rows.h"
#include "os_thread.h"
#include "trace_reader.h"

#include <dlfcn.h>
#include <hostfault/trace.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(shim_attach, .timeout = 120);

static IHostMemoryManager *attach_and_wrap(size_t trace_bytes)
{
    IHostMemoryManager *got = NULL;
    cr_assert(eq(int, hf_attach_plan(NULL, 0, trace_bytes, NULL), HF_OK));
    cr_assert(eq(int, hf_wrap(fake_manager(), &got), S_OK));
    return got;
}

static hf_trace *detach_and_read(void)
{
    const void *bytes = NULL;
    size_t size_bytes = 0;
    hf_detach(&bytes, &size_bytes);
    hf_trace *trace = NULL;
    hf_error err;
    cr_assert(eq(int, hf_trace_decode(bytes, size_bytes, &trace, &err), HF_OK), "%s", err.message);
    hf_trace_discard(bytes, size_bytes);
    return trace;
}

static uint64_t calls_of(const hf_trace *trace)
{
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    return summary.calls;
}

Test(shim_attach, every_call_is_recorded_over_many_chunks)
{
    IHostMemoryManager *got = attach_and_wrap(8 << 20);
    uint64_t out;
    for (int i = 0; i < 50000; i++)
        call_method(got, fake_control(), HF_METHOD_VIRTUAL_ALLOC, &out);
    hf_trace *trace = detach_and_read();
    cr_assert(eq(u64, calls_of(trace), 50000));
    hf_trace_destroy(trace);
}

static uint64_t place_of_first(const hf_trace *trace, hf_method method)
{
    for (size_t i = 0; i < hf_trace_event_count(trace); i++)
        if (hf_trace_event(trace, i)->kind == (uint32_t)method)
            return hf_trace_event(trace, i)->pc;
    return 0;
}

/* Places are compared between runs by module and offset: without its module this one would be an address. */
Test(shim_attach, the_module_of_a_call_is_known_although_it_was_loaded_later)
{
    IHostMemoryManager *got = attach_and_wrap(1 << 20);
    void *library = dlopen(HF_LATE_LIBRARY, RTLD_NOW);
    cr_assert(ne(ptr, library, NULL));
    HRESULT (*late_call)(IHostMemoryManager * manager);
    void *found = dlsym(library, "late_call");
    memcpy(&late_call, &found, sizeof late_call);
    cr_assert(eq(int, late_call(got), S_OK));
    hf_trace *trace = detach_and_read();
    uint64_t offset = 0;
    const hf_trace_module *module = hf__trace_place(trace, place_of_first(trace, HF_METHOD_GET_MEMORY_LOAD), &offset);
    cr_assert(module != NULL && hf__text_equal_string(hf__trace_module_name(module), "shim-late.so"));
    hf_trace_destroy(trace);
    dlclose(library);
}

Test(shim_attach, a_full_private_trace_says_that_something_is_lost)
{
    IHostMemoryManager *got = attach_and_wrap(1);
    uint64_t out;
    for (int i = 0; i < 3000; i++)
        call_method(got, fake_control(), HF_METHOD_VIRTUAL_ALLOC, &out);
    hf_trace *trace = detach_and_read();
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    cr_assert(eq(int, summary.lost, 1));
    hf_trace_destroy(trace);
}

Test(shim_attach, twice_is_refused)
{
    attach_and_wrap(1);
    cr_assert(eq(int, hf_attach_plan(NULL, 0, 1, NULL), HF_ERROR_STATE));
}

Test(shim_attach, again_after_detach_begins_afresh)
{
    IHostMemoryManager *got = attach_and_wrap(1 << 20);
    uint64_t out;
    call_method(got, fake_control(), HF_METHOD_VIRTUAL_ALLOC, &out);
    hf_trace_destroy(detach_and_read());
    cr_assert(eq(int, hf_attach_plan(NULL, 0, 1 << 20, NULL), HF_OK));
    call_method(got, fake_control(), HF_METHOD_VIRTUAL_ALLOC, &out);
    hf_trace *trace = detach_and_read();
    cr_assert(eq(u64, calls_of(trace), 1));
    hf_trace_destroy(trace);
}

Test(shim_attach, a_forked_child_is_detached)
{
    IHostMemoryManager *got = attach_and_wrap(1 << 20);
    uint64_t out;
    pid_t child = fork();
    if (child == 0)
        _exit(hf_attached() || call_method(got, fake_control(), HF_METHOD_VIRTUAL_ALLOC, &out) != S_OK);
    int status = -1;
    waitpid(child, &status, 0);
    cr_assert(eq(int, status, 0));
    cr_assert(eq(int, hf_attached(), 1));
    hf_trace *trace = detach_and_read();
    cr_assert(eq(u64, calls_of(trace), 0));
    hf_trace_destroy(trace);
}

/* Between two looks at the counter heap calls are numbered on; that must keep their order and never run ahead of the time. */
Test(shim_attach, heap_calls_are_in_order_and_never_ahead_of_the_counter)
{
    IHostMemoryManager *got = attach_and_wrap(1 << 20);
    uint64_t out;
    for (int i = 0; i < 100; i++) {
        call_method(got, fake_control(), HF_METHOD_MALLOC_ALLOC, &out);
        call_method(got, fake_control(), i % 7 == 0 ? HF_METHOD_VIRTUAL_ALLOC : HF_METHOD_MALLOC_FREE, &out);
    }
    uint64_t now = hf__os_counter();
    hf_trace *trace = detach_and_read();
    uint64_t before = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->kind >= HF_METHOD_COUNT)
            continue;
        cr_assert(event->start > before);
        cr_assert(event->start < now);
        before = event->start;
    }
    cr_assert(ne(u64, before, 0));
    hf_trace_destroy(trace);
}

static void *work(void *user)
{
    uint64_t out;
    for (int i = 0; i < 2000; i++)
        call_method(user, fake_control(), HF_METHOD_VIRTUAL_ALLOC, &out);
    return NULL;
}

Test(shim_attach, sixty_four_threads_lose_nothing)
{
    IHostMemoryManager *got = attach_and_wrap(64 << 20);
    pthread_t threads[64];
    for (int i = 0; i < 64; i++)
        pthread_create(&threads[i], NULL, work, got);
    for (int i = 0; i < 64; i++)
        pthread_join(threads[i], NULL);
    hf_trace *trace = detach_and_read();
    cr_assert(eq(u64, calls_of(trace), 64 * 2000));
    cr_assert(eq(sz, hf_trace_thread_count(trace), 65));
    hf_trace_destroy(trace);
}

Test(shim_attach, a_plan_that_is_none_is_refused)
{
    uint64_t garbage[32] = {0};
    cr_assert(eq(int, hf_attach_plan(garbage, sizeof garbage, 1, NULL), HF_ERROR_ARGUMENT));
}

Test(shim_attach, modules_are_recorded)
{
    attach_and_wrap(1 << 20);
    hf_trace *trace = detach_and_read();
    cr_assert(lt(sz, 2, hf_trace_module_count(trace)));
    hf_trace_destroy(trace);
}
