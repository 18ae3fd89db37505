/* SPDX-License-Identifier: MIT
 * Joining a session: threads that join at the same time all get the wrapped host, and the same wrapper; a failure is returned again; a thread that
 * ends while it joins blocks nobody. A plain program, so that ThreadSanitizer can run it. Each case runs in its own child, because a process joins
 * once. Exit status 0, or 1 with a description of the failure.
 */
#include "session.h"

#include <hostfault/hostfault.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 6
#define ROUNDS 40

static char session_path[64];
static pthread_barrier_t barrier;
static IHostMemoryManager *bare;

static void *wrap_at_once(void *wrapped)
{
    pthread_barrier_wait(&barrier);
    hf_wrap(bare, wrapped);
    return NULL;
}

static int all_get_the_same_wrapper(void)
{
    pthread_t threads[THREADS];
    IHostMemoryManager *wrapped[THREADS] = {NULL};
    hf_host_create(&bare);
    pthread_barrier_init(&barrier, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wrap_at_once, &wrapped[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++) {
        if (wrapped[i] == NULL || wrapped[i] == bare || wrapped[i] != wrapped[0])
            return 1;
    }
    return 0;
}

static int failure_is_kept(void)
{
    hf_error first = {.status = HF_OK}, second = {.status = HF_OK};
    setenv("HF_SESSION", "/nowhere/trace.hft", 1);
    hf_status status = hf_attach(&first);
    return status != HF_ERROR_NOT_FOUND || hf_attach(&second) != status || second.status != status || second.message[0] == '\0';
}

/* Cancellation leaves frames without running their ends, so AddressSanitizer still guards their red zones and reports its own use of the stack when
 * the thread ends. This function of its run-time library clears them; other builds do not have it.
 */
extern void __asan_unpoison_memory_region(void const volatile *from, size_t size) __attribute__((weak));

static void clear_red_zones(void *unused)
{
    enum { DEEPEST = 32 << 10 }; /* bytes of stack that hf_attach uses at most */
    char here = 0;
    (void)unused;
    if (__asan_unpoison_memory_region != NULL)
        __asan_unpoison_memory_region((const volatile char *)((uintptr_t)&here - DEEPEST), DEEPEST); /* a number: gcc knows that `here` is one byte */
}

#ifdef __clang__ /* glibc's pthread_cleanup_push expands to the beginning of a block */
#pragma clang diagnostic ignored "-Wextra-semi-stmt"
#endif

/* The thread ends in the first cancellation point of hf_attach. */
static void *join_and_end(void *unused)
{
    pthread_cleanup_push(clear_red_zones, NULL);
    pthread_cancel(pthread_self());
    (void)hf_attach(NULL);
    pthread_cleanup_pop(0);
    return unused;
}

static int joiner_may_end(void)
{
    pthread_t thread;
    void *ended = NULL;
    hf_error err = {.status = HF_OK};
    pthread_create(&thread, NULL, join_and_end, NULL);
    pthread_join(thread, &ended);
    return ended != PTHREAD_CANCELED || hf_attach(&err) != HF_ERROR_STATE || hf_attach(NULL) != HF_ERROR_STATE || hf_attached();
}

static int without_session_all_is_well(void)
{
    unsetenv("HF_SESSION");
    return hf_attach(NULL) != HF_OK || hf_attach(NULL) != HF_OK || hf_attached();
}

static int in_child(int (*test)(void), const char *what)
{
    hf_error err;
    hf_session session;
    uint64_t plan[32];
    size_t plan_bytes = 0;
    const hf__model_plan_parts nothing = {.rule_count = 0};
    unlink(session_path);
    if (hf__model_plan_build(&nothing, plan, sizeof plan, &plan_bytes, &err) != HF_OK ||
        hf__session_create(&(hf_session_request){session_path, "threads", plan, plan_bytes, 1 << 20, {NULL, 0, 0}, false}, &session, &err) != HF_OK) {
        fprintf(stderr, "threads_attach: %s\n", err.message);
        return 1;
    }
    setenv("HF_SESSION", session_path, 1);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(test());
    int status = 1;
    waitpid(child, &status, 0);
    hf__session_leave(&session);
    if (status != 0)
        fprintf(stderr, "threads_attach: failed: %s (status 0x%x)\n", what, (unsigned)status);
    return status != 0;
}

int main(void)
{
    char folder[] = "/tmp/threads-attach-XXXXXX";
    if (mkdtemp(folder) == NULL)
        return 1;
    snprintf(session_path, sizeof session_path, "%s/trace.hft", folder);
    int failures = 0;
    for (int i = 0; i < ROUNDS && failures == 0; i++)
        failures += in_child(all_get_the_same_wrapper, "threads that ask at once get the same wrapper");
    failures += in_child(failure_is_kept, "a failure is answered again");
    failures += in_child(joiner_may_end, "a thread that ends while it joins holds nobody up");
    failures += in_child(without_session_all_is_well, "without a session every call answers HF_OK");
    unlink(session_path);
    rmdir(folder);
    return failures == 0 ? 0 : 1;
}
