/* SPDX-License-Identifier: MIT
 * The choice on Windows: programs are linked with the shim, unless --hook says otherwise.
 */
#include "run_attach.h"
#include "base_error.h"

#include "base_poison.h"

hf_status hf__run_attach_choose(const char *program, const char *const *environment, const char *wanted, hf__run_attach_choice *out, hf_error *err)
{
    (void)program;
    (void)environment;
    *out = (hf__run_attach_choice){.how = HF_ATTACH_LINKED};
    return wanted == NULL ? HF_OK
                          : HF_FAIL(err, HF_ERROR_INPUT, "--attach is for Linux; on Windows --hook puts the shim under an unmodified program");
}

hf_status hf__run_attach_library(hf__run_attach_part part, char **out, hf_error *err)
{
    (void)part;
    *out = NULL;
    return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no library is preloaded on Windows");
}
