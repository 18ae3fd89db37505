/* SPDX-License-Identifier: MIT
 * Strings as strace prints them: in quotes, with C's escapes, and dots after the quotes if it cut the string.
 */
#include "cli_strace_command.h"
#include "heap_alloc.h"

#include <string.h>

#include "base_poison.h"

static uint32_t digits(hf_text text, size_t *at, unsigned base, size_t most)
{
    uint32_t value = 0;
    for (size_t i = 0; i < most && *at < text.size_bytes; i++, (*at)++) {
        char c = text.pointer[*at];
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a') + 10 : 99;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    return value;
}

/* One character as strace writes it between quotes; *at stands on it. */
static char take_character(hf_text text, size_t *at)
{
    static const char names[] = "ntrvfab", values[] = "\n\t\r\v\f\a\b";
    char c = text.pointer[(*at)++];
    if (c != '\\' || *at >= text.size_bytes)
        return c;
    c = text.pointer[*at];
    const char *name = memchr(names, c, sizeof names - 1);
    if (c >= '0' && c <= '7')
        return (char)digits(text, at, 8, 3);
    (*at)++;
    if (c == 'x')
        return (char)digits(text, at, 16, 2);
    return name != NULL ? values[name - names] : c;
}

void hf__cli_strace_command_take(hf_strace_command *of, hf_text list)
{
    const char **items = hf__allocate(list.size_bytes + 1, sizeof *items);
    size_t count = 0;
    for (size_t at = 0; at < list.size_bytes; at++) {
        of->is_cut = of->is_cut || (list.pointer[at] == '.');
        if (list.pointer[at] != '"')
            continue;
        char *item = hf__allocate(list.size_bytes + 1, 1);
        size_t length = 0;
        at++;
        while (at < list.size_bytes && list.pointer[at] != '"')
            item[length++] = take_character(list, &at);
        items[count++] = item;
    }
    of->words = (hf_string_list){.count = count, .items = items};
}

void hf__cli_strace_command_clear(hf_strace_command *of)
{
    for (size_t i = 0; i < of->words.count; i++)
        hf__free((void *)(uintptr_t)of->words.items[i]);
    hf__free((void *)(uintptr_t)of->words.items);
    of->words = (hf_string_list){.count = 0};
}

void hf__cli_strace_command_take_program(hf_strace_command *of, hf_text path)
{
    hf_strace_command first = {.is_cut = false};
    hf__cli_strace_command_take(&first, path);
    of->is_cut = of->is_cut || first.is_cut;
    if (first.words.count == 1 && of->words.count > 0) {
        const char **items = (const char **)(uintptr_t)of->words.items;
        const char *name = items[0];
        items[0] = first.words.items[0];
        ((const char **)(uintptr_t)first.words.items)[0] = name;
    }
    hf__cli_strace_command_clear(&first);
}
