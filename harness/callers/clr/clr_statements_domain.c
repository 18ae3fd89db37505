/* SPDX-License-Identifier: MIT
 * What the managed programs do with domains, locks and threads: the same requests as elsewhere, at other levels, and with other consequences when
 * they fail.
 */
#include "clr_program.h"
#include <stdio.h>
#include <string.h>
#include "base_poison.h"

#define SYNC_BLOCK_BYTES 176u
#define WORKER_ROUNDS 6u
#define WORKERS_MAX 64u

/* Under a monitor: a sync block from the heap, and an array that makes the collected heap grow. */
static bool allocate_in_lock(clr_thread *thread, uint32_t index, uint64_t *value)
{
    clr_monitor_enter(thread);
    void *block = clr_new(thread, SYNC_BLOCK_BYTES);
    bool done = clr_managed(thread, block != NULL);
    clr_handle array = done ? clr_managed_new(thread, CLR_TYPE_ARRAY, 70000) : 0;
    if (array != 0)
        *value = clr_mix(*value, clr_gc_object(thread, array)->payload[index] + index);
    clr_gc_drop(thread, array);
    clr_monitor_leave(thread);
    clr_delete(thread, block);
    return array != 0;
}

static bool work_in_domain(clr_thread *thread, uint32_t index, uint64_t *value)
{
    clr_domain *domain = thread->domain;
    for (uint32_t image = 1; image <= 2; image++) {
        clr_assembly *assembly = clr_assembly_load(thread, domain, image);
        if (!clr_managed(thread, assembly != NULL))
            return false;
        *value = clr_mix(*value, clr_assembly_sum(assembly));
    }
    for (uint32_t i = 0; i < 6; i++)
        if (!clr_managed_call(thread, domain, 200 + index * 10 + i, CLR_METHOD_ORDINARY, value))
            return false;
    return allocate_in_lock(thread, index, value);
}

/* A domain that the policy unloads under its thread costs the program that domain: the default domain catches AppDomainUnloadedException and goes
 * on. The unload itself gives everything back, whoever asked for it; after a process exit nothing is. */
bool clr_use_domain(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    clr_domain *home = thread->domain;
    clr_domain *domain = clr_domain_create(thread, false);
    if (!clr_managed(thread, domain != NULL))
        return false;
    thread->domain = domain;
    bool done = work_in_domain(thread, index, value);
    thread->domain = home;
    if (thread->clr->exiting || thread->clr->disabled)
        return done;

    clr_domain_unload(thread, domain);
    if (thread->exception != CLR_DOMAIN_UNLOADED)
        return done;
    thread->exception = CLR_NO_EXCEPTION;
    run->lost++;
    return true;
}

bool clr_hold_lock(clr_program_run *run, uint32_t index, uint64_t *value)
{
    return allocate_in_lock(run->thread, index, value);
}

/* Whatever the policy says, inside a constrained execution region an OutOfMemoryException is only thrown. */
bool clr_hold_constrained(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    thread->constrained++;
    bool done = allocate_in_lock(thread, index, value);
    thread->constrained--;
    return done;
}

/* What the threads of one statement share. */
typedef struct workers {
    clr_program_run *run;
    uint64_t values[WORKERS_MAX];
    bool done[WORKERS_MAX];
} workers;

/* Interop memory, a private loader heap, scratch pages: no managed object, so no collection has to stop the others. */
static bool worker_round(clr_thread *thread, clr_loader_heap *heap, clr_crst *crst, uint32_t round, uint64_t *value)
{
    uint64_t *interop = clr_new(thread, 100 + 40 * (size_t)round);
    uint64_t *scratch = interop != NULL ? clr_virtual_alloc(thread, NULL, CLR_GRANULE, MEM_COMMIT, PAGE_READWRITE) : NULL;
    if (interop != NULL && scratch == NULL)
        clr_throw_out_of_memory(thread);
    uint64_t *type = NULL;
    if (scratch != NULL) {
        clr_crst_enter(thread, crst);
        type = clr_loader_heap_alloc(thread, heap, 1800);
        clr_crst_leave(thread, crst);
    }

    if (type != NULL) {
        interop[0] = round * 3 + 1;
        *value = clr_mix(*value, interop[0] + scratch[17] + type[0]);
    }
    if (scratch != NULL)
        clr_virtual_free(thread, scratch, 0, MEM_RELEASE);
    clr_delete(thread, interop);
    return clr_managed(thread, type != NULL);
}

static bool worker_rounds(clr_thread *thread, uint32_t index, uint64_t *value)
{
    clr_loader_heap heap;
    clr_crst crst;
    clr_os_mutex_init(&crst.mutex);
    clr_loader_heap_init(&heap, false, NULL, 0);
    bool done = true;
    for (uint32_t round = 0; round < WORKER_ROUNDS && done; round++) {
        done = worker_round(thread, &heap, &crst, round, value);
        clr_os_pass_turn(index);
    }
    clr_loader_heap_destroy(thread, &heap);
    return done;
}

static void work(void *user, uint32_t index)
{
    workers *all = user;
    clr_thread thread = {.clr = all->run->thread->clr, .domain = all->run->thread->domain};
    char label[16];
    (void)snprintf(label, sizeof label, "worker-%u", index + 1);
    hf_thread(label);
    bool ready = SUCCEEDED(clr_thread_setup(&thread));
    all->values[index] = index;
    all->done[index] = ready && worker_rounds(&thread, index, &all->values[index]);
    clr_thread_destroy(&thread);
}

/* A thread that ends by exception does not end the program, which counts what it lost. */
bool clr_start_threads(clr_program_run *run, uint32_t index, uint64_t *value)
{
    workers all = {.run = run};
    clr_thread *thread = run->thread;
    (void)index;
    if (!clr_os_run_threads(run->options->threads, run->options->turns, work, &all))
        return clr_throw_out_of_memory(thread);
    for (uint32_t i = 0; i < run->options->threads; i++) {
        *value = clr_mix(*value, all.values[i]);
        run->lost += all.done[i] ? 0 : 1;
    }
    return true;
}
