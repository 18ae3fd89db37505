/* SPDX-License-Identifier: MIT
 * The sanitized form of untrusted text.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "hf_rows.h"
#include "report_examples.h"

TestSuite(report_clean, .timeout = 120);

static const struct {
    const char *label, *text, *clean;
} texts[] = {
    {"plain text stays", "abc xyz", "abc xyz"},
    {"newline and tab stay", "a\n\tb\n", "a\n\tb\n"},
    {"letters beyond ASCII stay", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\x89", "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x8e\x89"},
    {"an escape sequence loses its escape", "\x1b[31mred\x1b[0m", "?[31mred?[0m"},
    {"carriage return, bell and delete go", "a\rb\ac\x7f", "a?b?c?"},
    {"the C1 controls go, which terminals obey too",
     "a\xc2\x9b"
     "31mb",
     "a?31mb"},
    {"a byte that begins nothing goes",
     "a\xff\xfe"
     "b",
     "a??b"},
    {"a sequence cut at the end goes", "a\xe2\x82", "a??"},
    {"an overlong slash goes",
     "a\xc0\xaf"
     "b",
     "a??b"},
    {"a surrogate goes",
     "a\xed\xa0\x80"
     "b",
     "a???b"},
    {"beyond the last character goes",
     "a\xf4\x90\x80\x80"
     "b",
     "a????b"},
    {"controls of writing direction go, which make text look like other text",
     "a\xe2\x80\xae"
     "b\xe2\x81\xa6"
     "c\xe2\x80\xa8"
     "d",
     "a?b?c?d"},
    {"U+FFFE and U+FFFF, which XML forbids, go",
     "a\xef\xbf\xbe"
     "b\xef\xbf\xbf",
     "a?b?"},
    {"U+FFFD itself stays", "a\xef\xbf\xbd", "a\xef\xbf\xbd"},
};
HF_ROWS(report_clean, leaves_what_can_be_printed, texts)
{
    char *got = hf__report_clean(hf__text(texts[*number].text));
    cr_assert(eq(str, got, TEXT(texts[*number].clean)), "%s", texts[*number].label);
    hf__free(got);
}

Test(report_clean, takes_a_nul_inside_for_a_control_character)
{
    char *got = hf__report_clean((hf_text){"a\0b", 3});
    cr_assert(eq(str, got, TEXT("a?b")));
    hf__free(got);
}
