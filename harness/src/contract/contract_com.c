/* SPDX-License-Identifier: MIT
 * Clauses about the objects themselves: QueryInterface, reference counts, slots, the out-parameters of failed calls (COM rules), and CreateMalloc.
 * Also the notices and the memory load.
 */
#include "contract.h"
#include "base_check.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

static const IID nobody = {0x5B7F4A1E, 0x9C3D, 0x4E02, {0xA1, 0x58, 0x6D, 0x20, 0x93, 0xC4, 0x77, 0x0F}};

typedef enum object { MANAGER, MALLOC } object;

static IUnknown *object_of(hf_contract *c, size_t which)
{
    IUnknown *unknown = which == MANAGER ? (IUnknown *)(void *)c->manager : (IUnknown *)(void *)c->heap;
    hf__contract_expect(c, unknown != NULL, "CreateMalloc gave no object");
    return unknown;
}

static void gives(hf_contract *c, size_t which, const IID *riid)
{
    IUnknown *of = object_of(c, which), *got = NULL;
    if (of == NULL)
        return;
    HRESULT hr = of->lpVtbl->QueryInterface(of, riid, (void **)&got);
    if (hf__contract_expect_ok(c, hr, "QueryInterface"))
        hf__contract_expect(c, got != NULL, "S_OK and a null pointer");
    if (got != NULL)
        got->lpVtbl->Release(got);
}

static void gives_unknown(hf_contract *c, size_t which)
{
    gives(c, which, &HF_IID_IUnknown);
}

static void gives_own(hf_contract *c, size_t which)
{
    gives(c, which, which == MANAGER ? &HF_IID_IHostMemoryManager : &HF_IID_IHostMalloc);
}

static void refuses_others(hf_contract *c, size_t which)
{
    IUnknown *of = object_of(c, which);
    void *got = (void *)(uintptr_t)1;
    if (of == NULL)
        return;
    HRESULT hr = of->lpVtbl->QueryInterface(of, &nobody, &got);
    hf__contract_expect(c, hr == E_NOINTERFACE, "QueryInterface returned 0x%08X", (unsigned)hr);
    hf__contract_expect(c, got == NULL, "the out-parameter holds %p", got);
}

static void refuses_null(hf_contract *c, size_t which)
{
    IUnknown *of = object_of(c, which);
    HRESULT hr = of != NULL ? of->lpVtbl->QueryInterface(of, &HF_IID_IUnknown, NULL) : E_POINTER;
    hf__contract_expect(c, hr == E_POINTER, "QueryInterface returned 0x%08X", (unsigned)hr);
}

static void has_one_identity(hf_contract *c, size_t which)
{
    IUnknown *of = object_of(c, which), *first = NULL, *second = NULL;
    if (of == NULL)
        return;
    HRESULT hr = of->lpVtbl->QueryInterface(of, &HF_IID_IUnknown, (void **)&first);
    HRESULT again = of->lpVtbl->QueryInterface(of, &HF_IID_IUnknown, (void **)&second);
    hf__contract_expect(c, SUCCEEDED(hr) && SUCCEEDED(again) && first == second, "two IUnknown pointers, %p and %p", (void *)first, (void *)second);
    if (SUCCEEDED(hr) && first != NULL)
        first->lpVtbl->Release(first);
    if (SUCCEEDED(again) && second != NULL)
        second->lpVtbl->Release(second);
}

/* Counts are for tests only, says COM; but a host that counts must count right, and one with a constant count is allowed. */
static void counts_references(hf_contract *c, size_t which)
{
    IUnknown *of = object_of(c, which);
    if (of == NULL)
        return;
    ULONG more = of->lpVtbl->AddRef(of);
    ULONG less = of->lpVtbl->Release(of);
    hf__contract_expect(c, more >= 1, "AddRef returned %u", (unsigned)more);
    hf__contract_expect(c, less + 1 == more || less == more, "AddRef returned %u and then Release %u", (unsigned)more, (unsigned)less);
}

/* QueryInterface takes a reference: after it and one Release the count is what it was. */
static void query_takes_reference(hf_contract *c, size_t which)
{
    IUnknown *of = object_of(c, which), *got = NULL;
    if (of == NULL)
        return;
    ULONG before = of->lpVtbl->AddRef(of);
    HRESULT hr = of->lpVtbl->QueryInterface(of, &HF_IID_IUnknown, (void **)&got);
    ULONG after = of->lpVtbl->AddRef(of);
    hf__contract_expect_ok(c, hr, "QueryInterface");
    hf__contract_expect(c, after == before || after == before + 2, "the count went from %u to %u over QueryInterface and AddRef", (unsigned)before,
                        (unsigned)after);
    for (ULONG i = before; i <= after && i < before + 3; i++)
        of->lpVtbl->Release(of);
}

static void fills_slots(hf_contract *c, size_t which)
{
    const IUnknown *of = object_of(c, which);
    size_t slots = (which == MANAGER ? sizeof(IHostMemoryManagerVtbl) : sizeof(IHostMallocVtbl)) / sizeof(void *);
    for (size_t i = 0; of != NULL && i < slots; i++) {
        void *method;
        memcpy(&method, (const char *)of->lpVtbl + i * sizeof method, sizeof method);
        hf__contract_expect(c, method != NULL, "slot %zu is null", i);
    }
}

static void creates_malloc(hf_contract *c, size_t type)
{
    IHostMalloc *made = NULL;
    HRESULT hr = c->manager->lpVtbl->CreateMalloc(c->manager, (DWORD)type, &made);
    if (hf__contract_expect_ok(c, hr, "CreateMalloc"))
        hf__contract_expect(c, made != NULL, "S_OK and a null pointer");
    if (FAILED(hr) || made == NULL)
        return;
    void *block = NULL;
    hr = made->lpVtbl->Alloc(made, 100, eTaskCritical, &block);
    if (hf__contract_expect_ok(c, hr, "Alloc") && hf__contract_expect(c, block != NULL, "S_OK and a null block")) {
        hf__contract_expect(c, hf__contract_can(block, 100, HF_ACCESS_WRITE), "the block cannot be written");
        bool runs = (type & MALLOC_EXECUTABLE) == 0 || hf__contract_can(block, 100, HF_ACCESS_EXECUTE);
        hf__contract_expect(c, runs, "a block of an executable heap cannot be executed");
        hf__contract_expect_ok(c, made->lpVtbl->Free(made, block), "Free");
    }
    made->lpVtbl->Release(made);
}

/* A callback of our own. It stays for ever, because a host keeps what was registered. It starts with references enough that a host which releases
 * what it does not own cannot bring the count round zero. */
#define CALLBACK_REFERENCES 1000u
static ULONG callback_references = CALLBACK_REFERENCES;

static HRESULT STDMETHODCALLTYPE callback_query_interface(ICLRMemoryNotificationCallback *self, REFIID riid, void **out)
{
    (void)riid;
    callback_references++;
    *out = self;
    return S_OK;
}

static ULONG STDMETHODCALLTYPE callback_add_ref(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return ++callback_references;
}

static ULONG STDMETHODCALLTYPE callback_release(ICLRMemoryNotificationCallback *self)
{
    (void)self;
    return --callback_references;
}

static HRESULT STDMETHODCALLTYPE callback_notify(ICLRMemoryNotificationCallback *self, EMemoryAvailable available)
{
    (void)self;
    (void)available;
    return S_OK;
}

static const ICLRMemoryNotificationCallbackVtbl callback_vtable = {callback_query_interface, callback_add_ref, callback_release, callback_notify};
static ICLRMemoryNotificationCallback callback = {&callback_vtable};

static void accepts_callback(hf_contract *c, size_t row)
{
    (void)row;
    hf__contract_expect_ok(c, c->manager->lpVtbl->RegisterMemoryNotificationCallback(c->manager, &callback), "RegisterMemoryNotificationCallback");
}

static void keeps_callback(hf_contract *c, size_t row)
{
    (void)row;
    callback_references = CALLBACK_REFERENCES;
    HRESULT hr = c->manager->lpVtbl->RegisterMemoryNotificationCallback(c->manager, &callback);
    hf__contract_expect_ok(c, hr, "RegisterMemoryNotificationCallback");
    hf__contract_expect(c, callback_references >= CALLBACK_REFERENCES,
                        "the callback had %u references and has %u: the host released what it does not own", CALLBACK_REFERENCES,
                        (unsigned)callback_references);
}

static void tells_load(hf_contract *c, size_t row)
{
    (void)row;
    DWORD load = 0xDEADBEEF;
    SIZE_T available = 0;
    HRESULT hr = c->manager->lpVtbl->GetMemoryLoad(c->manager, &load, &available);
    hf__contract_expect_ok(c, hr, "GetMemoryLoad");
    hf__contract_expect(c, load <= 100, "the load is %u per cent", (unsigned)load);
    hf__contract_expect(c, available > 0, "no byte is available, yet this program runs");
}

static void answers_need(hf_contract *c, size_t row)
{
    (void)row;
    HRESULT hr = c->manager->lpVtbl->NeedsVirtualAddressSpace(c->manager, NULL, HF_CONTRACT_UNIT);
    /* S_FALSE would be read as consent: coreclr util.cpp:2559 tests SUCCEEDED. */
    hf__contract_expect(c, hr == S_OK || hr == E_OUTOFMEMORY, "NeedsVirtualAddressSpace returned 0x%08X", (unsigned)hr);
}

static void hears_acquired(hf_contract *c, size_t row)
{
    static char here[HF_CONTRACT_PAGE];
    (void)row;
    hf__contract_expect_ok(c, c->manager->lpVtbl->AcquiredVirtualAddressSpace(c->manager, here, sizeof here), "AcquiredVirtualAddressSpace");
    hf__contract_expect_ok(c, c->manager->lpVtbl->ReleasedVirtualAddressSpace(c->manager, here), "ReleasedVirtualAddressSpace");
}

static const hf_clause clauses[] = {
    {"the manager's slots are all filled", fills_slots, MANAGER, 0},
    {"QueryInterface of the manager gives IUnknown", gives_unknown, MANAGER, 0},
    {"QueryInterface of the manager gives IHostMemoryManager", gives_own, MANAGER, 0},
    {"QueryInterface of the manager refuses an unknown interface with E_NOINTERFACE and null", refuses_others, MANAGER, 0},
    {"QueryInterface of the manager refuses a null out-pointer with E_POINTER", refuses_null, MANAGER, HF_CLAUSE_DEADLY},
    {"the manager is one IUnknown", has_one_identity, MANAGER, 0},
    {"AddRef and Release of the manager balance", counts_references, MANAGER, 0},
    {"QueryInterface of the manager takes a reference", query_takes_reference, MANAGER, 0},
    {"the heap's slots are all filled", fills_slots, MALLOC, 0},
    {"QueryInterface of the heap gives IUnknown", gives_unknown, MALLOC, 0},
    {"QueryInterface of the heap gives IHostMalloc", gives_own, MALLOC, 0},
    {"QueryInterface of the heap refuses an unknown interface with E_NOINTERFACE and null", refuses_others, MALLOC, 0},
    {"QueryInterface of the heap refuses a null out-pointer with E_POINTER", refuses_null, MALLOC, HF_CLAUSE_DEADLY},
    {"the heap is one IUnknown", has_one_identity, MALLOC, 0},
    {"AddRef and Release of the heap balance", counts_references, MALLOC, 0},
    {"QueryInterface of the heap takes a reference", query_takes_reference, MALLOC, 0},
    {"CreateMalloc makes a heap for one thread", creates_malloc, 0, 0},
    {"CreateMalloc makes a heap for all threads", creates_malloc, MALLOC_THREADSAFE, 0},
    {"CreateMalloc makes an executable heap", creates_malloc, MALLOC_EXECUTABLE, 0},
    {"CreateMalloc takes both flags together", creates_malloc, MALLOC_THREADSAFE | MALLOC_EXECUTABLE, 0},
    {"RegisterMemoryNotificationCallback accepts a callback", accepts_callback, 0, 0},
    {"RegisterMemoryNotificationCallback does not release what it is given", keeps_callback, 0, 0},
    {"GetMemoryLoad reports a percentage and bytes", tells_load, 0, 0},
    {"NeedsVirtualAddressSpace answers S_OK or E_OUTOFMEMORY", answers_need, 0, 0},
    {"AcquiredVirtualAddressSpace and ReleasedVirtualAddressSpace are accepted", hears_acquired, 0, 0},
};

const hf_clause *hf__contract_com(size_t *count)
{
    *count = HF_COUNT_OF(clauses);
    return clauses;
}
