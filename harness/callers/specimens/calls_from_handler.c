/* SPDX-License-Identifier: MIT
 * Defect: its timer's handler takes memory, whatever it interrupts. When that is a hosting call, a real host deadlocks or breaks its heap.
 * The handler acts at the third tick of one request, so that only a delay makes them meet, and then always does.
 * Expected: outcome violated (call from a signal handler), response absorbed.
 */
#include <signal.h>
#include <sys/time.h>

#include "specimen.h"

static IHostMalloc *heap;
static char *volatile taken;
static volatile sig_atomic_t asking, ticks;

static void on_timer(int number)
{
    (void)number;
    if (asking && ++ticks == 3)
        taken = heap_take(heap, 32);
}

static void set_timer(suseconds_t interval)
{
    struct itimerval timer = {.it_interval = {.tv_usec = interval}, .it_value = {.tv_usec = interval}};
    setitimer(ITIMER_REAL, &timer, NULL);
}

static hf_caller_end work(hf_caller_run *run)
{
    heap = make_heap(run);
    if (heap == NULL)
        return HF_CALLER_REPORTED;
    signal(SIGALRM, on_timer);
    set_timer(20 * 1000);
    asking = 1;
    char *memory = heap_take(heap, 64);
    asking = 0;
    set_timer(0);
    heap_give(heap, memory);
    heap_give(heap, taken);
    drop_heap(heap);
    return done();
}

SPECIMEN("calls-from-handler", "allocates in a signal handler", work, NULL)
