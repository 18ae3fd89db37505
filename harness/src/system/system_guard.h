/* SPDX-License-Identifier: MIT
 * Mapped files that somebody else cuts. For the tool only: the process under test keeps its own SIGBUS.
 *
 * A session is mapped by the program under test and by the tool. When the program cuts the file, the tool's next look at a page behind the new end
 * would end the tool (SIGBUS). Once guarded, such a page reads as zeros instead, and what is written to it is lost; whoever uses the mapping asks
 * afterwards whether that happened.
 *
 * On Windows a file that is mapped cannot be cut: nothing is done there.
 *
 * Threads: thread-safe.
 */
#ifndef HF_SYSTEM_GUARD_H
#define HF_SYSTEM_GUARD_H

#include <stdint.h>

/* Guards every mapping of this process from now on. Fine twice. A SIGBUS that has another reason goes where it went before. */
void hf__system_guard_begin(void);
/* How many pages were found to be cut off so far. */
uint32_t hf__system_guard_losses(void);

#endif
