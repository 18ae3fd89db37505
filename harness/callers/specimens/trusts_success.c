/* SPDX-License-Identifier: MIT
 * Defect: looks at the HRESULT and not at the pointer, although a host may answer S_OK with null, which half of the open-source hosts do.
 * Expected: outcome crashed, response misused.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    void *memory = NULL;
    DWORD type = MEM_RESERVE | MEM_COMMIT;
    HRESULT hr = run->manager->lpVtbl->VirtualAlloc(run->manager, NULL, REGION, type, PAGE_READWRITE, eTaskCritical, &memory);
    if (FAILED(hr))
        return HF_CALLER_REPORTED;
    *(volatile char *)memory = 1;
    release(run, memory);
    return done();
}

SPECIMEN("trusts-success", "writes to null after a success without memory", work, NULL)
