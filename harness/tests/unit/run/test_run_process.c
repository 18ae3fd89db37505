/* SPDX-License-Identifier: MIT
 * Process control: how a start fails, how an end is reported, what a process may access, and that nothing it started outlives it.
 */
#include "run_test.h"
#include "system_process.h"
#include "system_machine.h"
#include "os_thread.h"

#include <signal.h>
#include <sys/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(run_process, .timeout = 120);

/* A shell script as a spawn; arguments must live as long. */
static hf_spawn shell(const char *arguments[4], const char *script)
{
    arguments[0] = "sh";
    arguments[1] = "-c";
    arguments[2] = script;
    arguments[3] = NULL;
    return (hf_spawn){.program = "/bin/sh", .arguments = arguments, .environment = hf__system_environment_all()};
}

static hf_process *start_shell(const char *script)
{
    const char *arguments[4];
    hf_spawn spawn = shell(arguments, script);
    hf_process *process = NULL;
    hf_error err;
    cr_assert(eq(int, hf__system_process_start(&spawn, &process, &err), HF_OK), "%s", err.message);
    return process;
}

static const struct {
    const char *label, *script;
    int exited, status;
} ends[] = {
    {"exit 0", "exit 0", 1, 0},
    {"exit 77", "exit 77", 1, 77},
    {"its own SIGSEGV", "kill -SEGV $$", 0, 11},
    {"its own SIGKILL", "kill -KILL $$", 0, 9},
};
HF_ROWS(run_process, end_is_told_exactly, ends)
{
    hf_process *process = start_shell(ends[*number].script);
    hf_process_end end;
    bool ended = hf__system_process_wait(process, 10000000, &end);
    hf__system_process_destroy(process);
    cr_assert(eq(int, ended, 1), "%s", ends[*number].label);
    cr_assert(eq(int, end.exited, ends[*number].exited), "%s", ends[*number].label);
    cr_assert(eq(int, end.status, ends[*number].status), "%s", ends[*number].label);
}

static const struct {
    const char *label, *text;
    unsigned mode;
    int status;
    const char *says;
} not_started[] = {
    {"a file that may not be run", "#!/bin/sh\n", 0644, HF_ERROR_NOT_FOUND, "is not executable"},
    {"neither script nor program", "what is this", 0755, HF_ERROR_NOT_FOUND, "is not a program for this machine"},
    {"an interpreter that is not there", "#!/no/such/interpreter\n", 0755, HF_ERROR_NOT_FOUND, "interpreter or loader that it names does not exist"},
};
HF_ROWS(run_process, start_that_fails_says_why, not_started)
{
    char *folder = make_folder();
    char *program = hf__format("%s/program", folder);
    write_file(program, not_started[*number].text, not_started[*number].mode);
    const char *arguments[] = {program, NULL};
    hf_spawn spawn = {.program = program, .arguments = arguments, .environment = hf__system_environment_all()};
    hf_process *process = NULL;
    hf_error err;
    hf_status status = hf__system_process_start(&spawn, &process, &err);
    hf__free(program);
    remove_folder(folder);
    cr_assert(eq(int, status, not_started[*number].status), "%s", not_started[*number].label);
    cr_assert(ne(ptr, strstr(err.message, not_started[*number].says), NULL), "%s: %s", not_started[*number].label, err.message);
    cr_assert(eq(ptr, process, NULL), "%s", not_started[*number].label);
}

Test(run_process, program_that_is_not_there_is_not_found)
{
    const char *arguments[] = {"x", NULL};
    hf_spawn spawn = {.program = "/no/such/program", .arguments = arguments, .environment = hf__system_environment_all()};
    hf_process *process = NULL;
    hf_error err;
    cr_assert(eq(int, hf__system_process_start(&spawn, &process, &err), HF_ERROR_NOT_FOUND));
    cr_assert(ne(ptr, strstr(err.message, "/no/such/program: no such program"), NULL), "%s", err.message);
    spawn.program = "hostfault-no-such-program";
    cr_assert(eq(int, hf__system_process_start(&spawn, &process, &err), HF_ERROR_NOT_FOUND));
    cr_assert(ne(ptr, strstr(err.message, "no such program in PATH"), NULL), "%s", err.message);
}

Test(run_process, folder_that_is_not_there_is_not_found)
{
    const char *arguments[4];
    hf_spawn spawn = shell(arguments, "exit 0");
    spawn.folder = "/no/such/folder";
    hf_process *process = NULL;
    hf_error err;
    cr_assert(eq(int, hf__system_process_start(&spawn, &process, &err), HF_ERROR_NOT_FOUND));
    cr_assert(ne(ptr, strstr(err.message, "working directory /no/such/folder is not a directory"), NULL), "%s", err.message);
}

Test(run_process, wait_gives_up_and_end_all_ends_it)
{
    hf_process *process = start_shell("sleep 100");
    hf_process_end end = {.exited = true};
    cr_assert(eq(int, hf__system_process_wait(process, 20000, &end), 0));
    hf__system_process_end_all(process, &end);
    hf__system_process_destroy(process);
    cr_assert(eq(int, end.exited, 0));
    cr_assert(eq(int, end.status, 9));
}

Test(run_process, streams_are_the_files_that_were_named)
{
    char *folder = make_folder();
    char *in = hf__format("%s/in", folder);
    char *out = hf__format("%s/out", folder);
    char *err_path = hf__format("%s/err", folder);
    write_file(in, "given\n", 0644);
    const char *arguments[4];
    hf_spawn spawn = shell(arguments, "cat; echo complaint >&2; pwd");
    spawn.folder = "/";
    spawn.stdin_path = in;
    spawn.stdout_path = out;
    spawn.stderr_path = err_path;
    hf_process *process = NULL;
    hf_process_end end;
    cr_assert(eq(int, hf__system_process_start(&spawn, &process, NULL), HF_OK));
    cr_assert(eq(int, hf__system_process_wait(process, 10000000, &end), 1));
    hf__system_process_destroy(process);
    char *got = NULL, *complaint = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__system_file_read(out, 1000, &got, &size_bytes, NULL), HF_OK));
    cr_assert(eq(int, hf__system_file_read(err_path, 1000, &complaint, &size_bytes, NULL), HF_OK));
    cr_assert(eq(str, got, text_of("given\n/\n")));
    cr_assert(eq(str, complaint, text_of("complaint\n")));
    hf__free(got);
    hf__free(complaint);
    hf__free(in);
    hf__free(out);
    hf__free(err_path);
    remove_folder(folder);
}

/* What a shell script prints, whole. */
static char *captured(const hf_spawn *spawn)
{
    hf_capture got = {.timeout_ms = 10000, .max_bytes = 100000};
    hf_error err;
    cr_assert(eq(int, hf__system_process_capture(spawn, &got, &err), HF_OK), "%s", err.message);
    return got.text;
}

static const struct {
    const char *label, *script, *prints;
} surroundings[] = {
    {"a session of its own", "test $(ps -o sid= -p $$) = $$ && echo yes", "yes\n"},
    {"no core files", "ulimit -c", "0\n"},
    {"no descriptor but three", "ls /proc/self/fd | wc -l", "4\n"}, /* the fourth is the listing's own */
    {"nothing to read", "wc -c", "0\n"},
    {"address randomisation off", "cat /proc/self/personality", "00040000\n"},
    {"SIGPIPE is not ignored", "grep SigIgn /proc/self/status", "SigIgn:\t0000000000000000\n"},
};
HF_ROWS(run_process, child_finds, surroundings)
{
    signal(SIGPIPE, SIG_IGN);
    int stray = dup(2);
    const char *arguments[4];
    hf_spawn spawn = shell(arguments, surroundings[*number].script);
    char *text = captured(&spawn);
    close(stray);
    cr_assert(eq(str, text, text_of(surroundings[*number].prints)), "%s", surroundings[*number].label);
    hf__free(text);
}

Test(run_process, limits_reach_the_child)
{
    const char *arguments[4];
    hf_spawn spawn = shell(arguments, "ulimit -d; grep -c processor /proc/cpuinfo > /dev/null; nproc");
    spawn.memory_limit = 1ull << 30;
    spawn.pin = true;
    char *text = captured(&spawn);
    cr_assert(eq(str, text, text_of("1048576\n1\n")));
    hf__free(text);
}

Test(run_process, capture_ends_what_writes_too_much)
{
    const char *arguments[4];
    hf_spawn spawn = shell(arguments, "yes");
    hf_capture got = {.timeout_ms = 10000, .max_bytes = 4096};
    cr_assert(eq(int, hf__system_process_capture(&spawn, &got, NULL), HF_ERROR_LIMIT));
    cr_assert(eq(ptr, got.text, NULL));
}

/* Each leaves a process behind that writes its number to the file "left" and sleeps. */
static const struct {
    const char *label, *script;
} leavers[] = {
    {"in the background", "(echo $(exec sh -c 'echo $PPID') > left; exec sleep 100) & while ! [ -s left ]; do :; done"},
    {"in a session of its own", "setsid sh -c 'echo $$ > left; exec sleep 100' & while ! [ -s left ]; do :; done"},
    {"forked twice into a session of its own", "(setsid setsid -f sh -c 'echo $$ > left; exec sleep 100') ; while ! [ -s left ]; do :; done"},
    {"without its environment", "setsid -f env -i /bin/sh -c 'echo $$ > left; exec sleep 100'; while ! [ -s left ]; do :; done"},
    {"while it runs on itself", "setsid -f sh -c 'echo $$ > left; exec sleep 100'; while ! [ -s left ]; do :; done; sleep 100"},
};
HF_ROWS(run_process, nothing_outlives_end_all, leavers)
{
    char *folder = make_folder();
    char *left = hf__format("%s/left", folder);
    const char *arguments[4];
    hf_spawn spawn = shell(arguments, leavers[*number].script);
    spawn.folder = folder;
    hf_process *process = NULL;
    hf_process_end end;
    cr_assert(eq(int, hf__system_process_start(&spawn, &process, NULL), HF_OK));
    (void)hf__system_process_wait(process, 500000, &end);
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__system_file_read(left, 100, &text, &size_bytes, NULL), HF_OK), "%s", leavers[*number].label);
    long pid = strtol(text, NULL, 10);
    cr_assert(lt(long, 1, pid), "%s", leavers[*number].label);
    bool lived = hf__os_process_alive(pid);
    hf__system_process_destroy(process);
    cr_assert(eq(int, lived, 1), "%s", leavers[*number].label);
    cr_assert(eq(int, hf__os_process_alive(pid), 0), "%s", leavers[*number].label);
    hf__free(text);
    hf__free(left);
    remove_folder(folder);
}

Test(run_process, mark_tells_whose_an_orphan_is)
{
    char *folder = make_folder();
    char *left = hf__format("%s/left", folder);
    const char *environment[] = {"PATH=/usr/bin:/bin", "HF_SESSION=this one", NULL};
    const char *arguments[4];
    hf_spawn spawn = shell(arguments, leavers[2].script);
    spawn.folder = folder;
    spawn.environment = environment;
    spawn.mark = environment[1];
    hf_process *process = NULL, *other = start_shell("sleep 100");
    hf_process_end end;
    cr_assert(eq(int, hf__system_process_start(&spawn, &process, NULL), HF_OK));
    cr_assert(eq(int, hf__system_process_wait(process, 10000000, &end), 1));
    char *text = NULL;
    size_t size_bytes = 0;
    cr_assert(eq(int, hf__system_file_read(left, 100, &text, &size_bytes, NULL), HF_OK));
    hf__system_process_destroy(process);
    cr_assert(eq(int, hf__os_process_alive(strtol(text, NULL, 10)), 0));
    cr_assert(eq(int, hf__os_process_alive(hf__system_process_pid(other)), 1));
    hf__system_process_destroy(other);
    hf__free(text);
    hf__free(left);
    remove_folder(folder);
}

Test(run_process, own_children_are_left_alone)
{
    pid_t own = fork();
    if (own == 0) {
        pause();
        _exit(0);
    }
    hf_process *process = start_shell("exit 0");
    pid_t later = fork();
    if (later == 0) {
        pause();
        _exit(0);
    }
    hf__system_process_destroy(process);
    bool own_lived = hf__os_process_alive(own), later_lived = hf__os_process_alive(later);
    kill(own, SIGKILL);
    kill(later, SIGKILL);
    cr_assert(eq(int, own_lived, 1));
    cr_assert(eq(int, later_lived, 1));
}

static void ignore_signal(int number)
{
    (void)number;
}

/* A timer of the tool goes off all the time while programs are killed. */
Test(run_process, a_signal_to_the_tool_hides_no_end)
{
    struct sigaction action = {.sa_handler = ignore_signal};
    const struct itimerval often = {.it_interval = {.tv_usec = 30}, .it_value = {.tv_usec = 30}};
    const struct itimerval never = {.it_value = {.tv_usec = 0}};
    const char *const arguments[] = {"sleep", "100", NULL};
    const hf_spawn spawn = {.program = "/bin/sleep", .arguments = arguments, .environment = hf__system_environment_all()};
    cr_assert(eq(int, sigaction(SIGALRM, &action, NULL), 0));
    for (int i = 0; i < 200; i++) {
        hf_process *process = NULL;
        hf_process_end end = {.exited = true};
        hf_error err;
        cr_assert(eq(int, hf__system_process_start(&spawn, &process, &err), HF_OK), "%s", err.message);
        cr_assert(eq(int, setitimer(ITIMER_REAL, &often, NULL), 0));
        hf__system_process_end_all(process, &end);
        cr_assert(eq(int, setitimer(ITIMER_REAL, &never, NULL), 0));
        hf__system_process_destroy(process);
        cr_assert(eq(int, end.exited, 0), "program %d", i);
        cr_assert(eq(int, end.status, SIGKILL), "program %d", i);
    }
}
