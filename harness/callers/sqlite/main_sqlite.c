/* SPDX-License-Identifier: MIT
 * bin/hf-caller-sqlite. It must hold nothing but main, so that tests can link the rest.
 */
#include "caller_sqlite.h"
#include "base_poison.h"

HF_CALLER_MAIN(hf_caller_sqlite)
