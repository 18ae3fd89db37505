/* SPDX-License-Identifier: MIT
 * The executable of the caller `clr`; the model itself is linked by tests too.
 */
#include "clr.h"

extern const hf_caller clr_caller;

HF_CALLER_MAIN(clr_caller)
