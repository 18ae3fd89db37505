/*
 * Defect: without MALLOC_THREADSAFE the caller has to serialise its calls. A delay in one thread's request is enough for two of them to meet.
 * The threads allocate one after the other otherwise: the second starts when the first has announced its request.
 * Expected: outcome violated (unserialised heap calls), response absorbed.
 */
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "specimen.h"

static IHostMalloc *shared;
static int announced;

static void *first(void *unused)
{
    hf_thread("first");
    __atomic_store_n(&announced, 1, __ATOMIC_SEQ_CST);
    heap_give(shared, heap_take(shared, 64));
    return unused;
}

static void *second(void *unused)
{
    hf_thread("second");
    while (__atomic_load_n(&announced, __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    usleep(20 * 1000);
    heap_give(shared, heap_take(shared, 128));
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
