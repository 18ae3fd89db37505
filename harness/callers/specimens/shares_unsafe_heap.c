/* SPDX-License-Identifier: MIT
 * Defect: without MALLOC_THREADSAFE the caller has to serialise its calls. Its second thread takes and gives back for as long as the first has
 * not come back with its one block, so a delay there is enough for two calls to meet.
 * Expected: outcome violated (unserialised heap calls), response absorbed.
 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "specimen.h"

static IHostMalloc *shared;
static int announced, finished;

static void *first(void *unused)
{
    hf_thread("first");
    __atomic_store_n(&announced, 1, __ATOMIC_SEQ_CST);
    heap_give(shared, heap_take(shared, 64));
    __atomic_store_n(&finished, 1, __ATOMIC_SEQ_CST);
    return unused;
}

static void *second(void *unused)
{
    hf_thread("second");
    while (__atomic_load_n(&announced, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    do {
        heap_give(shared, heap_take(shared, 128));
        usleep(10 * 1000);
    } while (__atomic_load_n(&finished, __ATOMIC_SEQ_CST) == 0);
    return unused;
}

static hf_caller_end work(hf_caller_run *run)
{
    pthread_t threads[2];
    if (FAILED(run->manager->lpVtbl->CreateMalloc(run->manager, 0, &shared)))
        return HF_CALLER_REPORTED;
    if (pthread_create(&threads[0], NULL, first, NULL) != 0 || pthread_create(&threads[1], NULL, second, NULL) != 0)
        return HF_CALLER_MISSING;
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    drop_heap(shared);
    return done();
}

SPECIMEN("shares-unsafe-heap", "uses a heap without MALLOC_THREADSAFE from two threads", work, NULL)
