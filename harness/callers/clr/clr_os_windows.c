/* SPDX-License-Identifier: MIT
 * The system under the model, on Windows: images and stacks are memory of VirtualAlloc's that the host never saw.
 */
#include "clr_os.h"
#include "base_poison.h"

static void *map(void *base, size_t size)
{
    return VirtualAlloc(base, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
}

void *clr_os_map_image(void *base, size_t size, uint64_t contents)
{
    uint64_t *words = map(base, size);
    DWORD old = 0;
    if (words == NULL)
        return NULL;
    for (size_t i = 0; i < size / sizeof contents; i++)
        words[i] = contents;
    VirtualProtect(words, size, PAGE_READONLY, &old);
    return words;
}

void clr_os_unmap_image(void *address, size_t size)
{
    (void)size;
    VirtualFree(address, 0, MEM_RELEASE);
}

void *clr_os_stack_create(size_t size)
{
    return map(NULL, size);
}

void clr_os_stack_destroy(void *stack, size_t size)
{
    (void)size;
    if (stack != NULL)
        VirtualFree(stack, 0, MEM_RELEASE);
}

void clr_os_own_image(char **base, size_t *size)
{
    char *image = (char *)GetModuleHandleW(NULL);
    const IMAGE_DOS_HEADER *dos = (const IMAGE_DOS_HEADER *)(const void *)image;
    const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)(const void *)(image + dos->e_lfanew);
    *base = image;
    *size = headers->OptionalHeader.SizeOfImage;
}

/* A page of the image's own would be told as PAGE_WRITECOPY until it is written to, which differs from system to system. */
void *clr_os_own_data_page(void)
{
    static void *page;
    if (page == NULL)
        page = map(NULL, 4096);
    return page;
}
