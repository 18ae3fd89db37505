/* SPDX-License-Identifier: MIT
 * An unmodified program that requests memory in difficult places, all in one run: before main, in a thread, in the child of fork, between vfork and
 * exec, in a signal handler, after setjmp, in a library loaded by dlopen, at exit. Prints "done" if everything worked as without the shim.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile early;
static jmp_buf back;

__attribute__((constructor)) static void before_main(void)
{
    early = malloc(10);
}

static void at_exit(void)
{
    free(malloc(20));
    free(early);
}

static void *in_thread(void *unused)
{
    void *volatile block = malloc(30);
    free(block);
    return unused;
}

static void in_handler(int signal)
{
    (void)signal;
    void *volatile block = malloc(40); /* not inside malloc: raise is synchronous */
    free(block);
}

static void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static void *take(size_t size)
{
    void *block = malloc(size);
    if (block == NULL)
        longjmp(back, 1);
    return block;
}

static void fork_child(void)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(malloc(50) != NULL ? 7 : 8);
    if (child < 0 || waitpid(child, &status, 0) != child || WEXITSTATUS(status) != 7)
        fail("the child of fork");
}

static void vfork_child(void)
{
    int status = 0;
    pid_t child = vfork();
    if (child == 0) {
        execl("/bin/true", "true", (char *)NULL);
        _exit(9);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || status != 0)
        fail("the child of vfork");
}

int main(void)
{
    pthread_t thread;
    atexit(at_exit);
    signal(SIGUSR1, in_handler);
    raise(SIGUSR1);
    if (pthread_create(&thread, NULL, in_thread, NULL) != 0 || pthread_join(thread, NULL) != 0)
        fail("the thread");
    fork_child();
    vfork_child();
    if (system("/bin/true") != 0)
        fail("system");
    void *library = dlopen("libm.so.6", RTLD_NOW);
    if (library == NULL || dlsym(library, "cos") == NULL || dlsym(library, "no such name") != NULL || dlerror() == NULL)
        fail("dlopen");
    dlclose(library);
    if (setjmp(back) != 0) {
        puts("jumped");
        return 3;
    }
    free(take(4321));
    puts("done");
    return 0;
}
