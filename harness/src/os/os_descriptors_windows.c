/* SPDX-License-Identifier: MIT
 * No descriptors to list.
 */
#include "os_descriptors.h"

bool hf__os_descriptors_each(bool (*each)(int descriptor, void *user), void *user)
{
    (void)each;
    (void)user;
    return false;
}

hf_os_descriptor_kind hf__os_descriptor_describe(int descriptor, char *what, size_t capacity)
{
    (void)descriptor;
    if (capacity > 0)
        what[0] = '\0';
    return HF_OS_DESCRIPTOR_OTHER;
}

bool hf__os_descriptor_has_stream(int descriptor)
{
    (void)descriptor;
    return false;
}
