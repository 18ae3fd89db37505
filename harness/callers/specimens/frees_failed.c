/* SPDX-License-Identifier: MIT
 * Defect: frees whatever is in the pointer without a look at the HRESULT. A host that leaves something there is enough.
 * Expected: outcome violated (use after a failed call), response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    void *memory = NULL;
    HRESULT hr = run->manager->lpVtbl->VirtualAlloc(run->manager, NULL, REGION, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &memory);
    if (memory != NULL)
        release(run, memory);
    return SUCCEEDED(hr) ? done() : HF_CALLER_REPORTED;
}

SPECIMEN("frees-failed", "frees what a failed call left in its pointer", work, NULL)
