/* SPDX-License-Identifier: MIT
 * Restarting a private session: for a process that runs one caller under very many plans, one after the other, as fuzzing does. A detach and an
 * attach cost about twenty microseconds of system calls. This costs a few stores, because the mapping, the tables and the record of the modules stay.
 *
 * Threads: pre: attached by hf_attach_plan from this thread, and no other thread is inside a hosting call or will use what it got before.
 */
#ifndef HF_SHIM_REARM_H
#define HF_SHIM_REARM_H

#include "shim_state.h"

/* Attaches with room for plans of up to plan_bytes and for a trace of trace_bytes, and an empty plan. */
HF_CHECK_RESULT hf_status hf__shim_attach_rearmable(size_t plan_bytes, size_t trace_bytes, hf_error *err);
/* As if just attached, with this plan: nothing counted, nothing fired, nothing recorded, no wrapper alive. The plan is copied; it must be valid and
 * fit. */
HF_CHECK_RESULT hf_status hf__shim_rearm(const void *plan, size_t plan_bytes, hf_error *err);
/* The caller has ended, so: the trace's last record. in_order: it left as a process that calls exit() would. */
HF_CHECK_RESULT hf_status hf__shim_end(const hf_session_end *end, bool in_order, hf_error *err);
/* The trace so far, without what is unused of the chunk with its end; borrowed, and overwritten by the next rearm. */
const void *hf__shim_trace(size_t *size_bytes);

/* For shim_rearm.c alone: the other files' part of it. */
hf_status hf__shim_live_restart(hf_error *err);
void hf__shim_forget_wrappers(void);
void hf__shim_forget_modules(void);

#endif
