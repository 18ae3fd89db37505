/* SPDX-License-Identifier: MIT
 * hostfault-trap: a program's mapping calls watched from outside, by the kernel's seccomp user notification. For programs that no library can be
 * loaded into, such as static ones, and for what the C library and the dynamic linker do inside themselves.
 *
 *     hostfault-trap watch|count PROGRAM ARGUMENT0 [ARGUMENT...]
 *
 * count: the program has the shim in it by other means (the preloaded library), and the supervisor only counts for its session what the kernel is
 * asked, so that what the shim does not see is known.
 *
 * The process that the tool starts becomes the program; before that it leaves behind a supervisor, which belongs to nobody, holds the session, and
 * ends with the last process that it watches. The supervisor decides each call before the kernel makes it: lets it go on, or answers it. It never
 * hears what the kernel answered.
 *
 * Threads: one.
 */
#ifndef HF_ATTACH_TRAP_POSIX_H
#define HF_ATTACH_TRAP_POSIX_H

#include "shim_call.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <sys/types.h>

/* Puts the filter before this process's calls, for good and for all that it starts. Returns the descriptor that tells of them, or -1 with errno. */
int hf__attach_trap_watch(void);

/* In the supervisor. */

/* Serves the calls that come by the descriptor, until nobody is left who could make one. counts: of the session that they are counted for; NULL: they
 * are the shim's calls here. */
void hf__attach_trap_serve(int listener, pid_t process, hf_session_control *counts);

/* Stacks and modules of the watched process, as far as they can be told from its memory (attach_trap_stack_posix.c). */
void hf__attach_trap_look_at(pid_t process);
/* The thread whose call is looked at. */
void hf__attach_trap_look_at_thread(pid_t thread);
/* Code may have come or gone. */
void hf__attach_trap_look_again(void);
/* Where the program's data end, and its break began; 0: not known. */
uint64_t hf__attach_trap_start_of_break(void);
uint32_t hf__attach_trap_take_stack(uintptr_t pc, uint64_t *addresses, uint32_t capacity);
int hf__attach_trap_module_at(uintptr_t address, hf_os_module *out);

#endif
