/* SPDX-License-Identifier: MIT
 * Reading UTF-8 (base_utf8.h).
 */
#include "base_utf8.h"

#include "base_poison.h"

static size_t length_by_first_byte(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first <= 0xDF)
        return 2;
    if (first >= 0xE0 && first <= 0xEF)
        return 3;
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

uint32_t hf__utf8_value(hf_text text, size_t offset, size_t length)
{
    static const unsigned char first_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t value = (unsigned char)text.pointer[offset] & first_mask[length];
    for (size_t i = 1; i < length; i++)
        value = value << 6 | ((unsigned char)text.pointer[offset + i] & 0x3F);
    return value;
}

size_t hf__utf8_length(hf_text text, size_t offset)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (offset >= text.size_bytes)
        return 0;
    size_t length = length_by_first_byte((unsigned char)text.pointer[offset]);
    if (length <= 1)
        return length;
    if (length > text.size_bytes - offset)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if (!hf__utf8_is_tail(text.pointer[offset + i]))
            return 0;
    }

    uint32_t value = hf__utf8_value(text, offset, length);
    bool is_surrogate = value >= 0xD800 && value <= 0xDFFF;
    return value < least[length] || value > 0x10FFFF || is_surrogate ? 0 : length;
}

bool hf__utf8_is_shown(uint32_t value)
{
    bool control = value < 0x20 || (value >= 0x7F && value < 0xA0);
    bool invisible = (value >= 0x200B && value <= 0x200F) || (value >= 0x2028 && value <= 0x202E) || (value >= 0x2060 && value <= 0x206F);
    return !control && !invisible && value != 0xFEFF && value != 0xFFFE && value != 0xFFFF;
}
