/* SPDX-License-Identifier: MIT
 * A host as a fuzz target: one line.
 */
#include "quota_host.h"

#include <hostfault/fuzz.h>

HF_FUZZ_HOST(quota_host_create)
