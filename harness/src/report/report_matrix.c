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
    self->columns[self->column_count++] =
        (hf_report_column){.failure = hf__copy_string(wanted->failure), .onwards = wanted->onwards, .worst = HF_OUTCOME_COUNT};
}

static void find_columns(hf_report_matrix *self, const hf_report_points *points, const hf_report_sweep_points *of)
{
    size_t capacity = 0;
    const hf_report_point *before = NULL;
    for (size_t i = of->first_point; i < of->first_point + of->point_count; i++) {
        const hf_report_point *point = &points->points[i];
        /* Adjacent points often have the same one. */
        if (before != NULL && before->result == point->result && before->variant == point->variant && before->onwards == point->onwards)
            continue;
        before = point;
        const hf_report_column wanted = {.failure = hf__report_point_failure(points, point), .onwards = point->onwards};
        add_column(self, &capacity, &wanted);
        hf__free(wanted.failure);
    }
    if (self->column_count > 0)
        qsort(self->columns, self->column_count, sizeof *self->columns, compare_columns);
}

static size_t column_of(const hf_report_matrix *self, const hf_report_points *points, const hf_report_point *point)
{
    const hf_report_column wanted = {.failure = hf__report_point_failure(points, point), .onwards = point->onwards};
    const hf_report_column *found = bsearch(&wanted, self->columns, self->column_count, sizeof *self->columns, compare_columns);
    hf__free(wanted.failure);
    return (size_t)(found - self->columns);
}

/* Functions are texts, and a function's row is the index of its text. */
static hf_report_row *row_of(hf_report_matrix *self, size_t *capacity, const hf_report_points *points, const hf_report_site *site)
{
    char *function = hf__report_place_function(hf__report_points_text(points, site->place));
    uint32_t number = hf__report_strings_add(&self->texts, function);
    hf__free(function);
    if (number == self->row_count) {
        HF_GROW(self->rows, self->row_count, *capacity);
        self->rows[self->row_count++] = (hf_report_row){
            .function = number, .worst = HF_OUTCOME_COUNT, .first = UINT64_MAX, .cells = hf__allocate(self->column_count, sizeof(hf_report_cell))};
    }
    return &self->rows[number];
}

static hf_outcome worse_of(hf_outcome a, hf_outcome b)
{
    return hf_outcome_compare(a, b) <= 0 ? a : b;
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
        hf_report_column *column = &self->columns[column_of(self, points, point)];
        row->cells[column - self->columns].counts[point->outcome]++;
        row->first = point->ordinal < row->first ? point->ordinal : row->first;
        row->worst = worse_of(row->worst, (hf_outcome)point->outcome);
        column->worst = worse_of(column->worst, (hf_outcome)point->outcome);
        row->findings += hf__report_point_is_finding(point) ? 1 : 0;
        column->findings += hf__report_point_is_finding(point) ? 1 : 0;
    }
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* In the page's order; equal ones stay in the order of sites. */
static int compare_rows(const hf_report_row *a, const hf_report_row *b)
{
    int order = hf_outcome_compare(a->worst, b->worst);
    if (order == 0)
        order = compare_u64(b->findings, a->findings);
    return order != 0 ? order : compare_u64(a->first, b->first);
}

/* A column with its index among the columns sorted by name, which the cells use. */
typedef struct placed_column {
    hf_report_column column;
    size_t was;
} placed_column;

static int compare_placed(const void *left, const void *right)
{
    const hf_report_column *a = &((const placed_column *)left)->column, *b = &((const placed_column *)right)->column;
    int order = hf_outcome_compare(a->worst, b->worst);
    if (order == 0)
        order = compare_u64(b->findings, a->findings);
    return order != 0 ? order : compare_columns(a, b);
}

/* Both columns of a failure rank as the worse of the two, so that they stay together. */
static void join_columns(hf_report_matrix *self)
{
    for (size_t i = 1; i < self->column_count; i++) {
        hf_report_column *once = &self->columns[i - 1], *onwards = &self->columns[i];
        if (strcmp(once->failure, onwards->failure) != 0)
            continue;
        once->worst = onwards->worst = worse_of(once->worst, onwards->worst);
        once->findings = onwards->findings = once->findings + onwards->findings;
    }
}

static void sort_columns(hf_report_matrix *self)
{
    size_t count = self->column_count;
    if (count == 0)
        return;
    join_columns(self);
    placed_column *placed = hf__allocate(count, sizeof *placed);
    for (size_t i = 0; i < count; i++)
        placed[i] = (placed_column){self->columns[i], i};
    qsort(placed, count, sizeof *placed, compare_placed);
    for (size_t i = 0; i < count; i++)
        self->columns[i] = placed[i].column;

    for (size_t row = 0; row < self->row_count; row++) {
        hf_report_cell *cells = hf__allocate(count, sizeof *cells);
        for (size_t i = 0; i < count; i++)
            cells[i] = self->rows[row].cells[placed[i].was];
        hf__free(self->rows[row].cells);
        self->rows[row].cells = cells;
    }
    hf__free(placed);
}

/* Insertion sort, which keeps the order of equal rows; there is one row for each function. */
static void sort_rows(hf_report_matrix *self)
{
    for (size_t i = 1; i < self->row_count; i++) {
        hf_report_row row = self->rows[i];
        size_t at = i;
        for (; at > 0 && compare_rows(&self->rows[at - 1], &row) > 0; at--)
            self->rows[at] = self->rows[at - 1];
        self->rows[at] = row;
    }
}

hf_report_matrix hf__report_matrix_of(const hf_report_points *points, size_t sweep)
{
    hf_report_matrix self = {.columns = NULL};
    find_columns(&self, points, &points->sweeps[sweep]);
    count_points(&self, points, &points->sweeps[sweep]);
    sort_columns(&self);
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

/* Drifted points rank last. */
unsigned hf__report_cell_worst(const hf_report_cell *cell, uint64_t *count)
{
    unsigned worst = HF_OUTCOME_COUNT + 1;
    for (unsigned i = 0; i <= HF_OUTCOME_COUNT; i++) {
        if (cell->counts[i] == 0)
            continue;
        bool is_worse = worst > HF_OUTCOME_COUNT || hf_outcome_compare((hf_outcome)i, (hf_outcome)worst) < 0;
        worst = is_worse ? i : worst;
    }
    *count = worst <= HF_OUTCOME_COUNT ? cell->counts[worst] : 0;
    return worst;
}
