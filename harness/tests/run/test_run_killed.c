/* SPDX-License-Identifier: MIT
 * SIGKILL at many instants, of the program and of the tool that watches it. The recorded part must be readable, every decision in it must be
 * derivable again, and nothing may be left running. The instants come from the random generator, scaled by the start time on this machine.
 */
#include "hf_rows.h"
#include "run_whole.h"
#include "base_random.h"
#include "model_rule.h"
#include "os_atomic.h"
#include "system_process.h"
#include "system_machine.h"
#include "os_thread.h"
#include "session.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLS 200
#define TOOL_KILLS 60

TestSuite(run_killed, .timeout = 280);

/* A plan with a rule that fires now and then, so that decisions are in the trace. */
static size_t make_plan(void *buffer, size_t capacity)
{
    hf_rule rule = hf__model_rule_init();
    rule.methods = 1u << HF_METHOD_VIRTUAL_ALLOC;
    rule.step = 7;
    rule.returns = 1;
    rule.hr = E_OUTOFMEMORY;
    const char *name = "now and then";
    const hf__model_plan_parts parts = {.seed = 1, .storm_limit = 1000000, .rule_count = 1, .rules = &rule, .rule_names = &name};
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__model_plan_build(&parts, buffer, capacity, &size_bytes, NULL), HF_OK));
    return size_bytes;
}

/* One program, killed after so long; how many calls its trace holds. *first_chunk_us, if asked for: when it had begun to record; it is killed then.
 */
static size_t kill_one(const char *folder, const void *plan, size_t plan_bytes, uint64_t after_us, uint64_t *first_chunk_us)
{
    char *trace_path = hf__run_folder_file(folder, HF_RUN_TRACE);
    char *session_text = hf__format("HF_SESSION=%s", trace_path);
    const char *arguments[] = {HF_MISBEHAVES, "churn", NULL};
    const char *environment[] = {session_text, NULL};
    hf_spawn spawn = {.program = HF_MISBEHAVES, .arguments = arguments, .environment = environment, .mark = session_text};
    hf_session session;
    hf_process *process = NULL;
    hf_process_end end;
    hf_trace *trace = NULL;
    hf_error err;
    cr_assert(
        eq(int, hf__session_create(&(hf_session_request){trace_path, "churn", plan, plan_bytes, 0, {NULL, 0, 0}, false}, &session, &err), HF_OK),
        "%s", err.message);
    cr_assert(eq(int, hf__system_process_start(&spawn, &process, &err), HF_OK), "%s", err.message);
    uint64_t start = hf__os_now_us();
    while (hf__os_now_us() - start < after_us && !hf__system_process_wait(process, 100, &end)) {
        cr_assert(eq(int, hf__session_feed(&session, trace_path, &err), HF_OK), "%s", err.message);
        if (first_chunk_us != NULL && hf__os_load_u32(&session.control->chunks_taken) > 0)
            after_us = *first_chunk_us = hf__os_now_us() - start;
    }
    hf__system_process_end_all(process, &end);
    hf__system_process_destroy(process);
    cr_assert(eq(int, end.status, SIGKILL));
    const hf_session_end record = {.kind = HF_EVENT_END_SIGNAL, .address = SIGKILL};
    cr_assert(eq(int, hf__session_append_end(&session, trace_path, &record, &err), HF_OK), "%s", err.message);
    cr_assert(eq(int, hf__session_close(&session, trace_path, &err), HF_OK), "%s", err.message);
    cr_assert(eq(int, hf_trace_open(trace_path, &trace, &err), HF_OK), "after %lu us: %s", after_us, err.message);
    cr_assert(eq(int, hf_trace_verify(trace, &err), HF_OK), "after %lu us: %s", after_us, err.message);
    cr_assert(eq(u32, end_kind(trace), HF_EVENT_END_SIGNAL));
    size_t calls = call_count(trace);
    hf_trace_destroy(trace);
    unlink(trace_path);
    hf__free(session_text);
    hf__free(trace_path);
    return calls;
}

Test(run_killed, trace_of_a_killed_program_reads_and_verifies)
{
    char *folder = make_results();
    uint64_t plan[256];
    size_t plan_bytes = make_plan(plan, sizeof plan);
    size_t with_calls = 0;
    uint64_t begun_us = 0;
    (void)kill_one(folder, plan, plan_bytes, 10000000, &begun_us);
    cr_assert(lt(u64, 0, begun_us));
    for (uint64_t i = 0; i < KILLS; i++)
        with_calls += kill_one(folder, plan, plan_bytes, hf__random(1, 0, i) % (2 * begun_us + 3000), NULL) > 0;
    cr_assert(eq(int, hf__system_folder_remove(folder, NULL), HF_OK));
    hf__free(folder);
    cr_assert(lt(sz, KILLS / 4, with_calls), "only %zu of the programs had made a call", with_calls);
}

/* Waits a little for what the kernel does to a program whose tool died: it falls to this process, which reaps it. */
static bool dies(pid_t pid)
{
    int status = 0;
    pid_t got = 0;
    for (int i = 0; i < 2000 && got == 0; i++) {
        got = waitpid(pid, &status, WNOHANG);
        usleep(got == 0 ? 1000 : 0);
    }
    return got == pid && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* The process that attached, 0 if none did. */
static pid_t attached_process(const hf_trace *trace)
{
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (event->kind == HF_EVENT_ATTACH)
            return (pid_t)event->address;
    }
    return 0;
}

/* How long a tool takes over a whole run and its clean run. */
static uint64_t time_of_a_tool(void)
{
    char *results = make_results();
    uint64_t start = hf__os_now_us();
    pid_t tool = fork();
    if (tool == 0) {
        whole got = run_whole(results, "work", "");
        _exit(got.status == HF_OK ? 0 : 1);
    }
    int status = 0;
    cr_assert(eq(int, waitpid(tool, &status, 0), tool));
    cr_assert(eq(int, status, 0));
    uint64_t spent = hf__os_now_us() - start;
    cr_assert(eq(int, hf__system_folder_remove(results, NULL), HF_OK));
    hf__free(results);
    return spent;
}

/* A tool in a process of its own, killed after so long; 1 if it had got as far as a trace with an attached program. */
static size_t kill_tool(uint64_t after_us)
{
    char *results = make_results();
    pid_t tool = fork();
    if (tool == 0) {
        whole got = run_whole(results, "churn", "");
        _exit(got.status == HF_OK ? 0 : 1);
    }
    hf__os_sleep_us(after_us);
    kill(tool, SIGKILL);
    cr_assert(eq(int, waitpid(tool, NULL, 0), tool));
    char *folder = only_run(results);
    char *path = hf__format("%s/" HF_RUN_CLEAN "/" HF_RUN_TRACE, folder != NULL ? folder : results);
    hf_trace *trace = NULL;
    hf_error err = {0};
    pid_t pid = 0;
    /* The instant between the trace's creation and its header is the tool's own; a trace that a program has attached to always reads. */
    if (hf__os_file_exists(path) && hf_trace_open(path, &trace, &err) == HF_OK)
        pid = attached_process(trace);
    cr_assert(eq(int, trace != NULL || pid == 0, 1));
    cr_assert(eq(int, trace == NULL || hf_trace_verify(trace, &err) == HF_OK, 1), "after %lu us: %s", after_us, err.message);
    cr_assert(eq(int, pid == 0 || dies(pid), 1), "after %lu us: the program lives on", after_us);
    hf_trace_destroy(trace);
    hf__free(path);
    hf__free(folder);
    cr_assert(eq(int, hf__system_folder_remove(results, NULL), HF_OK));
    hf__free(results);
    return pid != 0;
}

Test(run_killed, killed_tool_leaves_a_trace_that_reads_and_no_program)
{
    size_t attached = 0;
    cr_assert(eq(int, prctl(PR_SET_CHILD_SUBREAPER, 1), 0));
    uint64_t latest_us = 2 * time_of_a_tool();
    for (uint64_t i = 0; i < TOOL_KILLS; i++)
        attached += kill_tool(hf__random(2, 0, i) % latest_us);
    cr_assert(lt(sz, TOOL_KILLS / 4, attached), "only %zu of the tools had got as far as an attached program", attached);
}
