/* SPDX-License-Identifier: MIT
 * Running a caller in this process, for users that pass more than arguments.
 */
#ifndef HF_SHIM_CALLER_H
#define HF_SHIM_CALLER_H

#include <hostfault/caller.h>

/* hf_caller_run_with_host with what a run is given filled in, but for manager and control. The check's answer is in the trace. */
hf_caller_end hf__shim_caller_run(const hf_caller *caller, hf_caller_run *run);

#endif
