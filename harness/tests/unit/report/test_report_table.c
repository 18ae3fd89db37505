/* SPDX-License-Identifier: MIT
 * Tables: alignment, the wrapped last column, empty cells.
 */
#include "heap_alloc.h"
#include "report_examples.h"
#include "report_table.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

TestSuite(report_table, .timeout = 120);

static char *print_table(unsigned width, const char *last)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = report_example_sink(&buffer, width);
    hf_report_table table = hf__report_table_init((const char *const[]){"a", "bb", "text", NULL});
    hf__report_table_add(&table, (const char *const[]){"long cell", "x", last});
    hf__report_table_add(&table, (const char *const[]){"s", NULL, NULL});
    hf__report_table_print(&table, &sink, " ");
    hf__report_table_clear(&table);
    return buffer.text;
}

Test(report_table, aligns_columns_and_leaves_no_blanks_at_the_end)
{
    char *got = print_table(0, "last");
    cr_assert(eq(str, got, TEXT(" a          bb  text\n long cell  x   last\n s\n")));
    hf__free(got);
}

Test(report_table, wraps_the_last_column_between_words)
{
    char *got = print_table(44, "one two three four five six seven eight");
    cr_assert(eq(str, got, TEXT(" a          bb  text\n long cell  x   one two three four five six\n                seven eight\n s\n")));
    hf__free(got);
}

Test(report_table, does_not_wrap_where_the_screen_is_too_narrow_for_it)
{
    char *got = print_table(30, "one two three four five six seven eight");
    cr_assert(eq(str, got, TEXT(" a          bb  text\n long cell  x   one two three four five six seven eight\n s\n")));
    hf__free(got);
}

Test(report_table, does_not_cut_a_word_that_is_longer_than_its_column)
{
    char *got = print_table(44, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz end");
    cr_assert(eq(str, got, TEXT(" a          bb  text\n long cell  x   abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz end\n s\n")));
    hf__free(got);
}
