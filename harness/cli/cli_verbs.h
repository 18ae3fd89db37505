/* SPDX-License-Identifier: MIT
 * The verbs, in the order of help. A new verb is a row here and a file cmd_<verb>.c.
 */
#ifndef HF_CLI_VERBS_H
#define HF_CLI_VERBS_H

#include "cli.h"

#define HF_CLI_VERBS                                                                                                                                 \
    HF_CLI_VERB(run)                                                                                                                                 \
    HF_CLI_VERB(record)                                                                                                                              \
    HF_CLI_VERB(sweep)                                                                                                                               \
    HF_CLI_VERB(replay)                                                                                                                              \
    HF_CLI_VERB(minimize)                                                                                                                            \
    HF_CLI_VERB(report)                                                                                                                              \
    HF_CLI_VERB(diff)                                                                                                                                \
    HF_CLI_VERB(merge)                                                                                                                               \
    HF_CLI_VERB(trace)                                                                                                                               \
    HF_CLI_VERB(init)                                                                                                                                \
    HF_CLI_VERB(scenario)                                                                                                                            \
    HF_CLI_VERB(explain)                                                                                                                             \
    HF_CLI_VERB(contract)                                                                                                                            \
    HF_CLI_VERB(list)                                                                                                                                \
    HF_CLI_VERB(clean)                                                                                                                               \
    HF_CLI_VERB(doctor)

#define HF_CLI_VERB(name) extern const hf_cli_verb hf__cmd_##name;
HF_CLI_VERBS
#undef HF_CLI_VERB

#endif
