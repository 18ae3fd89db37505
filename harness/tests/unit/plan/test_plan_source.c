/* SPDX-License-Identifier: MIT
 * Bytes, lines, columns, and the excerpts that are shown.
 */
#include "hf_rows.h"
#include "plan_source.h"
#include "plan_support.h"
#include "plan_writer.h"

#include <string.h>

TestSuite(plan_source, .timeout = 120);

/* Where is the character of that index? The text's last column is what a caret would point at. */
static const struct {
    const char *label, *text;
    size_t index;
    unsigned line, column;
} places[] = {
    {"first", "abc", 0, 1, 1},
    {"same line", "abc", 2, 1, 3},
    {"after LF", "a\nbc", 3, 2, 2},
    {"after CR LF", "a\r\nbc", 4, 2, 2},
    {"after CR alone", "a\rbc", 3, 2, 2},
    {"columns count bytes", "\xC3\xA4\xC3\xB6x", 2, 1, 5},
    {"four-byte characters", "\xF0\x9F\x98\x80x", 1, 1, 5},
    {"NEL is no line end of ours", "a\xC2\x85x", 2, 1, 4},
    {"LINE SEPARATOR neither", "a\xE2\x80\xA8x", 2, 1, 5},
    {"past the end stays at the end", "ab", 99, 1, 3},
    {"a byte order mark is not there",
     "\xEF\xBB\xBF"
     "abc",
     1, 1, 2},
};
HF_ROWS(plan_source, character_index_is_found, places)
{
    hf_errors errors = {0};
    hf__plan_source source = hf__plan_source_init("x", hf__text(places[*number].text), &errors);
    hf__plan_position got = hf__plan_source_locate(&source, places[*number].index);
    cr_assert(eq(uint, got.line, places[*number].line), "%s", places[*number].label);
    cr_assert(eq(uint, got.column, places[*number].column), "%s", places[*number].label);
}

Test(plan_source, cursor_may_go_back)
{
    hf_errors errors = {0};
    hf__plan_source source = hf__plan_source_init("x", hf__text("a\nb\nc"), &errors);
    hf__plan_source_locate(&source, 4);
    hf__plan_position got = hf__plan_source_locate(&source, 2);
    cr_assert(eq(uint, got.line, 2));
    cr_assert(eq(uint, got.column, 1));
}

static const struct {
    const char *label, *text;
    size_t length;
    int good;
} encodings[] = {
    {"ascii", "abc", 3, 1},
    {"two bytes", "\xC3\xA4", 2, 1},
    {"three bytes", "\xE5\xA4\xA7", 3, 1},
    {"four bytes", "\xF0\x9F\x98\x80", 4, 1},
    {"tab, CR, LF", "\t\r\n", 3, 1},
    {"NEL", "\xC2\x85", 2, 1},
    {"truncated", "\xC3", 1, 0},
    {"truncated in the middle", "\xE5\xA4x", 3, 0},
    {"continuation alone", "\x80", 1, 0},
    {"overlong slash", "\xC0\xAF", 2, 0},
    {"overlong in three bytes", "\xE0\x80\xAF", 3, 0},
    {"surrogate", "\xED\xA0\x80", 3, 0},
    {"above U+10FFFF", "\xF4\x90\x80\x80", 4, 0},
    {"0xFF", "\xFF", 1, 0},
    {"NUL", "a\0b", 3, 0},
    {"escape", "\x1B[0m", 4, 0},
    {"DEL", "\x7F", 1, 0},
    {"C1 control", "\xC2\x9B", 2, 0},
    {"U+FFFE", "\xEF\xBF\xBE", 3, 0},
};
HF_ROWS(plan_source, only_printable_utf8_passes, encodings)
{
    hf_errors errors = {0};
    hf__plan_source source = hf__plan_source_init("x", (hf_text){encodings[*number].text, encodings[*number].length}, &errors);
    cr_assert(eq(int, hf__plan_source_check(&source), encodings[*number].good), "%s", encodings[*number].label);
    cr_assert(eq(uint, errors.count, encodings[*number].good ? 0 : 1), "%s", encodings[*number].label);
}

static const struct {
    const char *label, *text, *shown;
} shown[] = {
    {"plain", "abc\n", "abc\n"},
    {"escape sequence", "\x1B[31mred", "?[31mred"},
    {"C1 control", "a\xC2\x9Bz", "a?z"},
    {"not UTF-8", "a\xFFz", "a?z"},
    {"letters of others stay", "\xC3\xA4\xE5\xA4\xA7", "\xC3\xA4\xE5\xA4\xA7"},
    {"right-to-left override", "a\xE2\x80\xAEz", "a?z"},
    {"zero-width space", "a\xE2\x80\x8Bz", "a?z"},
};
HF_ROWS(plan_source, terminal_gets_nothing_to_obey, shown)
{
    output got = {0};
    hf__plan_writer to = {output_write, &got};
    hf__plan_put_shown(&to, hf__text(shown[*number].text));
    cr_assert(eq(str, S(output_text(&got)), S(shown[*number].shown)), "%s", shown[*number].label);
    output_clear(&got);
}
