/* SPDX-License-Identifier: MIT
 * Every row of the oracle, each from the beginning of its chain of rows, in a separate process.
 */
#include "host_script.h"
#include "hf_rows.h"

#include <string.h>

typedef struct oracle_row {
    const char *id, *operation, *script;
    char result[120];
    DWORD last_error;
    const char *provenance;
} oracle_row;

static const oracle_row oracle[] = {
#define ORACLE(id, operation, script, result, last_error, provenance) {id, operation, script, result, last_error, provenance},
#define ORACLE_UNREACHABLE(id, operation, reason)
#include "win32_vm_oracle.def"
#undef ORACLE
#undef ORACLE_UNREACHABLE
};

static const struct {
    const char *id, *operation, *reason;
} unreachable[] = {
#define ORACLE(id, operation, script, result, last_error, provenance)
#define ORACLE_UNREACHABLE(id, operation, reason) {id, operation, reason},
#include "win32_vm_oracle.def"
#undef ORACLE
#undef ORACLE_UNREACHABLE
};

#define ROWS (sizeof oracle / sizeof *oracle)
_Static_assert(ROWS == 141, "rows that are tested");
_Static_assert(sizeof unreachable / sizeof *unreachable == 53, "rows that say why they are not");

/* The rows up to this one that it goes on from. */
static void run_chain(script_state *state, size_t row)
{
    size_t first = row;
    while (oracle[first].script[0] == '>')
        first--;
    for (size_t i = first; i <= row; i++)
        script_run(state, oracle[i].script + (oracle[i].script[0] == '>' ? 1 : 0));
}

HF_ROWS(host_oracle, behaves_as_windows, oracle)
{
    oracle_row wanted = oracle[*number], *row = &wanted; /* the assertion takes no const text */
    script_state state = {0};
    run_chain(&state, *number);
    cr_assert(eq(str, state.answer, row->result), "%s %s", row->id, row->operation);
    cr_assert(eq(u32, state.error, row->last_error), "%s %s: last error", row->id, row->operation);
}

Test(host_oracle, every_row_that_is_not_tested_says_why)
{
    size_t silent = 0;
    for (size_t i = 0; i < sizeof unreachable / sizeof *unreachable; i++)
        silent += strlen(unreachable[i].reason) < 10;
    cr_assert(eq(sz, silent, 0));
}
