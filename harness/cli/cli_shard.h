/* SPDX-License-Identifier: MIT
 * --shard I/N, and --shard auto, which takes both numbers from the variables of the CI system: a row of a table for each system.
 */
#ifndef HF_CLI_SHARD_H
#define HF_CLI_SHARD_H

#include "cli.h"

/* Reads "3/16", "auto", or "auto/16" (the index from the environment, the count as given). text NULL: 0 of 0, which is all. *shard is 1-based. Says
 * what is wrong, and returns HF_CLI_USAGE. */
hf_cli_exit hf__cli_shard_parse(const hf_cli_verb *verb, const char *text, uint32_t *shard, uint32_t *shards);

#endif
