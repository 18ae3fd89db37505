/* SPDX-License-Identifier: MIT
 * Defect: tests for S_OK alone, so what came with another success is dropped, as the CLR does (src/vm/hosting.cpp of the CLR, EEVirtualAlloc).
 * Expected: outcome leaked, response reported.
 */
#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    void *memory = NULL;
    HRESULT hr = run->manager->lpVtbl->VirtualAlloc(run->manager, NULL, REGION, MEM_RESERVE, PAGE_READWRITE, eTaskCritical, &memory);
    if (hr != S_OK)
        return HF_CALLER_REPORTED;
    release(run, memory);
    return done();
}

SPECIMEN("drops-s-false", "takes S_FALSE for a failure", work, NULL)
