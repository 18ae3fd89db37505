/* SPDX-License-Identifier: MIT
 * Words of a command line that a person copies into a shell.
 */
#include "heap_quote.h"
#include "base_clean.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

static bool holds_controls(const char *word)
{
    size_t bad = 0;
    (void)hf__clean_stretch(hf__text(word), true, &bad);
    return bad != 0;
}

/* In the shell's $'...', which can express every byte in letters. */
static void quote_bytes(hf__heap_buffer *buffer, const char *word)
{
    hf__heap_buffer_write("$'", 2, buffer);
    for (; *word != '\0'; word++) {
        char escape[8];
        bool is_plain = *word >= 0x20 && *word < 0x7F && *word != '\'' && *word != '\\';
        hf__builder builder = hf__builder_init(escape, sizeof escape);
        hf__builder_print(&builder, is_plain ? "%c" : "\\%03o", (unsigned)(unsigned char)*word);
        hf__heap_buffer_write(escape, builder.length, buffer);
    }
    hf__heap_buffer_write("'", 1, buffer);
}

void hf__heap_quote(hf__heap_buffer *buffer, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=:,+%@";
    bool needs = word[0] == '\0' || word[strspn(word, plain)] != '\0';
    if (!needs) {
        hf__heap_buffer_write(word, strlen(word), buffer);
        return;
    }

    if (holds_controls(word)) {
        quote_bytes(buffer, word);
        return;
    }

    hf__heap_buffer_write("'", 1, buffer);
    for (; *word != '\0'; word++) {
        if (*word == '\'')
            hf__heap_buffer_write("'\\''", 4, buffer);
        else
            hf__heap_buffer_write(word, 1, buffer);
    }

    hf__heap_buffer_write("'", 1, buffer);
}
