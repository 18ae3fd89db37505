/* SPDX-License-Identifier: MIT
 * See the header: JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE does it (system_process_windows.c). Must do nothing.
 */
#include "system_keeper.h"

#include "base_poison.h"

void hf__system_keeper_begin(void)
{
}

void hf__system_keeper_finish(void)
{
}
