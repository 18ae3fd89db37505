/* SPDX-License-Identifier: MIT
 * A program as Microsoft's compiler would make it: compiled for its target, with its conventions and without a C library, linked by Microsoft's kind
 * of linker against hostfault.lib. A class that derives from none of our types calls the host through its interfaces; then the suite runs over it.
 * Exit status: 42 success; otherwise the step that failed.
 */
#include <hostfault/adapt.h>
#include <hostfault/hostfault.h>

static unsigned clauses;

static void count(const char *clause, int passed, const char *got, void *user)
{
    (void)clause, (void)passed, (void)got, (void)user;
    clauses++;
}

extern "C" int start()
{
    IHostMemoryManager *host = nullptr, *manager = nullptr;
    IHostMalloc *heap = nullptr;
    void *memory = nullptr, *block = nullptr;
    if (FAILED(hf_host_create(&host)) || FAILED(hf_wrap(host, &manager)))
        return 1;
    if (FAILED(manager->VirtualAlloc(nullptr, 4096, 0x3000, 4, eTaskCritical, &memory)) || memory == nullptr)
        return 2;
    *static_cast<volatile char *>(memory) = 1;
    if (FAILED(manager->VirtualFree(memory, 0, 0x8000)))
        return 3;
    if (FAILED(manager->CreateMalloc(MALLOC_THREADSAFE, &heap)) || FAILED(heap->Alloc(100, eTaskCritical, &block)) || FAILED(heap->Free(block)))
        return 4;
    heap->Release();
    void *more = hf_adapt_malloc(100);
    if (more == nullptr || hf_adapt_size(more) != 100)
        return 5;
    hf_adapt_free(more);
    hf_adapt_end();
    hf_contract_run(manager, count, nullptr);
    return clauses > 100 ? 42 : 6;
}
