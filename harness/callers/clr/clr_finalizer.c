/* SPDX-License-Identifier: MIT
 * The finalizer thread's turn. CLR: src/vm/finalizerthread.cpp:582-611.
 *
 * In the original it is a thread of its own that is woken when there is work. The model lets it take its turn at fixed points of the managed
 * program, on that program's thread, so that a trace repeats. It answers a low-memory notification with one collection of generation 0 and runs
 * finalizers; its requests are not marked as process-critical, although the documentation says so.
 */
#include "clr.h"
#include "base_poison.h"

void clr_finalizer_turn(clr_thread *thread)
{
    clr_runtime *clr = thread->clr;
    uint32_t low = clr->low_memory;
    if (clr->low_memory_event && low != clr->low_memory_answered) {
        clr->low_memory_answered = low;
        clr_gc_collect(thread, 0);
    }
    clr->low_memory_event = false;
    clr_gc_run_finalizers(thread);
}
