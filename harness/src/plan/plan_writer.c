/* SPDX-License-Identifier: MIT
 * Output in pieces, and text as YAML: plain only if no reader of any YAML version could take it for something else. Allocates nothing.
 */
#include "plan_writer.h"
#include "base_check.h"
#include "base_clean.h"
#include "plan_source.h"
#include "base_utf8.h"

#include <string.h>

#include "base_poison.h"

void hf__plan_put_text(const hf__plan_writer *to, hf_text text)
{
    if (text.size_bytes > 0)
        to->write(text.pointer, text.size_bytes, to->user);
}

/* At most `capacity` bytes. */
HF_PRINTF(3, 0) static hf_text format_text(char *buffer, size_t capacity, const char *format, va_list arguments)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_vprint(&builder, format, arguments);
    return (hf_text){buffer, builder.length};
}

void hf__plan_put(const hf__plan_writer *to, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    hf__plan_put_text(to, format_text(text, sizeof text, format, arguments));
    va_end(arguments);
}

void hf__plan_put_line(const hf__plan_writer *to, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    hf_text left = format_text(text, sizeof text, format, arguments);
    va_end(arguments);
    for (size_t bad = 1; bad != 0;) {
        size_t length = hf__clean_stretch(left, true, &bad);
        hf__plan_put_text(to, (hf_text){left.pointer, length});
        hf__plan_put_text(to, hf__text(bad != 0 ? "?" : "\n"));
        left.pointer += length + bad;
        left.size_bytes -= length + bad;
    }
}

static void put_shown_line(const hf__plan_writer *to, hf_text line)
{
    if (hf__clean_is_command(line))
        hf__plan_put_text(to, hf__text(HF_CLEAN_GUARD));
    for (size_t bad = 1; bad != 0;) {
        size_t length = hf__clean_stretch(line, false, &bad);
        hf__plan_put_text(to, (hf_text){line.pointer, length});
        hf__plan_put_text(to, hf__text(bad != 0 ? "?" : ""));
        line.pointer += length + bad;
        line.size_bytes -= length + bad;
    }
}

void hf__plan_put_shown(const hf__plan_writer *to, hf_text text)
{
    while (text.size_bytes > 0) {
        const char *end = memchr(text.pointer, '\n', text.size_bytes);
        size_t length = end != NULL ? (size_t)(end + 1 - text.pointer) : text.size_bytes;
        put_shown_line(to, (hf_text){text.pointer, length});
        text.pointer += length;
        text.size_bytes -= length;
    }
}

/* Equal, but for the case of letters; `small` is in small letters. */
static bool equal_folded(hf_text text, const char *small)
{
    size_t i = 0;
    for (; i < text.size_bytes && small[i] != '\0'; i++) {
        char c = text.pointer[i];
        if ((c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c) != small[i])
            return false;
    }
    return i == text.size_bytes && small[i] == '\0';
}

static bool is_plain(hf_text text)
{
    static const char *const reserved[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n", "inf", "nan"};
    for (size_t i = 0; i < text.size_bytes; i++) {
        char c = text.pointer[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
        if (!letter && (i == 0 || strchr("0123456789.-+", c) == NULL))
            return false;
    }
    for (size_t i = 0; i < HF_COUNT_OF(reserved); i++) {
        if (equal_folded(text, reserved[i]))
            return false;
    }
    return text.size_bytes > 0;
}

static void put_escape(const hf__plan_writer *to, uint32_t value)
{
    if (value == '\n')
        hf__plan_put(to, "\\n");
    else if (value == '\t')
        hf__plan_put(to, "\\t");
    else if (value < 0x100)
        hf__plan_put(to, "\\x%02X", (unsigned)value);
    else
        hf__plan_put(to, "\\u%04X", (unsigned)value);
}

/* Characters that YAML does not take as they are, or would fold as line ends. */
static bool needs_escape(uint32_t value)
{
    return value < 0x20 || (value >= 0x7F && value < 0xA0) || value == 0x2028 || value == 0x2029 || value == 0xFEFF || value == 0xFFFE ||
           value == 0xFFFF;
}

static void put_quoted(const hf__plan_writer *to, hf_text text)
{
    size_t start = 0;
    hf__plan_put(to, "\"");
    for (size_t at = 0; at < text.size_bytes;) {
        size_t length = hf__utf8_length(text, at);
        uint32_t value = length > 0 ? hf__utf8_value(text, at, length) : (unsigned char)text.pointer[at];
        bool escape = length == 0 || needs_escape(value);
        bool slash = value == '"' || value == '\\';
        if (escape || slash)
            hf__plan_put_text(to, (hf_text){text.pointer + start, at - start});
        if (escape)
            put_escape(to, value);
        if (slash)
            hf__plan_put(to, "\\%c", (char)value);
        at += length > 0 ? length : 1;
        start = escape || slash ? at : start;
    }

    hf__plan_put_text(to, (hf_text){text.pointer + start, text.size_bytes - start});
    hf__plan_put(to, "\"");
}

void hf__plan_put_string(const hf__plan_writer *to, const char *string)
{
    hf_text text = hf__text(string);
    if (is_plain(text))
        hf__plan_put_text(to, text);
    else
        put_quoted(to, text);
}

void hf__plan_put_list(const hf__plan_writer *to, const hf_string_list *list)
{
    hf__plan_put(to, "[");
    for (size_t i = 0; i < list->count; i++) {
        hf__plan_put(to, "%s", i > 0 ? ", " : "");
        hf__plan_put_string(to, list->items[i]);
    }
    hf__plan_put(to, "]");
}
