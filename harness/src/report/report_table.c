/* SPDX-License-Identifier: MIT
 * Tables for the terminal: two spaces between columns, no trailing blanks, the last column wrapped between words.
 */
#include "report_table.h"
#include "heap_alloc.h"
#include "base_check.h"

#include <string.h>

#include "base_poison.h"

#define GAP 2u
#define LAST_COLUMN_MIN 24u /* on a narrower screen, lines are too long rather than a column of syllables */

static void add_row(hf_report_table *table, const char *const *cells)
{
    HF_GROW(table->cells, table->rows, table->capacity);
    char **row = table->cells[table->rows++];
    for (size_t i = 0; i < HF_TABLE_COLUMNS_MAX; i++)
        row[i] = i < table->columns ? hf__copy_string(cells[i] != NULL ? cells[i] : "") : NULL;
}

hf_report_table hf__report_table_init(const char *const *titles)
{
    hf_report_table table = {0};
    while (titles[table.columns] != NULL)
        table.columns++;
    HF_ASSERT(table.columns > 0 && table.columns <= HF_TABLE_COLUMNS_MAX);
    add_row(&table, titles);
    return table;
}

void hf__report_table_add(hf_report_table *table, const char *const *cells)
{
    add_row(table, cells);
}

static void measure(const hf_report_table *table, size_t widths[HF_TABLE_COLUMNS_MAX])
{
    for (size_t column = 0; column < table->columns; column++) {
        widths[column] = 0;
        for (size_t row = 0; row < table->rows; row++) {
            size_t length = strlen(table->cells[row][column]);
            if (length > widths[column])
                widths[column] = length;
        }
    }
}

/* The part of the text that fits on this line: up to the last blank that fits, or all. */
static size_t piece_length(const char *text, size_t room)
{
    size_t length = strlen(text);
    if (room == 0 || length <= room)
        return length;
    size_t cut = room;
    while (cut > 0 && text[cut] != ' ')
        cut--;
    return cut > 0 ? cut : length;
}

static void print_last(const char *text, size_t left, size_t room, hf_report_tone tone, const hf_report_sink *sink)
{
    size_t length = piece_length(text, room);
    hf__report_tone(sink, tone, "%.*s", (int)length, text);
    for (text += length; *text == ' '; text += length) {
        text++;
        length = piece_length(text, room);
        hf__report_print(sink, "\n%*s", (int)left, "");
        hf__report_tone(sink, tone, "%.*s", (int)length, text);
    }
    hf__report_put(sink, "\n");
}

static bool is_rest_empty(char *const *row, size_t from, size_t columns)
{
    for (size_t i = from; i < columns; i++)
        if (row[i][0] != '\0')
            return false;
    return true;
}

static void print_row(const hf_report_table *table, size_t row, const size_t *widths, const hf_report_sink *sink, const char *indent)
{
    hf_report_tone tone = row == 0 ? HF_TONE_FAINT : HF_TONE_PLAIN;
    char *const *cells = table->cells[row];
    size_t left = strlen(indent);
    hf__report_put(sink, indent);
    for (size_t i = 0; i + 1 < table->columns; i++) {
        bool is_last = is_rest_empty(cells, i + 1, table->columns);
        hf__report_tone(sink, tone, "%-*s", is_last ? 0 : (int)(widths[i] + GAP), cells[i]);
        if (is_last) {
            hf__report_put(sink, "\n");
            return;
        }
        left += widths[i] + GAP;
    }
    bool wraps = sink->width >= left + LAST_COLUMN_MIN;
    print_last(cells[table->columns - 1], left, wraps ? sink->width - left : 0, tone, sink);
}

void hf__report_table_print(const hf_report_table *table, const hf_report_sink *sink, const char *indent)
{
    size_t widths[HF_TABLE_COLUMNS_MAX];
    measure(table, widths);
    for (size_t row = 0; row < table->rows; row++)
        print_row(table, row, widths, sink, indent);
}

void hf__report_table_clear(hf_report_table *table)
{
    for (size_t row = 0; row < table->rows; row++)
        for (size_t i = 0; i < table->columns; i++)
            hf__free(table->cells[row][i]);
    hf__free(table->cells);
    *table = (hf_report_table){0};
}
