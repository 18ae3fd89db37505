/* SPDX-License-Identifier: MIT
 * Watching how a process dies, from outside, through ptrace: for system_process_posix.c alone.
 *
 * The process runs as it would without: it is stopped only where a signal reaches it, where it makes a thread and where a thread ends, and goes on
 * with just what it was to get. It must never be told anything else.
 *
 * Threads: the thread that attached makes all other calls.
 */
#ifndef HF_SYSTEM_TRACER_POSIX_H
#define HF_SYSTEM_TRACER_POSIX_H

#include "system_process.h"

#include <sys/types.h>

typedef struct hf_tracer hf_tracer;

/* In the child, right before its exec: it will stop there until its parent attaches. False: the system does not permit it. */
bool hf__system_tracer_invite(void);
/* In the parent, once the child's exec succeeded. NULL: the system does not permit it, and the child runs untraced. */
hf_tracer *hf__system_tracer_attach(pid_t process, hf_look *look, void *user);
/* A process that runs, by its number; it has one thread. NULL: the system does not permit it. */
hf_tracer *hf__system_tracer_seize(pid_t process, hf_look *look, void *user);
/* Lets every thread that stopped go on; shows the one that is about to die of a signal. Call it every fraction of a millisecond. */
void hf__system_tracer_pump(hf_tracer *self);
/* Stops all threads for good, and shows each that could be stopped within a second. */
void hf__system_tracer_halt(hf_tracer *self);
/* After the end of the process. NULL is fine. */
void hf__system_tracer_destroy(hf_tracer *tracer);

#endif
