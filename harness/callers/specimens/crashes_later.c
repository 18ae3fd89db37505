/* SPDX-License-Identifier: MIT
 * Defect: the refusal is noticed, but the code that handles it, asking how much memory is left, has a wild pointer and was never run before.
 * Expected: outcome crashed, response died.
 */
#include "specimen.h"

static void handle_failure(hf_caller_run *run)
{
    DWORD load = 0;
    SIZE_T available = 0;
    run->manager->lpVtbl->GetMemoryLoad(run->manager, &load, &available);
    volatile int *handler_state = (volatile int *)(uintptr_t)0x6F0000000000;
    *handler_state = (int)load;
}

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        handle_failure(run);
    else
        release(run, memory);
    return done();
}

SPECIMEN("crashes-later", "breaks in its own error handling", work, NULL)
