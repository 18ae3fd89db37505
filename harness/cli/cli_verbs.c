/* SPDX-License-Identifier: MIT
 * The verbs as a table, in the order of cli_verbs.h.
 */
#include "cli_verbs.h"

#include <string.h>

#include "base_poison.h"

const hf_cli_verb *const hf__cli_verbs[] = {
#define HF_CLI_VERB(name) &hf__cmd_##name,
    HF_CLI_VERBS
#undef HF_CLI_VERB
        NULL,
};

const hf_cli_verb *hf__cli_verb_by_name(const char *name)
{
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++)
        if (strcmp((*verb)->name, name) == 0)
            return *verb;
    return NULL;
}
