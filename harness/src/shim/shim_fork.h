/* SPDX-License-Identifier: MIT
 * Fork points: at a call that a point names, the process is cloned, and the clone alone takes the fault there. In the caller itself no rule ever
 * fires: its run is the clean one. Linux only.
 *
 * The clone shares with the caller: the plan, and the clone slot that the caller claimed for it. All that counts - ordinals, what has fired, the
 * host's tables - is private memory already. What it must not share (open files, stdout and stderr) it gives itself anew before anything else.
 *
 * Threads: one. A caller of several is refused, by a word in the session.
 */
#ifndef HF_SHIM_FORK_H
#define HF_SHIM_FORK_H

#include "shim_call.h"

/* At attach: joins the clone slots and lists the points. A caller that cannot have points runs on without. */
void hf__shim_fork_prepare(const char *path);
/* After detach. */
void hf__shim_fork_discard(void);

/* A call from pc that rules match, with its plan's points honoured. True: this is a clone, in which the plan of its point holds from here on. */
bool hf__shim_fork_at(hf_shim_thread *thread, uintptr_t pc, const hf_matches *matches);
/* In a clone, once: the stack of the call at which it was made. NULL ever after, and in the caller. */
const hf_shim_stack *hf__shim_fork_stack(void);

#endif
