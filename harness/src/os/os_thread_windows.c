/*
 * Threads, waiting and errors on Windows: what the host asks for. Must never take a lock or use the heap.
 */
#include "os_thread.h"

#include <errno.h>
#include <synchapi.h>

#include "base_poison.h"

void hf__os_wait(const uint32_t *word, uint32_t expected, uint32_t timeout_ms)
{
    DWORD kept = GetLastError();
    WaitOnAddress((volatile VOID *)(uintptr_t)word, &expected, sizeof expected, timeout_ms);
    SetLastError(kept);
}

void hf__os_wake(const uint32_t *word)
{
    WakeByAddressAll((PVOID)(uintptr_t)word);
}

void hf__os_yield(void)
{
    SwitchToThread();
}

DWORD hf__os_last_error(void)
{
    return GetLastError();
}

void hf__os_set_last_error(DWORD code)
{
    SetLastError(code);
}

int hf__os_errno(void)
{
    return errno;
}

void hf__os_set_errno(int code)
{
    errno = code;
}

static void (*exit_handler)(void *);

static void NTAPI run_exit_handler(void *value)
{
    if (value != NULL)
        exit_handler(value);
}

/* Fiber-local storage calls back when a thread ends, without a DLL's entry point; a thread that never becomes a fiber has one slot all its life. */
bool hf__os_on_thread_exit(void (*handler)(void *), void *value)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static DWORD slot = FLS_OUT_OF_INDEXES;
    BOOL is_first = FALSE;
    if (InitOnceBeginInitialize(&once, 0, &is_first, NULL) && is_first) {
        exit_handler = handler;
        slot = FlsAlloc(run_exit_handler);
        InitOnceComplete(&once, 0, NULL);
    }
    return slot != FLS_OUT_OF_INDEXES && FlsSetValue(slot, value);
}
