/* SPDX-License-Identifier: MIT
 * The recorded trace of a finding: RESULTS/findings/ID-FAULTS.txt, the whole canonical text of the run that proved it. A replay makes the same run,
 * so its text must be the same. A large one is packed (trace_pack.h) under the same name.
 *
 * Threads: thread-safe.
 */
#ifndef HF_RUN_RECORDED_H
#define HF_RUN_RECORDED_H

#include <hostfault/trace.h>

#define HF_RUN_RECORDED_FOLDER "findings"

/* The file. results: NULL: results. earlier: the rule of the fault before, "" none. Of a finding that several points show, each has a file of its
 * own. hf__free. */
char *hf__run_recorded_path(const char *results, const char *id, const char *earlier, const char *fault);
HF_CHECK_RESULT hf_status hf__run_recorded_write(const char *path, const hf_trace *trace, hf_error *err);
/* The text of the file, be it packed or not. *out: hf__free. HF_ERROR_NOT_FOUND, HF_ERROR_FORMAT, HF_ERROR_LIMIT, HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__run_recorded_read(const char *path, char **out, size_t *size_bytes, hf_error *err);
/* Copies what results folder `into` has not. */
HF_CHECK_RESULT hf_status hf__run_recorded_merge(const char *into, const char *from, hf_error *err);

#endif
