/* SPDX-License-Identifier: MIT
 * A pool of threads for independent work, on Windows: one lock over the counters and the flags; the waiting thread is woken at each finished index.
 * It must never let two threads into `done` or `tick`: both run on the thread that asked.
 */
#include "system_tool.h"
#include "base_alloc.h"
#include "base_error.h"
#include "os_text_windows.h"

#include <process.h>

#include "base_poison.h"

#define TICK_MS 200u

typedef struct pool {
    const hf_parallel *parallel;
    size_t count;
    size_t next;     /* lowest index that nobody took */
    size_t finished; /* how many are done */
    bool *is_finished;
    SRWLOCK lock;
    CONDITION_VARIABLE changed;
} pool;

static unsigned __stdcall work_thread(void *argument)
{
    pool *self = argument;
    AcquireSRWLockExclusive(&self->lock);
    while (self->next < self->count) {
        size_t index = self->next++;
        ReleaseSRWLockExclusive(&self->lock);
        self->parallel->work(index, self->parallel->user);
        AcquireSRWLockExclusive(&self->lock);
        self->is_finished[index] = true;
        self->finished++;
        WakeConditionVariable(&self->changed);
    }
    ReleaseSRWLockExclusive(&self->lock);
    return 0;
}

/* The lock is held on entry and on return, and given up around the two callbacks. */
static void report_in_order(pool *self)
{
    size_t reported = 0;
    while (reported < self->count) {
        bool is_next = self->is_finished[reported];
        if (!is_next)
            (void)SleepConditionVariableSRW(&self->changed, &self->lock, TICK_MS, 0);
        size_t finished = self->finished;
        ReleaseSRWLockExclusive(&self->lock);
        if (is_next)
            self->parallel->done(reported++, self->parallel->user);
        else if (self->parallel->tick != NULL)
            self->parallel->tick(finished, self->parallel->user);
        AcquireSRWLockExclusive(&self->lock);
    }
}

hf_status hf__system_parallel(size_t count, unsigned jobs, const hf_parallel *parallel, hf_error *err)
{
    if (count == 0)
        return HF_OK;
    size_t wanted = jobs == 0 ? 1 : jobs < count ? jobs : count;
    pool self = {.parallel = parallel, .count = count, .is_finished = hf__allocate(count, sizeof(bool))};
    InitializeSRWLock(&self.lock);
    InitializeConditionVariable(&self.changed);
    HANDLE *threads = hf__allocate(wanted, sizeof *threads);
    size_t started = 0;
    while (started < wanted && (threads[started] = (HANDLE)_beginthreadex(NULL, 0, work_thread, &self, 0, NULL)) != NULL)
        started++;
    DWORD error = GetLastError();
    if (started > 0) {
        AcquireSRWLockExclusive(&self.lock);
        report_in_order(&self);
        ReleaseSRWLockExclusive(&self.lock);
    }
    for (size_t i = 0; i < started; i++) {
        WaitForSingleObject(threads[i], INFINITE);
        CloseHandle(threads[i]);
    }
    hf__free(threads);
    hf__free(self.is_finished);
    return started > 0 ? HF_OK : HF_FAIL_SYSTEM(err, hf__os_code_of(error), "cannot start a thread");
}
