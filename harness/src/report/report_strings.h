/* SPDX-License-Identifier: MIT
 * Texts, each stored once and identified by a number: the points of a sweep repeat few texts very often. Texts are cleaned for printing when they are
 * added.
 *
 * Threads: one thread per table.
 */
#ifndef HF_REPORT_STRINGS_H
#define HF_REPORT_STRINGS_H

#include <hostfault/error.h>
#include <stddef.h>
#include <stdint.h>

/* Zero-initialised it is empty. */
typedef struct hf_report_strings {
    char **items;
    size_t count, capacity;
    uint32_t *table; /* number + 1, 0 free; table_size is a power of two */
    size_t table_size;
} hf_report_strings;

/* The text's number: a new one, or the one that it has. */
uint32_t hf__report_strings_add(hf_report_strings *strings, const char *text);
uint32_t hf__report_strings_add_text(hf_report_strings *strings, hf_text text);
/* Borrowed until the table is cleared. */
const char *hf__report_strings_get(const hf_report_strings *strings, uint32_t number);
void hf__report_strings_clear(hf_report_strings *strings);

#endif
