/* SPDX-License-Identifier: MIT
 * A program that starts others and does not end. usage: cli-leaver HOW LOCK. All of them hold a shared lock on the file LOCK, which flock(1) sees,
 * whatever they do to their session, environment and parents. The program writes "ready" into its working directory when they have started.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define CHAINS 8
#define CHAIN_SECONDS 60 /* a bomb that nobody ends must not outlive the machine */

/* What /proc/PID/environ shows is the memory of the process itself. */
static void drop_environment(void)
{
    for (char **entry = environ; *entry != NULL; entry++)
        memset(*entry, 0, strlen(*entry));
}

static _Noreturn void wait_for_ever(void)
{
    for (;;)
        (void)pause();
}

static void start_child(void)
{
    if (fork() == 0)
        wait_for_ever();
}

static void start_daemon(void)
{
    if (fork() != 0)
        return;
    (void)setsid();
    drop_environment();
    if (fork() == 0)
        wait_for_ever();
    _exit(0);
}

/* Never the same process for long: each starts the next in a session of its own, and ends. */
static void start_chain(void)
{
    time_t until = time(NULL) + CHAIN_SECONDS;
    if (fork() != 0)
        return;
    drop_environment();
    while (time(NULL) < until) {
        if (fork() != 0)
            _exit(0);
        (void)setsid();
    }
    _exit(0);
}

/* Ends only by SIGKILL. */
static void start_stubborn(void)
{
    if (fork() != 0)
        return;
    for (int number = 1; number < 32; number++)
        (void)signal(number, SIG_IGN);
    (void)setsid();
    start_child();
    wait_for_ever();
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*start)(void);
        int count;
    } ways[] = {{"child", start_child, 1}, {"daemon", start_daemon, 1}, {"stubborn", start_stubborn, 1}, {"bomb", start_chain, CHAINS}};
    int lock = argc == 3 ? open(argv[2], O_RDWR | O_CREAT, 0600) : -1;
    if (lock < 0 || flock(lock, LOCK_SH) != 0)
        return 2;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        if (strcmp(ways[i].name, argv[1]) != 0)
            continue;
        for (int made = 0; made < ways[i].count; made++)
            ways[i].start();
        close(open("ready", O_WRONLY | O_CREAT, 0600));
        wait_for_ever();
    }
    return 2;
}
