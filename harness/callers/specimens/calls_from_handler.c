/*
 * Defect: its timer's handler takes memory, whatever it interrupts. When that is a hosting call, a real host deadlocks or breaks its heap.
 * The timer goes off 50 ms from now; a delay in the request that follows makes them meet.
 * Expected: outcome violated (call from a signal handler), response absorbed.
 */
#include <signal.h>
#include <sys/time.h>

#include "specimen.h"

static IHostMalloc *heap;
static char *volatile taken;

static void on_timer(int number)
{
    (void)number;
    taken = heap_take(heap, 32);
}

static hf_caller_end work(hf_caller_run *run)
{
    heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    signal(SIGALRM, on_timer);
    struct itimerval timer = {.it_value = {.tv_usec = 50 * 1000}};
    setitimer(ITIMER_REAL, &timer, NULL);
    heap_give(heap, heap_take(heap, 64));
    timer = (struct itimerval){0};
    setitimer(ITIMER_REAL, &timer, NULL);
    heap_give(heap, taken);
    drop_heap(heap);
    return done();
}

SPECIMEN("calls-from-handler", "allocates in a signal handler", work, NULL)
