/* SPDX-License-Identifier: MIT
 * Counts points into the matrix, and sorts it.
 */
#include "report_matrix.h"
#include "heap_alloc.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

static int compare_columns(const void *left, const void *right)
{
    const hf_report_column *a = left;
    const hf_report_column *b = right;
    int order = strcmp(a->failure, b->failure);
    return order != 0 ? order : (int)a->onwards - (int)b->onwards;
}

static void add_column(hf_report_matrix *self, size_t *capacity, const hf_report_column *wanted)
{
    for (size_t i = 0; i < self->column_count; i++)
        if (compare_columns(&self->columns[i], wanted) == 0)
            return;
    HF_GROW(self->columns, self->column_count, *capacity);
    self->columns[self->column_count++] = (hf_report_column){hf__copy_string(wanted->failure), wanted->onwards};
}

static void find_columns(hf_report_matrix *self, const hf_report_points *points, const hf_report_sweep_points *of)
{
    size_t capacity = 0;
    const hf_report_point *before = NULL;
    for (size_t i = of->first_point; i < of->first_point + of->point_count; i++) {
        const hf_report_point *point = &points->points[i];
        /* Neighbours often have the same. */
        if (before != NULL && before->result == point->result && before->variant == point->variant && before->onwards == point->onwards)
            continue;
        before = point;
        const hf_report_column wanted = {hf__report_point_failure(points, point), point->onwards};
        add_column(self, &capacity, &wanted);
        hf__free(wanted.failure);
    }
    if (self->column_count > 0)
        qsort(self->columns, self->column_count, sizeof *self->columns, compare_columns);
}

static size_t column_of(const hf_report_matrix *self, const hf_report_points *points, const hf_report_point *point)
{
    const hf_report_column wanted = {hf__report_point_failure(points, point), point->onwards};
    const hf_report_column *found = bsearch(&wanted, self->columns, self->column_count, sizeof *self->columns, compare_columns);
    hf__free(wanted.failure);
    return (size_t)(found - self->columns);
}

/* Functions are texts, and the row of a function is where its text is. */
static hf_report_row *row_of(hf_report_matrix *self, size_t *capacity, const hf_report_points *points, const hf_report_site *site)
{
    char *function = hf__report_place_function(hf__report_points_text(points, site->place));
    uint32_t number = hf__report_strings_add(&self->texts, function);
    hf__free(function);
    if (number == self->row_count) {
        HF_GROW(self->rows, self->row_count, *capacity);
        self->rows[self->row_count++] = (hf_report_row){.function = number, .cells = hf__allocate(self->column_count, sizeof(hf_report_cell))};
    }
    return &self->rows[number];
}

static void count_points(hf_report_matrix *self, const hf_report_points *points, const hf_report_sweep_points *of)
{
    size_t capacity = 0;
    hf_report_row *row = NULL;
    size_t site = SIZE_MAX;
    for (size_t i = of->first_point; i < of->first_point + of->point_count; i++) {
        const hf_report_point *point = &points->points[i];
        if (point->site != site) {
            row = row_of(self, &capacity, points, &points->sites[point->site]);
            row->sites++;
        }
        site = point->site;
        row->cells[column_of(self, points, point)].counts[point->outcome]++;
        if (!hf__report_point_is_finding(point))
            continue;
        unsigned severity = hf_outcome_severity((hf_outcome)point->outcome);
        row->findings++;
        row->severity = severity > row->severity ? severity : row->severity;
    }
}

static int compare_rows(const hf_report_matrix *self, const hf_report_row *a, const hf_report_row *b)
{
    if (a->severity != b->severity)
        return a->severity > b->severity ? -1 : 1;
    if (a->findings != b->findings)
        return a->findings > b->findings ? -1 : 1;
    return strcmp(hf__report_matrix_function(self, a), hf__report_matrix_function(self, b));
}

/* By insertion: there are as many rows as functions, and the C library's sort would not let the comparison see their names. */
static void sort_rows(hf_report_matrix *self)
{
    for (size_t i = 1; i < self->row_count; i++) {
        hf_report_row row = self->rows[i];
        size_t at = i;
        for (; at > 0 && compare_rows(self, &self->rows[at - 1], &row) > 0; at--)
            self->rows[at] = self->rows[at - 1];
        self->rows[at] = row;
    }
}

hf_report_matrix hf__report_matrix_of(const hf_report_points *points, size_t sweep)
{
    hf_report_matrix self = {.columns = NULL};
    find_columns(&self, points, &points->sweeps[sweep]);
    count_points(&self, points, &points->sweeps[sweep]);
    sort_rows(&self);
    return self;
}

void hf__report_matrix_clear(hf_report_matrix *matrix)
{
    for (size_t i = 0; i < matrix->column_count; i++)
        hf__free(matrix->columns[i].failure);
    for (size_t i = 0; i < matrix->row_count; i++)
        hf__free(matrix->rows[i].cells);
    hf__free(matrix->columns);
    hf__free(matrix->rows);
    hf__report_strings_clear(&matrix->texts);
    *matrix = (hf_report_matrix){0};
}

const char *hf__report_matrix_function(const hf_report_matrix *matrix, const hf_report_row *row)
{
    return hf__report_strings_get(&matrix->texts, row->function);
}

/* Drifted points are the least. */
unsigned hf__report_cell_worst(const hf_report_cell *cell, uint64_t *count)
{
    unsigned worst = HF_OUTCOME_COUNT + 1;
    for (unsigned i = 0; i <= HF_OUTCOME_COUNT; i++) {
        if (cell->counts[i] == 0)
            continue;
        bool is_worse =
            worst > HF_OUTCOME_COUNT || (i < HF_OUTCOME_COUNT && hf_outcome_severity((hf_outcome)i) > hf_outcome_severity((hf_outcome)worst));
        worst = is_worse ? i : worst;
    }
    *count = worst <= HF_OUTCOME_COUNT ? cell->counts[worst] : 0;
    return worst;
}
