/* SPDX-License-Identifier: MIT
 * An unmodified program whose children ask for memory: each makes one request of 7777 bytes, and ends with 3 if it is refused, or crashes.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;
static const char *self;

__attribute__((noinline)) static int ask(void)
{
    char *volatile block = malloc(7777);
    if (block == NULL)
        return 3;
    free(block);
    return 0;
}

__attribute__((noinline)) static int crash(void)
{
    char *volatile block = malloc(7777);
    block[0] = 'x';
    free(block);
    return 0;
}

static int die(void)
{
    free(malloc(5555)); /* a child is met at its first call */
    char *volatile nothing = NULL;
    nothing[0] = 'x';
    return 0;
}

static int wait_for(pid_t child)
{
    int status = 0;
    if (child <= 0 || waitpid(child, &status, 0) != child)
        return 90;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int by_fork(int (*work)(void))
{
    pid_t child = fork();
    if (child == 0)
        exit(work());
    return wait_for(child);
}

/* As fork(2) has it: a child leaves by _exit. */
static int by_plain_exit(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(ask() == 0 ? 7 : 8);
    int status = wait_for(child);
    return status == 7 ? 0 : status == 8 ? 3 : status;
}

static int by_exec(void)
{
    pid_t child = fork();
    if (child == 0) {
        execl(self, self, "ask", (char *)NULL);
        _exit(91);
    }
    return wait_for(child);
}

/* The same process has a session before it becomes the other program. */
static int by_late_exec(void)
{
    pid_t child = fork();
    if (child == 0) {
        free(malloc(5555));
        execl(self, self, "ask", (char *)NULL);
        _exit(91);
    }
    return wait_for(child);
}

static int by_spawn(void)
{
    char words[2][8] = {"follow", "ask"};
    char *arguments[] = {words[0], words[1], NULL};
    pid_t child = 0;
    return posix_spawn(&child, self, NULL, NULL, arguments, environ) == 0 ? wait_for(child) : 92;
}

static int by_vfork(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execl(self, self, "ask", (char *)NULL);
        _exit(91);
    }
    return wait_for(child);
}

static int by_system(void)
{
    char command[4200];
    snprintf(command, sizeof command, "exec '%s' ask", self);
    int status = system(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 93;
}

static int by_popen(void)
{
    char command[4200], line[80] = "";
    snprintf(command, sizeof command, "exec '%s' say", self);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL || fgets(line, sizeof line, pipe) == NULL)
        return 94;
    int status = pclose(pipe);
    return strcmp(line, "said\n") == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : 94;
}

static int fork_once_more(void)
{
    free(malloc(5555));
    return by_fork(ask);
}

static volatile int is_done;

static void *be_busy(void *unused)
{
    while (!is_done)
        free(malloc(100));
    return unused;
}

static int with_threads(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, be_busy, NULL) != 0)
        return 95;
    int status = 0;
    for (int i = 0; i < 5 && status == 0; i++)
        status = by_fork(ask);
    is_done = 1;
    pthread_join(thread, NULL);
    return status;
}

/* A child that nobody waits for, and that outlives its parent. */
static int leave_one(void)
{
    int ready[2];
    char byte = 0;
    if (pipe(ready) != 0)
        return 96;
    if (fork() == 0) {
        free(malloc(5555));
        (void)!write(ready[1], "x", 1);
        for (;;)
            sleep(100);
    }
    return read(ready[0], &byte, 1) == 1 ? 0 : 97;
}

int main(int count, char **words)
{
    const char *what = count > 1 ? words[1] : "ask";
    self = count > 2 ? words[2] : words[0];
    int status = 99;
    if (strcmp(what, "ask") == 0)
        status = ask();
    if (strcmp(what, "say") == 0) {
        status = ask();
        puts("said");
    }
    if (strcmp(what, "crash-here") == 0)
        status = crash();
    if (strcmp(what, "fork") == 0)
        status = by_fork(ask);
    if (strcmp(what, "plain-exit") == 0)
        status = by_plain_exit();
    if (strcmp(what, "crash") == 0)
        status = by_fork(crash);
    if (strcmp(what, "second-crash") == 0)
        status = by_fork(ask) | by_fork(crash);
    if (strcmp(what, "null") == 0)
        status = by_fork(die);
    if (strcmp(what, "grandchild") == 0)
        status = by_fork(fork_once_more);
    if (strcmp(what, "exec") == 0)
        status = by_exec();
    if (strcmp(what, "late") == 0)
        status = by_late_exec();
    if (strcmp(what, "spawn") == 0)
        status = by_spawn();
    if (strcmp(what, "vfork") == 0)
        status = by_vfork();
    if (strcmp(what, "system") == 0)
        status = by_system();
    if (strcmp(what, "popen") == 0)
        status = by_popen();
    if (strcmp(what, "threads") == 0)
        status = with_threads();
    if (strcmp(what, "leave") == 0)
        status = leave_one();
    printf("%s: %d\n", what, status);
    return status == 0 || status == 3 ? status : 5;
}
