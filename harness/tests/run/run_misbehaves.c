/* SPDX-License-Identifier: MIT
 * A program under test that is difficult in one way per mode. It may use only the public headers.
 *
 * Usage: run_misbehaves MODE. A cycle is a VirtualAlloc, a write to the memory, and a VirtualFree; exit status 9 means that a call failed although
 * nothing was injected.
 */
#include "run_misbehaves.h"

#include <hostfault/hostfault.h>

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static IHostMemoryManager *manager;

static void attach(void)
{
    IHostMemoryManager *bare = NULL;
    if (FAILED(hf_host_create(&bare)) || FAILED(hf_wrap(bare, &manager)))
        _exit(8);
}

/* Tests look for its name. */
__attribute__((noinline)) static int cycle(void)
{
    void *memory = NULL;
    HRESULT hr = manager->lpVtbl->VirtualAlloc(manager, NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory);
    if (FAILED(hr))
        return 9;
    *(volatile char *)memory = 1;
    return FAILED(manager->lpVtbl->VirtualFree(manager, memory, 0, MEM_RELEASE)) ? 9 : 0;
}

static int cycles(unsigned count)
{
    int worst = 0;
    for (unsigned i = 0; i < count; i++)
        worst |= cycle();
    return worst;
}

int work(void)
{
    attach();
    return cycles(3);
}

int more_work(void)
{
    return cycles(3);
}

static int leave_at_once(void)
{
    fputs("cannot find my configuration\n", stderr);
    return 3;
}

static int attach_only(void)
{
    return hf_attach(NULL) == HF_OK ? 0 : 8;
}

static int fork_and_wait(void)
{
    int status = work();
    pid_t child = fork();
    if (child == 0)
        _exit(cycles(5));
    int ended = 0;
    if (waitpid(child, &ended, 0) != child || !WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
        return 10;
    return status | cycles(3);
}

/* Says in the file "pid" who stays. */
static void stay(void)
{
    FILE *file = fopen("pid.new", "w");
    if (file == NULL)
        _exit(11);
    fprintf(file, "%ld\n", (long)getpid());
    fclose(file);
    rename("pid.new", "pid");
    while (cycles(1000) == 0)
        ;
}

static void wait_for_pid(void)
{
    struct stat facts;
    while (stat("pid", &facts) != 0)
        usleep(1000);
}

static int daemonise(void)
{
    int status = work();
    if (fork() == 0) {
        (void)setsid();
        if (fork() == 0)
            stay();
        _exit(0);
    }
    wait_for_pid();
    return status;
}

static int close_all(void)
{
    attach();
    (void)syscall(SYS_close_range, 0u, ~0u, 0u);
    return cycles(3);
}

static int delete_trace(void)
{
    attach();
    if (unlink(getenv("HF_SESSION")) != 0)
        return 12;
    return cycles(3);
}

/* As a program does that was built with another version of the shim. */
static int attach_to_later_version(void)
{
    const uint32_t later = 999; /* behind the magic number of 8 bytes */
    int file = open(getenv("HF_SESSION"), O_WRONLY);
    if (file < 0 || pwrite(file, &later, sizeof later, 8) != (ssize_t)sizeof later)
        return 12;
    return work();
}

static int call_after_detach(void)
{
    int status = work();
    hf_detach(NULL, NULL);
    return status | cycles(5);
}

static volatile sig_atomic_t from_handler;

static void handler(int number)
{
    (void)number;
    (void)cycle(); /* refused where it interrupted the host itself */
    from_handler = from_handler + 1;
}

static void handle_alarm(void)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    sigaction(SIGALRM, &action, NULL);
}

static int call_from_handler(void)
{
    attach();
    handle_alarm();
    int status = 0;
    for (int i = 0; i < 50; i++) {
        status |= cycle();
        raise(SIGALRM);
    }
    return status | (from_handler == 50 ? 0 : 17);
}

/* As above, but at any instruction, inside our own code and the host's too. */
static int call_from_timer(void)
{
    attach();
    handle_alarm();
    const struct itimerval often = {{0, 300}, {0, 300}};
    setitimer(ITIMER_REAL, &often, NULL);
    int status = 0;
    while (from_handler < 200)
        status |= cycle();
    const struct itimerval never = {{0, 0}, {0, 0}};
    setitimer(ITIMER_REAL, &never, NULL);
    return status;
}

static void *hundred_cycles(void *result)
{
    *(int *)result = cycles(100);
    return NULL;
}

static int threads64(void)
{
    attach();
    pthread_t threads[64];
    int results[64] = {0};
    int worst = 0;
    for (int i = 0; i < 64; i++) {
        if (pthread_create(&threads[i], NULL, hundred_cycles, &results[i]) != 0)
            return 13;
    }
    for (int i = 0; i < 64; i++) {
        pthread_join(threads[i], NULL);
        worst |= results[i];
    }
    return worst;
}

static int exec_itself(void)
{
    int status = work();
    char *const arguments[] = {(char *)(uintptr_t) "run_misbehaves", (char *)(uintptr_t) "work", NULL};
    if (status == 0)
        execv("/proc/self/exe", arguments);
    return 14;
}

static int flood(void)
{
    static char line[4096];
    memset(line, 'x', sizeof line);
    int status = work();
    for (int i = 0; i < 16384; i++) {
        if (write(1, line, sizeof line) != (ssize_t)sizeof line)
            return 15;
    }
    return status;
}

/* Fills pages of the mapped session with ones, as a wild pointer could: the header's, the control words', all that there are. */
static int scribble_over(size_t from, size_t size_bytes)
{
    attach();
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[1024];
    while (maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long start = 0;
        char access[5] = "";
        if (strstr(line, "/trace\n") == NULL || sscanf(line, "%lx-%*x %4s", &start, access) != 2 || access[1] != 'w')
            continue;
        memset((char *)start + from, 0xFF, size_bytes);
        break;
    }
    return 0;
}

static int scribble_header(void)
{
    return scribble_over(0, 4096);
}

static int scribble_control(void)
{
    return scribble_over(4096, 4096);
}

static int scribble_all(void)
{
    return scribble_over(0, 200000);
}

static int churn(void)
{
    static int results[3];
    attach();
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        if (pthread_create(&threads[i], NULL, hundred_cycles, &results[i]) != 0)
            return 13;
        pthread_detach(threads[i]);
    }
    while (cycles(1000) == 0)
        ;
    return 9;
}

static int many(void)
{
    attach();
    return cycles(20000);
}

/* Succeeds if 32 TiB can be reserved, but not written; a sanitizer has taken 16 by now. */
static int take_memory(void)
{
    int status = work();
    void *memory = mmap(NULL, (size_t)32 << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return 17;
    return mprotect(memory, (size_t)32 << 40, PROT_READ | PROT_WRITE) != 0 ? status : 18;
}

static int exit_as_harness(void)
{
    return work() | 197;
}

static int echo(void)
{
    char line[100] = "";
    int status = work();
    if (fgets(line, sizeof line, stdin) == NULL)
        return 16;
    const char *value = getenv("HF_TEST_VALUE");
    char folder[4096] = "";
    printf("%s|%s|%s\n", strtok(line, "\n"), value != NULL ? value : "unset", getcwd(folder, sizeof folder));
    return status;
}

static const struct {
    const char *name;
    int (*run)(void);
} modes[] = {
    {"work", work},
    {"leave-at-once", leave_at_once},
    {"attach-only", attach_only},
    {"fork-and-wait", fork_and_wait},
    {"daemonise", daemonise},
    {"close-all", close_all},
    {"delete-trace", delete_trace},
    {"attach-to-later-version", attach_to_later_version},
    {"call-after-detach", call_after_detach},
    {"call-from-handler", call_from_handler},
    {"call-from-timer", call_from_timer},
    {"threads64", threads64},
    {"exec-itself", exec_itself},
    {"crash", crash},
    {"crash-in-handler", crash_in_handler},
    {"crash-in-thread", crash_in_thread},
    {"abort", die_by_abort},
    {"abort-but-not-again", abort_but_not_again},
    {"hang", hang},
    {"hang-in-threads", hang_in_threads},
    {"hang-on-lost-mutex", hang_on_lost_mutex},
    {"stop-itself", stop_itself},
    {"flood", flood},
    {"scribble-header", scribble_header},
    {"scribble-control", scribble_control},
    {"scribble-all", scribble_all},
    {"churn", churn},
    {"many", many},
    {"take-memory", take_memory},
    {"exit-as-harness", exit_as_harness},
    {"echo", echo},
    {"own-files", own_files},
    {"cut-session", cut_session},
    {"replace-session", replace_session},
    {"replace-session-by-fifo", replace_session_by_fifo},
    {"replace-outputs", replace_outputs},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 2 && i < sizeof modes / sizeof modes[0]; i++) {
        if (strcmp(argv[1], modes[i].name) == 0)
            return modes[i].run();
    }
    fputs("usage: run_misbehaves MODE\n", stderr);
    return 2;
}
