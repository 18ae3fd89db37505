/* SPDX-License-Identifier: MIT
 * What a fork point costs, judged, against a bare clone of the same process in the same run. Usage: bench_forks FORK_CALLS
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "fork_points.h"
#include "system_file.h"
#include "os_thread.h"
#include "system_tool.h"
#include "run_folder.h"
#include "verdict_prefix.h"

#include <stdio.h>
#include <stdlib.h>

static const HRESULT out_of_memory = E_OUTOFMEMORY;

typedef struct counted {
    hf__verdict_prefix_judge *judge;
    uint32_t heard;
} counted;

static bool hear(const hf__run_fork_end *end, void *user)
{
    counted *self = user;
    hf_error err;
    hf_verdict *verdict = NULL;
    self->heard++;
    if (hf__verdict_prefix_judge_continuation(self->judge, end->trace, NULL, &verdict, &err) != HF_OK)
        fprintf(stderr, "bench: %s\n", err.message);
    hf_verdict_destroy(verdict);
    return true;
}

/* Microseconds of one run with all points. *told: the number that the caller printed. */
static double time_forks(fork_job *job, uint32_t jobs, counted *heard, double *told)
{
    hf_error err;
    hf__run_execution execution;
    hf__run_fork_result result;
    fork_job_execution(job, &execution);
    const hf_session_points points = {.items = job->points, .count = job->point_count};
    const hf__run_fork_options options = {.jobs = jobs};
    uint64_t from = hf__os_now_us();
    if (hf__run_fork_run(&job->job, &(hf__run_fork_request){job->plan, job->plan_bytes, points, options, hear, heard, NULL}, &execution, &result,
                         &err) != HF_OK) {
        fprintf(stderr, "bench: %s\n", err.message);
        exit(3);
    }
    double took = (double)(hf__os_now_us() - from);
    char why[200];
    hf__run_fork_print_refusal(&result, why, sizeof why);
    if (result.done != job->point_count)
        fprintf(stderr, "bench: %u of %u points: %s\n", result.done, job->point_count, why);
    char *text = NULL;
    size_t size_bytes = 0;
    char *path = hf__run_folder_file(execution.folder, HF_RUN_STDOUT);
    *told = hf__system_file_read(path, 4096, &text, &size_bytes, &err) == HF_OK ? atof(text) : 0;
    hf__free(text);
    hf__free(path);
    hf__run_execution_clear(&execution);
    return took;
}

#define TURNS 3u

static void bench_ends_at_fault(const char *program)
{
    char scenario[600];
    hf_error err;
    hf_judge *judge = NULL;
    hf__builder builder = hf__builder_init(scenario, sizeof scenario);
    hf__builder_print(&builder, "command: [%s, '2000', '1000']", program);
    fork_job job;
    fork_job_begin(&job, scenario);
    fork_job_list(&job, &out_of_memory, 1, 1);
    if (hf_judge_create(job.clean.trace, NULL, &judge, &err) != HF_OK)
        exit(3);
    for (uint32_t turn = 0; turn < TURNS * 2; turn++) {
        uint32_t jobs = turn % 2 + 1;
        counted heard = {.judge = hf__verdict_prefix_judge_create(judge)};
        double bare_us = 0;
        double took = time_forks(&job, jobs, &heard, &bare_us) - bare_us * 1000;
        double point_us = took / heard.heard;
        printf("%u at once: %6.1f us a point, %6.1f us a bare clone+exit+wait: %.2f (%u points)\n", jobs, point_us, bare_us, point_us / bare_us,
               heard.heard);
        hf__verdict_prefix_judge_destroy(heard.judge);
    }
    hf_judge_destroy(judge);
    fork_job_end(&job);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: bench_forks FORK_CALLS\n");
        return 2;
    }
    bench_ends_at_fault(argv[1]);
    return 0;
}
