/* SPDX-License-Identifier: MIT
 * Fuzz inputs as scenarios, and back. An input can express all of a scenario's rules except `from` and `not-from`, and of the scenario itself caller,
 * args, seed, host: commit-limit, limits: storm and stack-depth. Name, about, timeout and expect are lost.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_PLAN_FUZZ_H
#define HF_PLAN_FUZZ_H

#include "codec.h"

#include <hostfault/plan.h>

/* Prints the scenario that an input stands for. command: what runs it, NULL-terminated; NULL: the caller that its tail names, with the data as
 * arguments. lawful: without what a fuzz target leaves out (hf__codec_keep_lawful). */
typedef struct hf__plan_fuzz_input {
    const uint8_t *data;
    size_t size_bytes;
    const char *name;
    const char *const *command;
    bool lawful;
} hf__plan_fuzz_input;
void hf__plan_print_fuzz(const hf__plan_fuzz_input *input, hf_write *write, void *user);
/* Writes a scenario as an input. *size_bytes is its length, at most capacity. HF_ERROR_ARGUMENT: it has something that an input cannot say (err says
 * what). */
HF_CHECK_RESULT hf_status hf__plan_encode_fuzz(const hf_scenario *scenario, uint8_t *buffer, size_t capacity, size_t *size_bytes, hf_error *err);

#endif
