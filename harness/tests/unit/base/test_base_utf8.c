/* SPDX-License-Identifier: MIT
 * UTF-8: the rows are the borders of Unicode's table 3-7.
 */
#include "base_text.h"
#include "base_utf8.h"
#include "hf_rows.h"

TestSuite(base_utf8, .timeout = 120);

static const struct {
    const char *label, *text;
    size_t length;
    uint32_t value;
} characters[] = {
    {"ASCII", "A", 1, 'A'},
    {"the last of one byte", "\x7F", 1, 0x7F},
    {"the first of two", "\xC2\x80", 2, 0x80},
    {"overlong, two bytes", "\xC1\xBF", 0, 0},
    {"the first of three", "\xE0\xA0\x80", 3, 0x800},
    {"overlong, three bytes", "\xE0\x9F\xBF", 0, 0},
    {"before the surrogates", "\xED\x9F\xBF", 3, 0xD7FF},
    {"a surrogate", "\xED\xA0\x80", 0, 0},
    {"the first of four", "\xF0\x90\x80\x80", 4, 0x10000},
    {"overlong, four bytes", "\xF0\x8F\xBF\xBF", 0, 0},
    {"the last one", "\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
    {"behind the last one", "\xF4\x90\x80\x80", 0, 0},
    {"a tail alone", "\x80", 0, 0},
    {"cut", "\xE2\x82", 0, 0},
    {"a tail is missing", "\xC3(", 0, 0},
    {"no character begins so", "\xFF", 0, 0},
    {"nothing", "", 0, 0},
};
HF_ROWS(base_utf8, characters_have_a_length_and_a_value, characters)
{
    hf_text text = hf__text(characters[*number].text);
    size_t length = hf__utf8_length(text, 0);
    uint32_t value = length > 0 ? hf__utf8_value(text, 0, length) : 0;
    cr_assert(all(eq(sz, length, characters[*number].length), eq(u32, value, characters[*number].value)), "%s", characters[*number].label);
}

Test(base_utf8, offset_counts_and_ends)
{
    hf_text text = hf__text("a\xC3\xA9z");
    cr_assert(all(eq(sz, hf__utf8_length(text, 1), 2), eq(sz, hf__utf8_length(text, 2), 0), eq(sz, hf__utf8_length(text, 4), 0)));
}

static const struct {
    uint32_t value;
    int is_shown;
} shown[] = {{'a', 1},    {0x1B, 0},   {0x7F, 0},   {0x85, 0},   {0xA0, 1},   {0xE9, 1},   {0x200B, 0}, {0x200F, 0},
             {0x2010, 1}, {0x202E, 0}, {0x2066, 0}, {0x2070, 1}, {0xFEFF, 0}, {0xFFFD, 1}, {0xFFFE, 0}, {0x1F600, 1}};
HF_ROWS(base_utf8, what_hides_or_controls_is_not_shown, shown)
{
    cr_assert(eq(int, hf__utf8_is_shown(shown[*number].value), shown[*number].is_shown), "U+%04X", (unsigned)shown[*number].value);
}
