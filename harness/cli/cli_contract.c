/* SPDX-License-Identifier: MIT
 * Reading what the contract suite wrote. The words are those of contract_run.c.
 */
#include "cli_contract.h"
#include "heap_alloc.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

static void read_suite(hf_cli_contract *out, const char *text)
{
    (void)text;
    out->managers++;
}

static void read_clause(hf_cli_contract *out, const char *text)
{
    HF_GROW(out->clauses, out->count, out->capacity);
    out->clauses[out->count++] = (hf_cli_clause){.name = text, .got = "", .end = HF_CLI_CLAUSE_DIED, .manager = out->managers};
}

static void end_clause(hf_cli_contract *out, hf_cli_clause_end end, const char *got)
{
    if (out->count == 0)
        return;
    out->clauses[out->count - 1].end = end;
    out->clauses[out->count - 1].got = got;
}

static void read_kept(hf_cli_contract *out, const char *text)
{
    end_clause(out, HF_CLI_CLAUSE_KEPT, text);
}

static void read_failed(hf_cli_contract *out, const char *text)
{
    end_clause(out, HF_CLI_CLAUSE_FAILED, text);
}

static void read_excused(hf_cli_contract *out, const char *text)
{
    end_clause(out, HF_CLI_CLAUSE_EXCUSED, text);
}

static const struct {
    const char *word;
    void (*read)(hf_cli_contract *out, const char *text);
} lines[] = {
    {"clause\t", read_clause}, {"excused\t", read_excused}, {"failed\t", read_failed}, {"kept\t", read_kept}, {"suite\t", read_suite},
};

static void read_line(hf_cli_contract *out, const char *line)
{
    for (size_t i = 0; i < HF_COUNT_OF(lines); i++) {
        size_t length = strlen(lines[i].word);
        if (strncmp(line, lines[i].word, length) == 0)
            lines[i].read(out, line + length);
    }
}

void hf__cli_contract_read(char *text, hf_cli_contract *out)
{
    *out = (hf_cli_contract){0};
    while (*text != '\0') {
        char *end = text + strcspn(text, "\n");
        bool is_whole = *end == '\n';
        *end = '\0';
        if (is_whole)
            read_line(out, text);
        text = is_whole ? end + 1 : end;
    }
    for (size_t i = 0; i < out->count; i++)
        out->counts[out->clauses[i].end]++;
}

void hf__cli_contract_clear(hf_cli_contract *contract)
{
    hf__free(contract->clauses);
    *contract = (hf_cli_contract){0};
}

const char *hf__cli_clause_word(hf_cli_clause_end end)
{
    static const char *const words[] = {"kept", "not kept", "excused", "died"};
    return words[end];
}
