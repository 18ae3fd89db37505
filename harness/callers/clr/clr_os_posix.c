/* SPDX-License-Identifier: MIT
 * The system under the model, on POSIX systems: images and stacks are plain private mappings that the host never saw.
 */
#include "clr_os.h"
#include <string.h>
#include <sys/mman.h>
#include "base_poison.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

static void *map(void *base, size_t size)
{
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | (base != NULL ? MAP_FIXED_NOREPLACE : 0);
    void *address = mmap(base, size, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (address == MAP_FAILED) {
        hf_set_last_error(base != NULL ? ERROR_INVALID_ADDRESS : ERROR_NOT_ENOUGH_MEMORY);
        return NULL;
    }
    /* A kernel that does not know MAP_FIXED_NOREPLACE takes the address for a wish. */
    if (base != NULL && address != base) {
        munmap(address, size);
        hf_set_last_error(ERROR_INVALID_ADDRESS);
        return NULL;
    }
    return address;
}

void *clr_os_map_image(void *base, size_t size, uint64_t contents)
{
    uint64_t *words = map(base, size);
    if (words == NULL)
        return NULL;
    for (size_t i = 0; i < size / sizeof contents; i++)
        words[i] = contents;
    mprotect(words, size, PROT_READ);
    return words;
}

void clr_os_unmap_image(void *address, size_t size)
{
    munmap(address, size);
}

void *clr_os_stack_create(size_t size)
{
    return map(NULL, size);
}

void clr_os_stack_destroy(void *stack, size_t size)
{
    if (stack != NULL)
        munmap(stack, size);
}

/* The linker's names for the ends of the executable. */
extern char __executable_start[];
extern char _end[];

void clr_os_own_image(char **base, size_t *size)
{
    *base = __executable_start;
    *size = (size_t)(_end - __executable_start);
}

void *clr_os_own_data_page(void)
{
    static _Alignas(4096) unsigned char page[4096] = {1};
    return page;
}
