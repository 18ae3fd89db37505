/* SPDX-License-Identifier: MIT
 * Bounded text building, number parsing, patterns and edit distance. Nothing here allocates.
 */
#include "base_text.h"
#include "base_check.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

hf__builder hf__builder_init(char *buffer, size_t capacity)
{
    HF_ASSERT(capacity > 0);
    buffer[0] = '\0';
    return (hf__builder){.buffer = buffer, .capacity = capacity, .length = 0, .cut = false};
}

void hf__builder_append(hf__builder *builder, hf_text text)
{
    size_t room = builder->capacity - 1 - builder->length;
    size_t taken = text.size_bytes;
    if (taken > room) {
        taken = room;
        builder->cut = true;
    }
    if (taken > 0)
        memcpy(builder->buffer + builder->length, text.pointer, taken);
    builder->length += taken;
    builder->buffer[builder->length] = '\0';
}

void hf__builder_vprint(hf__builder *builder, const char *format, va_list arguments)
{
    size_t room = builder->capacity - builder->length;
    int wanted = vsnprintf(builder->buffer + builder->length, room, format, arguments);
    if (wanted < 0) {
        builder->cut = true;
        return;
    }
    if ((size_t)wanted >= room) {
        builder->cut = true;
        builder->length = builder->capacity - 1;
        return;
    }
    builder->length += (size_t)wanted;
}

void hf__builder_print(hf__builder *builder, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(builder, format, arguments);
    va_end(arguments);
}

hf_text hf__text(const char *string)
{
    return (hf_text){.pointer = string, .size_bytes = string != NULL ? strlen(string) : 0};
}

bool hf__text_equal(hf_text a, hf_text b)
{
    return a.size_bytes == b.size_bytes && (a.size_bytes == 0 || memcmp(a.pointer, b.pointer, a.size_bytes) == 0);
}

bool hf__text_equal_string(hf_text a, const char *string)
{
    return hf__text_equal(a, hf__text(string));
}

bool hf__text_starts_with(hf_text text, const char *prefix)
{
    size_t length = strlen(prefix);
    return text.size_bytes >= length && memcmp(text.pointer, prefix, length) == 0;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

hf_text hf__text_trim(hf_text text)
{
    while (text.size_bytes > 0 && is_space(text.pointer[0])) {
        text.pointer++;
        text.size_bytes--;
    }
    while (text.size_bytes > 0 && is_space(text.pointer[text.size_bytes - 1]))
        text.size_bytes--;
    return text;
}

size_t hf__text_copy(char *buffer, size_t capacity, hf_text text)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_append(&builder, text);
    return builder.length;
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

bool hf__parse_u64(hf_text text, uint64_t *out)
{
    uint64_t base = 10;
    if (text.size_bytes > 2 && text.pointer[0] == '0' && (text.pointer[1] == 'x' || text.pointer[1] == 'X')) {
        base = 16;
        text.pointer += 2;
        text.size_bytes -= 2;
    }

    if (text.size_bytes == 0)
        return false;
    uint64_t value = 0;
    for (size_t i = 0; i < text.size_bytes; i++) {
        uint64_t digit = (uint64_t)digit_value(text.pointer[i]);
        if (digit >= base || !hf__multiply_u64(value, base, &value) || !hf__add_u64(value, digit, &value))
            return false;
    }

    *out = value;
    return true;
}

/* Splits the longest suffix out of `units` off the text and multiplies by its factor. */
typedef struct unit {
    const char *suffix;
    uint64_t factor;
} unit;

static bool parse_with_unit(hf_text text, const unit *units, size_t unit_count, bool needs_unit, uint64_t *out)
{
    uint64_t factor = 1;
    bool found = false;
    for (size_t i = 0; i < unit_count && !found; i++) {
        size_t length = strlen(units[i].suffix);
        if (text.size_bytes > length && memcmp(text.pointer + text.size_bytes - length, units[i].suffix, length) == 0) {
            text.size_bytes -= length;
            factor = units[i].factor;
            found = true;
        }
    }
    uint64_t value = 0;
    if (!hf__parse_u64(text, &value) || (needs_unit && !found && value != 0))
        return false;
    return hf__multiply_u64(value, factor, out);
}

bool hf__parse_size(hf_text text, uint64_t *out)
{
    static const unit units[] = {{"K", 1024}, {"M", 1024 * 1024}, {"G", 1024u * 1024 * 1024}, {"T", (uint64_t)1024 * 1024 * 1024 * 1024}};
    return parse_with_unit(text, units, HF_COUNT_OF(units), false, out);
}

bool hf__parse_duration_us(hf_text text, uint64_t *out)
{
    static const unit units[] = {{"us", 1}, {"ms", 1000}, {"s", 1000000}, {"m", 60000000}};
    return parse_with_unit(text, units, HF_COUNT_OF(units), true, out);
}

bool hf__glob_match(hf_text pattern, hf_text text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX;
    size_t resume = 0;

    while (t < text.size_bytes) {
        if (p < pattern.size_bytes && pattern.pointer[p] == '*') {
            star = p++;
            resume = t;
        } else if (p < pattern.size_bytes && (pattern.pointer[p] == '?' || pattern.pointer[p] == text.pointer[t])) {
            p++;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }

    while (p < pattern.size_bytes && pattern.pointer[p] == '*')
        p++;
    return p == pattern.size_bytes;
}

#define EDIT_MAX 64

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned hf__edit_distance(hf_text a, hf_text b, unsigned limit)
{
    if (a.size_bytes > EDIT_MAX || b.size_bytes > EDIT_MAX)
        return limit + 1;
    unsigned rows[3][EDIT_MAX + 1];
    for (size_t j = 0; j <= b.size_bytes; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.size_bytes; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i + 2) % 3];
        const unsigned *above2 = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.size_bytes; j++) {
            unsigned change = a.pointer[i - 1] == b.pointer[j - 1] ? 0 : 1;
            row[j] = least(above[j - 1] + change, least(above[j], row[j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && a.pointer[i - 1] == b.pointer[j - 2] && a.pointer[i - 2] == b.pointer[j - 1];
            if (swapped)
                row[j] = least(row[j], above2[j - 2] + 1);
        }
    }

    return least(rows[a.size_bytes % 3][b.size_bytes], limit + 1);
}

unsigned hf__edits_max(size_t length)
{
    return length < 3 ? 1 : length < 12 ? (unsigned)(length / 3) : 4;
}
