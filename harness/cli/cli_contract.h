/* SPDX-License-Identifier: MIT
 * What a program wrote while it ran the contract suite for the tool (contract_run.c): one line a step, "word TAB text".
 *
 * The program can write anything into the file, so nothing in it is trusted: unknown lines are skipped, and if the end is missing, the program is
 * reported to have died.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_CONTRACT_H
#define HF_CLI_CONTRACT_H

#include <stdbool.h>
#include <stddef.h>

typedef enum hf_cli_clause_end {
    HF_CLI_CLAUSE_KEPT,
    HF_CLI_CLAUSE_FAILED,
    HF_CLI_CLAUSE_EXCUSED, /* not kept, and not the host's doing */
    HF_CLI_CLAUSE_DIED     /* begun, and the program was not there at its end */
} hf_cli_clause_end;

typedef struct hf_cli_clause {
    const char *name, *got; /* got: "" for one that is kept */
    hf_cli_clause_end end;
    unsigned manager; /* which one of those that the program put through the suite, from 1 */
} hf_cli_clause;

typedef struct hf_cli_contract {
    hf_cli_clause *clauses;
    size_t count, capacity;
    unsigned managers;
    size_t counts[HF_CLI_CLAUSE_DIED + 1]; /* of each end */
} hf_cli_contract;

/* Reads the text of the file, which must stay: names are taken from it, and it is cut into lines. hf__cli_contract_clear afterwards. */
void hf__cli_contract_read(char *text, hf_cli_contract *out);
void hf__cli_contract_clear(hf_cli_contract *contract);
/* "kept", "not kept", ... Static text. */
const char *hf__cli_clause_word(hf_cli_clause_end end);

#endif
