/* SPDX-License-Identifier: MIT
 * The fault matrix by function: the results of each function's points, by failure, once and from then on. Printed for a terminal, and as a Markdown
 * table.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_REPORT_MATRIX_H
#define HF_REPORT_MATRIX_H

#include "report_points.h"
#include "report_sink.h"

typedef struct hf_report_column {
    char *failure; /* hf__report_point_failure */
    bool onwards;
    uint64_t findings; /* of its failure, once and onwards */
    hf_outcome worst;
} hf_report_column;

/* How many points ended how; the last counts those that drifted. */
typedef struct hf_report_cell {
    uint64_t counts[HF_OUTCOME_COUNT + 1];
} hf_report_cell;

typedef struct hf_report_row {
    uint32_t function; /* of the matrix' texts */
    size_t sites;
    uint64_t findings; /* points that are worth a person's time */
    uint64_t first;    /* the ordinal of the first call among its points */
    hf_outcome worst;  /* COUNT: all of them drifted */
    hf_report_cell *cells;
} hf_report_row;

typedef struct hf_report_matrix {
    hf_report_strings texts;
    hf_report_column *columns; /* worst first, then those with more findings, then by failure; the two of a failure together, once before onwards */
    hf_report_row *rows;       /* worst first, then those with more findings, then by their first call */
    size_t column_count, row_count;
} hf_report_matrix;

hf_report_matrix hf__report_matrix_of(const hf_report_points *points, size_t sweep);
void hf__report_matrix_clear(hf_report_matrix *matrix);

const char *hf__report_matrix_function(const hf_report_matrix *matrix, const hf_report_row *row);
/* The worst outcome of a cell and how many points have it; COUNT + 1 if it has no points. */
unsigned hf__report_cell_worst(const hf_report_cell *cell, uint64_t *count);

/* Rows with findings, or all; as wide as the sink allows, with a legend of the signs it has used. */
void hf__report_matrix_print(const hf_report_sink *sink, const hf_report_matrix *matrix, bool all);
/* The largest number of rows with findings. */
void hf__report_matrix_markdown(const hf_report_sink *sink, const hf_report_matrix *matrix, size_t most);

#endif
