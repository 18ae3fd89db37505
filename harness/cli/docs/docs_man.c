/* SPDX-License-Identifier: MIT
 * Manual pages in man(7). Only plain macros are used, so that groff and mandoc print the same.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "base_version.h"
#include "docs.h"

#include <ctype.h>
#include <string.h>

#include "base_poison.h"

void hf__docs_put_roff(const hf_report_sink *sink, hf_text text)
{
    for (size_t i = 0; i < text.size_bytes; i++) {
        char c = text.pointer[i];
        bool starts = i == 0 || text.pointer[i - 1] == '\n';
        if (starts && (c == '.' || c == '\''))
            hf__report_put(sink, "\\&");
        if (c == '\\')
            hf__report_put(sink, "\\e");
        else if (c == '-')
            hf__report_put(sink, "\\-");
        else
            sink->write(&c, 1, sink->user);
    }
}

static void put_escaped(const hf_report_sink *sink, const char *text)
{
    hf__docs_put_roff(sink, hf__text(text));
}

void hf__docs_put_roff_head(const hf_report_sink *sink, const char *title, int section)
{
    hf__report_put(sink, ".\\\" Made by the build from the tables of the command line.\n.TH ");
    for (; *title != '\0'; title++) {
        char upper = (char)toupper((unsigned char)*title);
        sink->write(&upper, 1, sink->user);
    }
    hf__report_print(sink, " %d \"\" \"hostfault " HF_VERSION "\"\n", section);
}

void hf__docs_each_option(const hf_cli_verb *verb, hf__docs_visit *visit, void *user)
{
    for (size_t i = 0; verb != NULL && i < verb->option_count; i++)
        visit(&verb->options[i], user);
    for (const hf_cli_option *option = hf__cli_common_options; option->name != NULL; option++)
        visit(option, user);
}

const char *hf__docs_letter(const hf_cli_option *option, char buffer[3])
{
    bool has = option->name[1] != '-';
    buffer[0] = '\0';
    if (has) {
        buffer[0] = '-';
        buffer[1] = option->name[1];
        buffer[2] = '\0';
    }
    return buffer;
}

bool hf__docs_takes_file(const hf_cli_option *option)
{
    return option->value != NULL &&
           (strstr(option->value, "FILE") != NULL || strstr(option->value, "FOLDER") != NULL || strcmp(option->value, "LOG") == 0);
}

static void put_option(const hf_cli_option *option, void *user)
{
    const hf_report_sink *sink = user;
    hf__report_put(sink, ".TP\n\\fB");
    put_escaped(sink, option->name);
    hf__report_put(sink, "\\fR");
    if (option->value != NULL) {
        hf__report_put(sink, " \\fI");
        put_escaped(sink, option->value);
        hf__report_put(sink, "\\fR");
    }
    hf__report_put(sink, "\n");
    put_escaped(sink, option->help);
    hf__report_put(sink, ".\n");
}

static void put_status(const hf_report_sink *sink, const char *number, const char *meaning)
{
    hf__report_print(sink, ".TP\n\\fB%s\\fR\n", number);
    put_escaped(sink, meaning);
    hf__report_put(sink, "\n");
}

static void put_synopsis(const hf_report_sink *sink, const hf_cli_verb *verb)
{
    hf__report_put(sink, ".SH SYNOPSIS\n.nf\n");
    for (size_t i = 0; verb->usages[i] != NULL; i++) {
        hf__report_put(sink, "\\fBhostfault ");
        put_escaped(sink, verb->name);
        hf__report_put(sink, "\\fR ");
        put_escaped(sink, verb->usages[i]);
        hf__report_put(sink, "\n");
    }
    hf__report_put(sink, ".fi\n");
}

static void put_exits(const hf_report_sink *sink, const hf_cli_verb *verb)
{
    hf__report_put(sink, ".SH EXIT STATUS\n");
    put_status(sink, "0", verb->met);
    if (verb->unmet != NULL)
        put_status(sink, "1", verb->unmet);
    put_status(sink, "2", "the command line or an input file is wrong, or something named does not exist; nothing ran");
    put_status(sink, "3", "the harness itself failed");
    if (verb->can_interrupt)
        put_status(sink, "130", "interrupted by a signal");
}

void hf__docs_man_verb(const hf_report_sink *sink, const hf_cli_verb *verb)
{
    char *title = hf__format("hostfault-%s", verb->name);
    hf__docs_put_roff_head(sink, title, 1);
    hf__report_put(sink, ".SH NAME\n");
    put_escaped(sink, title);
    hf__report_put(sink, " \\- ");
    put_escaped(sink, verb->about);
    hf__report_put(sink, "\n");
    hf__free(title);
    put_synopsis(sink, verb);
    hf__report_put(sink, ".SH DESCRIPTION\n");
    put_escaped(sink, verb->text);
    hf__report_put(sink, ".SH OPTIONS\n");
    hf__docs_each_option(verb, put_option, (void *)(uintptr_t)sink);
    put_exits(sink, verb);
    hf__report_put(sink, ".SH EXAMPLES\n.nf\n");
    put_escaped(sink, verb->example);
    hf__report_put(sink, ".fi\n.SH SEE ALSO\n.BR hostfault (1),\n.BR hostfault\\-scenario (5)\n");
}

void hf__docs_man_tool(const hf_report_sink *sink)
{
    hf__docs_put_roff_head(sink, "hostfault", 1);
    hf__report_put(
        sink,
        ".SH NAME\nhostfault \\- make requests for memory fail, and judge what the program does\n.SH SYNOPSIS\n.nf\n\\fBhostfault\\fR \\fIVERB\\fR "
        "[options] ...\n\\fBhostfault help\\fR [\\fIVERB\\fR]\n\\fBhostfault \\-\\-version\\fR [\\fB\\-\\-json\\fR]\n.fi\n.SH DESCRIPTION\nhostfault "
        "makes a program's memory requests fail in every documented way, and reports how the program responds.\nEach verb has a page of its own.\n");
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++) {
        hf__report_put(sink, ".TP\n.BR hostfault\\-");
        put_escaped(sink, (*verb)->name);
        hf__report_put(sink, " (1)\n");
        put_escaped(sink, (*verb)->about);
        hf__report_put(sink, ".\n");
    }

    hf__report_put(sink, ".SH OPTIONS\n");
    hf__docs_each_option(NULL, put_option, (void *)(uintptr_t)sink);
    hf__report_put(sink, ".SH EXIT STATUS\n");
    put_status(sink, "0", "as expected");
    put_status(sink, "1", "findings, or an expectation not met");
    put_status(sink, "2", "the command line or a file is wrong; nothing was run");
    put_status(sink, "3", "the harness itself failed");
    put_status(sink, "130", "interrupted");
    hf__report_put(sink, ".SH SEE ALSO\n.BR hostfault\\-scenario (5)\n");
}
