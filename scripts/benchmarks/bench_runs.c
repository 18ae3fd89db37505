/* SPDX-License-Identifier: MIT
 * What one scenario run costs, spawn to verdict, against fork+exec+exit of the same program without a session. The clean run is made once
 * before and not counted, as the tool counts. Both are done in turn in one process; medians are printed with their ratio.
 */
#include "base_check.h"
#include "base_text.h"
#include "os_thread.h"

#include <fcntl.h>
#include <hostfault/run.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_poison.h"

#define ROUNDS 201
extern char **environ;

static double spawn_bare(const char *program)
{
    char *const arguments[] = {(char *)(uintptr_t)program, NULL};
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    uint64_t from = hf__os_now_us();
    pid_t child = 0;
    HF_ASSERT(posix_spawn(&child, program, &quiet, NULL, arguments, environ) == 0);
    int status = 0;
    waitpid(child, &status, 0);
    double elapsed = (double)(hf__os_now_us() - from);
    posix_spawn_file_actions_destroy(&quiet);
    return elapsed;
}

static double run_scenario(const hf_scenario *scenario, const hf_run_options *options)
{
    hf_run *run = NULL;
    hf_error err;
    if (hf_run_scenario(scenario, options, &run, &err) != HF_OK) {
        fprintf(stderr, "bench: %s\n", err.message);
        exit(3);
    }
    double elapsed = (double)hf_run_get(run)->elapsed_us;
    hf_run_destroy(run);
    return elapsed;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: bench_runs FOLDER-OF-CALLERS CALLER RESULTS\n");
        return 2;
    }
    char program[512];
    hf__builder builder = hf__builder_init(program, sizeof program);
    hf__builder_print(&builder, "%s/hf-caller-%s", argv[1], argv[2]);
    const char *const fault = "call: [VirtualAlloc, Malloc.Alloc], when: 1, return: E_OUTOFMEMORY, optional: true";
    hf_scenario_file *file = NULL;
    hf_errors errors = {.count = 0};
    HF_ASSERT(hf_scenario_from_faults(argv[2], NULL, &fault, 1, &file, &errors) == HF_OK);
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.caller_path = argv[1];
    options.results = argv[3];
    static double bare[ROUNDS];
    static double run[ROUNDS];
    run_scenario(hf_scenario_at(file, 0), &options);
    for (int i = 0; i < ROUNDS; i++) {
        bare[i] = spawn_bare(program);
        run[i] = run_scenario(hf_scenario_at(file, 0), &options);
    }
    hf_scenario_destroy(file);
    qsort(bare, ROUNDS, sizeof bare[0], compare);
    qsort(run, ROUNDS, sizeof run[0], compare);
    double plain = bare[ROUNDS / 2];
    double scenario = run[ROUNDS / 2];
    printf("%s: fork+exec+exit %.0f us, scenario run from spawn to verdict %.0f us, ratio %.2f\n", argv[2], plain, scenario, scenario / plain);
    return 0;
}
