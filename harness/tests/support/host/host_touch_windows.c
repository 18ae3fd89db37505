/* SPDX-License-Identifier: MIT
 * Accesses on Windows: a vectored exception handler, and a jump out of it that unwinds nothing.
 */
#include "host_touch.h"

#include <stddef.h>
#include <string.h>
#include <windows.h>

static void *after_fault[5];
static volatile bool is_touching;
static volatile uintptr_t fault_address;
static volatile unsigned fault_kind;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *info)
{
    const EXCEPTION_RECORD *record = info->ExceptionRecord;
    bool is_access = record->ExceptionCode == EXCEPTION_ACCESS_VIOLATION || record->ExceptionCode == STATUS_GUARD_PAGE_VIOLATION;
    if (!is_touching)
        return EXCEPTION_CONTINUE_SEARCH;
    fault_kind = is_access ? (unsigned)record->ExceptionInformation[0] : HOST_TOUCH_NO_CODE;
    fault_address = is_access ? (uintptr_t)record->ExceptionInformation[1] : 0;
    __builtin_longjmp(after_fault, 1);
}

void host_touch_prepare(void)
{
    static bool is_prepared;
    if (!is_prepared)
        AddVectoredExceptionHandler(1, on_exception);
    is_prepared = true;
}

enum touch { READ, WRITE, CALL };

static __attribute__((noinline)) void do_touch(enum touch what, uintptr_t at, uint8_t *value)
{
    void (*code)(void);
    memcpy(&code, &at, sizeof code);
    if (what == READ)
        *value = *(volatile uint8_t *)at;
    else if (what == WRITE)
        *(volatile uint8_t *)at = *value;
    else
        code();
}

static __attribute__((noinline)) host_touch touch(enum touch what, uintptr_t at, uint8_t value)
{
    static uint8_t held; /* not among what a jump may clobber */
    held = value;
    if (__builtin_setjmp(after_fault) == 0) {
        is_touching = true;
        do_touch(what, at, &held);
        is_touching = false;
        return (host_touch){.value = held};
    }
    is_touching = false;
    return (host_touch){.faulted = true, .kind = fault_kind, .address = fault_address};
}

host_touch host_touch_read(uintptr_t at)
{
    return touch(READ, at, 0);
}

host_touch host_touch_write(uintptr_t at, uint8_t value)
{
    return touch(WRITE, at, value);
}

host_touch host_touch_call(uintptr_t at)
{
    return touch(CALL, at, 0);
}
