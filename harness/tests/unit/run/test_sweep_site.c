/* SPDX-License-Identifier: MIT
 * The sites of an unmodified program: the sites that two runs share, independent of where its modules were loaded.
 */
#include "hf_rows.h"
#include "heap_alloc.h"
#include "sweep_site.h"
#include "trace_reader.h"

#define CALLS_MAX 16

typedef struct run {
    hf_trace trace;
    hf_trace_module module;
    hf_event events[CALLS_MAX];
    uint64_t frames[CALLS_MAX];
} run;

/* A run of calls that return to these offsets in app.exe, which was loaded at `base`. */
static void make_run(run *self, uint64_t base, const uint64_t *offsets, size_t count)
{
    *self = (run){.module = {.base = base, .end = base + 0x1000, .path = {"/nowhere/app.exe", 16}, .build_id = {"abc", 3}}};
    for (size_t i = 0; i < count; i++) {
        self->frames[i] = base + offsets[i];
        self->events[i] = (hf_event){.kind = HF_METHOD_VIRTUAL_ALLOC, .complete = 1, .frames = &self->frames[i], .frame_count = 1};
    }
    self->trace = (hf_trace){.events = self->events, .event_count = count, .modules = &self->module, .module_count = 1};
}

static void learn_common(const uint64_t *one, size_t one_count, const uint64_t *other, size_t other_count, hf__sweep_sites *out)
{
    run first, second;
    make_run(&first, 0x10000, one, one_count);
    make_run(&second, 0x70000, other, other_count);
    hf__sweep_sites_learn_common(&(hf__sweep_pair){&first.trace, &second.trace}, 1, 1u << HF_METHOD_VIRTUAL_ALLOC, NULL, out);
}

Test(sweep_site, of_an_unmodified_program_are_what_two_runs_have_in_common)
{
    static const uint64_t one[] = {0x10, 0x20, 0x10, 0x30, 0x10, 0x20}, other[] = {0x20, 0x10, 0x40, 0x10, 0x20, 0x50};
    hf__sweep_sites sites;
    learn_common(one, 6, other, 6, &sites);
    cr_assert(eq(sz, sites.count, 2));
    cr_assert(eq(sz, sites.items[0].count, 2)); /* the third call of the first run is not in the other */
    cr_assert(eq(u64, sites.items[0].ordinals[1], 2));
    cr_assert(eq(sz, sites.items[1].count, 2));
    cr_assert(eq(u64, sites.items[1].ordinals[0], 1)); /* among the calls of the site */
    cr_assert(eq(str, sites.items[0].place, (char[]){"app.exe+0x10"}));
    cr_assert(eq(sz, sites.varying, 3)); /* +0x30, +0x40, +0x50 */
    hf__sweep_sites_clear(&sites);
}

Test(sweep_site, code_outside_every_module_is_one_site)
{
    static const uint64_t one[] = {0x2010, 0x2020, 0x2030}, other[] = {0x3010, 0x3020};
    hf__sweep_sites sites;
    learn_common(one, 3, other, 2, &sites);
    cr_assert(eq(sz, sites.count, 1));
    cr_assert(eq(sz, sites.items[0].count, 2));
    cr_assert(eq(sz, sites.varying, 0));
    hf__sweep_sites_clear(&sites);
}

/* What called the program: two functions of the C library, which have names only where its debugging information is installed. */
static const uint64_t under_libc[] = {0x10010, 0x20020, 0x20030}, over_libc[] = {0x10010, 0x20020, 0x10040};
static const struct {
    const char *label;
    const uint64_t *frames;
    size_t count;
    const char *fingerprint;
} called[] = {
    {"by the C library alone", under_libc, 3, "VirtualAlloc app.exe#1"},
    {"by the program through the C library", over_libc, 3, "VirtualAlloc app.exe<libc.so.6<app.exe#1"},
};

HF_ROWS(sweep_site, has_the_same_name_whether_the_c_library_has_debugging_information, called)
{
    hf_trace_module modules[] = {{.base = 0x10000, .end = 0x11000, .path = {"/nowhere/app.exe", 16}, .build_id = {"abc", 3}},
                                 {.base = 0x20000, .end = 0x21000, .path = {"/nowhere/libc.so.6", 18}, .build_id = {"def", 3}}};
    const hf_trace trace = {.modules = modules, .module_count = 2};
    hf__sweep_sites sites = {.count = 1, .items = hf__allocate(1, sizeof *sites.items)};
    sites.items[0] = (hf__sweep_site){.method = HF_METHOD_VIRTUAL_ALLOC, .count = 1, .frame_count = (uint16_t)called[*number].count};
    uint64_t *frames = hf__allocate(called[*number].count, sizeof *frames);
    memcpy(frames, called[*number].frames, called[*number].count * sizeof *frames);
    sites.items[0].frames = frames;

    const hf_string_list no_wrappers = {0};
    const hf_trace *const only = &trace;
    hf__sweep_sites_name((hf__sweep_traces){1, &only}, &no_wrappers, &sites, 0);

    cr_assert(eq(str, sites.items[0].fingerprint, (char *)(uintptr_t)called[*number].fingerprint), "%s", called[*number].label);
    hf__sweep_sites_clear(&sites);
}

/* The program, a process of another program, and a second one of the first program, which makes more calls of one place. */
Test(sweep_site, of_several_processes_are_told_once)
{
    static const uint64_t offsets[] = {0x10, 0x20, 0x10};
    run program, other, again;
    make_run(&program, 0x10000, offsets, 2);
    make_run(&other, 0x20000, offsets, 2);
    other.module.path = (hf_text){"/nowhere/cc1.exe", 16};
    other.module.build_id = (hf_text){"def", 3};
    make_run(&again, 0x30000, offsets, 3);
    const hf__sweep_pair pairs[] = {
        {&program.trace, &program.trace}, {&other.trace, &other.trace}, {&again.trace, &again.trace}, {&other.trace, NULL}};
    hf__sweep_sites sites;
    hf__sweep_sites_learn_common(pairs, 4, 1u << HF_METHOD_VIRTUAL_ALLOC, NULL, &sites);
    cr_assert(eq(sz, sites.count, 4));
    cr_assert(eq(sz, sites.items[0].count, 2)); /* of the process that makes most */
    cr_assert(eq(u32, sites.items[0].trace, 2));
    cr_assert(eq(str, sites.items[0].place, (char[]){"app.exe+0x10"}));
    cr_assert(eq(str, sites.items[2].place, (char[]){"cc1.exe+0x10"}));
    cr_assert(eq(u32, sites.items[2].trace, 1));
    cr_assert(eq(sz, sites.varying, 2)); /* of the one that was not there in the other run */
    hf__sweep_sites_clear(&sites);
}
