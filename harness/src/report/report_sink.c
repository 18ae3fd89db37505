/*
 * Writing to a sink, with and without colour, and the sink that collects.
 */
#include "report_sink.h"
#include "base_alloc.h"
#include "base_text.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

void hf__report_put(const hf_report_sink *sink, const char *text)
{
    sink->write(text, strlen(text), sink->user);
}

static void print_list(const hf_report_sink *sink, const char *format, va_list arguments) HF_PRINTF(2, 0);
static void print_list(const hf_report_sink *sink, const char *format, va_list arguments)
{
    char small[512];
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(small, sizeof small, format, arguments);
    if (length >= 0 && (size_t)length < sizeof small) {
        sink->write(small, (size_t)length, sink->user);
    } else if (length >= 0) {
        char *large = hf__allocate((size_t)length + 1, 1);
        (void)vsnprintf(large, (size_t)length + 1, format, again);
        sink->write(large, (size_t)length, sink->user);
        hf__free(large);
    }
    va_end(again);
}

void hf__report_print(const hf_report_sink *sink, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_list(sink, format, arguments);
    va_end(arguments);
}

void hf__report_tone(const hf_report_sink *sink, hf_report_tone tone, const char *format, ...)
{
    /* The eight colours of ECMA-48, which every terminal has in a shade that suits its background. */
    static const char *const starts[] = {
        [HF_TONE_PLAIN] = "",           [HF_TONE_GOOD] = "\x1b[32m", [HF_TONE_BAD] = "\x1b[1;31m",
        [HF_TONE_WARNING] = "\x1b[33m", [HF_TONE_FAINT] = "\x1b[2m", [HF_TONE_STRONG] = "\x1b[1m",
    };
    bool coloured = sink->colour && tone != HF_TONE_PLAIN;
    if (coloured)
        hf__report_put(sink, starts[tone]);
    va_list arguments;
    va_start(arguments, format);
    print_list(sink, format, arguments);
    va_end(arguments);
    if (coloured)
        hf__report_put(sink, "\x1b[0m");
}

/* A vertical bar ends a cell, and markup in a name would be obeyed. */
void hf__report_put_markdown(const hf_report_sink *sink, const char *text)
{
    for (; *text != '\0'; text++) {
        if (strchr("\\`*_{}[]()<>#+-!|~&@", *text) != NULL)
            hf__report_put(sink, "\\");
        sink->write(text, 1, sink->user);
    }
}

void hf__report_collect(const char *text, size_t size_bytes, void *user)
{
    hf_report_buffer *buffer = user;
    while (buffer->capacity - buffer->length < size_bytes + 1) {
        buffer->capacity = buffer->capacity != 0 ? buffer->capacity * 2 : 256;
        buffer->text = hf__reallocate(buffer->text, buffer->capacity, 1);
    }
    memcpy(buffer->text + buffer->length, text, size_bytes);
    buffer->length += size_bytes;
    buffer->text[buffer->length] = '\0';
}
