/*
 * Making text of strangers fit to print, and fit for a shell. A caller under test may write anything; an escape sequence in it must not reach the
 * terminal, and no byte of it may break a report.
 */
#include "base_alloc.h"
#include "report_case.h"

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

/* The controls of writing direction, which make text look like other text: U+200E, U+200F, U+2028 to U+202E, U+2066 to U+2069. */
static bool is_direction(const unsigned char *at)
{
    bool is_general = at[0] == 0xE2 && at[1] == 0x80 && (at[2] == 0x8E || at[2] == 0x8F || (at[2] >= 0xA8 && at[2] <= 0xAE));
    return is_general || (at[0] == 0xE2 && at[1] == 0x81 && at[2] >= 0xA6 && at[2] <= 0xA9);
}

static bool is_printable(const unsigned char *at, size_t length)
{
    if (length == 1)
        return (at[0] >= 0x20 && at[0] != 0x7F) || at[0] == '\n' || at[0] == '\t';
    if (length == 2)
        return !(at[0] == 0xC2 && at[1] < 0xA0); /* the C1 controls, U+0080 to U+009F: a terminal may obey them */
    if (length == 3 && is_direction(at))
        return false;
    return !(length == 3 && at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE);
}

char *hf__report_clean(hf_text text)
{
    const unsigned char *from = (const unsigned char *)text.pointer;
    char *clean = hf__allocate(text.size_bytes + 1, 1);
    size_t written = 0;
    for (size_t i = 0; i < text.size_bytes;) {
        size_t length = sequence_length(from + i, text.size_bytes - i);
        if (length == 0 || !is_printable(from + i, length)) {
            clean[written++] = '?';
            i += length == 0 ? 1 : length;
            continue;
        }
        for (size_t end = i + length; i < end; i++)
            clean[written++] = (char)from[i];
    }
    return clean;
}

void hf__report_quote(hf_report_buffer *buffer, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=:,+%@";
    bool needs = word[0] == '\0' || word[strspn(word, plain)] != '\0';
    if (!needs) {
        hf__report_collect(word, strlen(word), buffer);
        return;
    }
    hf__report_collect("'", 1, buffer);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            hf__report_collect("'\\''", 4, buffer);
        else
            hf__report_collect(word, 1, buffer);
    }
    hf__report_collect("'", 1, buffer);
}

void hf__report_put_quoted(const hf_report_sink *sink, const char *word)
{
    hf_report_buffer buffer = {0};
    hf__report_quote(&buffer, word);
    hf__report_put(sink, buffer.text != NULL ? buffer.text : "''");
    hf__free(buffer.text);
}
