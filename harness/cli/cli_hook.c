/*
 * --hook and --hook-heap as a variable of this process, which all that it starts, and looks into, has from then on.
 */
#include "cli_hook.h"
#include "base_text.h"
#include "os_system.h"
#include "os_thread.h"
#include "run_job.h"

#include "base_poison.h"

static const char *chosen = "";

void hf__cli_hook_set(const hf_cli_hook *hook)
{
    if (hook->memory || hook->heap)
        hf__os_environment_set(HF_HOOK_VARIABLE, hook->heap ? "heap" : "memory");
    const char *value = hook->heap ? "heap" : hook->memory ? "memory" : hf__os_environment(HF_HOOK_VARIABLE);
    if (value != NULL)
        chosen = hf__text_equal_string(hf__text(value), "heap") ? " --hook-heap" : " --hook";
}

const char *hf__cli_hook_text(void)
{
    return chosen;
}
