/* SPDX-License-Identifier: MIT
 * Makes untrusted text safe for the screen and for a shell. A caller under test may write anything; an escape sequence must not reach the terminal,
 * and no byte may break a report.
 */
#include "heap_alloc.h"
#include "heap_quote.h"
#include "base_clean.h"
#include "base_text.h"
#include "report_case.h"

#include <string.h>

#include "base_poison.h"

/* One line, with its end. */
static void clean_line(hf__heap_buffer *out, hf_text line)
{
    if (hf__clean_is_command(line))
        hf__heap_buffer_write(HF_CLEAN_GUARD, strlen(HF_CLEAN_GUARD), out);
    for (size_t bad = 1; bad != 0;) {
        size_t length = hf__clean_stretch(line, false, &bad);
        hf__heap_buffer_write(line.pointer, length, out);
        hf__heap_buffer_write("?", bad != 0 ? 1 : 0, out);
        line.pointer += length + bad;
        line.size_bytes -= length + bad;
    }
}

char *hf__report_clean(hf_text text)
{
    hf__heap_buffer clean = {0};
    hf__heap_buffer_write("", 0, &clean);
    while (text.size_bytes > 0) {
        const char *end = memchr(text.pointer, '\n', text.size_bytes);
        size_t length = end != NULL ? (size_t)(end + 1 - text.pointer) : text.size_bytes;
        clean_line(&clean, (hf_text){text.pointer, length});
        text.pointer += length;
        text.size_bytes -= length;
    }
    return clean.text;
}

void hf__report_put_quoted(const hf_report_sink *sink, const char *word)
{
    hf__heap_buffer buffer = {0};
    hf__heap_quote(&buffer, word);
    hf__report_put(sink, buffer.text != NULL ? buffer.text : "''");
    hf__free(buffer.text);
}
