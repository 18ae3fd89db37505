/* SPDX-License-Identifier: MIT
 * Shortening of repeated lines.
 */
#include "heap_alloc.h"
#include "hf_rows.h"
#include "report_examples.h"
#include "report_fold.h"

#include <string.h>

TestSuite(report_fold, .timeout = 120);

static const struct {
    const char *label, *text, *folded;
} texts[] = {
    {"different lines stay", "a\nb\na\nb\n", "a\nb\na\nb\n"},
    {"three equal lines stay", "a\na\na\n", "a\na\na\n"},
    {"four are one and three more", "a\na\na\na\n", "a\n  ... 3 more like this\n"},
    {"what stands around them stays", "x\na\na\na\na\na\ny\n", "x\na\n  ... 4 more like this\ny\n"},
    {"the number of a rule's call does not count", "f rule=r#1\nf rule=r#2\nf rule=r#30\nf rule=r#4\n", "f rule=r#1\n  ... 3 more like this\n"},
    {"another number does", "size 1\nsize 2\nsize 3\nsize 4\n", "size 1\nsize 2\nsize 3\nsize 4\n"},
    {"two rows are two", "a\na\na\na\nb\nb\nb\nb\n", "a\n  ... 3 more like this\nb\n  ... 3 more like this\n"},
    {"a last line without an end stays as it is", "a\nb", "a\nb"},
    {"nothing stays nothing", "", ""},
};
HF_ROWS(report_fold, equal_lines_in_a_row_are_one, texts)
{
    hf__heap_buffer buffer = {0};
    hf__heap_buffer_write(texts[*number].text, strlen(texts[*number].text), &buffer);
    hf__report_fold(&buffer);
    cr_assert(eq(str, buffer.text != NULL ? buffer.text : TEXT(""), TEXT(texts[*number].folded)), "%s", texts[*number].label);
    hf__free(buffer.text);
}
