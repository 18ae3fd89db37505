/* SPDX-License-Identifier: MIT
 * Bytes, lines and columns of a script. Everything here is linear in the text: the cursor of locate only moves forward, and restarts only for the one
 * error in YAML's own grammar that ends a file.
 */
#include "plan_source.h"
#include "base_text.h"
#include "base_utf8.h"

#include <string.h>

#include "base_poison.h"

hf__plan_source hf__plan_source_init(const char *name, hf_text text, hf_errors *errors)
{
    if (hf__text_starts_with(text, "\xEF\xBB\xBF")) {
        text.pointer += 3;
        text.size_bytes -= 3;
    }
    return (hf__plan_source){.name = name, .text = text, .first = 0, .end = text.size_bytes, .errors = errors, .at = {0, 1, 1}};
}

/* What YAML 1.1 calls printable (section 5.1). */
static bool is_printable(uint32_t value)
{
    if (value < 0x20)
        return value == '\t' || value == '\n' || value == '\r';
    if (value >= 0x7F && value < 0xA0)
        return value == 0x85;
    return value != 0xFFFE && value != 0xFFFF;
}

void hf__plan_source_step(const hf__plan_source *source, hf__plan_position *at, size_t length)
{
    char c = source->text.pointer[at->offset];
    bool inside = at->offset >= source->first && at->offset < source->end;
    bool before_lf = c == '\r' && at->offset + 1 < source->text.size_bytes && source->text.pointer[at->offset + 1] == '\n';
    at->offset += length;
    if (!inside)
        return;
    if (c == '\n' || (c == '\r' && !before_lf)) {
        at->line++;
        at->column = 1;
    } else {
        at->column += (uint32_t)length;
    }
}

static void report_byte(hf__plan_source *source, hf__plan_position at, size_t length)
{
    hf__plan_place place = {source->name, at.line, at.column, 1};
    unsigned char byte = (unsigned char)source->text.pointer[at.offset];
    bool is_utf16 = at.offset == 0 && (hf__text_starts_with(source->text, "\xFF\xFE") || hf__text_starts_with(source->text, "\xFE\xFF"));
    if (is_utf16)
        HF_PLACE_ERROR(source, place, "this is UTF-16; save it as UTF-8");
    else if (memchr(source->text.pointer, '\0', source->text.size_bytes) != NULL)
        HF_PLACE_ERROR(source, place, "this is not a text file: it contains NUL bytes");
    else if (length == 0)
        HF_PLACE_ERROR(source, place, "byte 0x%02X is not valid UTF-8; save the file as UTF-8", byte);
    else
        HF_PLACE_ERROR(source, place, "control character U+%04X; in double quotes it can be written as an escape",
                       (unsigned)hf__utf8_value(source->text, at.offset, length));
}

bool hf__plan_source_check(hf__plan_source *source)
{
    hf__plan_position at = {0, 1, 1};
    while (at.offset < source->text.size_bytes) {
        size_t length = hf__utf8_length(source->text, at.offset);
        if (length == 0 || !is_printable(hf__utf8_value(source->text, at.offset, length))) {
            report_byte(source, at, length);
            return false;
        }
        hf__plan_source_step(source, &at, length);
    }
    return true;
}

hf__plan_position hf__plan_source_locate(hf__plan_source *source, size_t index)
{
    if (index < source->at_index) {
        source->at_index = 0;
        source->at = (hf__plan_position){0, 1, 1};
    }
    while (source->at_index < index && source->at.offset < source->text.size_bytes) {
        size_t length = hf__utf8_length(source->text, source->at.offset);
        hf__plan_source_step(source, &source->at, length != 0 ? length : 1);
        source->at_index++;
    }
    return source->at;
}

hf__plan_place hf__plan_source_place(const hf__plan_source *source, hf__plan_position from, hf__plan_position to)
{
    hf__plan_place place = {source->name, from.line, from.column, 1};
    size_t end = to.offset < source->end ? to.offset : source->end;
    if (end <= from.offset)
        return place;
    const char *start = source->text.pointer + from.offset;
    size_t length = end - from.offset;
    const char *line_end = memchr(start, '\n', length);
    if (line_end != NULL)
        length = (size_t)(line_end - start);
    if (length > 0 && start[length - 1] == '\r')
        length--;
    place.length = length > 0 ? (uint32_t)length : 1;
    return place;
}
