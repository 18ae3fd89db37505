/* SPDX-License-Identifier: MIT
 * The thread that lets large blocks rest.
 */
#include "system_rest.h"
#include "heap_spill.h"
#include "os_atomic.h"
#include "os_thread.h"

#include "base_poison.h"

/* Going through events takes less than a gigabyte a second, so this is some tens of megabytes; what is still used comes back at the cost of a fault
 * per page, which is a hundredth of the time. */
#define EVERY_MS 40u

static void let_rest(void *argument)
{
    hf_system_rest *self = argument;
    while (hf__os_load_u32(&self->is_over) == 0) {
        hf__heap_rest();
        hf__os_wait(&self->is_over, 0, EVERY_MS);
    }
}

static void end(void *argument)
{
    hf_system_rest *self = argument;
    if (!self->has_thread)
        return;
    hf__heap_spill_to(NULL);
    hf__os_store_u32(&self->is_over, 1);
    hf__os_wake(&self->is_over);
    hf__system_thread_join(&self->thread);
    self->has_thread = false;
}

void hf__system_rest_begin(hf_system_rest *rest, const char *folder)
{
    *rest = (hf_system_rest){.is_over = 0};
    rest->has_thread = hf__system_thread_start(&rest->thread, let_rest, rest);
    if (!rest->has_thread)
        return;
    hf__heap_guard(&rest->guard, end, rest);
    hf__heap_spill_to(folder);
}

void hf__system_rest_end(hf_system_rest *rest)
{
    hf__heap_drop_guard(&rest->guard);
    end(rest);
}
