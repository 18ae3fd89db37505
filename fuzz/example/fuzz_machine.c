/* SPDX-License-Identifier: MIT
 * The fuzz target: one function and one line.
 */
#include "stack_machine.h"

#include <hostfault/fuzz.h>
#include <stdio.h>

static hf_caller_end work(hf_caller_run *run)
{
    unsigned result = 0;
    char text[16];
    if (!stack_machine_run(run->manager, run->data, run->data_bytes, &result))
        return HF_CALLER_REPORTED;
    hf_result(text, (size_t)snprintf(text, sizeof text, "%u", result));
    return HF_CALLER_OK;
}

HF_FUZZ_FUNCTION(work)
