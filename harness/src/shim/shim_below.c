/* SPDX-License-Identifier: MIT
 * The upper shim of a host between two (shim_below.h).
 */
#include "shim_below.h"
#include "os_hook.h"

#include <string.h>

#include "base_poison.h"

hf_below_function *hf__shim_below;

/* The hook itself finds itself: it is below already. */
bool hf__shim_find_below(void)
{
    if (hf__shim_is_guest)
        return false;
    void *found = hf__os_hook_function(HF_BELOW_MODULE, HF_BELOW_NAME);
    if (found != NULL)
        memcpy(&hf__shim_below, &found, sizeof found);
    return found != NULL;
}

HRESULT hf__shim_run_above(hf_shim_call *call)
{
    hf_below_call told = {.version = HF_BELOW_VERSION,
                          .method = (uint32_t)call->call.method,
                          .address = call->call.address,
                          .size = call->call.size,
                          .type = call->call.type,
                          .protect = call->call.protect,
                          .pc = call->pc};
    hf__shim_below(&told);
    told.hr = call->forward(call);
    told.out = SUCCEEDED(told.hr) ? hf__shim_read_out(call) : 0;
    told.is_answered = 1;
    hf__shim_below(&told);
    return told.hr;
}
