/* SPDX-License-Identifier: MIT
 * Importing option structs.
 */
#include "base_options.h"
#include "base_error.h"

#include <string.h>

#include "base_poison.h"

hf_status hf__options_import(void *own, const void *given, hf_error *err)
{
    uint32_t own_bytes = 0, given_bytes = 0;
    if (given == NULL)
        return HF_OK;
    memcpy(&own_bytes, own, sizeof own_bytes);
    memcpy(&given_bytes, given, sizeof given_bytes);
    if (given_bytes <= sizeof given_bytes)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "options with struct_size %u: initialize them with the header's ..._OPTIONS_INIT", given_bytes);

    const unsigned char *bytes = given;
    for (uint32_t i = own_bytes; i < given_bytes; i++) {
        if (bytes[i] != 0)
            return HF_FAIL(err, HF_ERROR_ARGUMENT, "the options set members that this version (%u bytes of options) does not have", own_bytes);
    }
    memcpy(own, given, given_bytes < own_bytes ? given_bytes : own_bytes);
    memcpy(own, &own_bytes, sizeof own_bytes);
    return HF_OK;
}
