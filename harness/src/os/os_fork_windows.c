/* SPDX-License-Identifier: MIT
 * Windows has no fork, so it has no fork points: the tool requests none, and a session that contains some is refused.
 */
#include "os_fork.h"

#include "base_poison.h"

#define NOT_HERE 120 /* ERROR_CALL_NOT_IMPLEMENTED */

hf_os_opens_end hf__os_opens_list(const hf_os_outputs *outputs, hf_os_opens *out, uint64_t *value)
{
    (void)outputs;
    out->count = 0;
    *value = 0;
    return HF_OS_OPENS_MANY;
}

bool hf__os_opens_renew(const hf_os_opens *opens, const char *const output_paths[2], int *value)
{
    (void)opens;
    (void)output_paths;
    *value = NOT_HERE;
    return false;
}

uint32_t hf__os_thread_count(void)
{
    return 0;
}

bool hf__os_has_timer(void)
{
    return false;
}

bool hf__os_has_posix_timer(void)
{
    return false;
}

int64_t hf__os_parent_id(void)
{
    return -1;
}

bool hf__os_can_clone(void)
{
    return false;
}

int64_t hf__os_clone(int32_t *pid)
{
    *pid = 0;
    return -NOT_HERE;
}

bool hf__os_clone_settle(int64_t tool_pid, const void *hidden, uint64_t hidden_bytes)
{
    (void)tool_pid;
    (void)hidden;
    (void)hidden_bytes;
    return false;
}
