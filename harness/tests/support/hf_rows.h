/* SPDX-License-Identifier: MIT
 * HF_ROWS(suite, name, table): a parameterised test over the row numbers of a constant table. The body sees `number`, a const size_t *.
 * Parameters are numbers and never pointers, because Criterion runs each row in a separate process with different addresses.
 */
#ifndef HF_ROWS_H
#define HF_ROWS_H

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <criterion/parameterized.h>

#define HF_ROWS_MAX 200
#define HF_ROWS(suite, name, table)                                                                                                                  \
    _Static_assert(sizeof(table) > 0 && sizeof(table) / sizeof((table)[0]) <= HF_ROWS_MAX, "rows");                                                  \
    ParameterizedTestParameters(suite, name)                                                                                                         \
    {                                                                                                                                                \
        static size_t numbers[HF_ROWS_MAX];                                                                                                          \
        for (size_t i = 0; i < HF_ROWS_MAX; i++)                                                                                                     \
            numbers[i] = i;                                                                                                                          \
        return cr_make_param_array(size_t, numbers, sizeof(table) / sizeof((table)[0]));                                                             \
    }                                                                                                                                                \
    ParameterizedTest(const size_t *number, suite, name, .timeout = 120)

#endif
