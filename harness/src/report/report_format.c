/* SPDX-License-Identifier: MIT
 * printf for reports: every %s is untrusted text, which cannot end a line or reach the terminal as an escape sequence. So no printing code can
 * forget to clean it. The C library formats the numbers.
 */
#include "report_sink.h"
#include "base_check.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define SPEC_MAX 24u /* of a conversion with its flags */
#define NUMBER_MAX 512u

/* "%-*.3llu": the part between the percent sign and the letter. */
typedef struct conversion {
    char spec[SPEC_MAX]; /* as written, with the letter */
    bool has_width_argument, has_precision_argument, has_precision, is_left;
    int width, precision;
    unsigned longs; /* l: 1, ll: 2 */
    bool is_size;
    char letter;
} conversion;

/* va_list may be an array, which is passed as a pointer; in a struct it is the same on every system. */
typedef struct rest {
    va_list list;
} rest;

static const char *take_number(const char *at, int *out)
{
    for (*out = 0; *at >= '0' && *at <= '9'; at++)
        *out = *out * 10 + (*at - '0');
    return at;
}

/* Reads a conversion after its percent sign; returns the rest of the format. */
static const char *read_conversion(const char *percent, conversion *out)
{
    const char *at = percent + 1;
    memset(out, 0, sizeof *out);
    for (; *at != '\0' && strchr("-+ #0", *at) != NULL; at++)
        out->is_left = out->is_left || *at == '-';
    out->has_width_argument = *at == '*';
    at = out->has_width_argument ? at + 1 : take_number(at, &out->width);
    out->has_precision = *at == '.';

    if (out->has_precision) {
        at++;
        out->has_precision_argument = *at == '*';
        at = out->has_precision_argument ? at + 1 : take_number(at, &out->precision);
    }

    for (; *at == 'l' || *at == 'z'; at++) {
        out->longs += *at == 'l';
        out->is_size = *at == 'z';
    }

    out->letter = *at;
    size_t length = (size_t)(at + 1 - percent);
    HF_ASSERT(*at != '\0' && length < sizeof out->spec);
    memcpy(out->spec, percent, length);
    return at + 1;
}

static void put_blanks(const hf_report_sink *sink, size_t count)
{
    for (; count > 0; count--)
        hf__report_put(sink, " ");
}

static void put_string(const hf_report_sink *sink, const conversion *how, const char *text)
{
    const char *shown = text != NULL ? text : "(null)";
    size_t most = how->has_precision && how->precision >= 0 ? (size_t)how->precision : SIZE_MAX;
    const char *end = most != SIZE_MAX ? memchr(shown, '\0', most) : NULL;
    size_t length = most == SIZE_MAX ? strlen(shown) : end != NULL ? (size_t)(end - shown) : most;
    bool is_left = how->is_left || how->width < 0;
    size_t width = how->width < 0 ? (size_t)-how->width : (size_t)how->width;
    size_t blanks = width > length ? width - length : 0;
    put_blanks(sink, is_left ? 0 : blanks);
    hf__report_put_foreign(sink, (hf_text){shown, length});
    put_blanks(sink, is_left ? blanks : 0);
}

/* The format is our own conversion, parsed above and known to fit its argument. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#define PRINT_NUMBER(value)                                                                                                                          \
    (how->has_width_argument && how->has_precision_argument ? snprintf(text, sizeof text, how->spec, how->width, how->precision, (value))            \
     : how->has_width_argument                              ? snprintf(text, sizeof text, how->spec, how->width, (value))                            \
     : how->has_precision_argument                          ? snprintf(text, sizeof text, how->spec, how->precision, (value))                        \
                                                            : snprintf(text, sizeof text, how->spec, (value)))

static void put_number(const hf_report_sink *sink, const conversion *how, rest *arguments)
{
    char text[NUMBER_MAX];
    int length = 0;

    /* NOLINTBEGIN(bugprone-branch-clone): two of the types are one on this system, and others on Windows */
    if (how->letter == 'f')
        length = PRINT_NUMBER(va_arg(arguments->list, double));
    else if (how->is_size) /* here size_t is unsigned long; on Windows it is not */
        length = PRINT_NUMBER(va_arg(arguments->list, size_t));
    else if (how->longs == 2)
        length = PRINT_NUMBER(va_arg(arguments->list, unsigned long long));
    else if (how->longs == 1)
        length = PRINT_NUMBER(va_arg(arguments->list, unsigned long));
    else
        length = PRINT_NUMBER(va_arg(arguments->list, unsigned));
    /* NOLINTEND(bugprone-branch-clone) */
    HF_ASSERT(length >= 0 && (size_t)length < sizeof text);
    sink->write(text, (size_t)length, sink->user);
}
#pragma GCC diagnostic pop

static void put_conversion(const hf_report_sink *sink, conversion *how, rest *arguments)
{
    if (how->has_width_argument)
        how->width = va_arg(arguments->list, int);
    if (how->has_precision_argument)
        how->precision = va_arg(arguments->list, int);
    switch (how->letter) {
    case '%': hf__report_put(sink, "%"); break;
    case 's': put_string(sink, how, va_arg(arguments->list, const char *)); break;
    default: HF_ASSERT(strchr("cdiuxXof", how->letter) != NULL); put_number(sink, how, arguments);
    }
}

void hf__report_vprint(const hf_report_sink *sink, const char *format, va_list arguments)
{
    rest left;
    va_copy(left.list, arguments);
    while (*format != '\0') {
        size_t plain = strcspn(format, "%");
        if (plain > 0)
            sink->write(format, plain, sink->user);
        format += plain;
        if (*format == '\0')
            break;
        conversion how;
        format = read_conversion(format, &how);
        put_conversion(sink, &how, &left);
    }
    va_end(left.list);
}
