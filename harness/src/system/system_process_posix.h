/* SPDX-License-Identifier: MIT
 * What system_process_posix.c, system_capture_posix.c and system_limits_posix.c share.
 */
#ifndef HF_SYSTEM_PROCESS_POSIX_H
#define HF_SYSTEM_PROCESS_POSIX_H

#include "system_process.h"

#include <sched.h>
#include <sys/resource.h>

/* hf__system_process_start, with stdout where stdout_descriptor leads; it stays the caller's. -1: where spawn says. */
HF_CHECK_RESULT hf_status hf__system_process_start_into(const hf_spawn *spawn, int stdout_descriptor, hf_process **out, hf_error *err);

/* The limit under which no core file is written and no core handler fed. */
rlim_t hf__system_core_limit(void);
/* The next processor that this process may use, in turn. False: it is not known. */
bool hf__system_choose_cpu(cpu_set_t *out);

#endif
