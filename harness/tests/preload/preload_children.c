/* SPDX-License-Identifier: MIT
 * An unmodified program that starts others in every way: popen, system, posix_spawn, vfork and exec. They must run without faults, and none of their
 * calls may count as the program's. Ends with 0 if all of them did.
 */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int waits_well(pid_t child)
{
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static int by_popen(void)
{
    char line[64] = "";
    FILE *pipe = popen("echo popen", "r");
    int done = pipe != NULL && fgets(line, sizeof line, pipe) != NULL && pclose(pipe) == 0;
    fputs(line, stdout);
    fflush(stdout);
    return done;
}

static int by_spawn(void)
{
    char *words[] = {"sh", "-c", "echo posix_spawn", NULL};
    pid_t child = 0;
    return posix_spawnp(&child, "sh", NULL, NULL, words, environ) == 0 && waits_well(child);
}

static int by_vfork(void)
{
    pid_t child = vfork();
    if (child == 0) {
        execlp("sh", "sh", "-c", "echo vfork", (char *)NULL);
        _exit(9);
    }
    return waits_well(child);
}

int main(void)
{
    if (!by_popen() || system("echo system") != 0 || !by_spawn() || !by_vfork())
        return 2;
    puts(malloc(4321) != NULL ? "pointer" : "NULL");
    return 0;
}
