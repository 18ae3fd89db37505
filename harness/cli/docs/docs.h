/* SPDX-License-Identifier: MIT
 * Manual pages and completions, made by the build from the tables that the command line is read by.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_DOCS_H
#define HF_CLI_DOCS_H

#include "cli.h"

/* man 1 hostfault, and of one verb. */
void hf__docs_man_tool(const hf_report_sink *sink);
void hf__docs_man_verb(const hf_report_sink *sink, const hf_cli_verb *verb);
/* A page of section 5 from Markdown as our pages use it: headings, paragraphs, lists, tables, indented blocks. */
void hf__docs_man_markdown(const hf_report_sink *sink, const char *name, const char *about, hf_text markdown);

/* Completions. */
void hf__docs_bash(const hf_report_sink *sink);
void hf__docs_zsh(const hf_report_sink *sink);
void hf__docs_fish(const hf_report_sink *sink);

/* The JSON Schema of hostfault.yaml. */
void hf__docs_schema(const hf_report_sink *sink);

/* Text in roff: nothing in it is a request or an escape. */
void hf__docs_put_roff(const hf_report_sink *sink, hf_text text);
void hf__docs_put_roff_head(const hf_report_sink *sink, const char *title, int section);

/* Every option of a verb, and then those of every verb; verb NULL: only those. */
typedef void hf__docs_visit(const hf_cli_option *option, void *user);
void hf__docs_each_option(const hf_cli_verb *verb, hf__docs_visit *visit, void *user);
/* "-j", or "" if the option has no letter. */
const char *hf__docs_letter(const hf_cli_option *option, char buffer[3]);
/* Is the option's value the name of a file or folder? */
bool hf__docs_takes_file(const hf_cli_option *option);

#endif
