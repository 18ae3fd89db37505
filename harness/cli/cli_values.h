/* SPDX-License-Identifier: MIT
 * Reading one option's value into its field: what an hf_cli_kind means.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_VALUES_H
#define HF_CLI_VALUES_H

#include "cli.h"

/* Reads text into the field of `option` in `values`. False after a complaint: not of this kind, out of range, or a second one where one is taken. */
bool hf__cli_value_read(void *values, const hf_cli_option *option, const char *text, const hf_cli_verb *verb);
/* Lets go of what the fields of a verb's values hold. */
void hf__cli_values_clear(void *values, const hf_cli_verb *verb);

#endif
