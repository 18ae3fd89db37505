/* SPDX-License-Identifier: MIT
 * One hosting call on its way through the shim. A method of an interposed object fills in an hf_shim_call and runs it; forwarding copies the
 * arguments from there. This is the only path, so every method is matched, decided, recorded and answered in the same way.
 */
#ifndef HF_SHIM_CALL_H
#define HF_SHIM_CALL_H

#include "shim_state.h"

typedef struct hf_shim_call hf_shim_call;
struct hf_shim_call {
    hf_call call;                           /* as the engine sees it: method and arguments */
    void *inner;                            /* the wrapped interface */
    HRESULT (*forward)(hf_shim_call *self); /* asks the host with exactly the caller's arguments */
    void *out;                              /* the out-parameter as given, NULL if the method has none or the caller gave NULL */
    uint8_t out_size;                       /* bytes of it: pointer, SIZE_T or DWORD; 0 none */
    bool is_ours;                           /* inner is our own host */
    bool keeps;                             /* what the call gives holds what the caller had in another block (HeapReAlloc) */
    const void *other;                      /* a further argument: lpBuffer, riid, file name, available bytes, IUnknown */
    int line;
    uintptr_t pc;       /* return address into the caller */
    uint64_t extra_out; /* GetMemoryLoad: available bytes */
    uint64_t freed;     /* Free and VirtualFree, while live bytes are counted: what the block or range held */
};

/* Begins a call of `method` on a wrapper, with nothing but its target filled in. Field by field: an initialiser of the whole struct would make the
 * compiler clear it with a string instruction, which takes longer than the rest of the shim. */
static inline void hf__shim_begin(hf_shim_call *call, void *inner, const void *ours, hf_method method, HRESULT (*forward)(hf_shim_call *),
                                  uintptr_t pc)
{
    call->call.method = method;
    call->call.type = 0;
    call->call.protect = 0;
    call->call.level = 0;
    call->call.address = 0;
    call->call.size = 0;
    call->call.thread = 0;
    call->call.phase = 0;
    call->call.function = HF_FUNCTION_NONE;
    call->call.foreign = false;
    call->inner = inner;
    call->forward = forward;
    call->out = NULL;
    call->out_size = 0;
    call->is_ours = inner == ours;
    call->keeps = false;
    call->other = NULL;
    call->line = 0;
    call->pc = pc;
    call->extra_out = 0;
    call->freed = 0;
}

/* Bit per method of class acquire. */
#define HF_SHIM_REQUESTS                                                                                                                             \
    (1u << HF_METHOD_CREATE_MALLOC | 1u << HF_METHOD_VIRTUAL_ALLOC | 1u << HF_METHOD_MALLOC_ALLOC | 1u << HF_METHOD_MALLOC_DEBUG_ALLOC)

/* Runs it and gives what the caller is to get. */
HRESULT hf__shim_run(hf_shim_call *call);

/* Applying a rule to a call (shim_fault.c): what happens instead of, before or after the host's answer. *host_hr and *forwarded say what the
 * host did; *host_out what it gave. Returns what the caller gets. */
HRESULT hf__shim_fault(hf_shim_call *call, const hf_rule *rule, HRESULT *host_hr, bool *forwarded, uint64_t *host_out);
/* Sets the out-parameter to null or 0, as COM wants it on failure. */
void hf__shim_clear_out(const hf_shim_call *call);
static inline uint64_t hf__shim_read_out(const hf_shim_call *call)
{
    if (call->out == NULL)
        return 0;
    return call->out_size == sizeof(uint64_t) ? *(const uint64_t *)call->out : *(const uint32_t *)call->out;
}
/* Makes last error and errno agree with a failure that was made up. */
void hf__shim_set_errors(HRESULT hr, const hf_rule *rule);
/* The last error that goes with a rule's failure. */
DWORD hf__shim_error_of(HRESULT hr, const hf_rule *rule);

/* Stacks (shim_stack.c): addresses, places and the site key of the stack that begins at pc. */
typedef struct hf_shim_stack {
    uint32_t count;
    uint64_t site;
    uint64_t addresses[HF_STACK_MAX];
    hf_frame frames[HF_STACK_MAX];
} hf_shim_stack;
void hf__shim_take_stack(uintptr_t pc, uint32_t depth, hf_shim_stack *out);
/* Learns the modules that are loaded now and records them. At attach. */
void hf__shim_learn_modules(void);
/* Sees to it that the module is recorded that a call comes from: it may have been loaded since. */
void hf__shim_learn_caller(hf_shim_thread *thread, uintptr_t pc);

/* What the shim itself knows of live memory (shim_live.c): regions of a user's host, for `foreign`; live bytes, for `live`. Our own host
 * knows its regions and what is committed. prepare takes the tables that the plan needs. */
HF_CHECK_RESULT hf_status hf__shim_live_prepare(hf_error *err);
void hf__shim_live_discard(void);
uint64_t hf__shim_live_now(void);
void hf__shim_live_before(hf_shim_call *call);
void hf__shim_live_after(const hf_shim_call *call, HRESULT host_hr, uint64_t out);
bool hf__shim_region_has(uint64_t address);

/* Sends a memory notification through the wrapped callback, if the caller registered one; not from within another, which a rule about notifications,
 * or about what the caller does in one, would otherwise make endless. */
void hf__shim_notify(EMemoryAvailable available);

/* Wrapped interfaces (shim_wrap.c). kind says which vtable; the same inner gives the same wrapper. NULL: the pool is used up. */
typedef enum hf_wrap_kind { HF_WRAP_NONE, HF_WRAP_MEMORY, HF_WRAP_MALLOC, HF_WRAP_CONTROL, HF_WRAP_CALLBACK } hf_wrap_kind;
typedef struct hf_wrapper {
    const void *vtable; /* first: the object is the interface */
    void *inner;
    uint32_t kind; /* hf_wrap_kind */
    uint32_t references;
} hf_wrapper;
void *hf__shim_wrap(hf_wrap_kind kind, void *inner);
/* The wrapped IHostMalloc that adapt.h works with: ours, so a program that ends without hf_adapt_end has not lost it. NULL: there is none. */
extern const void *hf__shim_adapted_heap;
/* References to IHostMalloc objects that the program holds. */
uint32_t hf__shim_heaps_held(void);
HRESULT hf__shim_query_interface(hf_wrapper *self, REFIID riid, void **out);
ULONG hf__shim_add_ref(hf_wrapper *self);
ULONG hf__shim_release(hf_wrapper *self);
/* With HF_CONTRACT set: the suite over this manager, and the end of the program (shim_contract.c). */
void hf__shim_contract_if_asked(IHostMemoryManager *manager);
void hf__shim_contract_of_control_if_asked(IHostControl *control);
bool hf__shim_same_iid(REFIID a, const IID *b);

extern const IHostMemoryManagerVtbl hf__shim_memory_vtable;
extern const IHostMallocVtbl hf__shim_malloc_vtable;
extern const IHostControlVtbl hf__shim_control_vtable;
extern const ICLRMemoryNotificationCallbackVtbl hf__shim_callback_vtable;

#endif
