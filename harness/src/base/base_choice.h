/* SPDX-License-Identifier: MIT
 * A choice among names, as options take one: names or shell patterns with commas between ("E_OUTOFMEMORY,E_FAIL", "Malloc.*"). Case does not matter.
 * A name that contains commas (a C++ function) is matched by a choice that equals the whole name. For the tool only.
 *
 * Threads: thread-safe.
 */
#ifndef HF_BASE_CHOICE_H
#define HF_BASE_CHOICE_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stddef.h>

/* Is `name` among those chosen? NULL chooses everything. */
bool hf__choice_has(const char *choice, const char *name);

/* Does every part of the choice match one of `names` (ended by NULL)? HF_ERROR_INPUT: names the part that does not and the nearest name: "no method
 * is called 'Maloc.Alloc'; did you mean 'Malloc.Alloc'?". what: "method". where: what lists the names, "hostfault list methods"; NULL: nothing does.
 */
HF_CHECK_RESULT hf_status hf__choice_check(const char *choice, const char *const *names, const char *what, const char *where, hf_error *err);

/* The one of `names` (ended by NULL) that is nearest to `word`, small letters like capitals; NULL if none is near enough to be meant. */
const char *hf__choice_nearest(hf_text word, const char *const *names);

#endif
