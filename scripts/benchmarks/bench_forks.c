/*
 * Fork points: what a point costs against a bare clone of the same process in the same run, and points per second of real callers by fork and by
 * rerun, with and without judging each. Usage: bench_forks FORK_CALLS
 */
#include "base_alloc.h"
#include "base_text.h"
#include "fork_points.h"
#include "os_file.h"
#include "os_thread.h"
#include "os_tool.h"
#include "run_folder.h"

#include <stdio.h>
#include <stdlib.h>

static const HRESULT out_of_memory = E_OUTOFMEMORY;

typedef struct counted {
    const hf_judge *judge; /* NULL: none */
    uint32_t heard;
    uint64_t judged_us;
} counted;

static bool hear(const hf__fork_end *end, void *user)
{
    counted *self = user;
    hf_error err;
    hf_verdict *verdict = NULL;
    self->heard++;
    uint64_t from = hf__os_now_us();
    if (self->judge != NULL && hf_judge_run(self->judge, end->trace, NULL, &verdict, &err) != HF_OK)
        fprintf(stderr, "bench: %s\n", err.message);
    hf_verdict_destroy(verdict);
    self->judged_us += hf__os_now_us() - from;
    return true;
}

/* Microseconds of one run with all points. *told, if asked for: the first number that the caller printed. */
static double time_forks(fork_job *job, uint32_t jobs, counted *heard, double *told)
{
    hf_error err;
    hf__execution execution;
    hf__fork_result result;
    fork_job_execution(job, &execution);
    const hf_session_points points = {.items = job->points, .count = job->point_count};
    const hf__fork_options options = {.jobs = jobs};
    uint64_t from = hf__os_now_us();
    if (hf__fork_run(&job->job, &execution, job->plan, job->plan_bytes, &points, &options, hear, heard, &result, &err) != HF_OK) {
        fprintf(stderr, "bench: %s\n", err.message);
        exit(3);
    }
    double took = (double)(hf__os_now_us() - from);
    char why[200];
    hf__fork_print_refusal(&result, why, sizeof why);
    if (result.done != job->point_count)
        fprintf(stderr, "bench: %u of %u points: %s\n", result.done, job->point_count, why);
    if (told != NULL) {
        char *text = NULL;
        size_t size_bytes = 0;
        char *path = hf__run_folder_file(execution.folder, HF_RUN_STDOUT);
        *told = hf__os_file_read(path, 4096, &text, &size_bytes, &err) == HF_OK ? atof(text) : 0;
        hf__free(text);
        hf__free(path);
    }
    hf__execution_clear(&execution);
    return took;
}

static void bench_ends_at_fault(const char *program)
{
    char scenario[600];
    hf__builder builder = hf__builder_init(scenario, sizeof scenario);
    hf__builder_print(&builder, "command: [%s, '2000', '1000']", program);
    fork_job job;
    fork_job_begin(&job, scenario);
    fork_job_list(&job, &out_of_memory, 1, 1);
    for (uint32_t jobs = 1; jobs <= 2; jobs++) {
        counted heard = {.judge = NULL};
        double bare_us = 0;
        double took = time_forks(&job, jobs, &heard, &bare_us) - bare_us * 1000;
        double point_us = took / heard.heard;
        printf("%u at once: %6.1f us a point, %6.1f us a bare clone+exit+wait: %.2f (%u points)\n", jobs, point_us, bare_us, point_us / bare_us,
               heard.heard);
    }
    fork_job_end(&job);
}

static double time_rerun(fork_job *job, uint32_t point)
{
    hf_error err;
    uint64_t plan[HF_PLAN_FEW_BYTES / 8];
    size_t plan_bytes = 0;
    hf__execution execution;
    const hf_fork_point *one = &job->points[point];
    fork_job_execution(job, &execution);
    const hf__plan_one alone = {.ordinal = one->ordinal, .rule = one->rule, .onwards = one->onwards != 0};
    if (hf__plan_narrow((const hf_plan_image *)(const void *)job->plan, &alone, 1, plan, sizeof plan, &plan_bytes, &err) != HF_OK)
        exit(3);
    uint64_t from = hf__os_now_us();
    if (hf__execute(&job->job, &execution, plan, plan_bytes, &err) != HF_OK)
        fprintf(stderr, "bench: %s\n", err.message);
    double took = (double)(hf__os_now_us() - from);
    hf__execution_clear(&execution);
    return took;
}

#define RERUNS 60u
static void bench_caller(const char *name, const char *scenario, uint32_t stride)
{
    fork_job job;
    fork_job_begin(&job, scenario);
    fork_job_list(&job, &out_of_memory, 1, stride);
    hf_error err;
    hf_judge *judge = NULL;
    if (hf_judge_create(job.clean.trace, NULL, &judge, &err) != HF_OK)
        exit(3);
    counted plain = {.judge = NULL}, judged = {.judge = judge};
    double fork_us = time_forks(&job, 2, &plain, NULL) / job.point_count;
    double judged_us = time_forks(&job, 2, &judged, NULL) / job.point_count;
    double rerun_us = 0;
    for (uint32_t i = 0; i < RERUNS; i++)
        rerun_us += time_rerun(&job, (uint32_t)((uint64_t)i * job.point_count / RERUNS)) / RERUNS;
    printf("%-8s %5u points, 2 at once: %6.0f us a point (%5.0f/s); judged %6.0f us, of it %6.0f in the judge; rerun, one at a time %6.0f us: %.1f "
           "times\n",
           name, job.point_count, fork_us, 1e6 / fork_us, judged_us, (double)judged.judged_us / judged.heard, rerun_us, rerun_us / fork_us);
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
    if (getenv("HF_X") != NULL)
        return 0;
    bench_caller("sqlite", "caller: sqlite", 41);
    bench_caller("lua", "caller: lua", 97);
    return 0;
}
