/* SPDX-License-Identifier: MIT
 * Which characters of a stranger's text may be printed.
 */
#include "base_clean.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

/* Length of the well-formed UTF-8 sequence at the start (Unicode table 3-7), 0 if there is none. */
static size_t sequence_length(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high, length;
    } rows[] = {
        {0x00, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
        {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
        {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t row = 0; row < sizeof rows / sizeof rows[0]; row++) {
        if (at[0] < rows[row].first_low || at[0] > rows[row].first_high)
            continue;
        if (rows[row].length > left || (rows[row].length > 1 && (at[1] < rows[row].second_low || at[1] > rows[row].second_high)))
            return 0;
        for (size_t i = 2; i < rows[row].length; i++)
            if ((at[i] & 0xC0) != 0x80)
                return 0;
        return rows[row].length;
    }
    return 0;
}

/* What is not seen, or makes text look like other text: U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F, U+FEFF. */
static bool is_invisible(const unsigned char *at)
{
    bool is_general = at[0] == 0xE2 && at[1] == 0x80 && ((at[2] >= 0x8B && at[2] <= 0x8F) || (at[2] >= 0xA8 && at[2] <= 0xAE));
    bool is_later = at[0] == 0xE2 && at[1] == 0x81 && at[2] >= 0xA0 && at[2] <= 0xAF;
    return is_general || is_later || (at[0] == 0xEF && at[1] == 0xBB && at[2] == 0xBF);
}

static bool is_printable(const unsigned char *at, size_t length, bool is_line)
{
    if (length == 1)
        return (at[0] >= 0x20 && at[0] != 0x7F) || (!is_line && (at[0] == '\n' || at[0] == '\t'));
    if (length == 2)
        return !(at[0] == 0xC2 && at[1] < 0xA0); /* the C1 controls, U+0080 to U+009F: a terminal may obey them */
    if (length == 3 && is_invisible(at))
        return false;
    return !(length == 3 && at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE);
}

size_t hf__clean_stretch(hf_text text, bool is_line, size_t *bad)
{
    const unsigned char *from = (const unsigned char *)text.pointer;
    size_t at = 0;
    *bad = 0;
    while (at < text.size_bytes) {
        size_t length = sequence_length(from + at, text.size_bytes - at);
        if (length == 0 || !is_printable(from + at, length, is_line)) {
            *bad = length == 0 ? 1 : length;
            break;
        }
        at += length;
    }
    return at;
}

bool hf__clean_is_command(hf_text line)
{
    hf_text text = hf__text_trim(line);
    return hf__text_starts_with(text, "::") || hf__text_starts_with(text, "##");
}

void hf__clean_line(char *text)
{
    hf_text left = hf__text(text);
    size_t written = 0;
    for (size_t bad = 1; bad != 0;) {
        size_t length = hf__clean_stretch(left, true, &bad);
        memmove(text + written, left.pointer, length);
        written += length;
        if (bad != 0)
            text[written++] = '?';
        left.pointer += length + bad;
        left.size_bytes -= length + bad;
    }
    text[written] = '\0';
}
