/*
 * --hook as a variable of this process, which all that it starts, and looks into, has from then on.
 */
#include "cli_hook.h"
#include "os_system.h"
#include "os_thread.h"
#include "run_job.h"

#include <stddef.h>

#include "base_poison.h"

static const char *chosen = "";

void hf__cli_hook_set(bool wanted)
{
    if (wanted)
        hf__os_environment_set(HF_HOOK_VARIABLE, "memory");
    if (wanted || hf__os_environment(HF_HOOK_VARIABLE) != NULL)
        chosen = " --hook";
}

const char *hf__cli_hook_text(void)
{
    return chosen;
}
