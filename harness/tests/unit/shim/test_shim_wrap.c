/* SPDX-License-Identifier: MIT
 * Wrapping: no session means no wrapper, an empty plan means no difference, identity and counts are those of COM.
 */
#include "fake_host.h"
#include "hf_rows.h"

TestSuite(shim_wrap, .timeout = 120);

Test(shim_wrap, without_a_session_the_object_itself_comes_back)
{
    IHostMemoryManager *got = NULL;
    cr_assert(eq(int, hf_wrap(fake_manager(), &got), S_OK));
    cr_assert(eq(ptr, got, fake_manager()));
}

Test(shim_wrap, null_is_refused)
{
    IHostMemoryManager *got = fake_manager();
    cr_assert(eq(int, hf_wrap(NULL, &got), E_POINTER));
    cr_assert(eq(ptr, got, NULL));
    cr_assert(eq(int, hf_wrap(fake_manager(), NULL), E_POINTER));
}

static IHostMemoryManager *wrap_empty(void)
{
    IHostMemoryManager *got = NULL;
    cr_assert(eq(int, hf_attach_plan(NULL, 0, 1 << 20, NULL), HF_OK));
    cr_assert(eq(int, hf_wrap(fake_manager(), &got), S_OK));
    cr_assert(ne(ptr, got, fake_manager()));
    return got;
}

static const hf_method every_method[] = {
    HF_METHOD_CREATE_MALLOC,
    HF_METHOD_VIRTUAL_ALLOC,
    HF_METHOD_VIRTUAL_FREE,
    HF_METHOD_VIRTUAL_QUERY,
    HF_METHOD_VIRTUAL_PROTECT,
    HF_METHOD_GET_MEMORY_LOAD,
    HF_METHOD_REGISTER_NOTIFICATION,
    HF_METHOD_NEEDS_ADDRESS_SPACE,
    HF_METHOD_ACQUIRED_ADDRESS_SPACE,
    HF_METHOD_RELEASED_ADDRESS_SPACE,
    HF_METHOD_MALLOC_ALLOC,
    HF_METHOD_MALLOC_DEBUG_ALLOC,
    HF_METHOD_MALLOC_FREE,
};

HF_ROWS(shim_wrap, empty_plan_passes_the_hosts_failure_on, every_method)
{
    IHostMemoryManager *got = wrap_empty();
    uint64_t out = 0;
    IHostMalloc *heap = NULL;
    got->lpVtbl->CreateMalloc(got, 0, &heap);
    hf_method method = every_method[*number];
    bool on_heap = method == HF_METHOD_MALLOC_ALLOC || method == HF_METHOD_MALLOC_DEBUG_ALLOC || method == HF_METHOD_MALLOC_FREE;
    fake.answer = on_heap ? S_OK : E_ACCESSDENIED;
    cr_assert(eq(int, call_method(got, fake_control(), method, &out), fake.answer), "%s", hf__model_method(method)->name);
    cr_assert(eq(uint, hf_fired(), 0));
}

Test(shim_wrap, arguments_are_forwarded_unchanged)
{
    IHostMemoryManager *got = wrap_empty();
    void *out = NULL;
    got->lpVtbl->VirtualAlloc(got, (void *)0x123457, 0x987, 0xABCD1000u, 0x40000104u, (EMemoryCriticalLevel)77, &out);
    cr_assert(eq(u64, fake.address, 0x123457));
    cr_assert(eq(u64, fake.size, 0x987));
    cr_assert(eq(uint, fake.type, 0xABCD1000u));
    cr_assert(eq(uint, fake.protect, 0x40000104u));
    cr_assert(eq(uint, fake.level, 77));
    cr_assert(eq(ptr, out, fake.block));
}

Test(shim_wrap, counts_are_the_inner_objects)
{
    IHostMemoryManager *got = wrap_empty();
    cr_assert(eq(uint, got->lpVtbl->AddRef(got), 7));
    cr_assert(eq(uint, got->lpVtbl->Release(got), 7));
}

Test(shim_wrap, query_interface_for_itself_gives_the_wrapper)
{
    IHostMemoryManager *got = wrap_empty();
    void *same = NULL;
    cr_assert(eq(int, got->lpVtbl->QueryInterface(got, &HF_IID_IHostMemoryManager, &same), S_OK));
    cr_assert(eq(ptr, same, got));
    cr_assert(eq(int, got->lpVtbl->QueryInterface(got, &HF_IID_IHostMalloc, &same), E_NOINTERFACE));
    cr_assert(eq(ptr, same, NULL));
}

Test(shim_wrap, same_inner_gives_the_same_wrapper)
{
    IHostMemoryManager *first = wrap_empty();
    IHostMemoryManager *second = NULL;
    hf_wrap(fake_manager(), &second);
    cr_assert(eq(ptr, first, second));
}

Test(shim_wrap, manager_from_a_wrapped_control_is_wrapped)
{
    cr_assert(eq(int, hf_attach_plan(NULL, 0, 1 << 20, NULL), HF_OK));
    IHostControl *control = NULL;
    hf_wrap_control(fake_control(), &control);
    IHostMemoryManager *got = NULL;
    cr_assert(eq(int, control->lpVtbl->GetHostManager(control, &HF_IID_IHostMemoryManager, (void **)&got), S_OK));
    cr_assert(ne(ptr, got, fake_manager()));
}

Test(shim_wrap, after_detach_everything_is_forwarded)
{
    IHostMemoryManager *got = wrap_empty();
    hf_detach(NULL, NULL);
    uint64_t out;
    cr_assert(eq(int, call_method(got, fake_control(), HF_METHOD_VIRTUAL_ALLOC, &out), S_OK));
    cr_assert(eq(ptr, (void *)(uintptr_t)out, fake.block));
}
