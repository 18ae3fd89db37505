/* SPDX-License-Identifier: MIT
 * Clauses about IHostMalloc. Its documentation promises neither zeroed memory nor an alignment, so the suite asks for no more than every system heap
 * gives: pointers fit for any type. Clauses that pass foreign pointers are deadly for a host that forwards them to its system's heap.
 */
#include "contract.h"
#include "base_check.h"
#include "os_memory.h"

#include <string.h>

#include "base_poison.h"

/* Of 64 bits half will do; of 32 bits a 64-bit kernel gives a program nearly all. */
#define MORE_THAN_THERE_IS (sizeof(void *) == 8 ? SIZE_MAX / 2 : SIZE_MAX - ((size_t)1 << 20))

/* A block that is freed at the end; NULL and a failed clause if there is none. */
static char *allocate(hf_contract *c, size_t size)
{
    void *block = NULL;
    if (!hf__contract_expect(c, c->heap != NULL, "CreateMalloc gave no object"))
        return NULL;
    HRESULT hr = c->heap->lpVtbl->Alloc(c->heap, size, eTaskCritical, &block);
    if (!hf__contract_expect_ok(c, hr, "Alloc") || !hf__contract_expect(c, block != NULL, "S_OK and a null block"))
        return NULL;
    if (c->block_count < HF_CONTRACT_TAKEN_MAX)
        c->blocks[c->block_count++] = block;
    return block;
}

static bool fill(hf_contract *c, char *block, size_t size, int value)
{
    bool can = block != NULL && hf__contract_can(block, size, HF_ACCESS_READ | HF_ACCESS_WRITE);
    hf__contract_expect(c, can, "the block cannot be written");
    if (can)
        memset(block, value, size);
    return can;
}

static void gives_size(hf_contract *c, size_t size)
{
    char *block = allocate(c, size);
    if (block == NULL || !fill(c, block, size, 0x5A))
        return;
    hf__contract_expect(c, block[0] == 0x5A && block[size - 1] == 0x5A, "it does not keep what was written");
    hf__contract_expect(c, (uintptr_t)block % (size < 16 ? 8 : 16) == 0, "the block is at %p", (void *)block);
}

static void gives_zero_size(hf_contract *c, size_t row)
{
    (void)row;
    const char *first = allocate(c, 0);
    const char *second = allocate(c, 0);
    hf__contract_expect(c, first != second || first == NULL, "two blocks of size 0 have one address");
}

static void keeps_blocks_apart(hf_contract *c, size_t row)
{
    char *blocks[HF_CONTRACT_TAKEN_MAX];
    (void)row;
    for (unsigned i = 0; i < HF_CONTRACT_TAKEN_MAX; i++) {
        blocks[i] = allocate(c, 40 + i);
        if (blocks[i] == NULL || !fill(c, blocks[i], 40 + i, (int)i))
            return;
    }
    for (unsigned i = 0; i < HF_CONTRACT_TAKEN_MAX; i++)
        hf__contract_expect(c, blocks[i][0] == (char)i && blocks[i][39 + i] == (char)i, "block %u was overwritten by another", i);
}

static void serves_level(hf_contract *c, size_t level)
{
    void *block = NULL;
    if (!hf__contract_expect(c, c->heap != NULL, "CreateMalloc gave no object"))
        return;
    HRESULT hr = c->heap->lpVtbl->Alloc(c->heap, 64, (EMemoryCriticalLevel)level, &block);
    if (hf__contract_expect_ok(c, hr, "Alloc") && hf__contract_expect(c, block != NULL, "S_OK and a null block"))
        hf__contract_expect_ok(c, c->heap->lpVtbl->Free(c->heap, block), "Free");
}

static void debug_alloc_serves(hf_contract *c, size_t row)
{
    char name[] = "contract.c";
    void *block = NULL;
    if (!hf__contract_expect(c, c->heap != NULL, "CreateMalloc gave no object"))
        return;
    HRESULT hr = c->heap->lpVtbl->DebugAlloc(c->heap, 64, eTaskCritical, name, (int)row, &block);
    if (!hf__contract_expect_ok(c, hr, "DebugAlloc") || !hf__contract_expect(c, block != NULL, "S_OK and a null block"))
        return;
    fill(c, block, 64, 1);
    hf__contract_expect_ok(c, c->heap->lpVtbl->Free(c->heap, block), "Free");
}

static void fails_with_null(hf_contract *c, size_t size)
{
    void *block = (void *)(uintptr_t)1;
    if (!hf__contract_expect(c, c->heap != NULL, "CreateMalloc gave no object"))
        return;
    HRESULT hr = c->heap->lpVtbl->Alloc(c->heap, size, eTaskCritical, &block);
    hf__contract_expect_failure(c, hr, "Alloc");
    hf__contract_expect(c, block == NULL, "the out-parameter holds %p", block);
}

static void debug_alloc_fails_with_null(hf_contract *c, size_t size)
{
    char name[] = "contract.c";
    void *block = (void *)(uintptr_t)1;
    if (!hf__contract_expect(c, c->heap != NULL, "CreateMalloc gave no object"))
        return;
    HRESULT hr = c->heap->lpVtbl->DebugAlloc(c->heap, size, eTaskCritical, name, 1, &block);
    hf__contract_expect_failure(c, hr, "DebugAlloc");
    hf__contract_expect(c, block == NULL, "the out-parameter holds %p", block);
}

static void takes_back(hf_contract *c, size_t size)
{
    char *block = allocate(c, size);
    if (block == NULL)
        return;
    c->blocks[--c->block_count] = NULL;
    hf__contract_expect_ok(c, c->heap->lpVtbl->Free(c->heap, block), "Free");
    char *again = allocate(c, size);
    if (again != NULL)
        fill(c, again, size, 2);
}

/* The CLR does hand it null (coreclr hosting.cpp:658-668) and goes on whatever comes back. */
static void survives_null(hf_contract *c, size_t row)
{
    (void)row;
    if (!hf__contract_expect(c, c->heap != NULL, "CreateMalloc gave no object"))
        return;
    (void)c->heap->lpVtbl->Free(c->heap, NULL);
    char *block = allocate(c, 32);
    if (block != NULL)
        fill(c, block, 32, 3);
}

static void is_not_virtual_memory(hf_contract *c, size_t row)
{
    (void)row;
    char *block = allocate(c, 100);
    if (block == NULL)
        return;
    hf__contract_expect_failure(c, c->manager->lpVtbl->VirtualFree(c->manager, block, 0, MEM_RELEASE), "VirtualFree of a block");
    fill(c, block, 100, 4);
}

static void refuses_foreign(hf_contract *c, void *memory)
{
    if (!hf__contract_expect(c, c->heap != NULL, "CreateMalloc gave no object"))
        return;
    HRESULT hr = c->heap->lpVtbl->Free(c->heap, memory);
    hf__contract_expect(c, hr == HOST_E_INVALIDOPERATION, "Free returned 0x%08X, not HOST_E_INVALIDOPERATION", (unsigned)hr);
}

static void refuses_stack(hf_contract *c, size_t row)
{
    char here[64] = {(char)row};
    refuses_foreign(c, here + 16);
}

static void refuses_static(hf_contract *c, size_t row)
{
    static char memory[64];
    (void)row;
    refuses_foreign(c, memory + 16);
}

static const hf_clause clauses[] = {
    {"Alloc gives one byte", gives_size, 1, 0},
    {"Alloc gives 24 bytes", gives_size, 24, 0},
    {"Alloc gives 4096 bytes", gives_size, 4096, 0},
    {"Alloc gives 100000 bytes", gives_size, 100000, 0},
    {"Alloc gives 3 MiB", gives_size, 3u << 20, 0},
    {"Alloc gives a pointer for size 0, another each time", gives_zero_size, 0, 0},
    {"blocks do not overlap", keeps_blocks_apart, 0, 0},
    {"Alloc serves eTaskCritical", serves_level, eTaskCritical, 0},
    {"Alloc serves eAppDomainCritical", serves_level, eAppDomainCritical, 0},
    {"Alloc serves eProcessCritical", serves_level, eProcessCritical, 0},
    {"DebugAlloc gives a block", debug_alloc_serves, 17, 0},
    {"Alloc of more than is available fails with null", fails_with_null, MORE_THAN_THERE_IS, 0},
    {"Alloc of nearly SIZE_MAX bytes fails with null", fails_with_null, SIZE_MAX - 8, 0},
    {"DebugAlloc of more than is available fails with null", debug_alloc_fails_with_null, MORE_THAN_THERE_IS, 0},
    {"Free takes a small block back", takes_back, 48, 0},
    {"Free takes a large block back", takes_back, 1u << 20, 0},
    {"Free of null leaves the heap usable", survives_null, 0, HF_CLAUSE_DEADLY},
    {"the manager refuses to release a heap block", is_not_virtual_memory, 0, HF_CLAUSE_DEADLY},
    {"Free of a stack address gives HOST_E_INVALIDOPERATION", refuses_stack, 1, HF_CLAUSE_DEADLY},
    {"Free of static memory gives HOST_E_INVALIDOPERATION", refuses_static, 0, HF_CLAUSE_DEADLY},
};

const hf_clause *hf__contract_heap(size_t *count)
{
    *count = HF_COUNT_OF(clauses);
    return clauses;
}
