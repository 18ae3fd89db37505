/* SPDX-License-Identifier: MIT
 * Characters that look like a space, or like nothing, but are neither to YAML. They come with text copied from a page or a chat, and no editor shows
 * them. If there is an error on their line or the next, they are reported first. Otherwise they are left alone.
 */
#include "plan_spaces.h"
#include "base_check.h"
#include "base_utf8.h"

#include <string.h>

#include "base_poison.h"

/* By Unicode's names (UnicodeData.txt). To YAML only U+0020 and, in places, tab separate (YAML 1.1, section 5.3). */
static const struct space {
    uint32_t first, last;
    const char *name;
    bool is_seen; /* it takes the room of a space */
} spaces[] = {
    {0x00A0, 0x00A0, "NO-BREAK SPACE", true},
    {0x00AD, 0x00AD, "SOFT HYPHEN", false},
    {0x1680, 0x1680, "OGHAM SPACE MARK", true},
    {0x2000, 0x200A, "a typographic space", true},
    {0x200B, 0x200B, "ZERO WIDTH SPACE", false},
    {0x200C, 0x200C, "ZERO WIDTH NON-JOINER", false},
    {0x200D, 0x200D, "ZERO WIDTH JOINER", false},
    {0x200E, 0x200F, "a direction mark", false},
    {0x2028, 0x2028, "LINE SEPARATOR", false},
    {0x2029, 0x2029, "PARAGRAPH SEPARATOR", false},
    {0x202A, 0x202E, "a direction mark", false},
    {0x202F, 0x202F, "NARROW NO-BREAK SPACE", true},
    {0x205F, 0x205F, "MEDIUM MATHEMATICAL SPACE", true},
    {0x2060, 0x2060, "WORD JOINER", false},
    {0x3000, 0x3000, "IDEOGRAPHIC SPACE", true},
    {0xFEFF, 0xFEFF, "BYTE ORDER MARK", false},
};

static const struct space *space_of(uint32_t value)
{
    for (size_t i = 0; i < HF_COUNT_OF(spaces); i++)
        if (value >= spaces[i].first && value <= spaces[i].last)
            return &spaces[i];
    return NULL;
}

/* Are there errors on this line or the next? */
static bool is_on_trial(const hf_errors *found, uint32_t first, uint32_t line)
{
    for (uint32_t i = first; i < found->count; i++) {
        uint32_t at = found->items[i].input_line;
        if (at == line || at == line + 1)
            return true;
    }
    return false;
}

static void report(hf__plan_source *source, hf__plan_position at, uint32_t value, size_t length, const struct space *space)
{
    hf__plan_place place = {source->name, at.line, at.column, (uint32_t)length};
    if (space->is_seen)
        HF_PLACE_ERROR(source, place, "U+%04X (%s) does not count as a space in YAML; type an ordinary space", (unsigned)value, space->name);
    else if (value == 0xFEFF)
        HF_PLACE_ERROR(source, place, "U+FEFF (BYTE ORDER MARK) is allowed only at the start of the file; delete it");
    else
        HF_PLACE_ERROR(source, place, "U+%04X (%s) is an invisible character; delete it", (unsigned)value, space->name);
}

static void append(hf_errors *errors, const hf_error *error)
{
    if (errors->count == HF_ERRORS_MAX)
        errors->more = 1;
    else
        errors->items[errors->count++] = *error;
}

/* Both in the order of their lines; on one line the characters first. */
static void merge(hf_errors *into, const hf_errors *characters, const hf_errors *found, uint32_t first)
{
    uint32_t next = 0;
    for (uint32_t i = first; i < found->count; i++) {
        for (; next < characters->count && characters->items[next].input_line <= found->items[i].input_line; next++)
            append(into, &characters->items[next]);
        append(into, &found->items[i]);
    }
    for (; next < characters->count; next++)
        append(into, &characters->items[next]);
}

void hf__plan_name_spaces(hf__plan_source *source, uint32_t first)
{
    hf_errors *errors = source->errors;
    if (errors->count <= first)
        return;

    hf_errors found = *errors;
    hf_errors characters = {.count = 0};
    hf__plan_position at = {0, 1, 1};
    source->errors = &characters;
    while (at.offset < source->text.size_bytes) {
        size_t length = hf__utf8_length(source->text, at.offset);
        uint32_t value = length > 1 ? hf__utf8_value(source->text, at.offset, length) : 0;
        const struct space *space = value != 0 ? space_of(value) : NULL;
        if (space != NULL && is_on_trial(&found, first, at.line))
            report(source, at, value, length, space);
        hf__plan_source_step(source, &at, length != 0 ? length : 1);
    }

    source->errors = errors;
    errors->count = first;
    merge(errors, &characters, &found, first);
}
