/* SPDX-License-Identifier: MIT
 * A caller that ends at its first failed call, and before its calls says what a clone of itself costs: fork_calls CALLS CLONES. The clones are made
 * as the shim makes them, end as the caller ends, and are waited for one by one; the median is printed in microseconds.
 */
#include <hostfault/hostfault.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CLONES_MAX 4096

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static double clone_once(void)
{
    double from = now_us();
    long child = syscall(SYS_clone, (long)SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        exit(3);
    int status = 0;
    waitpid((pid_t)child, &status, 0);
    return now_us() - from;
}

int main(int argc, char **argv)
{
    static double took[CLONES_MAX];
    long calls = argc == 3 ? atol(argv[1]) : 0;
    long clones = argc == 3 && atol(argv[2]) < CLONES_MAX ? atol(argv[2]) : 0;
    IHostMemoryManager *bare = NULL, *manager = NULL;
    if (FAILED(hf_host_create(&bare)) || FAILED(hf_wrap(bare, &manager)))
        return 8;
    for (long i = 0; i < clones; i++)
        took[i] = clone_once();
    qsort(took, (size_t)clones, sizeof took[0], compare);
    if (clones > 0)
        printf("%.1f\n", took[clones / 2]);
    fflush(stdout);
    for (long i = 0; i < calls; i++) {
        void *memory = NULL;
        HRESULT hr = manager->lpVtbl->VirtualAlloc(manager, NULL, 65536, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE, eTaskCritical, &memory);
        if (FAILED(hr))
            return 3;
        manager->lpVtbl->VirtualFree(manager, memory, 0, MEM_RELEASE);
    }
    return 0;
}
