/* SPDX-License-Identifier: MIT
 * Difficult clones: how each ends, that the caller continues as if it had none, and that nothing is left running.
 */
#include "hf_rows.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "fork_points.h"
#include "system_file.h"
#include "os_thread.h"
#include "run_folder.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

TestSuite(run_fork, .timeout = 120);

#define CALLS 5u
#define POINTS (CALLS * 2)

/* What a mode's clones and the mode itself must come to. */
typedef struct row {
    const char *mode, *more; /* keys of the script */
    int exit_status, signal;
    bool timed_out;
    hf_fork_refusal refused;
    unsigned more_calls; /* than the cycles are */
} row;

static const row rows[] = {
    {"plain", "", 3, 0, false, HF_FORK_FINE, 0},
    {"execs", "", 0, 0, false, HF_FORK_FINE, 0}, /* the program that it becomes runs without faults */
    {"forks", "", 5, 0, false, HF_FORK_FINE, 0}, /* and so does its own child */
    {"leaves-far", "", 3, 0, false, HF_FORK_FINE, 0},
    {"crashes", "", 0, SIGSEGV, false, HF_FORK_FINE, 0},
    {"aborts", "", 0, SIGABRT, false, HF_FORK_FINE, 0},
    {"hangs", "timeout: 200ms", 0, SIGKILL, true, HF_FORK_FINE, 0},
    {"prints", "", 3, 0, false, HF_FORK_FINE, 0},
    {"locks", "", 3, 0, false, HF_FORK_FINE, 0},
    {"reads", "stdin: '123456789'", 3, 0, false, HF_FORK_FINE, 0},
    {"waits", "", 3, 0, false, HF_FORK_FINE, 0},
    {"threads", "", 0, 0, false, HF_FORK_THREADS, 0},
    {"writes-file", "", 0, 0, false, HF_FORK_DESCRIPTOR, 0},
    {"maps-shared", "", 0, 0, false, HF_FORK_MAPPING, 0},
    {"holds-lock", "", 0, 0, false, HF_FORK_LOCK, 0},
    {"holds-record-lock", "", 0, 0, false, HF_FORK_LOCK, 0},
    {"is-interrupted", "", 3, 0, false, HF_FORK_FINE, 3},
    {"has-alarm", "", 0, 0, false, HF_FORK_TIMER, 0},
    {"has-posix-timer", "", 0, 0, false, HF_FORK_TIMER, 0},
};

typedef struct hearing {
    const row *of;
    const char *folder;
    unsigned heard, wrong;
    bool saved;
    char first_wrong[200];
} hearing;

/* The continuation that was saved is read as any trace is, its text is the continuation's, and its decisions follow from the plan. */
static bool is_saved(const hf__run_fork_end *end, const char *folder)
{
    hf_error err;
    hf_trace *trace = NULL;
    hf_trace_summary saved, told;
    char *path = hf__run_folder_file(folder, "saved");
    bool fine = hf__run_fork_save(end, path, &err) == HF_OK && hf_trace_open(path, &trace, &err) == HF_OK;
    if (fine) {
        hf_trace_summarize(trace, &saved);
        hf_trace_summarize(end->trace, &told);
        fine = saved.calls == told.calls && saved.fired == 1 && !saved.lost && hf_trace_event_count(trace) == hf_trace_event_count(end->trace) &&
               hf_trace_verify(trace, &err) == HF_OK;
    }
    hf_trace_destroy(trace);
    hf__free(path);
    return fine;
}

static bool hear(const hf__run_fork_end *end, void *user)
{
    hearing *self = user;
    const row *of = self->of;
    bool ended = of->signal != 0 ? !end->end.exited && end->end.status == of->signal : end->end.exited && end->end.status == of->exit_status;
    hf_trace_summary summary;
    hf_trace_summarize(end->trace, &summary);
    bool first_fault = summary.fired >= 1 && summary.calls >= 1;
    hf_error err = {.message = ""};
    bool follows = hf_trace_verify(end->trace, &err) == HF_OK;
    if (!ended || end->timed_out != of->timed_out || !first_fault || !follows) {
        hf__builder builder = hf__builder_init(self->first_wrong, sizeof self->first_wrong);
        hf__builder_print(&builder, "point %u: %s %d%s, %llu calls, %llu fired; %s", end->point, end->end.exited ? "exit" : "signal", end->end.status,
                          end->timed_out ? ", timed out" : "", (unsigned long long)summary.calls, (unsigned long long)summary.fired, err.message);
        self->wrong++;
    }
    self->heard++;
    if (end->point == 4)
        self->saved = is_saved(end, self->folder);
    return true;
}

static void begin(fork_job *job, const char *mode, const char *more)
{
    static const HRESULT results[] = {E_OUTOFMEMORY};
    char *scenario = hf__format("command: [" HF_FORK_MISBEHAVES ", %s]\n%s", mode, more);
    fork_job_begin(job, scenario);
    fork_job_list(job, results, 1, 1);
    hf__free(scenario);
}

/* Processes of the caller's program that are left, zombies or not. */
static bool is_anything_left(void)
{
    return waitpid(-1, NULL, WNOHANG) != -1;
}

typedef struct cloned {
    fork_job job;
    hf__run_execution execution;
    hf__run_fork_result result;
} cloned;

/* The mode's clones, `jobs` at once, as many as it has points. */
static void make_clones(cloned *self, uint32_t jobs, hf__run_fork_heard *heard, void *user)
{
    hf_error err = {.status = HF_OK};
    fork_job *job = &self->job;
    const hf_session_points points = {.items = job->points, .count = job->point_count};
    const hf__run_fork_options options = {.jobs = jobs};
    cr_assert(eq(u32, job->point_count, POINTS));
    hf_status status = hf__run_fork_run(&job->job, &(hf__run_fork_request){job->plan, job->plan_bytes, points, options, heard, user, NULL},
                                        &self->execution, &self->result, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
}

static void begin_clones(cloned *self, const char *mode, const char *more)
{
    begin(&self->job, mode, more);
    fork_job_execution(&self->job, &self->execution);
}

static void end_clones(cloned *self)
{
    hf__run_execution_clear(&self->execution);
    fork_job_end(&self->job);
}

HF_ROWS(run_fork, ends_as_it_would_alone, rows)
{
    const row *of = &rows[*number];
    cloned all;
    begin_clones(&all, of->mode, of->more);
    hearing heard = {.of = of, .folder = all.execution.folder};
    make_clones(&all, 3, hear, &heard);
    unsigned expected = of->refused == HF_FORK_FINE ? POINTS : 0;
    char why[200];
    hf__run_fork_print_refusal(&all.result, why, sizeof why);
    cr_assert(eq(int, (int)all.result.refused, (int)of->refused), "%s", why);
    cr_assert(all(eq(uint, heard.heard, expected), eq(uint, all.result.done, expected)));
    cr_assert(eq(uint, heard.wrong, 0), "%s", heard.first_wrong);
    cr_assert(eq(int, heard.saved, expected > 0));
    hf_trace_summary own;
    hf_trace_summarize(all.execution.trace, &own);
    cr_assert(all(eq(u64, own.calls, (uint64_t)CALLS * 2 + of->more_calls), eq(u64, own.fired, 0), eq(int, own.ended_in_order, 1)));
    cr_assert(not(is_anything_left()), "something is left running");
    end_clones(&all);
}

static unsigned count_children(void)
{
    char path[64], text[512] = "";
    unsigned count = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "r");
    cr_assert(ne(ptr, file, NULL));
    size_t length = fread(text, 1, sizeof text - 1, file);
    for (size_t i = 0; i < length; i++)
        count += text[i] == ' ';
    fclose(file);
    return count;
}

/* Children while a clone is told of, the last time. */
static bool hear_children(const hf__run_fork_end *end, void *user)
{
    (void)end;
    *(unsigned *)user = count_children();
    return true;
}

/* While the last of all is told of, the caller is all there is. */
Test(run_fork, what_a_clone_leaves_behind_ends_with_it)
{
    cloned all;
    unsigned left = 0;
    begin_clones(&all, "leaves", "");
    make_clones(&all, 1, hear_children, &left);
    cr_assert(all(eq(uint, left, 1), eq(uint, all.result.done, POINTS)));
    end_clones(&all);
}

static bool hear_output(const hf__run_fork_end *end, void *user)
{
    char *out = NULL;
    size_t size_bytes = 0;
    const char *const expected[2] = {"kept\nfailed\ndone\n", "said it\n"};
    const char *const paths[2] = {end->stdout_path, end->stderr_path};
    for (int i = 0; i < 2; i++) {
        *(unsigned *)user += hf__system_file_read(paths[i], 4096, &out, &size_bytes, NULL) == HF_OK && strcmp(out, expected[i]) == 0;
        hf__free(out);
    }
    *(unsigned *)user += end->output_bytes[0] == strlen("flushed\n");
    return true;
}

Test(run_fork, each_clone_has_outputs_of_its_own)
{
    cloned all;
    unsigned right = 0;
    begin_clones(&all, "prints", "");
    make_clones(&all, 2, hear_output, &right);
    cr_assert(eq(uint, right, POINTS * 3));
    char *own = NULL;
    size_t size_bytes = 0;
    char *path = hf__run_folder_file(all.execution.folder, HF_RUN_STDOUT);
    cr_assert(eq(int, hf__system_file_read(path, 4096, &own, &size_bytes, NULL), HF_OK));
    cr_assert(eq(int, strcmp(own, "flushed\nkept\ndone\n"), 0), "%s", own);
    hf__free(own);
    hf__free(path);
    end_clones(&all);
}

static bool hear_one(const hf__run_fork_end *end, void *user)
{
    (void)end;
    return ++*(unsigned *)user < 2;
}

/* The next clone may be there already. */
Test(run_fork, stops_when_it_is_told_to)
{
    cloned all;
    unsigned heard = 0;
    begin_clones(&all, "plain", "");
    make_clones(&all, 1, hear_one, &heard);
    cr_assert(all(ge(uint, heard, 2), le(uint, heard, 3), eq(int, (int)all.result.refused, HF_FORK_FINE)));
    end_clones(&all);
}

/* The tool in a process of its own, with clones that never end. */
static void run_as_tool(fork_job *job)
{
    hf_error err;
    hf__run_execution execution;
    hf__run_fork_result result;
    unsigned heard = 0;
    fork_job_execution(job, &execution);
    const hf_session_points points = {.items = job->points, .count = job->point_count};
    const hf__run_fork_options options = {.jobs = 3, .timeout_ms = 60000};
    _exit(hf__run_fork_run(&job->job, &(hf__run_fork_request){job->plan, job->plan_bytes, points, options, hear_one, &heard, NULL}, &execution,
                           &result, &err));
}

/* Ends those that have ended, until no child is left or the time is up. */
static unsigned reap_for(unsigned tries)
{
    for (unsigned i = 0; i < tries && count_children() > 0; i++) {
        while (waitpid(-1, NULL, WNOHANG) > 0) {
        }
        hf__os_sleep_us(10000);
    }
    return count_children();
}

Test(run_fork, nothing_outlives_a_tool_that_is_killed)
{
    fork_job job;
    begin(&job, "hangs", "timeout: 60s");
    cr_assert(eq(int, prctl(PR_SET_CHILD_SUBREAPER, 1), 0));
    pid_t tool = fork();
    if (tool == 0)
        run_as_tool(&job);
    hf__os_sleep_us(300000); /* by now three clones hang, and the caller waits for a clone slot */
    kill(tool, SIGKILL);
    cr_assert(eq(uint, reap_for(500), 0), "something is left running");
    fork_job_end(&job);
}
