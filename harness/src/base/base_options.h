/* SPDX-License-Identifier: MIT
 * How a user's option struct is copied into ours, so that programs built with older or newer headers work.
 */
#ifndef HF_BASE_OPTIONS_H
#define HF_BASE_OPTIONS_H

#include <hostfault/error.h>

/* Both structs begin with `uint32_t struct_size`. own holds the defaults, with its own size there. given may be NULL: the defaults. If given is
 * shorter, an older header, the members that it lacks keep their defaults. If it is longer, a newer header, what we do not know must be zero.
 * HF_ERROR_ARGUMENT: it is not, or struct_size is 0 or too small to be a size. */
HF_CHECK_RESULT hf_status hf__options_import(void *own, const void *given, hf_error *err);

#endif
