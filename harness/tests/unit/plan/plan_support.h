/* SPDX-License-Identifier: MIT
 * Shared code of the tests of the scenario language: growing text, scenarios from text, tables from documentation.
 */
#ifndef PLAN_SUPPORT_H
#define PLAN_SUPPORT_H

#include "plan_grammar.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <hostfault/plan.h>

/* Criterion's assertions take no pointers to const. */
#define S(text) ((char *)(uintptr_t)(text))
#define P(pointer) ((void *)(uintptr_t)(pointer))

/* Text that grows; zero-initialised is empty. Free with output_clear. */
typedef struct output {
    char *text; /* NUL-terminated once something was written */
    size_t length, capacity;
} output;
/* An hf_write; user is the output. */
void output_write(const char *text, size_t size_bytes, void *user);
void output_clear(output *self);
const char *output_text(const output *self);

/* Whole file under the source folder; fails the test if it cannot be read. Free with output_clear. */
output read_source_file(const char *path);

/* Parses text that must be right; the test fails with the diagnostics if it is not. */
hf_scenario_file *parse_good(const char *text);
/* Parses text that must be wrong, and gives its diagnostics. */
output parse_bad(const char *text);
/* One fault in block style, in a scenario around it. The rule of a text that must be right. */
const hf_rule *rule_of(const hf_scenario_file *file, size_t index);

/* Lines of the table between "grammar: NAME" and "end of grammar", without the marks of a C comment in front. */
output grammar_table(const char *path, const char *name);
/* The next row's cells after *at, trimmed, without backquotes and with \| as |. False at the end. Head and rule of the table are left out. */
#define CELLS_MAX 8
typedef struct table_row {
    char cells[CELLS_MAX][160];
    size_t count;
} table_row;
bool next_row(const char **at, table_row *row);

/* Are the two scenarios the same, but for file and positions? Returns what differs first, or NULL. */
const char *first_difference(const hf_scenario *a, const hf_scenario *b);

/* All files of that ending below a folder of the source tree, sorted, as paths from the source folder; `skip`: a path's beginning to leave
 * out, or NULL. Returns how many. Free each. */
size_t find_files(const char *folder, const char *ending, const char *skip, char **paths, size_t capacity);

/* Compares text with a file of the source tree. Says on stderr what differs and returns 1, or 0. With HF_REWRITE set it writes the file. */
size_t golden_differs(const char *path, const char *text);

#endif
