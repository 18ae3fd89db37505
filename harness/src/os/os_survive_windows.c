/* SPDX-License-Identifier: MIT
 * os_survive.h on Windows: the function runs in this process, and an exception that would end the process returns here instead.
 *
 * The filter for unhandled exceptions (SetUnhandledExceptionFilter) is the right place, because a host may handle exceptions of its own, for example
 * probe an address by __try. Under a debugger, which the tool may be, the system does not call that filter; a vectored handler takes its place.
 * Neither handler jumps: it makes the thread continue in `leave`, so the system finishes with the exception first.
 */
#include "os_survive.h"

#include <hostfault/hosting.h>
#include <malloc.h>

#include "base_poison.h"

#define OWN_STACK 0x1000u /* below the frame that is returned to; what lies there is given up */

static struct {
    void *volatile frame; /* of hf__os_survive, while it runs; NULL otherwise */
    DWORD thread;
    volatile DWORD code;
    void *jump[5];
} guard;

void *hf__os_survive_memory(size_t size_bytes)
{
    return VirtualAlloc(NULL, size_bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

bool hf__os_survive_isolates(void)
{
    return false;
}

bool hf__os_is_wine(void)
{
    return GetProcAddress(GetModuleHandleA("ntdll.dll"), "wine_get_version") != NULL;
}

static void leave(void)
{
    __builtin_longjmp(guard.jump, 1);
}

/* Errors of the system (0xC0000005, ...) are crashes; what languages throw (0xE06D7363, ...) and guard pages are not. */
static LONG CALLBACK on_exception(EXCEPTION_POINTERS *at)
{
    DWORD code = at->ExceptionRecord->ExceptionCode;
    if (guard.frame == NULL || GetCurrentThreadId() != guard.thread || code >> 28 != 0xC)
        return EXCEPTION_CONTINUE_SEARCH;
    guard.code = code;
    uintptr_t stack = (((uintptr_t)guard.frame - OWN_STACK) & ~(uintptr_t)15) - sizeof(void *); /* as after a call */
#if defined(__x86_64__)
    at->ContextRecord->Rip = (uintptr_t)leave;
    at->ContextRecord->Rsp = stack;
#else
    at->ContextRecord->Eip = (uintptr_t)leave;
    at->ContextRecord->Esp = stack;
#endif
    return EXCEPTION_CONTINUE_EXECUTION;
}

static void __attribute__((noinline)) run_guarded(void (*run)(void *user), void *user)
{
    char here;
    guard.thread = GetCurrentThreadId();
    guard.code = 0;
    if (__builtin_setjmp(guard.jump) == 0) {
        guard.frame = &here;
        run(user);
    }
    guard.frame = NULL;
}

hf_survival hf__os_survive(void (*run)(void *user), void *user, uint32_t timeout_ms)
{
    (void)timeout_ms;
    bool debugged = IsDebuggerPresent();
    void *vectored = debugged ? AddVectoredExceptionHandler(1, on_exception) : NULL;
    LPTOP_LEVEL_EXCEPTION_FILTER before = debugged ? NULL : SetUnhandledExceptionFilter(on_exception);
    run_guarded(run, user);
    if (debugged)
        RemoveVectoredExceptionHandler(vectored);
    else
        SetUnhandledExceptionFilter(before);
    if (guard.code == 0)
        return (hf_survival){.end = HF_SURVIVAL_RETURNED};
    if (guard.code == STATUS_STACK_OVERFLOW)
        _resetstkoflw();
    return (hf_survival){.end = HF_SURVIVAL_CRASHED, .code = guard.code};
}
