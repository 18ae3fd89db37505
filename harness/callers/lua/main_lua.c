/* SPDX-License-Identifier: MIT
 * bin/hf-caller-lua. It must hold nothing but main, so that tests can link the rest.
 */
#include "caller_lua.h"
#include "base_poison.h"

HF_CALLER_MAIN(hf_caller_lua)
