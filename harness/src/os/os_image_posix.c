/* SPDX-License-Identifier: MIT
 * Asks the dynamic linker, by whichever function this C library has. The newer function is a weak reference, so a library built with a new glibc also
 * loads with an old one.
 */
#include "os_image_posix.h"

#include <dlfcn.h>
#include <elf.h>
#include <string.h>

#include "base_poison.h"

typedef struct image_search {
    uintptr_t address;
    hf__os_image *out;
} image_search;

static int is_searched(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    image_search *search = user;
    hf__os_image image = {.start = UINTPTR_MAX, .bias = info->dlpi_addr, .name = info->dlpi_name, .headers = info->dlpi_phdr};
    image.header_count = info->dlpi_phnum;

    for (unsigned i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + header->p_vaddr, end = start + header->p_memsz;
        if (header->p_type != PT_LOAD)
            continue;
        image.start = start < image.start ? start : image.start;
        image.end = end > image.end ? end : image.end;
    }

    if (search->address < image.start || search->address >= image.end)
        return 0;
    *search->out = image;
    return 1;
}

bool hf__os_image_search(uintptr_t address, hf__os_image *out)
{
    image_search search = {.address = address, .out = out};
    return dl_iterate_phdr(is_searched, &search) != 0;
}

#if defined(DLFO_STRUCT_HAS_EH_DBASE) /* dlfcn.h of glibc since 2.35 */
/* A second declaration, which makes the reference weak: glibc before 2.35 does not have the function.
 * NOLINTNEXTLINE(readability-redundant-declaration) */
extern __typeof__(_dl_find_object) _dl_find_object __attribute__((weak));

bool hf__os_image_at(uintptr_t address, hf__os_image *out)
{
    struct dl_find_object found;
    if (_dl_find_object == NULL)
        return hf__os_image_search(address, out);
    if (_dl_find_object((void *)address, &found) != 0)
        return false;
    const ElfW(Ehdr) *file = found.dlfo_map_start;
    *out = (hf__os_image){.start = (uintptr_t)found.dlfo_map_start, .end = (uintptr_t)found.dlfo_map_end, .bias = found.dlfo_link_map->l_addr};
    out->name = found.dlfo_link_map->l_name;
    if (memcmp(file->e_ident, ELFMAG, SELFMAG) == 0) {
        out->headers = (const ElfW(Phdr) *)(const void *)((const char *)file + file->e_phoff);
        out->header_count = file->e_phnum;
    }
    return true;
}
#else
bool hf__os_image_at(uintptr_t address, hf__os_image *out)
{
    return hf__os_image_search(address, out);
}
#endif
