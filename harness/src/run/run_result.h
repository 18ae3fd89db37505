/* SPDX-License-Identifier: MIT
 * verdict.json: what a run showed, for other programs. README.md describes it.
 */
#ifndef HF_RUN_RESULT_H
#define HF_RUN_RESULT_H

#include <hostfault/run.h>

HF_CHECK_RESULT hf_status hf__run_result_write(const hf_run_result *result, hf_error *err);

#endif
