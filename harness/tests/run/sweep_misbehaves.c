/* SPDX-License-Identifier: MIT
 * A program to be swept that is difficult in one way per mode, always or after an allocation has failed. It may use only the
 * public headers.
 */
#include "misbehaves.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS 3

/* False: one failed. */
static bool works(void)
{
    bool fine = true;
    for (int i = 0; i < CALLS && fine; i++)
        fine = allocate();
    return fine;
}

static int never_allocates(void)
{
    return 0;
}

static int fails_anyhow(void)
{
    return works() ? 3 : 4;
}

static int forks(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(works() ? 0 : 1);
    int status = 0;
    bool fine = waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return fine && works() ? 0 : 3;
}

/* Leaves a process behind in a session of its own, in every run. */
static int daemonises(void)
{
    if (fork() == 0) {
        (void)setsid();
        if (fork() == 0) {
            for (;;)
                pause();
        }
        _exit(0);
    }
    return works() ? 0 : 3;
}

static int ignores_term(void)
{
    signal(SIGTERM, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    while (!works())
        pause();
    return 0;
}

/* Until there is no room left, and leaves it there. */
static int fills_disk(void)
{
    static char block[65536];
    if (works())
        return 0;
    int file = open("junk", O_WRONLY | O_CREAT, 0600);
    while (write(file, block, sizeof block) > 0) {
    }
    close(file); /* a descriptor that is left open would be the finding */
    return 3;
}

static int deletes_session(void)
{
    if (unlink(getenv("HF_SESSION")) != 0)
        return 8;
    return works() ? 0 : 3;
}

static volatile sig_atomic_t handler_failed;

static void handle(int number)
{
    (void)number;
    handler_failed = !allocate();
}

static int allocates_in_handler(void)
{
    signal(SIGUSR1, handle);
    raise(SIGUSR1);
    return works() && !handler_failed ? 0 : 3;
}

static int is_interrupted(void)
{
    return interrupt_host(handle) && works() && !handler_failed ? 0 : 3;
}

static void allocate_at_exit(void)
{
    if (!allocate())
        _exit(5);
}

static int allocates_at_exit(void)
{
    return atexit(allocate_at_exit) == 0 && works() ? 0 : 3;
}

/* With another status each time. */
static int ends_by_chance(void)
{
    (void)works();
    return getpid() % 100 + 1;
}

/* Three calls that it can do without, and one that it cannot. */
static int needs_the_last(void)
{
    (void)allocate();
    (void)allocate();
    (void)allocate();
    if (!allocate())
        abort();
    return 0;
}

static void *needs_both(void *label)
{
    hf_thread(label);
    (void)allocate();
    if (!allocate())
        abort();
    return NULL;
}

/* Each of its threads makes the same two calls and cannot do without the second. */
static int needs_both_in_threads(void)
{
    (void)allocate();
    for (int i = 0; i < 2; i++) {
        char label[] = {'w', (char)('1' + i), '\0'};
        pthread_t thread;
        if (pthread_create(&thread, NULL, needs_both, label) != 0)
            return 9;
        pthread_join(thread, NULL);
    }
    return 0;
}

/* Works only where no run has been before, and writes. */
static int writes(void)
{
    int file = open("state", O_WRONLY | O_APPEND);
    if (file < 0 || lseek(file, 0, SEEK_END) != 5)
        return 9;
    bool fine = write(file, "here", 4) == 4;
    (void)close(file);
    return works() && fine ? 0 : 3;
}

static const misbehaves_mode modes[] = {
    {"writes", writes},
    {"needs-the-last", needs_the_last},
    {"needs-both-in-threads", needs_both_in_threads},
    {"ends-by-chance", ends_by_chance},
    {"never-allocates", never_allocates},
    {"fails-anyhow", fails_anyhow},
    {"forks", forks},
    {"daemonises", daemonises},
    {"ignores-term", ignores_term},
    {"fills-disk", fills_disk},
    {"deletes-session", deletes_session},
    {"allocates-in-handler", allocates_in_handler},
    {"is-interrupted", is_interrupted},
    {"allocates-at-exit", allocates_at_exit},
};

int main(int argc, char **argv)
{
    return misbehaves_main(argc, argv, modes, sizeof modes / sizeof modes[0]);
}
