/* SPDX-License-Identifier: MIT
 * Choices: splitting at commas, matching without regard to case, and the nearest name for a part that matches nothing. A part that matches nothing
 * must always be reported: an empty choice would look like a clean result.
 */
#include "base_choice.h"
#include "base_error.h"
#include "base_text.h"

#include <ctype.h>
#include <string.h>

#include "base_poison.h"

#define NAME_MAX_BYTES 1024u

/* In small letters, cut at the buffer's size: what is longer is no name. */
static hf_text lower(hf_text text, char buffer[NAME_MAX_BYTES])
{
    size_t size = text.size_bytes < NAME_MAX_BYTES ? text.size_bytes : NAME_MAX_BYTES;
    for (size_t i = 0; i < size; i++)
        buffer[i] = (char)tolower((unsigned char)text.pointer[i]);
    return (hf_text){buffer, size};
}

static bool matches(hf_text pattern, const char *name)
{
    char patterns[NAME_MAX_BYTES], names[NAME_MAX_BYTES];
    return hf__glob_match(lower(pattern, patterns), lower(hf__text(name), names));
}

/* The next part, trimmed; false at the end. */
static bool next_part(const char **rest, hf_text *part)
{
    if (*rest == NULL)
        return false;
    size_t length = strcspn(*rest, ",");
    *part = hf__text_trim((hf_text){*rest, length});
    *rest = (*rest)[length] == ',' ? *rest + length + 1 : NULL;
    return true;
}

bool hf__choice_has(const char *choice, const char *name)
{
    hf_text part;
    if (choice == NULL || matches(hf__text(choice), name))
        return true;
    while (next_part(&choice, &part))
        if (matches(part, name))
            return true;
    return false;
}

static bool matches_any(hf_text pattern, const char *const *names)
{
    for (; *names != NULL; names++)
        if (matches(pattern, *names))
            return true;
    return false;
}

const char *hf__choice_nearest(hf_text word, const char *const *names)
{
    char words[NAME_MAX_BYTES], buffer[NAME_MAX_BYTES];
    const char *nearest = NULL;
    unsigned best = hf__edits_max(word.size_bytes) + 1;
    word = lower(word, words);
    for (; *names != NULL; names++) {
        unsigned distance = hf__edit_distance(word, lower(hf__text(*names), buffer), best - 1);
        if (distance < best) {
            best = distance;
            nearest = *names;
        }
    }
    return nearest;
}

static hf_status fail_part(hf_text part, const char *const *names, const char *what, const char *where, hf_error *err)
{
    const char *nearest = hf__choice_nearest(part, names);
    int length = (int)part.size_bytes;
    if (nearest != NULL)
        return HF_FAIL(err, HF_ERROR_INPUT, "no %s is called '%.*s'; did you mean '%s'?", what, length, part.pointer, nearest);
    if (where != NULL)
        return HF_FAIL(err, HF_ERROR_INPUT, "no %s is called '%.*s': %s", what, length, part.pointer, where);
    return HF_FAIL(err, HF_ERROR_INPUT, "no %s is called '%.*s'", what, length, part.pointer);
}

hf_status hf__choice_check(const char *choice, const char *const *names, const char *what, const char *where, hf_error *err)
{
    hf_text part;
    if (choice == NULL || matches_any(hf__text(choice), names))
        return HF_OK;
    while (next_part(&choice, &part))
        if (!matches_any(part, names))
            return fail_part(part, names, what, where, err);
    return HF_OK;
}
