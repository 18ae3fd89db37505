/* SPDX-License-Identifier: MIT
 * Writes to a sink, with and without colour. Formats are in report_format.c.
 */
#include "report_sink.h"
#include "heap_alloc.h"
#include "base_clean.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

void hf__report_put(const hf_report_sink *sink, const char *text)
{
    sink->write(text, strlen(text), sink->user);
}

void hf__report_put_foreign(const hf_report_sink *sink, hf_text text)
{
    for (size_t bad = 1; bad != 0;) {
        size_t length = hf__clean_stretch(text, true, &bad);
        if (length > 0)
            sink->write(text.pointer, length, sink->user);
        if (bad != 0)
            hf__report_put(sink, "?");
        text.pointer += length + bad;
        text.size_bytes -= length + bad;
    }
}

void hf__report_print(const hf_report_sink *sink, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    hf__report_vprint(sink, format, arguments);
    va_end(arguments);
}

void hf__report_tone(const hf_report_sink *sink, hf_report_tone tone, const char *format, ...)
{
    /* The eight colours of ECMA-48, which every terminal shows in a shade that suits its background. */
    static const char *const starts[] = {
        [HF_TONE_PLAIN] = "",           [HF_TONE_GOOD] = "\x1b[32m", [HF_TONE_BAD] = "\x1b[1;31m",
        [HF_TONE_WARNING] = "\x1b[33m", [HF_TONE_FAINT] = "\x1b[2m", [HF_TONE_STRONG] = "\x1b[1m",
    };
    bool coloured = sink->colour && tone != HF_TONE_PLAIN;
    if (coloured)
        hf__report_put(sink, starts[tone]);
    va_list arguments;
    va_start(arguments, format);
    hf__report_vprint(sink, format, arguments);
    va_end(arguments);
    if (coloured)
        hf__report_put(sink, "\x1b[0m");
}

/* A vertical bar ends a cell, and markup in a name would take effect. */
void hf__report_put_markdown(const hf_report_sink *sink, const char *text)
{
    static const char markup[] = "\\`*_{}[]()<>#+-!|~&@";
    while (*text != '\0') {
        size_t plain = strcspn(text, markup);
        hf__report_put_foreign(sink, (hf_text){text, plain});
        text += plain;
        if (*text == '\0')
            return;
        hf__report_put(sink, "\\");
        sink->write(text++, 1, sink->user);
    }
}
