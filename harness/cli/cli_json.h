/* SPDX-License-Identifier: MIT
 * JSON on stdout, for the verbs' --json.
 */
#ifndef HF_CLI_JSON_H
#define HF_CLI_JSON_H

#include "report_table.h"

#include <jansson.h>

/* Prints a document, indented, and gives it back. */
void hf__cli_print_json(json_t *document_take);
/* {"schema": SCHEMA, NAME: [{title: cell, ...}, ...]}: the table's rows as objects, titles in lower case, whole numbers as numbers. */
void hf__cli_print_table_json(const char *schema, const char *name, const hf_report_table *table);

#endif
