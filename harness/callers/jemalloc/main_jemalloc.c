/* SPDX-License-Identifier: MIT
 * bin/hf-caller-jemalloc. It must hold nothing but main, so that tests can link the rest.
 */
#include "caller_jemalloc.h"
#include "base_poison.h"

HF_CALLER_MAIN(hf_caller_jemalloc)
