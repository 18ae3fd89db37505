/* SPDX-License-Identifier: MIT
 * The caller "planted": a small job that handles every refusal as it should, and with an argument one of twenty that do not. What the fuzz target
 * `schedule` must find, each by name and in measured time.
 *
 * Usage: hf-caller-planted [BUG]. Without BUG nothing is planted. A time-out is tried again twice; anything else is undone and reported.
 */
#include "caller_planted.h"
#include "planted.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define PAGE ((size_t)4096)
#define REGION ((size_t)65536)
#define TRIES 3u

static planted_job job;

/* The callback that the host tells about memory. */
static HRESULT STDMETHODCALLTYPE callback_query(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    (void)riid;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_count(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return 1;
}

static HRESULT STDMETHODCALLTYPE callback_told(ICLRMemoryNotificationCallback *self, EMemoryAvailable available)
{
    (void)self;
    job.low = available == eMemoryAvailableLow;
    return S_OK;
}

static const ICLRMemoryNotificationCallbackVtbl callback_vtable = {callback_query, callback_count, callback_count, callback_told};
static ICLRMemoryNotificationCallback callback = {&callback_vtable};

static HRESULT alloc(char **out, void *address, size_t size, DWORD type)
{
    void *memory = NULL;
    HRESULT hr = job.manager->lpVtbl->VirtualAlloc(job.manager, address, size, type, PAGE_READWRITE, eTaskCritical, &memory);
    if (SUCCEEDED(hr) && out != NULL)
        *out = memory;
    return hr;
}

static HRESULT release(char **region)
{
    HRESULT hr = *region != NULL ? job.manager->lpVtbl->VirtualFree(job.manager, *region, 0, MEM_RELEASE) : S_OK;
    if (SUCCEEDED(hr))
        *region = NULL;
    return hr;
}

static HRESULT block(char **out, size_t size)
{
    void *memory = NULL;
    HRESULT hr = job.heap->lpVtbl->Alloc(job.heap, size, eTaskCritical, &memory);
    if (SUCCEEDED(hr))
        memset(memory, 1, size);
    *out = SUCCEEDED(hr) ? memory : NULL;
    return hr;
}

/* Both, also if the first is refused. */
static HRESULT free_blocks(void)
{
    HRESULT worst = S_OK;
    for (unsigned i = 0; i < 2; i++) {
        HRESULT hr = job.blocks[i] != NULL ? job.heap->lpVtbl->Free(job.heap, job.blocks[i]) : S_OK;
        if (SUCCEEDED(hr))
            job.blocks[i] = NULL;
        else
            worst = hr;
    }
    return worst;
}

HRESULT planted_do(planted_job *self, planted_step step)
{
    IHostMemoryManager *manager = self->manager;
    DWORD number = 0;
    SIZE_T bytes = 0;
    switch (step) {
    case STEP_REGISTER: return manager->lpVtbl->RegisterMemoryNotificationCallback(manager, &callback);
    case STEP_LOAD: return manager->lpVtbl->GetMemoryLoad(manager, &number, &bytes);
    case STEP_RESERVE_A: return alloc(&self->a, NULL, REGION, MEM_RESERVE);
    case STEP_RESERVE_B: return alloc(&self->b, NULL, REGION, MEM_RESERVE);
    case STEP_COMMIT_A: return alloc(NULL, self->a, PAGE, MEM_COMMIT);
    case STEP_COMMIT_B: return alloc(NULL, self->b, PAGE, MEM_COMMIT);
    case STEP_QUERY: return manager->lpVtbl->VirtualQuery(manager, self->a, &self->seen, sizeof self->seen, &bytes);
    case STEP_PROTECT: return manager->lpVtbl->VirtualProtect(manager, self->a, PAGE, PAGE_READONLY, &number);
    case STEP_HEAP: return manager->lpVtbl->CreateMalloc(manager, MALLOC_THREADSAFE, &self->heap);
    case STEP_BLOCK_1: return block(&self->blocks[0], 100);
    case STEP_BLOCK_2: return block(&self->blocks[1], 3000);
    case STEP_FREE_BLOCKS: return free_blocks();
    case STEP_DECOMMIT_B: return manager->lpVtbl->VirtualFree(manager, self->b, PAGE, MEM_DECOMMIT);
    case STEP_RELEASE_B: return release(&self->b);
    case STEP_RELEASE_A: return release(&self->a);
    case STEP_COUNT: break;
    }
    return E_INVALIDARG;
}

/* Gives back what it has, and tries again where the host is late; what the host will not take stays. */
static void undo(HRESULT why)
{
    for (unsigned i = 0; i < TRIES && job.heap != NULL && FAILED(free_blocks()); i++)
        continue;
    for (unsigned i = 0; i < TRIES && job.b != NULL && FAILED(release(&job.b)); i++)
        continue;
    for (unsigned i = 0; i < TRIES && job.a != NULL && FAILED(release(&job.a)); i++)
        continue;
    fprintf(stderr, "hf-caller-planted: the host refused: 0x%08X\n", (unsigned)why);
}

static bool refused(planted_bug *bug, planted_step step, HRESULT hr)
{
    if (job.refused < PLANTED_REFUSALS_MAX)
        job.refusals[job.refused++] = (planted_refusal){step, hr};
    return bug != NULL && bug(&job, step, hr);
}

/* A time-out may pass; after everything else it gives up. */
static bool take_step(planted_bug *bug, planted_step step, HRESULT *hr)
{
    for (unsigned i = 0; i < TRIES; i++) {
        *hr = planted_do(&job, step);
        if (SUCCEEDED(*hr) || refused(bug, step, *hr))
            return true;
        if (*hr != HOST_E_TIMEOUT)
            return false;
    }
    return false;
}

/* Giving memory back is no reason to fail: a release that is refused is tried again at the end. */
static bool is_giving_back(planted_step step)
{
    return step == STEP_FREE_BLOCKS || step >= STEP_DECOMMIT_B;
}

static void leave(void)
{
    (void)job.manager->lpVtbl->RegisterMemoryNotificationCallback(job.manager, NULL);
    if (job.heap != NULL)
        job.heap->lpVtbl->Release(job.heap);
}

static hf_caller_end work(hf_caller_run *run)
{
    planted_bug *bug = run->argc > 0 ? planted_bug_by_name(run->argv[0]) : NULL;
    if (run->argc > 1 || (run->argc == 1 && bug == NULL)) {
        fprintf(stderr, "hf-caller-planted: no such bug\n");
        return HF_CALLER_USAGE;
    }
    job = (planted_job){.manager = run->manager, .result = "done"};
    hf_caller_end end = HF_CALLER_OK;
    HRESULT hr = S_OK;
    for (planted_step step = STEP_REGISTER; step < STEP_COUNT && end == HF_CALLER_OK; step++) {
        if (!take_step(bug, step, &hr) && !is_giving_back(step))
            end = HF_CALLER_REPORTED;
    }
    bool left = job.a != NULL || job.b != NULL || job.blocks[0] != NULL || job.blocks[1] != NULL;
    if (end != HF_CALLER_OK || left)
        undo(hr);
    leave();
    if (end == HF_CALLER_OK)
        hf_result(job.result, strlen(job.result));
    return end;
}

static int check(hf_caller_run *run, const char **why)
{
    (void)run;
    *why = job.wrong ? "the books are wrong" : NULL;
    return !job.wrong;
}

const hf_caller hf_caller_planted = {
    sizeof(hf_caller), HF_SEES_HRESULT, "planted", "a small job, and with an argument one of twenty planted bugs", work, check, NULL};
