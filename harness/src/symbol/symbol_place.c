/*
 * Addresses of a trace to places in code. What a module's file says of its own addresses is asked of symbol_names, when the first is asked for; and once
 * for each address, since the same few are in all stacks, and a module's names are searched from end to end.
 */
#include "symbol_pattern.h"
#include "base_alloc.h"
#include "base_text.h"
#include "symbol_names.h"
#include "verdict_index.h"

#include <string.h>

#include "base_poison.h"

static const char no_module[] = "?";

typedef struct placed_module {
    char *name; /* last component of the path */
    uint64_t base, end;
    hf__names *names; /* NULL: not readable, or changed */
    bool looked;
} placed_module;

struct hf__places {
    const hf_trace *trace;
    placed_module *modules;
    size_t count;
    hf__map known; /* 2 * address, + 1 for one that is returned to, to its number in `found` */
    hf__place *found;
    size_t found_count, found_capacity;
};

static char *last_component(hf_text path)
{
    size_t start = path.size_bytes;
    while (start > 0 && path.pointer[start - 1] != '/')
        start--;
    return hf__copy_text((hf_text){path.pointer + start, path.size_bytes - start});
}

hf__places *hf__places_create(const hf_trace *trace)
{
    hf__places *places = hf__allocate(1, sizeof *places);
    places->trace = trace;
    places->count = hf_trace_module_count(trace);
    places->modules = hf__allocate(places->count, sizeof *places->modules);
    for (size_t i = 0; i < places->count; i++) {
        const hf_trace_module *module = hf_trace_module_at(trace, i);
        places->modules[i] = (placed_module){.name = last_component(module->path), .base = module->base, .end = module->end};
    }
    return places;
}

void hf__places_destroy(hf__places *places)
{
    if (places == NULL)
        return;
    for (size_t i = 0; i < places->count; i++) {
        hf__names_close(places->modules[i].names);
        hf__free(places->modules[i].name);
    }
    hf__free(places->modules);
    hf__map_clear(&places->known);
    hf__free(places->found);
    hf__free(places);
}

static hf__names *names_of(hf__places *places, size_t index)
{
    placed_module *placed = &places->modules[index];
    if (!placed->looked)
        placed->names = hf__names_open(hf_trace_module_at(places->trace, index));
    placed->looked = true;
    return placed->names;
}

/* A program that is not position-independent has base 0, so the module that begins nearest below is the one. */
static size_t module_of(const hf__places *places, uint64_t address)
{
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < places->count; i++) {
        const placed_module *module = &places->modules[i];
        if (address >= module->base && address < module->end && (found == SIZE_MAX || module->base >= places->modules[found].base))
            found = i;
    }
    return found;
}

static hf__place look(hf__places *places, uint64_t address, bool is_return)
{
    hf__place out = {.module = no_module, .offset = address, .module_offset = address};
    uint64_t inside = is_return && address > 0 ? address - 1 : address;
    size_t index = module_of(places, inside);
    if (index == SIZE_MAX)
        return out;
    out.module = places->modules[index].name;
    out.offset = out.module_offset = address - places->modules[index].base;
    hf__names *names = names_of(places, index);
    if (names != NULL)
        hf__names_find(names, address, inside, &out);
    return out;
}

bool hf__places_find(hf__places *places, uint64_t address, bool is_return, hf__place *out)
{
    uint64_t key = 2 * address + is_return;
    uint32_t number = hf__map_get(&places->known, key);
    if (number == HF_INDEX_NONE) {
        HF_GROW(places->found, places->found_count, places->found_capacity);
        number = (uint32_t)places->found_count++;
        places->found[number] = look(places, address, is_return);
        hf__map_set(&places->known, key, number);
    }
    *out = places->found[number];
    return out->module != no_module;
}

size_t hf__place_print(const hf__place *place, char *buffer, size_t capacity)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    if (strcmp(place->module, no_module) == 0)
        hf__builder_print(&builder, "0x%llx", (unsigned long long)place->offset);
    else if (place->function == NULL)
        hf__builder_print(&builder, "%s+0x%llx", place->module, (unsigned long long)place->offset);
    else
        hf__builder_print(&builder, "%s!%s+0x%llx", place->module, place->function, (unsigned long long)place->offset);
    const char *slash = place->file != NULL ? strrchr(place->file, '/') : NULL;
    if (place->file != NULL)
        hf__builder_print(&builder, " (%s:%u)", slash != NULL ? slash + 1 : place->file, place->line);
    return builder.length;
}

char *hf__place_describe(const hf__place *place)
{
    char text[512];
    hf__place bare = *place;
    bare.file = NULL;
    (void)hf__place_print(&bare, text, sizeof text);
    return place->file != NULL ? hf__format("%s (%s:%u)", text, place->file, place->line) : hf__copy_string(text);
}
