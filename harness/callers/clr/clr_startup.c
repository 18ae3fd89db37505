/* SPDX-License-Identifier: MIT
 * Starting and stopping. CLR: src/vm/ceemain.cpp:412-440, 707, 1301-1366; src/vm/threads.cpp:7281, 7580; src/vm/jithelpers.cpp:7029.
 *
 * Every request of the startup goes out as process-critical. A step that fails fails the start, and that is final: the status is latched, a second
 * Start gives it back without trying, so the host hears nothing more. Nothing that the earlier steps took is given back.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

#define MINI_METADATA_BYTES CLR_GRANULE
#define CONFIG_OBJECTS 6u
#define STARTUP_METHODS 4u

/* Small objects of the runtime's own that live as long as it does. */
static HRESULT create_objects(clr_thread *thread)
{
    static const size_t sizes[CONFIG_OBJECTS] = {712, 96, 96, 48, 160, 2048};
    for (uint32_t i = 0; i < CONFIG_OBJECTS; i++) {
        void *object = clr_new(thread, sizes[i]);
        if (object == NULL)
            return E_FAIL;
        memset(object, 0, sizes[i]);
    }
    return S_OK;
}

/* A byte of the runtime's own image is written under a protection that allows it, which is put back without looking (InitGSCookie,
 * ceemain.cpp:707). The host never gave this memory out; one that refuses it stops the start. */
static HRESULT patch_own_image(clr_thread *thread, size_t offset, DWORD protect)
{
    unsigned char *page = clr_os_own_data_page();
    DWORD old_protect = (DWORD)CLR_GARBAGE;
    if (!clr_virtual_protect(thread, page + offset, 8, protect, &old_protect)) {
        clr_throw_last_error(thread);
        return E_FAIL;
    }
    page[offset] = 0xA5;
    (void)clr_virtual_protect(thread, page + offset, 8, old_protect, &old_protect);
    return S_OK;
}

static HRESULT init_cookie(clr_thread *thread)
{
    return patch_own_image(thread, 64, PAGE_READWRITE);
}

static HRESULT init_helpers(clr_thread *thread)
{
    return patch_own_image(thread, 128, PAGE_EXECUTE_READWRITE);
}

/* Ref_Initialize is one of the few steps whose code is kept: it reports E_OUTOFMEMORY where the others come out as E_FAIL. */
static HRESULT init_handles(clr_thread *thread)
{
    void *table = clr_new_nothrow(thread, 640);
    if (table == NULL)
        return E_OUTOFMEMORY;
    memset(table, 0, 640);
    return S_OK;
}

static HRESULT attach_system_domain(clr_thread *thread)
{
    thread->domain = clr_domain_create(thread, true);
    return thread->domain != NULL ? S_OK : E_FAIL;
}

static HRESULT setup_main_thread(clr_thread *thread)
{
    return clr_thread_setup(thread);
}

static HRESULT init_sync_blocks(clr_thread *thread)
{
    void *line = clr_cache_line_alloc(thread, &thread->clr->cache_lines);
    return line != NULL ? S_OK : E_OUTOFMEMORY;
}

static HRESULT init_collector(clr_thread *thread)
{
    return clr_gc_init(thread) ? S_OK : E_FAIL;
}

static HRESULT load_system_assemblies(clr_thread *thread)
{
    clr_domain *domain = thread->domain;
    if (clr_assembly_load(thread, domain, 0) == NULL)
        return E_FAIL;
    for (uint32_t i = 0; i < STARTUP_METHODS; i++)
        if (clr_jit_compile(thread, domain, 1000 + i, CLR_METHOD_ORDINARY) == NULL)
            return E_FAIL;
    return S_OK;
}

/* A buffer for crash dumps; whether it was had nobody looks (ceemain.cpp:1301). */
static HRESULT init_mini_metadata(clr_thread *thread)
{
    thread->clr->mini_metadata = clr_virtual_alloc(thread, NULL, MINI_METADATA_BYTES, MEM_COMMIT, PAGE_READWRITE);
    return S_OK;
}

static HRESULT (*const steps[])(clr_thread *) = {
    create_objects, init_cookie,      init_handles,   attach_system_domain,   setup_main_thread,
    init_helpers,   init_sync_blocks, init_collector, load_system_assemblies, init_mini_metadata,
};

static HRESULT start_once(clr_runtime *clr)
{
    HRESULT hr = S_OK;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0] && SUCCEEDED(hr); i++)
        hr = steps[i](&clr->main);
    return hr;
}

HRESULT clr_start(clr_runtime *clr)
{
    if (clr->start_tried)
        return clr->start_status;
    clr->start_tried = true;
    clr->start_status = start_once(clr);
    clr->started = SUCCEEDED(clr->start_status);
    if (!clr->started)
        clr->main.exception = CLR_NO_EXCEPTION;
    return clr->start_status;
}

/* The Thread object is the host's memory; the thread's own block is deliberately the system's (corhost.cpp, CheckThreadState). Its stack is
 * memory that the host never gave out, and is asked about all the same. */
HRESULT clr_thread_setup(clr_thread *thread)
{
    thread->thread_object = clr_new(thread, 2480);
    if (thread->thread_object == NULL)
        return E_FAIL;
    memset(thread->thread_object, 0, 2480);
    clr_stack_init(thread);
    thread->managed = true;
    return S_OK;
}

void clr_thread_destroy(clr_thread *thread)
{
    thread->managed = false;
    clr_delete(thread, thread->thread_object);
    thread->thread_object = NULL;
    clr_stack_end(thread);
}

/* An orderly end: finalizers run, the JIT gives its page back. The heap, the default domain, loader heaps and managers stay as they are to the
 * end of the process: the runtime releases none of them. */
void clr_stop(clr_runtime *clr)
{
    if (!clr->started || clr->rude_exit)
        return;
    if (clr->gc.handles != NULL)
        clr_gc_finalize_all(&clr->main);
    clr_jit_shutdown(&clr->main);
}

void clr_runtime_end(clr_runtime *clr)
{
    for (uint32_t i = 0; i < clr->domain_count; i++)
        clr_assemblies_unmap(clr->domains[i]->assemblies);
    clr_stack_end(&clr->main);
}
