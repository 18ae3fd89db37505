/* SPDX-License-Identifier: MIT
 * PAGE_GUARD: the first access to such a page raises an access fault in the program, once; after that the page is an ordinary one (documented as
 * STATUS_GUARD_PAGE_VIOLATION). On Linux the fault is a SIGSEGV to the program's own handler, which returns to an access that now succeeds. A program
 * without a handler dies of it, as on Windows.
 */
#ifndef HF_HOST_GUARD_H
#define HF_HOST_GUARD_H

#include <stdint.h>

/* Called whenever pages become guard pages. */
void hf__host_guard_watch(void);

#endif
