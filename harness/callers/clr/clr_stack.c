/* SPDX-License-Identifier: MIT
 * Thread stacks and their guard pages. CLR: src/vm/threads.cpp:7281, 7580, 7738, 8054.
 *
 * A stack is memory that the host never gave out, yet the runtime queries and protects it through the host. (Where calling out would not be safe,
 * on the stack's last pages, it goes to the system directly, which no host can see: stackprobe.cpp:1406.)
 */
#include "clr.h"
#include "base_poison.h"

#define STACK_BYTES (16 * CLR_PAGE)
#define GUARD_PAGE 4u /* counted from the low end */
#define CLR_E_STACKOVERFLOW ((HRESULT)0x800703E9)

/* Where the stack ends. An answer that fails only means that the end is not known. */
void clr_stack_init(clr_thread *thread)
{
    MEMORY_BASIC_INFORMATION info;
    thread->stack = clr_os_stack_create(STACK_BYTES);
    if (thread->stack != NULL)
        (void)clr_virtual_query(thread, thread->stack, &info);
}

void clr_stack_end(clr_thread *thread)
{
    clr_os_stack_destroy(thread->stack, STACK_BYTES);
    thread->stack = NULL;
    thread->guard = NULL;
}

/* RestoreGuardPage (8054): one byte, so one page. Whether it took is found by a query; if not, the page below is tried, and below the last one
 * the process ends. */
bool clr_stack_restore_guard(clr_thread *thread)
{
    char *stack = thread->stack;
    for (char *page = stack + GUARD_PAGE * CLR_PAGE; stack != NULL && page >= stack; page -= CLR_PAGE) {
        MEMORY_BASIC_INFORMATION info;
        DWORD old_protect = (DWORD)CLR_GARBAGE;
        (void)clr_virtual_protect(thread, page, 1, PAGE_READWRITE | PAGE_GUARD, &old_protect);
        if (clr_virtual_query(thread, page, &info) == sizeof info && (info.Protect & PAGE_GUARD) != 0) {
            thread->guard = page;
            return true;
        }
        if (page == stack)
            break;
    }
    return clr_fail_fast(thread, CLR_E_STACKOVERFLOW);
}

/* The overflow itself was handled and the page is an ordinary one again. */
bool clr_stack_disarm(clr_thread *thread)
{
    DWORD old_protect = (DWORD)CLR_GARBAGE;
    char *guard = thread->guard;
    thread->guard = NULL;
    return guard == NULL || clr_virtual_protect(thread, guard, 1, PAGE_READWRITE, &old_protect);
}
