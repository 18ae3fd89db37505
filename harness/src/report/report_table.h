/* SPDX-License-Identifier: MIT
 * A table of text: columns as wide as their widest cell, the last one wrapped at the screen's width. Cells are copied.
 *
 * Threads: distinct tables may be used in parallel.
 */
#ifndef HF_REPORT_TABLE_H
#define HF_REPORT_TABLE_H

#include "report_sink.h"

#define HF_TABLE_COLUMNS_MAX 8u

typedef struct hf_report_table {
    size_t columns;
    size_t rows, capacity; /* rows with the heading */
    char *(*cells)[HF_TABLE_COLUMNS_MAX];
} hf_report_table;

/* A table whose heading is `titles`, ended by NULL. */
hf_report_table hf__report_table_init(const char *const *titles);
/* One row, as many cells as there are titles; NULL is an empty cell. */
void hf__report_table_add(hf_report_table *table, const char *const *cells);
/* Prints the heading faintly and the rows, each line with `indent` before it. */
void hf__report_table_print(const hf_report_table *table, const hf_report_sink *sink, const char *indent);
void hf__report_table_clear(hf_report_table *table);

#endif
