/* SPDX-License-Identifier: MIT
 * Help, printed from the tables that the parser uses: the list of verbs, and one verb's page.
 */
#include "cli.h"
#include "report_table.h"

#include <hostfault/version.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

static const char overview[] =
    "hostfault makes a program's memory requests fail in every documented way, and reports how the program responds.\n\nusage: hostfault VERB "
    "[options] ...\n       hostfault help VERB\n       hostfault --version [--json]\n\n";

void hf__cli_print_help(void)
{
    const hf_report_sink *out = hf__cli_out();
    hf__report_put(out, overview);
    hf_report_table table = hf__report_table_init((const char *const[]){"verb", "what it does", NULL});
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++)
        hf__report_table_add(&table, (const char *const[]){(*verb)->name, (*verb)->about});
    hf__report_table_print(&table, out, "  ");
    hf__report_table_clear(&table);
    hf__report_put(out, "\nexit status: 0 as expected, 1 findings or an expectation not met, 2 usage or scenario error (nothing was run),\n3 the "
                        "harness itself failed, 130 interrupted; the highest of several\n\nhostfault.yaml in the working directory, or above it in "
                        "the same repository, sets defaults: 'results: out/hostfault' for\nevery verb, 'sweep: {budget: 60s}' for one; its JSON "
                        "Schema is installed in share/hostfault/schemas.\n\nstart with:\n  $ hostfault doctor\n  $ hostfault record -- /bin/ls /\n  "
                        "$ hostfault run --caller clr --fault 'call: Malloc.Alloc, when: 5, return: E_OUTOFMEMORY'\n");
}

static void add_option(hf_report_table *table, const hf_cli_option *option)
{
    char name[64];
    (void)snprintf(name, sizeof name, "  %s%s%s", option->name, option->value != NULL ? " " : "", option->value != NULL ? option->value : "");
    hf__report_table_add(table, (const char *const[]){name, option->help});
}

static void print_options(const hf_cli_verb *verb)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"options:", "", NULL});
    for (size_t i = 0; i < verb->option_count; i++)
        add_option(&table, &verb->options[i]);
    for (const hf_cli_option *option = hf__cli_common_options; option->name != NULL; option++)
        add_option(&table, option);
    hf__report_table_print(&table, hf__cli_out(), "");
    hf__report_table_clear(&table);
    for (size_t i = 0; i < verb->option_count; i++) {
        if (verb->options[i].kind != HF_CLI_OUTPUT)
            continue;
        hf__report_put(hf__cli_out(), "An output file may be -, standard output; everything else then goes to\nstandard error.\n");
        return;
    }
}

static void print_exits(const hf_cli_verb *verb)
{
    const hf_report_sink *out = hf__cli_out();
    hf__report_print(out, "\nexit status:\n  0    %s\n", verb->met);
    if (verb->unmet != NULL)
        hf__report_print(out, "  1    %s\n", verb->unmet);
    hf__report_put(
        out, "  2    the command line or an input file is wrong, or something named does not exist; nothing ran\n  3    the harness itself failed\n");
    if (verb->can_interrupt)
        hf__report_put(out, "  130  interrupted by a signal\n");
}

void hf__cli_print_verb_help(const hf_cli_verb *verb)
{
    const hf_report_sink *out = hf__cli_out();
    for (size_t i = 0; verb->usages[i] != NULL; i++)
        hf__report_print(out, "%s hostfault %s%s%s\n", i == 0 ? "usage:" : "      ", verb->name, verb->usages[i][0] != '\0' ? " " : "",
                         verb->usages[i]);
    hf__report_put(out, "\n");
    hf__report_put(out, verb->text);
    hf__report_put(out, "\n");
    print_options(verb);
    print_exits(verb);
    hf__report_put(out, "\nexample:\n");
    hf__report_put(out, verb->example);
}
