/* SPDX-License-Identifier: MIT
 * The CLR as caller of IHostMemoryManager: what all parts of the model share. The model follows the .NET Framework 4.x runtime's hosting
 * code as published in dotnet/coreclr, release/1.0.0 ("CLR:" in comments); README.md has the table of behaviours and their sources.
 *
 * It models what a host can see: which calls are made, in which order, with which arguments and level, what is concluded from each
 * answer, and what is given back on each failure path. It must not be better than the original: where the runtime leaks, ignores a
 * result or reads a local that nobody wrote, so does the model. What an uninitialised local holds is fixed (CLR_GARBAGE), so that the
 * consequences repeat.
 *
 * Threads: a clr_thread belongs to one thread. What several threads use is under a clr_crst.
 */
#ifndef CLR_H
#define CLR_H

#include "clr_os.h"
#include <stdbool.h>

#define CLR_PAGE ((size_t)4096)
#define CLR_GRANULE ((size_t)65536)
#define CLR_DOMAINS_MAX 16u

/* What a local variable holds that was never written: an address at which a program of this size has nothing, page-aligned as a plausible
 * wrong address is. */
#define CLR_GARBAGE ((uintptr_t)0x6BADBADBA000u)
#define CLR_GARBAGE_BYTE 0xCD

#define CLR_E_EXECUTIONENGINE ((HRESULT)0x80131506)

typedef struct clr_runtime clr_runtime;
typedef struct clr_domain clr_domain;

/* An exception on its way up a thread. EXIT is none in the real runtime: the process is ending, and everything returns. */
typedef enum clr_exception {
    CLR_NO_EXCEPTION,
    CLR_OUT_OF_MEMORY,
    CLR_COM_EXCEPTION,   /* an HRESULT; thread->exception_hr */
    CLR_THREAD_ABORTED,  /* by policy */
    CLR_DOMAIN_UNLOADED, /* AppDomainUnloadedException: the domain went away under the thread, by policy */
    CLR_EXIT             /* the process ends with clr->exit_code */
} clr_exception;

/* A thread that runs in the runtime. */
typedef struct clr_thread {
    clr_runtime *clr;
    bool managed;         /* has a managed Thread object */
    bool in_host_malloc;  /* the stress log may not allocate now (CantAllocHolder) */
    uint32_t lock_count;  /* locks held in its current domain: monitors, critical regions, and the runtime's own critical sections */
    uint32_t constrained; /* inside constrained execution regions */
    clr_domain *domain;
    void *thread_object; /* from the host's heap */
    void *stack;         /* the foreign memory that stands for its stack; NULL: none was set up */
    void *guard;         /* its guard page, NULL if it could not be armed */
    clr_exception exception;
    HRESULT exception_hr;
    uint64_t digest; /* of what its managed code computed */
} clr_thread;

/* A critical section of the runtime's own. CLR: src/vm/crst.cpp:458,486. */
typedef struct clr_crst {
    clr_os_mutex mutex;
} clr_crst;
void clr_crst_enter(clr_thread *thread, clr_crst *crst);
void clr_crst_leave(clr_thread *thread, clr_crst *crst);
/* A managed monitor, or a critical region: for the level it is only a count. */
void clr_monitor_enter(clr_thread *thread);
void clr_monitor_leave(clr_thread *thread);

/* clr_host.c: the EE wrappers over the host's methods, each with the original's test for success. */
EMemoryCriticalLevel clr_critical_level(const clr_thread *thread);
void *clr_virtual_alloc(clr_thread *thread, void *address, size_t size, DWORD type, DWORD protect);
bool clr_virtual_free(clr_thread *thread, void *address, size_t size, DWORD type);
size_t clr_virtual_query(clr_thread *thread, void *address, MEMORY_BASIC_INFORMATION *buffer);
bool clr_virtual_protect(clr_thread *thread, void *address, size_t size, DWORD protect, DWORD *old_protect);
#define CLR_HEAP_ZERO_MEMORY 0x8u
void *clr_heap_alloc(clr_thread *thread, DWORD flags, size_t size);
bool clr_heap_free(clr_thread *thread, void *memory);
/* operator new, new(nothrow) and delete. clr_new leaves CLR_OUT_OF_MEMORY pending when it gives NULL. */
void *clr_new(clr_thread *thread, size_t size);
void *clr_new_nothrow(clr_thread *thread, size_t size);
void clr_delete(clr_thread *thread, void *memory);
/* What the host says of physical memory, over what the system says. CLR: src/vm/corhost.cpp:7211-7248. */
typedef struct clr_memory_status {
    DWORD load;
    uint64_t available_bytes;
} clr_memory_status;
clr_memory_status clr_global_memory_status(clr_thread *thread);

/* clr_exception.c: throwing, and what policy makes of it. All give false, so that a caller can `return clr_throw_...`. */
bool clr_throw_out_of_memory(clr_thread *thread);
bool clr_throw_hr(clr_thread *thread, HRESULT hr);
/* The exception that the last error of the thread stands for. CLR: src/vm/ex.cpp:1600-1683. */
bool clr_throw_last_error(clr_thread *thread);
bool clr_fail_fast(clr_thread *thread, HRESULT code);
/* What the escalation policy does with the pending exception, when it crosses into managed code. CLR: src/vm/eepolicy.cpp:726-859. */
void clr_policy_apply(clr_thread *thread);

/* EPolicyAction, in order of severity. */
typedef enum clr_action {
    CLR_ACTION_NONE,
    CLR_ACTION_THROW,
    CLR_ACTION_ABORT_THREAD,
    CLR_ACTION_RUDE_ABORT_THREAD,
    CLR_ACTION_UNLOAD_DOMAIN,
    CLR_ACTION_RUDE_UNLOAD_DOMAIN,
    CLR_ACTION_EXIT,
    CLR_ACTION_FAST_EXIT,
    CLR_ACTION_RUDE_EXIT,
    CLR_ACTION_DISABLE
} clr_action;
/* The action of that name ("unload-appdomain"), or CLR_ACTION_NONE, which is no choice. */
clr_action clr_action_by_name(const char *name);
/* ICLRPolicyManager::SetActionOnFailure for the two resource failures. CLR: src/vm/eepolicy.cpp:144-190: only throw or above. */
HRESULT clr_policy_set(clr_runtime *clr, bool critical, clr_action action);

/* clr_attach.c: ICLRRuntimeHost::SetHostControl, and the callback it registers. */
HRESULT clr_set_host_control(clr_runtime *clr, IHostControl *control);
typedef struct clr_notification {
    ICLRMemoryNotificationCallback object;
    clr_runtime *clr;
} clr_notification;

/* clr_startup.c: ICLRRuntimeHost::Start and Stop. */
HRESULT clr_start(clr_runtime *clr);
void clr_stop(clr_runtime *clr);
HRESULT clr_thread_setup(clr_thread *thread);
void clr_thread_destroy(clr_thread *thread);

/* clr_stack.c */
void clr_stack_init(clr_thread *thread);
void clr_stack_end(clr_thread *thread);
/* The guard page is armed again after an overflow was handled; where that is not possible the process ends. */
bool clr_stack_restore_guard(clr_thread *thread);
bool clr_stack_disarm(clr_thread *thread);

/* clr_finalizer.c: the finalizer thread's turn, taken on the calling thread at fixed points of the managed program. */
void clr_finalizer_turn(clr_thread *thread);

#include "clr_gc.h"
#include "clr_loader.h"

#define CLR_MEMORY_HOSTED 1u

/* The runtime: one for a process, as the original. */
struct clr_runtime {
    /* The host. */
    IHostControl *control;
    IHostMemoryManager *manager; /* m_HostMemoryManager: virtual memory goes there if set */
    IHostMalloc *malloc;         /* m_HostMalloc: the heap goes there if set, whatever the manager is */
    uint32_t host_config;        /* CLR_MEMORY_HOSTED */
    bool domain_manager;         /* each domain is shown to the host (SetAppDomainManager) */
    clr_notification notification;
    volatile uint32_t low_memory; /* counts low notifications, 0 when the host said neutral or high */
    uint32_t low_memory_answered; /* its value at the last generation-0 collection for it */
    uint64_t clock_ms;            /* the model's time: moves with the program, never by itself */
    uint64_t low_memory_again_ms; /* the finalizer thread is not woken for it before */
    bool low_memory_event;        /* it has been woken, and did not have its turn yet */

    /* Life. */
    bool start_tried, started, disabled;
    HRESULT start_status; /* latched */
    bool policy_requested;
    clr_action action[2]; /* on failure to get a resource: [0] not critical, [1] critical */
    bool exiting, rude_exit;
    HRESULT exit_code;
    clr_thread main;

    /* Memory of the runtime's own. */
    clr_domain *default_domain;
    clr_domain *domains[CLR_DOMAINS_MAX];
    uint32_t domain_count, next_domain;
    clr_crst system_crst;
    clr_code_manager code;
    clr_cache_lines cache_lines;
    clr_image images[CLR_IMAGES];
    void *mini_metadata;
    clr_gc gc;
};

/* A runtime that has not begun. */
void clr_runtime_init(clr_runtime *clr);
/* What belongs to the system and not to the host: mapped files, stacks. The rest a process leaves to its end. */
void clr_runtime_end(clr_runtime *clr);

static inline size_t clr_align_up(size_t size, size_t step)
{
    return (size + step - 1) / step * step;
}

#endif
