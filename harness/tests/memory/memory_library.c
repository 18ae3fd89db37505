/* SPDX-License-Identifier: MIT
 * Fails one allocation after the other in each public function of the tool's library. The function must return HF_ERROR_MEMORY, or its usual result
 * if the allocation did not matter, leave no block and no descriptor behind, and work when it is called again. The process must survive. Exit status
 * 0, or 1 with a description of the failure.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "memory_failing.h"

#include <dirent.h>
#include <errno.h>
#include <hostfault/run.h>
#include <hostfault/sweep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned wrong;
static char folder[] = "/tmp/memory-library-XXXXXX";
static char callers[] = HF_BINARY_DIR "/bin";

static void complain(const char *step, unsigned long nth, const char *what)
{
    fprintf(stderr, "memory_library: %s, allocation %lu: %s\n", step, nth, what);
    wrong++;
}

static void list_descriptors(void)
{
    char path[64], target[256];
    for (int i = 3; i < 64; i++) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", i);
        ssize_t length = readlink(path, target, sizeof target - 1);
        if (length > 0)
            fprintf(stderr, "    descriptor %d: %.*s\n", i, (int)length, target);
    }
}

static unsigned descriptors(void)
{
    unsigned count = 0;
    DIR *all = opendir("/proc/self/fd");
    while (all != NULL && readdir(all) != NULL)
        count++;
    if (all != NULL)
        closedir(all);
    return count;
}

static void ignore(const char *text, size_t size_bytes, void *user)
{
    (void)text;
    *(size_t *)user += size_bytes;
}

/* Steps: each calls one part of the library, and gives everything back. */

static const char script[] =
    "name: example\ncaller: specimen-falls-back\nfaults:\n  - call: VirtualAlloc\n    when: 1\n    return: E_OUTOFMEMORY\n"
    "  - call: [VirtualFree, VirtualProtect]\n    where: {size: '>=64K'}\n    return: E_FAIL\n    when: 2..9\n    optional: true\n"
    "expect:\n  outcome: [ok, reported]\n";

static hf_status parse(void)
{
    hf_scenario_file *file = NULL;
    hf_errors errors;
    size_t printed = 0, size_bytes = 0;
    static uint64_t plan[8192];
    hf_error err;
    hf_status status = hf_scenario_parse("script", (hf_text){script, strlen(script)}, &file, &errors);
    if (status == HF_OK)
        status = hf_scenario_compile(hf_scenario_at(file, 0), NULL, NULL, plan, sizeof plan, &size_bytes, &err);
    if (status == HF_OK)
        hf_scenario_print(hf_scenario_at(file, 0), ignore, &printed);
    hf_scenario_destroy(file);
    return status;
}

static hf_status parse_wrong(void)
{
    hf_scenario_file *file = NULL;
    hf_errors errors;
    hf_status status = hf_scenario_parse("script", (hf_text){"name: [\n", 8}, &file, &errors);
    if (status == HF_OK || errors.count == 0)
        return HF_ERROR_STATE;
    return status == HF_ERROR_INPUT ? HF_OK : status;
}

static hf_status from_faults(void)
{
    static const char *const faults[] = {"call: VirtualAlloc, return: E_OUTOFMEMORY"};
    hf_scenario_file *file = NULL;
    hf_errors errors;
    hf_status status = hf_scenario_from_faults("specimen-falls-back", NULL, faults, 1, &file, &errors);
    hf_scenario_destroy(file);
    return status;
}

static char trace_path[128];

static hf_status read_trace(void)
{
    hf_trace *trace = NULL;
    hf_verdict *verdict = NULL;
    hf_judge *judge = NULL;
    hf_error err;
    size_t printed = 0;
    hf_status status = hf_trace_open(trace_path, &trace, &err);
    if (status == HF_OK)
        status = hf_trace_print(trace, NULL, ignore, &printed);
    if (status == HF_OK)
        status = hf_trace_verify(trace, &err);
    if (status == HF_OK)
        status = hf_judge_create(trace, NULL, &judge, &err);
    if (status == HF_OK)
        status = hf_judge_run(judge, trace, NULL, &verdict, &err);
    hf_verdict_destroy(verdict);
    hf_judge_destroy(judge);
    hf_trace_destroy(trace);
    return status;
}

static hf_scenario_file *example;

static hf_status run(void)
{
    hf_run *made = NULL;
    hf_error err;
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.caller_path = callers;
    options.results = folder;
    hf_status status = hf_run_scenario(hf_scenario_at(example, 0), &options, &made, &err);
    hf_run_destroy(made);
    return status;
}

static hf_status sweep(void)
{
    hf_error err;
    hf_sweep_summary summary;
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.caller_path = callers;
    options.results = folder;
    options.methods = "VirtualAlloc";
    options.failures = "E_OUTOFMEMORY";
    options.jobs = 2;
    options.no_proof = 1;
    return hf_sweep_run(hf_scenario_at(example, 0), &options, NULL, &summary, &err);
}

/* Our own heap outside of any public function. */
static hf_status heap_now(void *unused)
{
    (void)unused;
    char *text = hf__copy_string("a text");
    int *items = NULL;
    size_t count = 0, capacity = 0;
    for (int i = 0; i < 100; i++) {
        HF_GROW(items, count, capacity);
        items[count++] = i;
    }
    hf__free(hf__format("%s %d", text, items[99]));
    hf__free(text);
    hf__free(items);
    return HF_OK;
}

static hf_status heap(void)
{
    hf_error err;
    return hf__heap_attempt(heap_now, NULL, &err);
}

typedef struct step {
    const char *name;
    hf_status (*act)(void);
    unsigned long stride; /* of every so many allocations one is failed: those that start processes take long */
    int reads_symbols; /* 1: what is left allocated is not looked at, since elfutils 0.188 leaves what dwarf_getaranges was building when that fails
                        */
} step;

static void fail_at(const step *one, unsigned long nth, int onwards)
{
    long blocks = memory_blocks();
    unsigned open_before = descriptors();
    memory_fail_at(nth, onwards);
    hf_status status = one->act();
    memory_fail_at(0, 0);
    if (status != HF_OK && status != HF_ERROR_MEMORY)
        complain(one->name, nth, hf_status_name(status));
    if (!one->reads_symbols && memory_blocks() > blocks)
        complain(one->name, nth, "memory is left allocated");
    if (descriptors() != open_before) {
        complain(one->name, nth, "a descriptor is left open");
        list_descriptors();
    }
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD)
        complain(one->name, nth, "a child is left");
}

static void test(const step *one)
{
    hf_status status = one->act();
    if (status == HF_OK)
        status = one->act(); /* twice: what is kept for the process is there then */
    if (status != HF_OK) {
        complain(one->name, 0, hf_status_name(status));
        return;
    }
    memory_fail_at(0, 0);
    (void)one->act();
    unsigned long count = memory_requests(), tried = 0;
    for (unsigned long nth = 1; nth <= count && wrong < 20; nth += one->stride, tried++)
        fail_at(one, nth, tried % 2 != 0);
    if (one->act() != HF_OK)
        complain(one->name, count, "does not work afterwards");
    printf("%s: %lu allocations, %lu failed\n", one->name, count, tried);
}

int main(void)
{
    static const step steps[] = {{"heap", heap, 1, 0},
                                 {"parse", parse, 1, 0},
                                 {"parse a wrong script", parse_wrong, 1, 0},
                                 {"from faults", from_faults, 1, 0},
                                 {"run", run, 41, 0},
                                 {"read a trace", read_trace, 1, 0},
                                 {"sweep", sweep, 397, 1}};
    hf_errors errors;
    if (mkdtemp(folder) == NULL || hf_scenario_parse("script", (hf_text){script, strlen(script)}, &example, &errors) != HF_OK) {
        fprintf(stderr, "memory_library: %s\n", errors.items[0].message);
        return 1;
    }
    hf_run *made = NULL;
    hf_error err;
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.caller_path = callers;
    options.results = folder;
    if (hf_run_scenario(hf_scenario_at(example, 0), &options, &made, &err) != HF_OK) {
        fprintf(stderr, "memory_library: %s\n", err.message);
        return 1;
    }
    snprintf(trace_path, sizeof trace_path, "%s/trace", hf_run_get(made)->folder);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        test(&steps[i]);
    hf_run_destroy(made);
    hf_scenario_destroy(example);
    char remove[128];
    snprintf(remove, sizeof remove, "rm -rf %s", folder);
    return system(remove) == 0 && wrong == 0 ? 0 : 1;
}
