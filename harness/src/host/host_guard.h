/* SPDX-License-Identifier: MIT
 * PAGE_GUARD: the first touch of such a page is told to the program as an access fault, once, and the page is an ordinary one from then
 * on (documented as STATUS_GUARD_PAGE_VIOLATION). On Linux that is SIGSEGV to the program's own handler, which returns to a
 * touch that now succeeds; a program without a handler dies of it, as it would on Windows.
 */
#ifndef HF_HOST_GUARD_H
#define HF_HOST_GUARD_H

#include <stdint.h>

/* Called whenever pages become guard pages. */
void hf__host_guard_watch(void);

#endif
