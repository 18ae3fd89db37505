/* SPDX-License-Identifier: MIT
 * A table of texts: an array, and open addressing over it.
 */
#include "report_strings.h"
#include "heap_alloc.h"
#include "base_random.h"
#include "base_text.h"
#include "report_case.h"

#include <string.h>

#include "base_poison.h"

static size_t slot_of(const hf_report_strings *self, const char *text)
{
    size_t at = hf__hash(HF_HASH_START, text, strlen(text)) & (self->table_size - 1);
    while (self->table[at] != 0 && strcmp(self->items[self->table[at] - 1], text) != 0)
        at = (at + 1) & (self->table_size - 1);
    return at;
}

static void grow(hf_report_strings *self)
{
    self->table_size = self->table_size == 0 ? 256 : self->table_size * 2;
    hf__free(self->table);
    self->table = hf__allocate(self->table_size, sizeof *self->table);
    for (size_t i = 0; i < self->count; i++)
        self->table[slot_of(self, self->items[i])] = (uint32_t)i + 1;
}

uint32_t hf__report_strings_add_text(hf_report_strings *strings, hf_text text)
{
    if (strings->count * 2 >= strings->table_size)
        grow(strings);
    char *clean = hf__report_clean(text);
    size_t at = slot_of(strings, clean);
    if (strings->table[at] != 0) {
        hf__free(clean);
        return strings->table[at] - 1;
    }
    HF_GROW(strings->items, strings->count, strings->capacity);
    strings->items[strings->count++] = clean;
    strings->table[at] = (uint32_t)strings->count;
    return strings->table[at] - 1;
}

uint32_t hf__report_strings_add(hf_report_strings *strings, const char *text)
{
    return hf__report_strings_add_text(strings, hf__text(text));
}

const char *hf__report_strings_get(const hf_report_strings *strings, uint32_t number)
{
    return strings->items[number];
}

void hf__report_strings_clear(hf_report_strings *strings)
{
    for (size_t i = 0; i < strings->count; i++)
        hf__free(strings->items[i]);
    hf__free(strings->items);
    hf__free(strings->table);
    *strings = (hf_report_strings){0};
}
