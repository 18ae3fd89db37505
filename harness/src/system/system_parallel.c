/* SPDX-License-Identifier: MIT
 * The pool: each worker takes the lowest free index and reports when it is done; the calling thread waits for the next index in order.
 *
 * It must never let two threads into `done` or `tick`: both run on the calling thread, which keeps the tool's output in order without a lock.
 */
#include "system_parallel.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "os_atomic.h"
#include "os_thread.h"
#include "system_thread.h"

#include "base_poison.h"

#define TICK_MS 200u

typedef struct pool {
    const hf_parallel *parallel;
    hf_heap_attempt *caller; /* the owner of the workers' memory */
    uint64_t count;
    uint64_t next;        /* lowest free index */
    uint32_t finished;    /* number of finished ones; the calling thread waits for a change */
    uint32_t has_run_out; /* 1: of memory */
    uint8_t *is_finished;
    hf_system_thread *threads;
    size_t started;
} pool;

typedef struct task {
    const hf_parallel *parallel;
    size_t index;
} task;

static hf_status do_task(void *given)
{
    const task *one = given;
    one->parallel->work(one->index, one->parallel->user);
    return HF_OK;
}

static void run_tasks(void *given)
{
    pool *self = given;
    for (uint64_t index = 0; (index = hf__os_add_u64_atomic(&self->next, 1)) < self->count;) {
        task one = {self->parallel, (size_t)index};
        if (hf__heap_attempt_within(self->caller, do_task, &one, NULL) != HF_OK) {
            hf__os_store_u32(&self->has_run_out, 1);
            hf__os_store_u64(&self->next, self->count);
        } else {
            hf__os_store_u8(&self->is_finished[index], 1);
        }
        hf__os_add_u32_atomic(&self->finished, 1);
        hf__os_wake(&self->finished);
    }
}

/* Returns when all results are reported, or a worker has run out of memory. */
static void report_in_order(pool *self)
{
    const hf_parallel *parallel = self->parallel;
    for (size_t reported = 0; reported < self->count && hf__os_load_u32(&self->has_run_out) == 0;) {
        uint32_t finished = hf__os_load_u32(&self->finished); /* before the flag, so that no change is missed */
        if (hf__os_load_u8(&self->is_finished[reported]) != 0) {
            parallel->done(reported++, parallel->user);
            continue;
        }
        hf__os_wait(&self->finished, finished, TICK_MS);
        if (parallel->tick != NULL)
            parallel->tick(hf__os_load_u32(&self->finished), parallel->user);
    }
}

/* Also when `done` or `tick` runs out of memory: the workers still use the caller's frame. */
static void stop(void *given)
{
    pool *self = given;
    hf__os_store_u64(&self->next, self->count);
    for (size_t i = 0; i < self->started; i++)
        hf__system_thread_join(&self->threads[i]);
}

void hf__system_parallel(size_t count, unsigned jobs, const hf_parallel *parallel)
{
    if (count == 0)
        return;
    size_t wanted = jobs == 0 ? 1 : jobs < count ? jobs : count;
    pool self = {.parallel = parallel, .caller = hf__heap_current(), .count = count};
    self.is_finished = hf__allocate(count, 1);
    self.threads = hf__allocate(wanted, sizeof *self.threads);

    hf_heap_guard guard;
    hf__heap_guard(&guard, stop, &self);
    while (self.started < wanted && hf__system_thread_start(&self.threads[self.started], run_tasks, &self))
        self.started++;
    if (self.started == 0) /* a sandbox refuses threads (clone3), or a process limit is reached */
        run_tasks(&self);
    report_in_order(&self);
    if (hf__os_load_u32(&self.has_run_out) != 0)
        hf__out_of_memory();
    hf__heap_drop_guard(&guard);

    stop(&self);
    hf__free(self.threads);
    hf__free(self.is_finished);
}
