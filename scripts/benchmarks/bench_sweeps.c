/* SPDX-License-Identifier: MIT
 * Fault points per second of the same callers, in four ways, as many at once as there are processors: clones of one run and reruns as a sweep makes
 * and judges them, and, without any recording or judging, a process for each n that fails its n-th request by a counter of its own (what torture
 * tests do) or by libfiu, and bare clones: what no tool can be faster than that fails these requests. Usage: bench_sweeps FAIL_NTH [CALLER]
 */
#include "heap_alloc.h"
#include "fork_points.h"
#include "os_thread.h"
#include "system_parallel.h"
#include "system_tool.h"
#include "verdict_prefix.h"

#include <hostfault/caller.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define SAMPLE 240u /* processes of each way */

static const HRESULT out_of_memory = E_OUTOFMEMORY;

typedef struct measure {
    fork_job job;
    hf_judge *judge;
    hf__verdict_prefix_judge *prefix;
    hf__run_execution executions[SAMPLE];
    const char *program, *caller;
    bool onwards, by_fiu;
    uint32_t stride; /* between the requests that fail in clones */
    unsigned long requests;
    unsigned missing; /* processes that said that they cannot */
} measure;

static bool hear(const hf__run_fork_end *end, void *user)
{
    measure *self = user;
    hf_error err;
    hf_verdict *verdict = NULL;
    if (hf__verdict_prefix_judge_continuation(self->prefix, end->trace, NULL, &verdict, &err) != HF_OK)
        fprintf(stderr, "bench: %s\n", err.message);
    hf_verdict_destroy(verdict);
    return true;
}

static double fork_us(measure *self)
{
    hf_error err;
    hf__run_execution execution;
    hf__run_fork_result result;
    fork_job_execution(&self->job, &execution);
    const hf_session_points points = {.items = self->job.points, .count = self->job.point_count};
    const hf__run_fork_options options = {.jobs = hf__system_cpu_count()};
    self->prefix = hf__verdict_prefix_judge_create(self->judge);
    uint64_t from = hf__os_now_us();
    if (hf__run_fork_run(&self->job.job, &(hf__run_fork_request){self->job.plan, self->job.plan_bytes, points, options, hear, self, NULL}, &execution,
                         &result, &err) != HF_OK) {
        fprintf(stderr, "bench: %s\n", err.message);
        exit(3);
    }
    double took = (double)(hf__os_now_us() - from);
    hf__verdict_prefix_judge_destroy(self->prefix);
    hf__run_execution_clear(&execution);
    return took / self->job.point_count;
}

static void rerun(size_t index, void *user)
{
    measure *self = user;
    hf_error err;
    const hf_fork_point *one = &self->job.points[index * self->job.point_count / SAMPLE];
    const hf__model_plan_one alone = {.ordinal = one->ordinal, .rule = one->rule, .onwards = one->onwards != 0};
    uint64_t plan[HF_PLAN_FEW_BYTES / 8];
    size_t plan_bytes = 0;
    hf_verdict *verdict = NULL;
    bool done = hf__model_plan_narrow((const hf_plan_image *)(const void *)self->job.plan, &alone, 1, plan, &plan_bytes, &err) == HF_OK &&
                hf__run_execute(&self->job.job, &self->executions[index], plan, plan_bytes, &err) == HF_OK &&
                hf_judge_run(self->judge, self->executions[index].trace, NULL, &verdict, &err) == HF_OK;
    if (!done)
        fprintf(stderr, "bench: %s\n", err.message);
    hf_verdict_destroy(verdict);
}

/* What the callers say on stderr is lost; of a sweep it goes into files. */
static int run_plain(const measure *self, unsigned long nth, const char *way)
{
    char number[24];
    snprintf(number, sizeof number, "%lu", nth);
    const char *const arguments[] = {self->program, self->caller, number, self->onwards ? "onwards" : "once", way, NULL};
    static char *const no_environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    int status = 0;
    bool done = posix_spawn_file_actions_init(&actions) == 0 && posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0) == 0 &&
                posix_spawn(&child, self->program, &actions, NULL, (char *const *)(uintptr_t)arguments, no_environment) == 0 &&
                waitpid(child, &status, 0) == child;
    posix_spawn_file_actions_destroy(&actions);
    if (!done)
        exit(3);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void plain(size_t index, void *user)
{
    measure *self = user;
    if (run_plain(self, 1 + index * self->requests / SAMPLE, self->by_fiu ? "libfiu" : NULL) == HF_CALLER_MISSING)
        self->missing++;
}

/* With the run that they are clones of, as theirs is counted in a sweep. */
static double bare_us(const measure *self)
{
    uint64_t from = hf__os_now_us();
    (void)run_plain(self, self->stride, "clones");
    return (double)(hf__os_now_us() - from) / (double)(self->requests / self->stride);
}

static void ignore(size_t index, void *user)
{
    (void)index, (void)user;
}

static double sample_us(measure *self, void (*work)(size_t index, void *user))
{
    const hf_parallel parallel = {.work = work, .done = ignore, .user = self};
    uint64_t from = hf__os_now_us();
    hf__system_parallel(SAMPLE, hf__system_cpu_count(), &parallel);
    return (double)(hf__os_now_us() - from) / SAMPLE;
}

static double rerun_us(measure *self)
{
    for (size_t i = 0; i < SAMPLE; i++)
        fork_job_execution(&self->job, &self->executions[i]);
    double us = sample_us(self, rerun);
    for (size_t i = 0; i < SAMPLE; i++)
        hf__run_execution_clear(&self->executions[i]);
    return us;
}

/* Points of one mode only. */
static void keep_mode(fork_job *job, bool onwards)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < job->point_count; i++) {
        if ((job->points[i].onwards != 0) == onwards)
            job->points[count++] = job->points[i];
    }
    job->point_count = count;
}

static unsigned long count_requests(const char *program, const char *caller)
{
    char command[600];
    unsigned long requests = 0;
    snprintf(command, sizeof command, "'%s' %s 0 once", program, caller);
    FILE *output = popen(command, "r");
    if (output == NULL || fscanf(output, "%lu", &requests) != 1 || pclose(output) != 0) {
        fprintf(stderr, "bench: %s says nothing\n", command);
        exit(3);
    }
    return requests;
}

static void say(const measure *self, const char *way, double us, double than_us)
{
    printf("  %-28s %8.0f us a point %7.0f/s %8.1f s for all", way, us, 1e6 / us, us * (double)self->requests / 1e6);
    if (than_us > 0)
        printf("   %.1f times as long as a clone", us / than_us);
    printf("\n");
}

static void bench(const char *program, const char *caller, bool onwards, uint32_t stride)
{
    static measure self;
    memset(&self, 0, sizeof self);
    self.program = program;
    self.caller = caller;
    self.onwards = onwards;
    self.requests = count_requests(program, caller);
    self.stride = stride;
    char scenario[64];
    hf_error err;
    snprintf(scenario, sizeof scenario, "caller: %s", caller);
    fork_job_begin(&self.job, scenario);
    fork_job_list(&self.job, &out_of_memory, 1, stride);
    keep_mode(&self.job, onwards);
    if (hf_judge_create(self.job.clean.trace, NULL, &self.judge, &err) != HF_OK)
        exit(3);
    printf("%s, a request fails %s: %lu requests, %u of them as clones, %u in each other way\n", caller, onwards ? "and all after it" : "once",
           self.requests, self.job.point_count, SAMPLE);
    double clone = fork_us(&self);
    say(&self, "clones, judged", clone, 0);
    say(&self, "reruns, judged", rerun_us(&self), clone);
    say(&self, "a process for each n", sample_us(&self, plain), clone);
    self.by_fiu = true;
    double fiu = sample_us(&self, plain);
    if (self.missing == 0)
        say(&self, "the same with libfiu", fiu, clone);
    else
        printf("  SKIPPED the same with libfiu: not built with it (Debian: libfiu-dev)\n");
    say(&self, "bare clones", bare_us(&self), clone);
    hf_judge_destroy(self.judge);
    fork_job_end(&self.job);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *caller;
        uint32_t stride;
    } all[] = {{"sqlite", 7}, {"lua", 23}};
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: bench_sweeps FAIL_NTH [CALLER]\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (argc == 3 && strcmp(argv[2], all[i].caller) != 0)
            continue;
        bench(argv[1], all[i].caller, true, all[i].stride);
        bench(argv[1], all[i].caller, false, all[i].stride);
    }
    return 0;
}
