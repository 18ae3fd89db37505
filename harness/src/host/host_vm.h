/* SPDX-License-Identifier: MIT
 * Shared between the files of VirtualAlloc, VirtualFree and VirtualProtect.
 */
#ifndef HF_HOST_VM_H
#define HF_HOST_VM_H

#include "host_region.h"

/* What a caller asks for, in pages of the region it is about. */
typedef struct hf_page_range {
    uint64_t first, end;
} hf_page_range;

/* Pages of the range that are only reserved. */
uint64_t hf__host_vm_reserved_in(const hf_region *region, hf_page_range range);
/* Puts committed and reserved pages into one state; the kernel first, and all or nothing. 0 or the error. pre: locked, prepared. */
DWORD hf__host_vm_set(hf_region *region, hf_page_range range, hf_page_code code);
/* The error for what the kernel said. */
DWORD hf__host_vm_error_of(int os_code);
/* hf__host_free, saying too whether the memory was none of ours. */
DWORD hf__host_vm_free(void *address, size_t size, DWORD type, bool *is_foreign);

static inline uintptr_t hf__host_page_down(uintptr_t address)
{
    return address & ~(HF_PAGE - 1);
}
static inline uintptr_t hf__host_page_up(uintptr_t address)
{
    return (address + HF_PAGE - 1) & ~(HF_PAGE - 1);
}

#endif
