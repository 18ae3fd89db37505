/* SPDX-License-Identifier: MIT
 * bin/hf-caller-planted. It must hold nothing but main, so that tests and fuzz targets can link the rest.
 */
#include "caller_planted.h"
#include "base_poison.h"

HF_CALLER_MAIN(hf_caller_planted)
