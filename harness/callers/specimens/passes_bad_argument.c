/* SPDX-License-Identifier: MIT
 * Defect: when it gets no writable pages it asks for pages of protection 0, which is none.
 * Expected: outcome violated (invalid argument), response fell-back.
 */
#include "specimen.h"

static char *take_pages(hf_caller_run *run, DWORD protection)
{
    void *out = NULL;
    DWORD type = MEM_RESERVE | MEM_COMMIT;
    HRESULT hr = run->manager->lpVtbl->VirtualAlloc(run->manager, NULL, REGION, type, protection, eTaskCritical, &out);
    return SUCCEEDED(hr) ? out : NULL;
}

static hf_caller_end work(hf_caller_run *run)
{
    char *pages = take_pages(run, PAGE_READWRITE);
    if (pages == NULL)
        pages = take_pages(run, 0);
    if (pages == NULL)
        return HF_CALLER_REPORTED;
    release(run, pages);
    return done();
}

SPECIMEN("passes-bad-argument", "tries a protection that does not exist", work, NULL)
