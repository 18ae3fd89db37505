/* SPDX-License-Identifier: MIT
 * Memory over a file without a name: not on Windows, where a working set is cut by the system itself.
 */
#include "os_spill.h"

#include <windows.h>

#include "base_poison.h"

int hf__os_spill_create(const char *folder, size_t size_bytes, hf_os_spill *out)
{
    (void)folder;
    (void)size_bytes;
    (void)out;
    return ERROR_NOT_SUPPORTED;
}

int hf__os_spill_resize(hf_os_spill *spill, size_t size_bytes)
{
    (void)spill;
    (void)size_bytes;
    return ERROR_NOT_SUPPORTED;
}

void hf__os_spill_rest(const hf_os_spill *spill)
{
    (void)spill;
}

void hf__os_spill_release(hf_os_spill *spill)
{
    (void)spill;
}
