/* SPDX-License-Identifier: MIT
 * What a process does last, in a copy of it: so it does not matter what state its heap and locks are in, and its own end stays as it was. For Linux.
 *
 * Threads: hf__os_before_death once, by the thread that attaches; hf__os_in_copy by any.
 */
#ifndef HF_OS_LAST_H
#define HF_OS_LAST_H

/* Runs `act` in a copy of this process, which ends then, and waits for that, a few seconds at most: then the copy is killed. errno stays. */
void hf__os_in_copy(void (*act)(void));
/* From now on does so before this process, a clone or what it forks dies of a signal that a mistake causes (SIGSEGV, SIGABRT...), for which the
 * program has no handler. It dies of it where it would have died. */
void hf__os_before_death(void (*act)(void));

#endif
