/* SPDX-License-Identifier: MIT
 * The programs, and how one is run. A statement is a transaction: its value counts only if it ended, so that one which ran out of memory can be
 * tried again.
 */
#include "clr_program.h"
#include <string.h>
#include "base_poison.h"

#define STATEMENT_MS 500u /* the model's clock moves this far with each statement */

/* clang-format off: one statement a line, in the order in which they run */
static const clr_statement hello[] = {
    {"load", clr_load_assembly, 1},
    {"hello", clr_say_hello, 1},
};
static const clr_statement alloc[] = {
    {"list", clr_build_list, 3},      {"arrays", clr_fill_arrays, 4},  {"large", clr_use_large_arrays, 2},
    {"cache", clr_keep_cache, 1},     {"huge", clr_use_huge_array, 1}, {"finalizable", clr_make_finalizable, 1},
    {"collect", clr_call_collect, 1}, {"arrays", clr_fill_arrays, 2},  {"large", clr_use_large_arrays, 1},
    {"list", clr_build_list, 1},
};
static const clr_statement jit[] = {
    {"load", clr_load_assembly, 1},   {"types", clr_load_types, 2}, {"methods", clr_call_methods, 5},
    {"dynamic", clr_call_dynamic, 2}, {"far", clr_call_far, 2},
};
static const clr_statement domains[] = {
    {"load", clr_load_assembly, 1},
    {"domain", clr_use_domain, 3},
};
static const clr_statement locks[] = {
    {"lock", clr_hold_lock, 3},
    {"constrained", clr_hold_constrained, 2},
};
static const clr_statement threads[] = {
    {"threads", clr_start_threads, 1},
};
static const clr_statement stack[] = {
    {"overflow", clr_handle_overflow, 2},
};
/* A little of everything that one thread does. */
static const clr_statement app[] = {
    {"load", clr_load_assembly, 1},
    {"hello", clr_say_hello, 1},
    {"list", clr_build_list, 2},
    {"types", clr_load_types, 1},
    {"methods", clr_call_methods, 2},
    {"lock", clr_hold_lock, 2},
    {"arrays", clr_fill_arrays, 2},
    {"large", clr_use_large_arrays, 1},
    {"cache", clr_keep_cache, 1},
    {"domain", clr_use_domain, 2},
    {"finalizable", clr_make_finalizable, 1},
    {"collect", clr_call_collect, 1},
    {"arrays", clr_fill_arrays, 1},
    {"large", clr_use_large_arrays, 1},
    {"dynamic", clr_call_dynamic, 1},
    {"far", clr_call_far, 1},
};

#define COUNT_OF(table) (sizeof(table) / sizeof(table)[0])
static const clr_program programs[] = {
    {"app", app, COUNT_OF(app)},
    {"hello", hello, COUNT_OF(hello)},
    {"alloc", alloc, COUNT_OF(alloc)},
    {"jit", jit, COUNT_OF(jit)},
    {"domains", domains, COUNT_OF(domains)},
    {"locks", locks, COUNT_OF(locks)},
    {"threads", threads, COUNT_OF(threads)},
    {"stack", stack, COUNT_OF(stack)},
};
/* clang-format on */

const clr_program *clr_program_by_name(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(programs); i++)
        if (strcmp(programs[i].name, name) == 0)
            return &programs[i];
    return NULL;
}

uint64_t clr_mix(uint64_t digest, uint64_t value)
{
    digest ^= value + 0x9E3779B97F4A7C15u + (digest << 6) + (digest >> 2);
    return digest * 0x100000001B3u;
}

bool clr_managed(clr_thread *thread, bool done)
{
    if (!done)
        clr_policy_apply(thread);
    return done;
}

clr_handle clr_managed_new(clr_thread *thread, clr_type type, size_t payload_bytes)
{
    clr_handle handle = clr_gc_new(thread, type, payload_bytes);
    (void)clr_managed(thread, handle != 0);
    return handle;
}

bool clr_managed_call(clr_thread *thread, clr_domain *domain, uint32_t id, clr_method_kind kind, uint64_t *value)
{
    clr_method *method = clr_jit_compile(thread, domain, id, kind);
    if (!clr_managed(thread, method != NULL))
        return false;
    *value = clr_mix(*value, clr_jit_execute(method, id + 1));
    return true;
}

static bool run_statement(clr_program_run *run, const clr_statement *statement, uint32_t index)
{
    clr_thread *thread = run->thread;
    uint64_t value = 0;
    thread->clr->clock_ms += STATEMENT_MS;
    bool done = statement->body(run, index, &value);
    if (!done && run->options->retry && thread->exception == CLR_OUT_OF_MEMORY) {
        thread->exception = CLR_NO_EXCEPTION;
        clr_gc_collect(thread, 2);
        value = 0;
        done = statement->body(run, index, &value);
    }
    if (done)
        thread->digest = clr_mix(thread->digest, value);
    if (!thread->clr->exiting)
        clr_finalizer_turn(thread);
    return done;
}

void clr_program_execute(const clr_program *program, clr_program_run *run)
{
    for (size_t i = 0; i < program->count; i++)
        for (uint32_t index = 0; index < program->statements[i].repeat; index++)
            if (!run_statement(run, &program->statements[i], index))
                return;
}
