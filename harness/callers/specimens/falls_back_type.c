/* SPDX-License-Identifier: MIT
 * Habit: asks for the same amount of another kind of memory: an interpreter instead of a compiler.
 * Expected: outcome ok, response fell-back.
 */
#include "specimen.h"

static char *take_code(hf_caller_run *run, DWORD protection)
{
    void *out = NULL;
    DWORD type = MEM_RESERVE | MEM_COMMIT;
    HRESULT hr = run->manager->lpVtbl->VirtualAlloc(run->manager, NULL, REGION, type, protection, eTaskCritical, &out);
    return SUCCEEDED(hr) ? out : NULL;
}

static hf_caller_end work(hf_caller_run *run)
{
    char *code = take_code(run, PAGE_EXECUTE_READWRITE);
    if (code == NULL)
        code = take_code(run, PAGE_READWRITE);
    if (code == NULL)
        return HF_CALLER_REPORTED;
    release(run, code);
    return done();
}

SPECIMEN("falls-back-type", "takes writable pages when it gets no executable ones", work, NULL)
