/* SPDX-License-Identifier: MIT
 * A keeper for the tool: nothing that a program under test started outlives the tool, even if the tool is killed.
 *
 * On Linux a process's orphans go to its nearest ancestor that asked for them (PR_SET_CHILD_SUBREAPER), so this process splits in two. The first
 * half, whose number the user knows, keeps nothing but signals and the exit status; the second, its child in a process group of its own, is the tool.
 * If the tool is killed, the keeper ends what the tool left and ends as the tool did. If the keeper is killed (alone, or with its whole process
 * group), the tool gets a SIGTERM, ends its programs as for any other, and what is left at last in hf__system_keeper_finish.
 * Only whoever kills both at the same instant leaves something behind.
 *
 * On Windows the job objects of system_process end with the tool; nothing is done there.
 *
 * Threads: to be called while the process has one thread.
 */
#ifndef HF_SYSTEM_KEEPER_H
#define HF_SYSTEM_KEEPER_H

/* Returns in the tool. Everything that is buffered must have been written. Without a keeper (fork refused) the tool goes on alone. */
void hf__system_keeper_begin(void);
/* At the tool's end: if its keeper is gone, ends what programs left behind. */
void hf__system_keeper_finish(void);

#endif
