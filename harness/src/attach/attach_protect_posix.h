/* SPDX-License-Identifier: MIT
 * PROT_ bits in Win32's terms, which is what traces hold and rules filter on.
 */
#ifndef HF_ATTACH_PROTECT_POSIX_H
#define HF_ATTACH_PROTECT_POSIX_H

#include <hostfault/hosting.h>
#include <stdint.h>
#include <sys/mman.h>

static inline uint32_t hf__attach_protect_of(int prot)
{
    /* Win32 has no page that can only be written; on x86 such a page can be read as well (mmap(2), "Notes"). */
    static const uint32_t by_bits[] = {
        [PROT_NONE] = PAGE_NOACCESS,
        [PROT_READ] = PAGE_READONLY,
        [PROT_WRITE] = PAGE_READWRITE,
        [PROT_READ | PROT_WRITE] = PAGE_READWRITE,
        [PROT_EXEC] = PAGE_EXECUTE,
        [PROT_READ | PROT_EXEC] = PAGE_EXECUTE_READ,
        [PROT_WRITE | PROT_EXEC] = PAGE_EXECUTE_READWRITE,
        [PROT_READ | PROT_WRITE | PROT_EXEC] = PAGE_EXECUTE_READWRITE,
    };
    return by_bits[prot & (PROT_READ | PROT_WRITE | PROT_EXEC)];
}

#endif
