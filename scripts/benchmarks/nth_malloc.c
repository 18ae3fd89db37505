/* SPDX-License-Identifier: MIT
 * The smallest tool of the kind that most people write (mallocfail, oomify): a library that fails the n-th request of the malloc family, and a
 * program that runs a command with it for n = 1, 2, ... until n passes what the command asks for. One file: built as the library with NTH_LIBRARY.
 *
 * usage: nth_malloc LIBRARY COMMAND ARGS...    prints the runs, and runs per second
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef NTH_LIBRARY

#include <errno.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static long wanted, count;

__attribute__((constructor)) static void begin(void)
{
    const char *n = getenv("NTH");
    wanted = n != NULL ? strtol(n, NULL, 10) : 0;
    count = 0;
}

static int fails(void)
{
    if (++count != wanted)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("NTH_COUNT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%ld", count);
    fclose(file);
}

#else

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

static int run(char **command, posix_spawn_file_actions_t *actions)
{
    pid_t child = 0;
    int status = 0;
    if (posix_spawnp(&child, command[0], actions, NULL, command, environ) != 0 || waitpid(child, &status, 0) != child)
        return -1;
    return status;
}

int main(int argc, char **argv)
{
    char text[32], count_file[] = "/tmp/nth-count-XXXXXX";
    posix_spawn_file_actions_t actions;
    if (argc < 3 || mkstemp(count_file) < 0)
        return 2;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    setenv("LD_PRELOAD", argv[1], 1);
    setenv("NTH_COUNT", count_file, 1);
    run(argv + 2, &actions);
    unsetenv("NTH_COUNT");
    FILE *file = fopen(count_file, "r");
    long calls = 0;
    if (file == NULL || fscanf(file, "%ld", &calls) != 1)
        return 1;
    fclose(file);
    unlink(count_file);
    double from = now();
    for (long n = 1; n <= calls; n++) {
        snprintf(text, sizeof text, "%ld", n);
        setenv("NTH", text, 1);
        run(argv + 2, &actions);
    }
    printf("%ld runs, %.0f a second\n", calls, (double)calls / (now() - from));
    return 0;
}

#endif
