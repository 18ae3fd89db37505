/* SPDX-License-Identifier: MIT
 * The system under the model, as far as it is the same everywhere: locks and threads, and the system's own virtual memory. That is the harness's
 * host, bare: it has Win32 semantics on every system, and what goes there directly is neither recorded nor faulted.
 */
#include "clr_os.h"
#include <string.h>
#include "base_poison.h"

void clr_os_mutex_init(clr_os_mutex *mutex)
{
    pthread_mutex_init(&mutex->mutex, NULL);
}

void clr_os_mutex_lock(clr_os_mutex *mutex)
{
    pthread_mutex_lock(&mutex->mutex);
}

void clr_os_mutex_unlock(clr_os_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->mutex);
}

IHostMemoryManager *clr_os_memory(void)
{
    static IHostMemoryManager *memory;
    if (memory == NULL)
        (void)hf_host_create(&memory);
    return memory;
}

IHostMalloc *clr_os_heap(void)
{
    static IHostMalloc *heap;
    IHostMemoryManager *memory = clr_os_memory();
    if (heap == NULL)
        (void)memory->lpVtbl->CreateMalloc(memory, MALLOC_THREADSAFE, &heap);
    return heap;
}

#define THREADS_MAX 64u

/* Whose turn it is. One group of threads at a time. */
static struct {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    bool in_use;
    uint32_t count, now;
    bool ended[THREADS_MAX];
} turns = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void wait_for_turn(uint32_t index)
{
    pthread_mutex_lock(&turns.mutex);
    while (turns.in_use && turns.now != index)
        pthread_cond_wait(&turns.changed, &turns.mutex);
    pthread_mutex_unlock(&turns.mutex);
}

/* pre: locked. The next that has not ended, round and round; the same one if there is no other. */
static void choose_next(void)
{
    for (uint32_t step = 1; step <= turns.count; step++) {
        uint32_t next = (turns.now + step) % turns.count;
        if (turns.ended[next])
            continue;
        turns.now = next;
        break;
    }
    pthread_cond_broadcast(&turns.changed);
}

void clr_os_pass_turn(uint32_t index)
{
    pthread_mutex_lock(&turns.mutex);
    if (turns.in_use)
        choose_next();
    pthread_mutex_unlock(&turns.mutex);
    wait_for_turn(index);
}

static void end_turns(uint32_t index)
{
    pthread_mutex_lock(&turns.mutex);
    turns.ended[index] = true;
    if (turns.in_use)
        choose_next();
    pthread_mutex_unlock(&turns.mutex);
}

typedef struct job {
    void (*body)(void *user, uint32_t index);
    void *user;
    uint32_t index;
} job;

static void *run_job(void *argument)
{
    const job *mine = argument;
    wait_for_turn(mine->index);
    mine->body(mine->user, mine->index);
    end_turns(mine->index);
    return NULL;
}

/* Turns cannot wait for a thread that never was: those that could not be started have ended from the beginning. */
static void forget_from(uint32_t first)
{
    pthread_mutex_lock(&turns.mutex);
    for (uint32_t i = first; i < turns.count; i++)
        turns.ended[i] = true;
    if (turns.in_use && turns.now >= first)
        choose_next();
    pthread_mutex_unlock(&turns.mutex);
}

bool clr_os_run_threads(uint32_t count, bool in_turns, void (*body)(void *user, uint32_t index), void *user)
{
    pthread_t threads[THREADS_MAX];
    job jobs[THREADS_MAX];
    uint32_t started = 0;
    turns.in_use = in_turns;
    turns.count = count < THREADS_MAX ? count : THREADS_MAX;
    turns.now = 0;
    memset(turns.ended, 0, sizeof turns.ended);
    while (started < turns.count) {
        jobs[started] = (job){body, user, started};
        if (pthread_create(&threads[started], NULL, run_job, &jobs[started]) != 0)
            break;
        started++;
    }

    forget_from(started);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    return started == count;
}
