/* SPDX-License-Identifier: MIT
 * The matrix as text. A cell is a letter and a number: the worst outcome and how many points had it; letters work without colour. Failures are
 * written above their columns if there is room. If not, columns are numbered and the numbers explained, and columns that still do not fit go into a
 * second table below.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "report_matrix.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define FUNCTION_MIN 16u
#define FUNCTION_MAX 40u
#define CELL_WIDTH 8u

static const char signs[HF_OUTCOME_COUNT + 2] = {
    [HF_OUTCOME_UNSTABLE] = '~', [HF_OUTCOME_CRASHED] = 'C',   [HF_OUTCOME_ABORTED] = 'A',   [HF_OUTCOME_HUNG] = 'H',   [HF_OUTCOME_STORM] = 'S',
    [HF_OUTCOME_VIOLATED] = 'V', [HF_OUTCOME_CORRUPTED] = 'X', [HF_OUTCOME_SWALLOWED] = 'W', [HF_OUTCOME_EXITED] = 'E', [HF_OUTCOME_LEAKED] = 'L',
    [HF_OUTCOME_UNFIRED] = 'U',  [HF_OUTCOME_REPORTED] = '-',  [HF_OUTCOME_OK] = '.',        [HF_OUTCOME_COUNT] = '>',  [HF_OUTCOME_COUNT + 1] = ' ',
};

static hf_report_tone tone_of(unsigned outcome)
{
    if (outcome >= HF_OUTCOME_COUNT)
        return HF_TONE_FAINT;
    unsigned severity = hf_outcome_severity((hf_outcome)outcome);
    return severity >= 7 ? HF_TONE_BAD : severity > 0 ? HF_TONE_WARNING : outcome == HF_OUTCOME_OK ? HF_TONE_GOOD : HF_TONE_FAINT;
}

/* Lines have no trailing padding. */
static int padding(size_t width, bool is_last)
{
    return is_last ? 0 : (int)width;
}

/* How a block of columns is printed. */
typedef struct layout {
    size_t function_width; /* of the first column */
    size_t columns;        /* at once */
    size_t width;          /* of a column */
    bool named;            /* failures by name, not by number */
} layout;

static size_t longest_function(const hf_report_matrix *matrix, size_t rows)
{
    size_t longest = FUNCTION_MIN;
    for (size_t i = 0; i < rows; i++) {
        size_t length = strlen(hf__report_matrix_function(matrix, &matrix->rows[i]));
        longest = length > longest ? length : longest;
    }
    return longest < FUNCTION_MAX ? longest : FUNCTION_MAX;
}

/* Adjacent columns of one failure. */
static size_t alike(const hf_report_matrix *matrix, size_t column)
{
    size_t count = 1;
    while (column + count < matrix->column_count && strcmp(matrix->columns[column + count].failure, matrix->columns[column].failure) == 0)
        count++;
    return count;
}

/* Every name must fit over its columns, followed by a blank. */
static size_t cell_width(const hf_report_matrix *matrix)
{
    size_t width = CELL_WIDTH;
    for (size_t column = 0; column < matrix->column_count; column += alike(matrix, column)) {
        size_t wanted = (strlen(matrix->columns[column].failure) + alike(matrix, column)) / alike(matrix, column) + 1;
        width = wanted > width ? wanted : width;
    }
    return width;
}

static layout layout_of(const hf_report_sink *sink, const hf_report_matrix *matrix, size_t rows)
{
    layout out = {.function_width = longest_function(matrix, rows), .columns = matrix->column_count, .named = true};
    out.width = cell_width(matrix);
    size_t room = sink->width == 0 ? SIZE_MAX : sink->width;
    if (2 + out.function_width + matrix->column_count * out.width <= room)
        return out;
    out.width = CELL_WIDTH;
    out.named = false;
    if (2 + out.function_width + matrix->column_count * out.width > room)
        out.function_width = FUNCTION_MIN;
    size_t fits = room > 2 + out.function_width ? (room - 2 - out.function_width) / out.width : 0;
    out.columns = fits > 0 ? fits : 1;
    return out;
}

static void print_heading(const hf_report_sink *sink, const hf_report_matrix *matrix, const layout *how, size_t first, size_t end)
{
    hf__report_print(sink, "  %-*s", (int)how->function_width, "");
    for (size_t column = first; column < end && how->named; column += alike(matrix, column))
        hf__report_print(sink, " %-*s", padding(how->width * alike(matrix, column) - 1, column + alike(matrix, column) >= end),
                         matrix->columns[column].failure);
    for (size_t column = first; column < end && !how->named; column++)
        hf__report_print(sink, " %-*zu", padding(how->width - 1, column + 1 == end), column + 1);
    hf__report_put(sink, "\n");
    hf__report_print(sink, "  %-*s", (int)how->function_width, "");
    for (size_t column = first; column < end; column++)
        hf__report_tone(sink, HF_TONE_FAINT, " %-*s", padding(how->width - 1, column + 1 == end),
                        matrix->columns[column].onwards ? "onwards" : "once");
    hf__report_put(sink, "\n");
}

static void print_row(const hf_report_sink *sink, const hf_report_matrix *matrix, const layout *how, const hf_report_row *row, size_t first,
                      size_t end)
{
    hf__report_print(sink, "  %-*.*s", (int)how->function_width, (int)how->function_width, hf__report_matrix_function(matrix, row));
    for (size_t column = first; column < end; column++) {
        char text[32];
        uint64_t count = 0;
        unsigned worst = hf__report_cell_worst(&row->cells[column], &count);
        if (count > 0)
            (void)snprintf(text, sizeof text, "%c %llu", signs[worst], (unsigned long long)count);
        hf__report_put(sink, " ");
        hf__report_tone(sink, tone_of(worst), "%-*s", padding(how->width - 1, column + 1 == end), count > 0 ? text : "");
    }
    hf__report_put(sink, "\n");
}

static void print_legend(const hf_report_sink *sink, const hf_report_matrix *matrix, const layout *how, size_t rows)
{
    bool used[HF_OUTCOME_COUNT + 2] = {false};
    for (size_t row = 0; row < rows; row++)
        for (size_t column = 0; column < matrix->column_count; column++) {
            uint64_t count = 0;
            used[hf__report_cell_worst(&matrix->rows[row].cells[column], &count)] = true;
        }
    for (unsigned i = 0; i <= HF_OUTCOME_COUNT; i++)
        if (used[i]) {
            hf__report_put(sink, "  ");
            hf__report_tone(sink, tone_of(i), "%c", signs[i]);
            hf__report_print(sink, " %s", i < HF_OUTCOME_COUNT ? hf_outcome_name((hf_outcome)i) : "drifted");
        }
    hf__report_put(sink, "\n");
    for (size_t column = 0; column < matrix->column_count && !how->named; column++)
        hf__report_print(sink, "  %zu %s %s\n", column + 1, matrix->columns[column].failure,
                         matrix->columns[column].onwards ? "from then on" : "once");
}

static size_t rows_with_findings(const hf_report_matrix *matrix)
{
    size_t rows = 0;
    while (rows < matrix->row_count && matrix->rows[rows].findings > 0)
        rows++;
    return rows;
}

void hf__report_matrix_print(const hf_report_sink *sink, const hf_report_matrix *matrix, bool all)
{
    size_t rows = all ? matrix->row_count : rows_with_findings(matrix);
    if (rows == 0)
        return;
    layout how = layout_of(sink, matrix, rows);
    for (size_t first = 0; first < matrix->column_count; first += how.columns) {
        size_t end = first + how.columns < matrix->column_count ? first + how.columns : matrix->column_count;
        hf__report_put(sink, "\n");
        print_heading(sink, matrix, &how, first, end);
        for (size_t row = 0; row < rows; row++)
            print_row(sink, matrix, &how, &matrix->rows[row], first, end);
    }

    if (rows < matrix->row_count)
        hf__report_tone(sink, HF_TONE_FAINT, "  and %zu more function%s without a finding; --all prints %s\n", matrix->row_count - rows,
                        matrix->row_count - rows == 1 ? "" : "s", matrix->row_count - rows == 1 ? "it" : "them");
    print_legend(sink, matrix, &how, rows);
    hf__report_put(sink, "\n");
}

void hf__report_matrix_markdown(const hf_report_sink *sink, const hf_report_matrix *matrix, size_t most)
{
    size_t rows = rows_with_findings(matrix);
    if (rows == 0)
        return;
    hf__report_put(sink, "| function |");
    for (size_t column = 0; column < matrix->column_count; column++) {
        hf__report_put(sink, " ");
        hf__report_put_markdown(sink, matrix->columns[column].failure);
        hf__report_put(sink, matrix->columns[column].onwards ? " from then on |" : " once |");
    }

    hf__report_put(sink, "\n|---|");
    for (size_t column = 0; column < matrix->column_count; column++)
        hf__report_put(sink, "---|");
    hf__report_put(sink, "\n");
    for (size_t row = 0; row < rows && row < most; row++) {
        hf__report_put(sink, "| ");
        hf__report_put_markdown(sink, hf__report_matrix_function(matrix, &matrix->rows[row]));
        hf__report_put(sink, " |");
        for (size_t column = 0; column < matrix->column_count; column++) {
            uint64_t count = 0;
            unsigned worst = hf__report_cell_worst(&matrix->rows[row].cells[column], &count);
            if (count == 0)
                hf__report_put(sink, " |");
            else
                hf__report_print(sink, " %s %llu |", worst < HF_OUTCOME_COUNT ? hf_outcome_name((hf_outcome)worst) : "drifted",
                                 (unsigned long long)count);
        }
        hf__report_put(sink, "\n");
    }

    if (rows > most)
        hf__report_print(sink, "\nand %zu more functions with findings\n", rows - most);
}
