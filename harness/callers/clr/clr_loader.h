/* SPDX-License-Identifier: MIT
 * The runtime's memory beside the collected heap: loader heaps, code heaps, the JIT's arena, the cache-line allocator, mapped images, and the
 * domains that own them.
 *
 * Functions that throw give NULL or false and leave an exception pending on the thread.
 *
 * Threads: a domain's heaps are under its own critical section; the code manager under its own.
 */
#ifndef CLR_LOADER_H
#define CLR_LOADER_H

#include <hostfault/hosting.h>
#include <stdbool.h>

struct clr_thread;

/* clr_search.c. A stretch of address space, ends included in neither sense but C's: [low, high). */
typedef struct clr_range {
    uintptr_t low, high;
} clr_range;
void *clr_alloc_within_range(struct clr_thread *thread, clr_range range, size_t size, DWORD protect);
void *clr_alloc_executable(struct clr_thread *thread, size_t size);

/* clr_loader_heap.c */
typedef struct clr_loader_block {
    struct clr_loader_block *next;
    char *base;
    size_t size;
} clr_loader_block;
typedef struct clr_loader_heap {
    clr_loader_block *blocks; /* reservations of its own, newest first */
    char *next, *committed, *reserved;
    bool executable;
    uint64_t given; /* bytes handed out */
} clr_loader_heap;
/* Begins with a reservation that belongs to somebody else; NULL: none. */
void clr_loader_heap_init(clr_loader_heap *heap, bool executable, char *reserved, size_t size);
void *clr_loader_heap_alloc(struct clr_thread *thread, clr_loader_heap *heap, size_t size);
void clr_loader_heap_destroy(struct clr_thread *thread, clr_loader_heap *heap);

/* clr_code_heap.c */
typedef struct clr_code_heap {
    struct clr_code_heap *next;
    char *base, *next_code, *committed, *end;
    uint32_t *nibbles; /* from a loader heap, relied on to be zero */
} clr_code_heap;
typedef struct clr_jump_reserve {
    struct clr_jump_reserve *next;
    char *base;
    size_t size, free;
} clr_jump_reserve;
typedef struct clr_code_manager {
    clr_crst crst;
    clr_range preferred; /* what a 32-bit displacement reaches from the runtime's own image */
    uintptr_t hint;      /* 0: dropped */
    clr_jump_reserve *reserves;
    void *arena_page; /* the JIT's cached first page */
} clr_code_manager;
void clr_code_init(clr_code_manager *code);
/* What a 32-bit displacement reaches from everywhere in an image. */
clr_range clr_code_reach(const char *image, size_t size);
/* Room for code; in `within` if its high end is not 0. Throws. */
void *clr_code_alloc(struct clr_thread *thread, clr_domain *domain, size_t size, clr_range within);
void clr_code_ensure_jump_reserve(struct clr_thread *thread, char *image, size_t image_size, size_t size);
void clr_code_heaps_destroy(struct clr_thread *thread, clr_code_heap *heaps);

/* clr_jit.c */
#define CLR_CODE_MAX 96u
typedef struct clr_method {
    uint32_t id;
    uint32_t size;
    unsigned char *code;
    uint64_t checksum; /* of the code when it was written */
} clr_method;
typedef enum clr_method_kind { CLR_METHOD_ORDINARY, CLR_METHOD_DYNAMIC, CLR_METHOD_JUMP_STUB } clr_method_kind;
/* Compiles method `id` of a domain; NULL with an exception pending. */
clr_method *clr_jit_compile(struct clr_thread *thread, clr_domain *domain, uint32_t id, clr_method_kind kind);
/* Runs the code. */
uint64_t clr_jit_execute(const clr_method *method, uint64_t argument);
/* A dynamic method goes away with its heap. */
void clr_jit_collect_dynamic(struct clr_thread *thread, clr_domain *domain);
uint64_t clr_jit_checksum(const clr_method *method);
/* The runtime stops: the JIT gives its cached page back. */
void clr_jit_shutdown(struct clr_thread *thread);

/* clr_image.c */
#define CLR_IMAGES 4u
typedef struct clr_image {
    void *preferred; /* where it was first mapped, which stands for the base it was linked for */
    uint32_t mapped; /* how many views there are */
} clr_image;
typedef struct clr_assembly {
    struct clr_assembly *next;
    uint32_t image;
    char *view;
    size_t view_size;
    bool relocated;
    void *metadata;
    size_t metadata_size;
    void *module; /* in the domain's loader heap */
} clr_assembly;
clr_assembly *clr_assembly_load(struct clr_thread *thread, clr_domain *domain, uint32_t image);
void clr_assemblies_destroy(struct clr_thread *thread, clr_assembly *assemblies);
/* The process ends: the system takes the views back, the host hears nothing. */
void clr_assemblies_unmap(clr_assembly *assemblies);
uint64_t clr_assembly_sum(const clr_assembly *assembly);
/* Maps a view as CLRMapViewOfFileEx does; NULL with the last error set. */
void *clr_map_view(struct clr_thread *thread, uint32_t image, void *base);

/* clr_cache_line.c */
typedef struct clr_cache_page {
    struct clr_cache_page *next;
    char *page;
} clr_cache_page;
typedef struct clr_cache_lines {
    clr_crst crst;
    clr_cache_page *pages;
    uint32_t lines_left;
} clr_cache_lines;
void *clr_cache_line_alloc(struct clr_thread *thread, clr_cache_lines *lines);

/* clr_domain.c */
#define CLR_METHODS_MAX 320u
struct clr_domain {
    uint32_t id;
    bool is_default;
    bool unloaded;
    clr_crst crst;
    char *initial; /* one reservation for the first blocks of its heaps */
    char *stubs;   /* the stub manager's */
    clr_loader_heap low, high, stub;
    clr_code_heap *code_heaps, *dynamic_heaps;
    clr_assembly *assemblies;
    clr_method *methods[CLR_METHODS_MAX];
    uint32_t method_count;
};
clr_domain *clr_domain_create(struct clr_thread *thread, bool is_default);
/* Gives back all a domain has. The default domain is never unloaded. */
void clr_domain_unload(struct clr_thread *thread, clr_domain *domain);

#endif
