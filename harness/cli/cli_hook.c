/* SPDX-License-Identifier: MIT
 * --hook as a variable of this process, which every process it starts inherits.
 */
#include "cli_hook.h"
#include "system_machine.h"
#include "system_process.h"
#include "os_thread.h"
#include "report_command.h"
#include "run_attach.h"
#include "run_job.h"

#include <stddef.h>
#include <string.h>

#include "base_poison.h"

static const char *chosen = "";

void hf__cli_hook_set(bool wanted, bool follows)
{
    if (wanted || follows)
        hf__system_environment_set(HF_HOOK_VARIABLE, follows ? HF_HOOK_CHILDREN : HF_HOOK_MEMORY);
    const char *value = hf__os_environment(HF_HOOK_VARIABLE);
    if (value != NULL)
        chosen = strcmp(value, HF_HOOK_CHILDREN) == 0 ? (hf__system_has_hooks() ? " --hook --follow-children" : " --follow-children") : " --hook";
}

const char *hf__cli_hook_text(void)
{
    return chosen;
}

void hf__cli_attach_set(const char *how)
{
    if (how == NULL)
        return;
    hf__system_environment_set(HF_ATTACH_VARIABLE, how);
    hf__report_command_add("--attach", how);
}

void hf__cli_steady_set(bool wanted)
{
    if (!wanted)
        return;
    hf__system_environment_set(HF_STEADY_VARIABLE, "on");
    chosen = " --steady";
}
