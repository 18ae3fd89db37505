/* SPDX-License-Identifier: MIT
 * The JIT: compiles methods in an arena of its own into a code heap. CLR: src/jit/alloc.cpp:281, src/jit/jithost.cpp:17,
 * src/vm/dynamicmethod.cpp:407-461.
 *
 * Arena pages are asked for with MEM_COMMIT alone, without MEM_RESERVE and without an address, which a host has to understand as both. The first
 * page is kept for the next method, the others go back when the method is done.
 *
 * A method is a small stack machine's program; it is written to executable memory and run from there, so that memory which is not what the
 * host promised shows in what the program computes.
 */
#include "clr.h"
#include <string.h>
#include "base_poison.h"

#define ARENA_PAGE CLR_GRANULE
#define ARENA_PAGES_MAX 8u
#define DYNAMIC_HEAP CLR_GRANULE

typedef enum op { OP_TRAP, OP_PUSH, OP_ARGUMENT, OP_ADD, OP_MULTIPLY, OP_XOR, OP_RETURN } op;

/* A tree node of the compiler's, as large as one is. */
typedef struct node {
    struct node *next;
    op operation;
    unsigned char operand;
    unsigned char reserved[243];
} node;

typedef struct jit_arena {
    void *pages[ARENA_PAGES_MAX];
    uint32_t page_count;
    size_t used; /* of the last page */
} jit_arena;

static bool arena_page(clr_thread *thread, jit_arena *arena)
{
    clr_code_manager *code = &thread->clr->code;
    void *page = arena->page_count == 0 ? code->arena_page : NULL;
    if (page != NULL)
        code->arena_page = NULL;
    else
        page = clr_virtual_alloc(thread, NULL, ARENA_PAGE, MEM_COMMIT, PAGE_READWRITE);
    if (page == NULL || arena->page_count == ARENA_PAGES_MAX)
        return false;
    arena->pages[arena->page_count++] = page;
    arena->used = 0;
    return true;
}

static void *arena_alloc(clr_thread *thread, jit_arena *arena, size_t size)
{
    if ((arena->page_count == 0 || arena->used + size > ARENA_PAGE) && !arena_page(thread, arena))
        return NULL;
    char *memory = (char *)arena->pages[arena->page_count - 1] + arena->used;
    arena->used += size;
    return memory;
}

static void arena_clear(clr_thread *thread, jit_arena *arena)
{
    clr_code_manager *code = &thread->clr->code;
    for (uint32_t i = 0; i < arena->page_count; i++) {
        if (i == 0 && code->arena_page == NULL)
            code->arena_page = arena->pages[0];
        else
            clr_virtual_free(thread, arena->pages[i], 0, MEM_RELEASE);
    }
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Compiling: every eighth method is long enough to need more than one arena page. */
static node *import_method(clr_thread *thread, jit_arena *arena, uint32_t id)
{
    uint32_t state = id * 2654435761u + 1;
    uint32_t scratch = id % 8 == 7 ? 300 : 12;
    for (uint32_t i = 0; i < scratch; i++)
        if (arena_alloc(thread, arena, sizeof(node)) == NULL)
            return NULL;

    node *first = NULL;
    node **link = &first;
    uint32_t steps = 2 + next_random(&state) % 14;
    for (uint32_t i = 0; i < 2 * steps + 2; i++) {
        node *made = arena_alloc(thread, arena, sizeof *made);
        if (made == NULL)
            return NULL;
        made->next = NULL;
        made->operation = i == 0 ? OP_ARGUMENT : i == 2 * steps + 1 ? OP_RETURN : i % 2 == 1 ? OP_PUSH : OP_ADD + next_random(&state) % 3;
        made->operand = (unsigned char)next_random(&state);
        *link = made;
        link = &made->next;
    }
    return first;
}

static uint32_t emit(const node *first, unsigned char *code)
{
    uint32_t size = 0;
    for (const node *at = first; at != NULL && size + 2 < CLR_CODE_MAX; at = at->next) {
        code[size++] = (unsigned char)at->operation;
        if (at->operation == OP_PUSH)
            code[size++] = at->operand;
    }
    return size;
}

uint64_t clr_jit_checksum(const clr_method *method)
{
    uint64_t sum = 0xCBF29CE484222325u;
    for (uint32_t i = 0; i < method->size; i++)
        sum = (sum ^ method->code[i]) * 0x100000001B3u;
    return sum;
}

/* A dynamic method's heap is one reservation of its own, whose first commit fails with the reservation given back (460). */
static void *dynamic_code(clr_thread *thread, clr_domain *domain, size_t size)
{
    clr_code_heap *heap = clr_new(thread, sizeof *heap);
    if (heap == NULL)
        return NULL;
    char *base = clr_alloc_executable(thread, DYNAMIC_HEAP);
    size_t commit = clr_align_up(size, CLR_PAGE);
    if (base != NULL && clr_virtual_alloc(thread, base, commit, MEM_COMMIT, PAGE_EXECUTE_READWRITE) == NULL) {
        clr_virtual_free(thread, base, 0, MEM_RELEASE);
        base = NULL;
    }

    if (base == NULL) {
        clr_delete(thread, heap);
        clr_throw_out_of_memory(thread);
        return NULL;
    }
    *heap = (clr_code_heap){domain->dynamic_heaps, base, base + size, base + commit, base + DYNAMIC_HEAP, NULL};
    domain->dynamic_heaps = heap;
    return base;
}

static void *code_for(clr_thread *thread, clr_domain *domain, size_t size, clr_method_kind kind)
{
    if (kind == CLR_METHOD_DYNAMIC)
        return dynamic_code(thread, domain, size);
    /* A jump stub must be within reach of the image that jumps, the domain's newest. */
    const clr_assembly *image = kind == CLR_METHOD_JUMP_STUB ? domain->assemblies : NULL;
    clr_range within = image != NULL ? clr_code_reach(image->view, image->view_size) : (clr_range){0, 0};
    return clr_code_alloc(thread, domain, size, within);
}

static bool write_method(clr_thread *thread, clr_domain *domain, clr_method *method, clr_method_kind kind)
{
    unsigned char code[CLR_CODE_MAX];
    jit_arena arena = {0};
    node *first = import_method(thread, &arena, method->id);
    method->size = first != NULL ? emit(first, code) : 0;
    method->code = first != NULL ? code_for(thread, domain, method->size, kind) : NULL;
    if (first == NULL)
        clr_throw_out_of_memory(thread); /* CORJIT_OUTOFMEM */
    if (method->code != NULL)
        memcpy(method->code, code, method->size);
    arena_clear(thread, &arena);
    return method->code != NULL;
}

clr_method *clr_jit_compile(clr_thread *thread, clr_domain *domain, uint32_t id, clr_method_kind kind)
{
    clr_crst_enter(thread, &domain->crst);
    clr_method *method = clr_loader_heap_alloc(thread, &domain->high, sizeof *method);
    clr_crst_leave(thread, &domain->crst);
    if (method == NULL)
        return NULL;
    *method = (clr_method){.id = id};
    if (!write_method(thread, domain, method, kind))
        return NULL;
    method->checksum = clr_jit_checksum(method);
    if (kind != CLR_METHOD_DYNAMIC && domain->method_count < CLR_METHODS_MAX)
        domain->methods[domain->method_count++] = method;
    return method;
}

void clr_jit_collect_dynamic(clr_thread *thread, clr_domain *domain)
{
    clr_code_heaps_destroy(thread, domain->dynamic_heaps);
    domain->dynamic_heaps = NULL;
}

uint64_t clr_jit_execute(const clr_method *method, uint64_t argument)
{
    uint64_t top = 0;
    uint64_t pushed = 0;
    for (uint32_t at = 0; at < method->size; at++) {
        switch ((op)method->code[at]) {
        case OP_PUSH: pushed = method->code[++at]; break;
        case OP_ARGUMENT: top = argument; break;
        case OP_ADD: top += pushed; break;
        case OP_MULTIPLY: top *= pushed | 1; break;
        case OP_XOR: top ^= pushed << 17 | pushed; break;
        case OP_RETURN: return top;
        case OP_TRAP: return 0;
        }
    }
    return top;
}

void clr_jit_shutdown(clr_thread *thread)
{
    clr_code_manager *code = &thread->clr->code;
    if (code->arena_page != NULL)
        clr_virtual_free(thread, code->arena_page, 0, MEM_RELEASE);
    code->arena_page = NULL;
}
