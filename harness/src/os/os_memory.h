/* SPDX-License-Identifier: MIT
 * Pages of the process, as the host and the shim need them. Sizes and addresses are multiples of hf__os_page_size() throughout.
 * Nothing here allocates from the heap or takes a lock. Functions that can fail give 0 or the system's error code.
 *
 * Threads: thread-safe, signal-safe.
 */
#ifndef HF_OS_MEMORY_H
#define HF_OS_MEMORY_H

#include <hostfault/hosting.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What may be done with a page. */
typedef enum hf_access { HF_ACCESS_NONE = 0, HF_ACCESS_READ = 1, HF_ACCESS_WRITE = 2, HF_ACCESS_EXECUTE = 4 } hf_access;

size_t hf__os_page_size(void);
/* Last address (inclusive) that a reservation may have, as Windows tells: 0x7FFFFFFEFFFF on 64-bit. */
uintptr_t hf__os_highest_address(void);

/* Takes address space without memory or access. address NULL: anywhere, base a multiple of `alignment` (a power of two); else exactly there,
 * failing with EEXIST if any of it is in use. top_down: as high as there is room. On Linux: mmap PROT_NONE, MAP_NORESERVE, MAP_FIXED_NOREPLACE. */
int hf__os_reserve(void *address, size_t size, size_t alignment, bool top_down, void **out);
/* The same and usable at once, as by hf__os_commit of all of it. */
int hf__os_reserve_committed(void *address, size_t size, size_t alignment, bool top_down, unsigned access, void **out);
/* Makes pages of a reservation usable; fresh ones read as zero. */
int hf__os_commit(void *address, size_t size, unsigned access);
/* Takes memory and access away, keeps the address space. pre: inside one reservation. Atomic on Linux: one mmap over it. */
int hf__os_decommit(void *address, size_t size);
int hf__os_protect(void *address, size_t size, unsigned access);
/* Gives address space back. */
int hf__os_release(void *address, size_t size);
/* Tells the system that the contents are not needed soon (MEM_RESET). They stay: what a run sees must not depend on how busy the system is,
 * and MEM_RESET_UNDO can then always keep its promise. On Linux MADV_COLD. */
int hf__os_reset(void *address, size_t size);

/* One stretch of the process's memory map, by address, from the kernel: for VirtualQuery of memory that is not the host's. */
typedef enum hf_map_kind { HF_MAP_FREE, HF_MAP_PRIVATE, HF_MAP_FILE, HF_MAP_IMAGE } hf_map_kind;
typedef struct hf_map_entry {
    uintptr_t base, end;               /* of the stretch with one access that holds the address; for HF_MAP_FREE from the address's page on */
    uintptr_t object_base, object_end; /* of the whole mapping of that file or image it belongs to; base and end otherwise */
    unsigned access;                   /* HF_ACCESS_ bits */
    bool is_shared;                    /* written pages go to the file, or to other processes */
    hf_map_kind kind;                  /* HF_MAP_IMAGE: a loaded ELF file; all its segments belong to it, the zeroed one as well */
} hf_map_entry;
/* Reads the map without heap. 0 or an error code. On Linux /proc/self/maps: asked for one address since 6.11, read as text before. */
int hf__os_map_at(uintptr_t address, hf_map_entry *out);

/* The first mapping that is writable and shared with other processes and lies in none of the known stretches; 0: there is none. An error code if the
 * map cannot be read. */
typedef struct hf_os_stretch {
    const void *address;
    uint64_t size_bytes;
} hf_os_stretch;
int hf__os_shared_mapping(const hf_os_stretch *known, size_t count, uintptr_t *out);

/* Physical memory: percent in use and bytes available (Linux: sysinfo and /proc/meminfo). */
void hf__os_memory_load(uint32_t *percent, uint64_t *available_bytes);

/* What the system could commit in all: memory and page file (swap). */
uint64_t hf__os_commit_limit(void);

/* Private zeroed pages for the shim's own tables, not inherited by a raw clone's cost: MADV_DONTDUMP. NULL on failure. */
void *hf__os_pages(size_t size);
/* The same, and reads as zero in a forked child (MADV_WIPEONFORK): how a child learns that it is one. */
void *hf__os_pages_wiped_on_fork(size_t size);
/* Zeroed pages that a forked child and this process see alike, given back in the same way. On Windows, which has no fork, as hf__os_pages. */
void *hf__os_pages_shared(size_t size);
void hf__os_pages_free(void *address, size_t size);

#endif
