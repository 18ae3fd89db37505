/* SPDX-License-Identifier: MIT
 * What happens at an access to a page without access: the host's answer to os_fault. It runs in a signal handler on the accessing thread. That thread
 * is never inside the host then, because the host does not access a caller's pages while it is busy; so the handler may take the region's lock.
 */
#include "host_guard.h"
#include "host_foreign.h"
#include "host_heap.h"
#include "host_pages.h"
#include "host_vm.h"
#include "os_fault.h"
#include "os_memory.h"

#include "base_poison.h"

static uint32_t disarmed; /* guard pages so far */

static hf_fault_answer answer_for(bool done)
{
    if (done)
        hf__os_add_u32_atomic(&disarmed, 1);
    return done ? HF_FAULT_TELL : HF_FAULT_NOT_OURS;
}

/* The page is accessible now: another thread removed the guard after this access faulted. Happens once per guard that was removed:
 * a touch that is not allowed comes again, and is the program's then. */
static hf_fault_answer again(hf_page_code code)
{
    uint32_t now = hf__os_load_u32(&disarmed);
    if (hf__host_access_of_code(code) == HF_ACCESS_NONE || hf__host_thread.disarmed_seen == now)
        return HF_FAULT_NOT_OURS;
    hf__host_thread.disarmed_seen = now;
    return HF_FAULT_AGAIN;
}

static bool disarm(hf_region *region, uint64_t page, hf_page_code code)
{
    hf_page_range range = {page, page + 1};
    return hf__host_vm_set(region, range, (hf_page_code)(code & ~HF_PAGE_GUARDED)) == 0;
}

static hf_fault_answer answer_in(hf_region *region, uintptr_t address, bool is_fatal)
{
    uint64_t page = (address - region->base) >> HF_PAGE_SHIFT;
    hf_page_code code = hf__host_pages_get(region, page);
    if ((code & HF_PAGE_GUARDED) == 0)
        return again(code);
    /* If the process ends here, the page stays as it is, so that the repeated access dies at the same place. */
    return is_fatal ? HF_FAULT_TELL : answer_for(disarm(region, page, code));
}

static hf_fault_answer answer_foreign(uintptr_t page, bool is_fatal)
{
    hf_page_code code = hf__host_foreign_code(page);
    if ((code & HF_PAGE_GUARDED) == 0)
        return again(code);
    return is_fatal ? HF_FAULT_TELL : answer_for(hf__host_foreign_disarm(page));
}

static hf_fault_answer on_touch(uintptr_t address, bool is_fatal)
{
    if (!hf__host_enter())
        return HF_FAULT_NOT_OURS;
    hf_region *region = hf__host_region_lock_at(address);
    bool is_ours = region != NULL && region->kind == HF_REGION_PLAIN;
    if (region != NULL && region->kind >= HF_REGION_GUARDED)
        hf__host_heap_touched(region, address);
    hf_fault_answer answer = is_ours ? answer_in(region, address, is_fatal) : HF_FAULT_NOT_OURS;
    if (region != NULL)
        hf__host_unlock(&region->lock);
    else
        answer = answer_foreign(hf__host_page_down(address), is_fatal);
    hf__host_leave();
    return answer;
}

void hf__host_guard_watch(void)
{
    (void)hf__os_watch_faults(on_touch);
}
