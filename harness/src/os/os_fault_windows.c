/* SPDX-License-Identifier: MIT
 * os_fault.h on Windows: each access violation is shown to the host before the program's handlers see it. The system's own guard pages raise another
 * exception, and are none of this. Whatever the host answers, the exception goes on its way.
 */
#include "os_fault.h"
#include "os_atomic.h"

#include <hostfault/hosting.h>

#include "base_poison.h"

static hf_fault_question *question;
static uint32_t watches;

static LONG CALLBACK on_exception(EXCEPTION_POINTERS *raised)
{
    const EXCEPTION_RECORD *record = raised->ExceptionRecord;
    if (record->ExceptionCode == (DWORD)EXCEPTION_ACCESS_VIOLATION && record->NumberParameters >= 2)
        (void)question((uintptr_t)record->ExceptionInformation[1], true);
    return EXCEPTION_CONTINUE_SEARCH;
}

int hf__os_watch_faults(hf_fault_question *ask)
{
    question = ask;
    if (hf__os_exchange_u32(&watches, 1) != 0)
        return 0;
    return AddVectoredExceptionHandler(1, on_exception) != NULL ? 0 : ERROR_NOT_ENOUGH_MEMORY;
}

/* A handler that ends the process is not seen here. */
void hf__os_witness_faults(hf_fault_witness *tell)
{
    (void)tell;
}
