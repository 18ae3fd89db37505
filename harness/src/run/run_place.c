/*
 * Addresses of a trace to places in code, through libdwfl. Modules are laid out as they were in the process that died, so an address needs no
 * translation. A file that has changed since the run would give names that look right and are wrong: its build-id is compared first.
 */
#include "run_symbol.h"
#include "base_alloc.h"
#include "base_text.h"

#include <elfutils/libdwfl.h>
#include <string.h>

#include "base_poison.h"

typedef struct placed_module {
    char *name; /* last component of the path */
    uint64_t base, end;
    Dwfl_Module *module; /* NULL: not readable, or changed */
    bool looked;
} placed_module;

struct hf__places {
    const hf_trace *trace;
    Dwfl *dwfl;
    placed_module *modules;
    size_t count;
};

/* Files are given by their path: none is ever looked for. */
static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
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
    places->dwfl = dwfl_begin(&callbacks);
    return places;
}

void hf__places_destroy(hf__places *places)
{
    if (places == NULL)
        return;
    if (places->dwfl != NULL)
        dwfl_end(places->dwfl);
    for (size_t i = 0; i < places->count; i++)
        hf__free(places->modules[i].name);
    hf__free(places->modules);
    hf__free(places);
}

static bool has_build_id(Dwfl_Module *module, hf_text expected)
{
    const unsigned char *bits = NULL;
    GElf_Addr where = 0;
    GElf_Addr bias = 0;
    if (dwfl_module_getelf(module, &bias) == NULL)
        return false;
    int length = dwfl_module_build_id(module, &bits, &where);
    char text[2 * 64 + 1];
    hf__builder builder = hf__builder_init(text, sizeof text);
    for (int i = 0; i < length; i++)
        hf__builder_print(&builder, "%02x", bits[i]);
    return hf__text_equal_string(expected, text);
}

/* Reads a module's file when the first of its addresses is asked for. */
static Dwfl_Module *open_module(hf__places *places, size_t index)
{
    placed_module *placed = &places->modules[index];
    if (placed->looked || places->dwfl == NULL)
        return placed->module;
    placed->looked = true;
    const hf_trace_module *facts = hf_trace_module_at(places->trace, index);
    char *path = hf__copy_text(facts->path);
    dwfl_report_begin_add(places->dwfl);
    Dwfl_Module *module = dwfl_report_elf(places->dwfl, path, path, -1, facts->base, true);
    (void)dwfl_report_end(places->dwfl, NULL, NULL);
    if (module != NULL && has_build_id(module, facts->build_id))
        placed->module = module;
    hf__free(path);
    return placed->module;
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

/* clang gives no table from addresses to compilation units, and libdwfl knows no other way. */
static const char *find_line_in_units(Dwfl_Module *module, uint64_t address, int *number)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = dwfl_module_nextcu(module, NULL, &bias);
    while (unit != NULL && dwarf_haspc(unit, address - bias) <= 0)
        unit = dwfl_module_nextcu(module, unit, &bias);
    Dwarf_Line *line = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
    return line != NULL && dwarf_lineno(line, number) == 0 ? dwarf_linesrc(line, NULL, NULL) : NULL;
}

static const char *find_line(Dwfl_Module *module, uint64_t address, int *number)
{
    Dwfl_Line *line = dwfl_module_getsrc(module, address);
    return line != NULL ? dwfl_lineinfo(line, NULL, number, NULL, NULL, NULL) : find_line_in_units(module, address, number);
}

static void name_place(Dwfl_Module *module, uint64_t address, uint64_t inside, hf__place *out)
{
    GElf_Off offset = 0;
    GElf_Sym symbol;
    const char *function = dwfl_module_addrinfo(module, inside, &offset, &symbol, NULL, NULL, NULL);
    if (function != NULL) {
        out->function = function;
        out->offset = offset + (address - inside);
    }
    int number = 0;
    const char *file = find_line(module, inside, &number);
    if (file != NULL) {
        out->file = file;
        out->line = number > 0 ? (uint32_t)number : 0;
    }
}

bool hf__places_find(hf__places *places, uint64_t address, bool is_return, hf__place *out)
{
    memset(out, 0, sizeof *out);
    out->module = "?";
    out->offset = out->module_offset = address;
    uint64_t inside = is_return && address > 0 ? address - 1 : address;
    size_t index = module_of(places, inside);
    if (index == SIZE_MAX)
        return false;
    out->module = places->modules[index].name;
    out->offset = out->module_offset = address - places->modules[index].base;
    Dwfl_Module *module = open_module(places, index);
    if (module != NULL)
        name_place(module, address, inside, out);
    return true;
}

size_t hf__place_print(const hf__place *place, char *buffer, size_t capacity)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    if (strcmp(place->module, "?") == 0)
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
