/* SPDX-License-Identifier: MIT
 * os_child.h on Windows: there is no child.
 */
#include "os_child.h"

#include "base_poison.h"

void hf__os_child_begin(hf_os_death *death, void (*leaving)(uintptr_t first))
{
    (void)death;
    (void)leaving;
}

bool hf__os_child_has_threads(void)
{
    return false;
}
