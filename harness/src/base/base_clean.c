/* SPDX-License-Identifier: MIT
 * Finds the characters of untrusted text that may be printed.
 */
#include "base_clean.h"
#include "base_text.h"
#include "base_utf8.h"

#include <string.h>

#include "base_poison.h"

static bool is_printable(uint32_t value, bool is_line)
{
    return hf__utf8_is_shown(value) || (!is_line && (value == '\n' || value == '\t'));
}

size_t hf__clean_stretch(hf_text text, bool is_line, size_t *bad)
{
    size_t at = 0;
    *bad = 0;
    while (at < text.size_bytes) {
        size_t length = hf__utf8_length(text, at);
        if (length == 0 || !is_printable(hf__utf8_value(text, at, length), is_line)) {
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
