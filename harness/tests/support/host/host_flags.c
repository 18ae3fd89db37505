/* SPDX-License-Identifier: MIT
 * The table of names. Every value is one bit, so that a set of flags prints as the names of its bits.
 */
#include "host_flags.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    DWORD value;
} flags[] = {
    {"reserve", MEM_RESERVE},
    {"commit", MEM_COMMIT},
    {"reset", MEM_RESET},
    {"reset-undo", MEM_RESET_UNDO},
    {"top-down", MEM_TOP_DOWN},
    {"write-watch", MEM_WRITE_WATCH},
    {"physical", MEM_PHYSICAL},
    {"large-pages", MEM_LARGE_PAGES},
    {"decommit", MEM_DECOMMIT},
    {"release", MEM_RELEASE},
    {"noaccess", PAGE_NOACCESS},
    {"readonly", PAGE_READONLY},
    {"readwrite", PAGE_READWRITE},
    {"writecopy", PAGE_WRITECOPY},
    {"execute", PAGE_EXECUTE},
    {"execute-read", PAGE_EXECUTE_READ},
    {"execute-readwrite", PAGE_EXECUTE_READWRITE},
    {"execute-writecopy", PAGE_EXECUTE_WRITECOPY},
    {"guard", PAGE_GUARD},
    {"nocache", PAGE_NOCACHE},
    {"writecombine", PAGE_WRITECOMBINE},
};
#define FLAGS (sizeof flags / sizeof *flags)

static DWORD value_of(const char *word, size_t length)
{
    for (size_t i = 0; i < FLAGS; i++) {
        if (strlen(flags[i].word) == length && memcmp(flags[i].word, word, length) == 0)
            return flags[i].value;
    }
    return (DWORD)strtoull(word, NULL, 16);
}

DWORD host_flags_parse(const char *words)
{
    DWORD value = 0;
    for (const char *at = words; *at != '\0';) {
        size_t length = strcspn(at, "|");
        value |= value_of(at, length);
        at += length + (at[length] == '|');
    }
    return value;
}

void host_flags_print(DWORD value, char *out, size_t capacity)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < FLAGS; i++) {
        if ((value & flags[i].value) == 0)
            continue;
        length += (size_t)snprintf(out + length, capacity - length, "%s%s", length != 0 ? "|" : "", flags[i].word);
        value &= ~flags[i].value;
    }
    if (value != 0 || length == 0)
        snprintf(out + length, capacity - length, "%s%x", length != 0 ? "|" : "", (unsigned)value);
}
