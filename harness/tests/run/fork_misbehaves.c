/* SPDX-License-Identifier: MIT
 * A program to be cloned at its calls; each mode is difficult in one way. It makes CALLS cycles of VirtualAlloc and VirtualFree. Only clones perform
 * a mode's action for a failed allocation. It may use only the public headers.
 */
#include "misbehaves.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CALLS 5

/* What to do about the first failure; an exit status. */
static int cycles(int (*when_failed)(void))
{
    for (int i = 0; i < CALLS; i++) {
        if (!allocate())
            return when_failed();
    }
    return 0;
}

static int report(void)
{
    return 3;
}

static int plain(void)
{
    return cycles(report);
}

static int exec_itself(void)
{
    execl("/proc/self/exe", "fork_misbehaves", "plain", (char *)NULL);
    return 4;
}

static int execs(void)
{
    return cycles(exec_itself);
}

static int fork_itself(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(allocate() ? 5 : 6);
    int status = 0;
    return waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 7;
}

static int forks(void)
{
    return cycles(fork_itself);
}

/* One that stays behind. */
static int leave_one_behind(void)
{
    if (fork() == 0) {
        for (;;)
            pause();
    }
    return 3;
}

static int leaves(void)
{
    return cycles(leave_one_behind);
}

/* The same in a session of its own, where it is not found until the caller has ended. */
static int leave_one_far_behind(void)
{
    if (fork() == 0) {
        (void)setsid();
        for (;;)
            pause();
    }
    return 3;
}

static int leaves_far(void)
{
    return cycles(leave_one_far_behind);
}

static int die(void)
{
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
    return 4;
}

static int crashes(void)
{
    return cycles(die);
}

static int give_up(void)
{
    signal(SIGABRT, SIG_DFL);
    abort();
    return 4;
}

static int aborts(void)
{
    return cycles(give_up);
}

static int wait_forever(void)
{
    for (;;)
        pause();
    return 4;
}

static int hangs(void)
{
    return cycles(wait_forever);
}

/* Left in the buffer at the clone, and once more after it. */
static int say(void)
{
    printf("failed\n");
    fprintf(stderr, "said it\n");
    return 3;
}

static int prints(void)
{
    printf("flushed\n");
    fflush(stdout);
    printf("kept\n");
    int status = cycles(say);
    printf("done\n");
    return status;
}

/* glibc keeps the owner of such a mutex by its thread id. */
static pthread_mutex_t mutex;

static int lock_again(void)
{
    int deeper = pthread_mutex_lock(&mutex);
    int back = pthread_mutex_unlock(&mutex);
    int out = pthread_mutex_unlock(&mutex);
    return deeper == 0 && back == 0 && out == 0 ? 3 : 4;
}

static int locks(void)
{
    pthread_mutexattr_t recursive;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&mutex, &recursive);
    pthread_mutex_lock(&mutex);
    return cycles(lock_again);
}

/* Each call is followed by a line of stdin: what a clone reads, the caller must still get. */
static int read_rest(void)
{
    char line[64];
    while (read(0, line, 1) == 1 && line[0] != '9') {
    }
    return line[0] == '9' ? 3 : 4;
}

static int reads(void)
{
    for (int i = 0; i < CALLS; i++) {
        char digit = 0;
        if (!allocate())
            return read_rest();
        if (read(0, &digit, 1) != 1 || digit != '1' + i)
            return 8;
    }
    return 0;
}

/* A process has no child that it did not make. */
static int waits(void)
{
    int status = cycles(report);
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD ? status : 9;
}

static void *idle(void *unused)
{
    (void)unused;
    for (;;)
        pause();
    return NULL;
}

static int threads(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, idle, NULL) != 0)
        return 8;
    return cycles(report);
}

static int writes_file(void)
{
    int file = open("data", O_RDWR | O_CREAT, 0600);
    return file < 0 ? 8 : cycles(report);
}

static int maps_shared(void)
{
    void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED ? 8 : cycles(report);
}

/* Locks go with the open file, which a clone opens anew; a test needs only that they are noticed. */
static int holds_lock(void)
{
    int file = open("/proc/self/exe", O_RDONLY);
    return file < 0 || flock(file, LOCK_SH) != 0 ? 8 : cycles(report);
}

/* This kind goes with the process and no clone has it. */
static int holds_record_lock(void)
{
    int file = open("/proc/self/exe", O_RDONLY);
    struct flock all = {.l_type = F_RDLCK, .l_whence = SEEK_SET};
    return file < 0 || fcntl(file, F_SETLK, &all) != 0 ? 8 : cycles(report);
}

static void allocate_in_handler(int number)
{
    (void)number;
    (void)allocate();
}

static int is_interrupted(void)
{
    return interrupt_host(allocate_in_handler) ? cycles(report) : 8;
}

static void do_nothing(int number)
{
    (void)number;
}

/* A failure is waited out until the alarm comes, which comes to no clone. */
static int wait_for_alarm(void)
{
    pause();
    return 3;
}

static int has_alarm(void)
{
    signal(SIGALRM, do_nothing);
    alarm(1);
    return cycles(wait_for_alarm);
}

static int has_posix_timer(void)
{
    timer_t timer;
    const struct itimerspec later = {.it_value = {.tv_sec = 1}};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    signal(SIGALRM, do_nothing);
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) != 0 || timer_settime(timer, 0, &later, NULL) != 0)
        return 8;
    return cycles(wait_for_alarm);
}

static const misbehaves_mode modes[] = {
    {"plain", plain},
    {"execs", execs},
    {"forks", forks},
    {"leaves", leaves},
    {"leaves-far", leaves_far},
    {"crashes", crashes},
    {"aborts", aborts},
    {"hangs", hangs},
    {"prints", prints},
    {"locks", locks},
    {"reads", reads},
    {"waits", waits},
    {"threads", threads},
    {"writes-file", writes_file},
    {"maps-shared", maps_shared},
    {"holds-lock", holds_lock},
    {"holds-record-lock", holds_record_lock},
    {"is-interrupted", is_interrupted},
    {"has-alarm", has_alarm},
    {"has-posix-timer", has_posix_timer},
};

int main(int argc, char **argv)
{
    return misbehaves_main(argc, argv, modes, sizeof modes / sizeof modes[0]);
}
