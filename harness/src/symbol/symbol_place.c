/* SPDX-License-Identifier: MIT
 * From addresses of a trace to places in code. The names in a module are read by symbol_names, at the first request, and each address is looked up
 * once: all stacks contain the same few, and a look-up searches all names of a module.
 */
#include "symbol_pattern.h"
#include "heap_alloc.h"
#include "base_clean.h"
#include "base_text.h"
#include "symbol_names.h"
#include "system_machine.h"
#include "heap_index.h"

#include <string.h>

#include "base_poison.h"

static const char no_module[] = "?";
static const char no_file[] = "[jit]";

/* No supported system has code below this address: an address there is a call through a null pointer or a member of one. */
#define LOWEST_CODE 0x10000u

typedef struct placed_module {
    char *name; /* last component of the path */
    uint64_t base, end;
    hf__symbol_names *names; /* NULL: not readable, or changed */
    bool looked;
} placed_module;

struct hf__symbol_places {
    const hf_trace *trace;
    placed_module *modules;
    size_t count;
    hf__heap_map
        known; /* 2 * address, + 1 for one that is returned to, to the number of its first in `found`; those that it is inlined into follow */
    hf__symbol_place *found;
    size_t found_count, found_capacity;
};

/* The library for unmodified programs may be loaded by its plain name, which says nothing to a reader. */
static char *last_component(hf_text path)
{
    char *name = hf__copy_text(path);
    char *whole = hf__system_file_plain_name_path(name);
    const char *slash = strrchr(whole, '/');
    char *last = hf__copy_string(slash != NULL ? slash + 1 : whole);
    hf__free(whole);
    hf__free(name);
    return last;
}

hf__symbol_places *hf__symbol_places_create(const hf_trace *trace)
{
    hf__symbol_places *places = hf__allocate(1, sizeof *places);
    places->trace = trace;
    places->count = hf_trace_module_count(trace);
    places->modules = hf__allocate(places->count, sizeof *places->modules);
    for (size_t i = 0; i < places->count; i++) {
        const hf_trace_module *module = hf_trace_module_at(trace, i);
        places->modules[i] = (placed_module){.name = last_component(module->path), .base = module->base, .end = module->end};
    }
    return places;
}

void hf__symbol_places_destroy(hf__symbol_places *places)
{
    if (places == NULL)
        return;
    for (size_t i = 0; i < places->count; i++) {
        hf__symbol_names_close(places->modules[i].names);
        hf__free(places->modules[i].name);
    }
    hf__free(places->modules);
    hf__heap_map_clear(&places->known);
    hf__free(places->found);
    hf__free(places);
}

static hf__symbol_names *names_of(hf__symbol_places *places, size_t index)
{
    placed_module *placed = &places->modules[index];
    if (!placed->looked)
        placed->names = hf__symbol_names_open(hf_trace_module_at(places->trace, index));
    placed->looked = true;
    return placed->names;
}

/* A program that is not position-independent has base 0, so the module that begins nearest below is the one. */
static size_t module_of(const hf__symbol_places *places, uint64_t address)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < places->count; i++) {
        const placed_module *module = &places->modules[i];
        if (address >= module->base && address < module->end && (found == SIZE_MAX || module->base >= places->modules[found].base))
            found = i;
    }
    return found;
}

static size_t look_up_place(hf__symbol_places *places, uint64_t address, bool is_return, hf__symbol_place out[HF_PLACE_DEPTH_MAX])
{
    out[0] = (hf__symbol_place){.module = address < LOWEST_CODE ? no_module : no_file, .offset = address, .module_offset = address};
    uint64_t inside = is_return && address > 0 ? address - 1 : address;
    size_t index = module_of(places, inside);
    if (index == SIZE_MAX)
        return 1;
    out[0].module = places->modules[index].name;
    out[0].offset = out[0].module_offset = address - places->modules[index].base;
    hf__symbol_names *names = names_of(places, index);
    return names != NULL ? hf__symbol_names_find(names, address, inside, out, HF_PLACE_DEPTH_MAX) : 1;
}

static uint32_t find_first(hf__symbol_places *places, uint64_t address, bool is_return)
{
    uint64_t key = 2 * address + is_return;
    uint32_t number = hf__heap_map_get(&places->known, key);
    if (number != HF_INDEX_NONE)
        return number;
    hf__symbol_place levels[HF_PLACE_DEPTH_MAX];
    size_t count = look_up_place(places, address, is_return, levels);
    number = (uint32_t)places->found_count;
    for (size_t i = 0; i < count; i++) {
        HF_GROW(places->found, places->found_count, places->found_capacity);
        places->found[places->found_count++] = levels[i];
    }
    hf__heap_map_set(&places->known, key, number);
    return number;
}

bool hf__symbol_places_find(hf__symbol_places *places, uint64_t address, bool is_return, hf__symbol_place *out)
{
    uint32_t first = find_first(places, address, is_return); /* which may move them */
    *out = places->found[first];
    return out->module != no_module && out->module != no_file;
}

size_t hf__symbol_places_expand(hf__symbol_places *places, uint64_t address, bool is_return, hf__symbol_place out[HF_PLACE_DEPTH_MAX])
{
    uint32_t number = find_first(places, address, is_return); /* which may move them */
    const hf__symbol_place *first = &places->found[number];
    size_t count = 0;
    do
        out[count] = first[count];
    while (out[count++].is_inlined);
    return count;
}

size_t hf__symbol_place_print(const hf__symbol_place *place, char *buffer, size_t capacity)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    if (strcmp(place->module, no_module) == 0)
        hf__builder_print(&builder, "0x%llx", (unsigned long long)place->offset);
    else if (strcmp(place->module, no_file) == 0)
        hf__builder_print(&builder, "[jit] code generated at run time");
    else if (place->function == NULL)
        hf__builder_print(&builder, "%s+0x%llx", place->module, (unsigned long long)place->offset);
    else if (place->is_inlined)
        hf__builder_print(&builder, "%s!%s [inlined]", place->module, place->function);
    else
        hf__builder_print(&builder, "%s!%s+0x%llx", place->module, place->function, (unsigned long long)place->offset);
    const char *slash = place->file != NULL ? strrchr(place->file, '/') : NULL;
    if (place->file != NULL)
        hf__builder_print(&builder, " (%s:%u)", slash != NULL ? slash + 1 : place->file, place->line);
    hf__clean_line(buffer); /* symbol tables may hold any bytes */
    return strlen(buffer);
}

char *hf__symbol_place_describe(const hf__symbol_place *place)
{
    char text[512];
    hf__symbol_place bare = *place;
    bare.file = NULL;
    (void)hf__symbol_place_print(&bare, text, sizeof text);
    return place->file != NULL ? hf__format("%s (%s:%u)", text, place->file, place->line) : hf__copy_string(text);
}

char *hf__symbol_place_name(const hf__symbol_place *place)
{
    const char *slash = place->file != NULL ? strrchr(place->file, '/') : NULL;
    const char *file = slash != NULL ? slash + 1 : place->file;
    if (place->function != NULL && file != NULL)
        return hf__format("%s at %s:%u", place->function, file, place->line);
    if (place->function != NULL)
        return hf__format("%s at %s+0x%llx", place->function, place->module, (unsigned long long)place->module_offset);
    char text[512];
    (void)hf__symbol_place_print(place, text, sizeof text);
    return hf__copy_string(text);
}
