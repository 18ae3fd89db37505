/*
 * Names through libdwfl. A module is laid out as it was in the process that died, so an address needs no translation.
 */
#include "symbol_names.h"
#include "base_alloc.h"
#include "base_text.h"

#include <elfutils/libdwfl.h>

#include "base_poison.h"

struct hf__names {
    Dwfl *dwfl;
    Dwfl_Module *module;
};

/* Files are given by their path: none is ever looked for. */
static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
};

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

hf__names *hf__names_open(const hf_trace_module *module)
{
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (dwfl == NULL)
        return NULL;
    hf__names *names = hf__allocate(1, sizeof *names);
    char *path = hf__copy_text(module->path);
    names->dwfl = dwfl;
    dwfl_report_begin_add(dwfl);
    names->module = dwfl_report_elf(dwfl, path, path, -1, module->base, true);
    (void)dwfl_report_end(dwfl, NULL, NULL);
    hf__free(path);
    if (names->module != NULL && has_build_id(names->module, module->build_id))
        return names;
    hf__names_close(names);
    return NULL;
}

void hf__names_close(hf__names *names)
{
    if (names == NULL)
        return;
    dwfl_end(names->dwfl);
    hf__free(names);
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

void hf__names_find(hf__names *names, uint64_t address, uint64_t inside, hf__place *out)
{
    GElf_Off offset = 0;
    GElf_Sym symbol;
    const char *function = dwfl_module_addrinfo(names->module, inside, &offset, &symbol, NULL, NULL, NULL);
    if (function != NULL) {
        out->function = function;
        out->offset = offset + (address - inside);
    }
    int number = 0;
    const char *file = find_line(names->module, inside, &number);
    if (file != NULL) {
        out->file = file;
        out->line = number > 0 ? (uint32_t)number : 0;
    }
}
