/* SPDX-License-Identifier: MIT
 * Watching how a process dies, from outside, as its debugger: for system_process_windows.c alone.
 *
 * What the process cannot tell from a run without: time, IsDebuggerPresent, and that a filter of its own for unhandled exceptions is not asked. Every
 * exception goes to its own handlers first; the one that none of them takes, of which it dies, is shown.
 *
 * Threads: the thread that started the process, or attached, makes all calls.
 */
#ifndef HF_SYSTEM_TRACER_WINDOWS_H
#define HF_SYSTEM_TRACER_WINDOWS_H

#include "system_process.h"

#include <hostfault/hosting.h>

typedef struct hf_tracer hf_tracer;

/* For a process that was started with DEBUG_ONLY_THIS_PROCESS. */
hf_tracer *hf__system_tracer_create(DWORD process, hf_look *look, void *user);
/* Lets the process run up to so long. True: it has ended. */
bool hf__system_tracer_wait(hf_tracer *self, DWORD timeout_ms);
/* Stops all threads for good, and shows each. */
void hf__system_tracer_halt(hf_tracer *self);
/* NULL is fine. */
void hf__system_tracer_destroy(hf_tracer *tracer);

#endif
