/* SPDX-License-Identifier: MIT
 * Characters that only look like spaces: errors near them name them.
 */
#ifndef HF_PLAN_SPACES_H
#define HF_PLAN_SPACES_H

#include "plan_source.h"

/* Adds an error for each such character that stands on the line of an error, or on the line before one, in front of it. first: index of the first
 * error that is the source's. */
void hf__plan_name_spaces(hf__plan_source *source, uint32_t first);

#endif
