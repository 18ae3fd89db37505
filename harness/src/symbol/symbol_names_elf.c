/* SPDX-License-Identifier: MIT
 * Names through libdwfl. A module is placed where it was in the process that died, so an address needs no translation.
 */
#include "symbol_names.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_text.h"
#include "os_atomic.h"
#include "symbol_function.h"

#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

struct hf__symbol_names {
    Dwfl *dwfl;
    Dwfl_Module *module;
    char **kept; /* names of functions, which places point at */
    size_t kept_count, kept_capacity;
    hf_heap_guard guard;
};

static void end_dwfl(void *given)
{
    dwfl_end(given);
}

/* Debug information that is not found is looked for twice: when the path of a candidate gets no memory, libdwfl answers as if the file did not exist,
 * and the next open() overwrites errno (elfutils 0.188, find-debuginfo.c). If no memory comes back, the tool's next allocation reports it. */
/* NOLINTNEXTLINE(readability-function-size): libdwfl's Dwfl_Callbacks */
static int find_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file, const char *link, GElf_Word checksum,
                          char **found)
{
    int descriptor = dwfl_standard_find_debuginfo(module, user, name, base, file, link, checksum, found);
    return descriptor >= 0 ? descriptor : dwfl_standard_find_debuginfo(module, user, name, base, file, link, checksum, found);
}

/* Files are given by their path: none is ever looked for. */
static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = find_debuginfo,
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

/* libdw gives up without a word when an allocation fails; what is left of it is errno. */
static void check_memory(void)
{
    if (errno == ENOMEM)
        hf__out_of_memory();
}

/* libdw has tables whose memory it does not check (0.188: the table of abbreviations, of a calloc that failed, is read at once; one that cannot grow
 * ends in an assert). A crash inside it right after an allocation failed is told as what it is: no memory. What libdw holds then is left as it is. */
static __thread sigjmp_buf *inside_libdw;
static struct sigaction before_us[2];
static uint32_t is_watched;

static void on_crash(int number, siginfo_t *info, void *context)
{
    (void)info;
    (void)context;
    bool has_no_memory = number == SIGABRT || errno == ENOMEM;
    if (inside_libdw != NULL && has_no_memory)
        siglongjmp(*inside_libdw, 1);
    (void)sigaction(number, &before_us[number == SIGABRT], NULL);
    if (number == SIGABRT) /* another crash comes again by itself, and meets what was set before */
        (void)raise(number);
}

static void watch_crashes(void)
{
    struct sigaction ours = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    if (hf__os_exchange_u32(&is_watched, 1) != 0)
        return;
    (void)sigemptyset(&ours.sa_mask);
    (void)sigaction(SIGSEGV, &ours, &before_us[0]);
    (void)sigaction(SIGABRT, &ours, &before_us[1]);
}

static void leave_libdw(void *unused)
{
    (void)unused;
    inside_libdw = NULL;
}

hf__symbol_names *hf__symbol_names_open(const hf_trace_module *module)
{
    watch_crashes();
    hf__symbol_names *names = hf__allocate(1, sizeof *names);
    errno = 0;
    Dwfl *dwfl = dwfl_begin(&callbacks);
    if (dwfl == NULL)
        hf__out_of_memory(); /* it fails for nothing else */
    hf__heap_guard(&names->guard, end_dwfl, dwfl);
    char *path = hf__copy_text(module->path);
    names->dwfl = dwfl;
    dwfl_report_begin_add(dwfl);
    names->module = dwfl_report_elf(dwfl, path, path, -1, module->base, true);
    (void)dwfl_report_end(dwfl, NULL, NULL);
    hf__free(path);

    if (names->module != NULL && has_build_id(names->module, module->build_id)) {
        Dwarf_Addr bias = 0;
        Dwarf *lines = dwfl_module_getdwarf(names->module, &bias);
        if (lines != NULL) /* by itself libdw would end the tool with status 1 */
            (void)dwarf_new_oom_handler(lines, hf__out_of_memory);
        else
            check_memory(); /* dwarf_begin_elf answers as if the file had no lines */
        return names;
    }

    check_memory();
    hf__symbol_names_close(names);
    return NULL;
}

void hf__symbol_names_close(hf__symbol_names *names)
{
    if (names == NULL)
        return;
    hf__heap_drop_guard(&names->guard);
    dwfl_end(names->dwfl);
    for (size_t i = 0; i < names->kept_count; i++)
        hf__free(names->kept[i]);
    hf__free(names->kept);
    hf__free(names);
}

/* The unit that has the address. clang gives no table from addresses to units, so each is asked. */
static Dwarf_Die *unit_of(Dwfl_Module *module, uint64_t address, Dwarf_Addr *bias)
{
    Dwarf_Die *unit = dwfl_module_addrdie(module, address, bias);
    if (unit != NULL)
        return unit;
    unit = dwfl_module_nextcu(module, NULL, bias);
    while (unit != NULL && dwarf_haspc(unit, address - *bias) <= 0)
        unit = dwfl_module_nextcu(module, unit, bias);
    return unit;
}

static const char *find_line(Dwfl_Module *module, uint64_t address, int *number)
{
    Dwfl_Line *known = dwfl_module_getsrc(module, address);
    if (known != NULL)
        return dwfl_lineinfo(known, NULL, number, NULL, NULL, NULL);
    Dwarf_Addr bias = 0;
    Dwarf_Die *unit = unit_of(module, address, &bias);
    Dwarf_Line *line = unit != NULL ? dwarf_getsrc_die(unit, address - bias) : NULL;
    return line != NULL && dwarf_lineno(line, number) == 0 ? dwarf_linesrc(line, NULL, NULL) : NULL;
}

/* What a type is without names and qualifiers for it. False: it is void. */
static bool plain_type(Dwarf_Die *of, Dwarf_Die *out)
{
    Dwarf_Attribute attribute;
    return dwarf_attr_integrate(of, DW_AT_type, &attribute) != NULL && dwarf_formref_die(&attribute, out) != NULL && dwarf_peel_type(out, out) == 0 &&
           dwarf_tag(out) != DW_TAG_unspecified_type;
}

static bool is_plain_bytes(Dwarf_Die *pointer)
{
    Dwarf_Die target;
    Dwarf_Word size = 0;
    Dwarf_Attribute attribute;
    if (!plain_type(pointer, &target))
        return true;
    return dwarf_tag(&target) == DW_TAG_base_type && dwarf_attr(&target, DW_AT_byte_size, &attribute) != NULL &&
           dwarf_formudata(&attribute, &size) == 0 && size == 1;
}

/* void **out, char **out */
static bool has_pointer_out(Dwarf_Die *function)
{
    Dwarf_Die parameter, type, target;
    bool more = dwarf_child(function, &parameter) == 0;
    for (; more; more = dwarf_siblingof(&parameter, &parameter) == 0) {
        if (dwarf_tag(&parameter) != DW_TAG_formal_parameter || !plain_type(&parameter, &type) || dwarf_tag(&type) != DW_TAG_pointer_type)
            continue;
        if (plain_type(&type, &target) && dwarf_tag(&target) == DW_TAG_pointer_type && is_plain_bytes(&target))
            return true;
    }
    return false;
}

static hf__symbol_gives gives_of(Dwarf_Die *function)
{
    Dwarf_Die type;
    bool is_void = !plain_type(function, &type);
    if (is_void || dwarf_tag(&type) != DW_TAG_pointer_type)
        return has_pointer_out(function) ? HF_GIVES_MEMORY : is_void ? HF_GIVES_NOTHING : HF_GIVES_VALUE;
    return is_plain_bytes(&type) ? HF_GIVES_MEMORY : HF_GIVES_OBJECT;
}

static hf__symbol_written written_of(Dwarf_Die *function, Dwarf_Die *unit)
{
    static const char *const systems[] = {"/usr/include/*", "/usr/lib/gcc/*", "/usr/lib/llvm*/include/*", "/rustc/*"};
    const char *file = dwarf_decl_file(function);
    const char *main_file = dwarf_diename(unit);
    if (file == NULL || main_file == NULL)
        return HF_WRITTEN_HERE;
    for (size_t i = 0; i < sizeof systems / sizeof systems[0]; i++)
        if (hf__glob_match(hf__text(systems[i]), hf__text(file)))
            return HF_WRITTEN_IN_SYSTEM_HEADER;
    const char *slash = strrchr(file, '/'), *main_slash = strrchr(main_file, '/');
    bool same = strcmp(slash != NULL ? slash + 1 : file, main_slash != NULL ? main_slash + 1 : main_file) == 0;
    return same ? HF_WRITTEN_HERE : HF_WRITTEN_IN_HEADER;
}

static const char *linkage_name(Dwarf_Die *function)
{
    Dwarf_Attribute attribute;
    const char *name = dwarf_formstring(dwarf_attr_integrate(function, DW_AT_linkage_name, &attribute));
    return name != NULL ? name : dwarf_diename(function);
}

static const char *keep_name(hf__symbol_names *names, const char *symbol)
{
    HF_GROW(names->kept, names->kept_count, names->kept_capacity);
    return names->kept[names->kept_count++] = hf__symbol_function_name(symbol);
}

/* The line that an inlined function was called from, in the one around it. */
static void set_call_line(Dwarf_Die *inlined, Dwarf_Die *unit, hf__symbol_place *around)
{
    Dwarf_Attribute attribute;
    Dwarf_Word line = 0, number = 0;
    Dwarf_Files *files = NULL;
    size_t count = 0;
    around->file = NULL;
    around->line = 0;
    if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attribute), &line) != 0 ||
        dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attribute), &number) != 0)
        return;
    if (dwarf_getsrcfiles(unit, &files, &count) == 0 && number < count)
        around->file = dwarf_filesrc(files, number, NULL, NULL);
    around->line = (uint32_t)line;
}

/* The scopes around an address, innermost first, up to the function that has the code; without those that are no functions. */
static size_t scopes_of(Dwarf_Die *unit, uint64_t address, Dwarf_Die *out, size_t capacity)
{
    Dwarf_Die *inner = NULL, *scopes = NULL;
    size_t count = 0;
    /* dwarf_getscopes leaves the place of an inlined function for that of its text; by its entry the scopes around it are found (as addr2line -i). */
    if (dwarf_getscopes(unit, address, &inner) <= 0)
        return 0;
    int found = dwarf_getscopes_die(&inner[0], &scopes);
    for (int i = 0; i < found && count < capacity; i++) {
        int tag = dwarf_tag(&scopes[i]);
        if (tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram)
            out[count++] = scopes[i];
        if (tag == DW_TAG_subprogram)
            break;
    }

    free(scopes);
    free(inner);
    return count;
}

/* out[0] has the innermost line already. */
static size_t find_functions(hf__symbol_names *names, uint64_t inside, hf__symbol_place *out, size_t capacity)
{
    Dwarf_Addr bias = 0;
    Dwarf_Die scopes[HF_PLACE_DEPTH_MAX];
    Dwarf_Die *unit = unit_of(names->module, inside, &bias);
    size_t count = unit != NULL ? scopes_of(unit, inside - bias, scopes, capacity < HF_PLACE_DEPTH_MAX ? capacity : HF_PLACE_DEPTH_MAX) : 0;

    for (size_t i = 0; i < count; i++) {
        const char *name = linkage_name(&scopes[i]);
        if (i > 0) {
            out[i] = out[0];
            set_call_line(&scopes[i - 1], unit, &out[i]);
        }
        out[i].is_inlined = i + 1 < count;
        out[i].gives = gives_of(&scopes[i]);
        out[i].written = written_of(&scopes[i], unit);
        if (name != NULL && out[i].is_inlined)
            out[i].function = keep_name(names, name);
    }

    return count > 0 ? count : 1;
}

static size_t find(hf__symbol_names *names, uint64_t address, uint64_t inside, hf__symbol_place *out, size_t capacity)
{
    int number = 0;
    errno = 0;
    const char *file = find_line(names->module, inside, &number);
    out[0].file = file;
    out[0].line = file != NULL && number > 0 ? (uint32_t)number : 0;
    size_t count = find_functions(names, inside, out, capacity);
    hf__symbol_place *code = &out[count - 1];
    GElf_Off offset = 0;
    GElf_Sym symbol;
    const char *function = dwfl_module_addrinfo(names->module, inside, &offset, &symbol, NULL, NULL, NULL);

    if (function != NULL) {
        code->function = keep_name(names, function);
        for (size_t i = 0; i < count; i++)
            out[i].offset = offset + (address - inside);
    }

    check_memory();
    return count;
}

size_t hf__symbol_names_find(hf__symbol_names *names, uint64_t address, uint64_t inside, hf__symbol_place *out, size_t capacity)
{
    sigjmp_buf back;
    hf_heap_guard guard;
    if (sigsetjmp(back, 1) != 0) {
        inside_libdw = NULL;
        hf__heap_drop_guard(&names->guard); /* to end it would crash, too */
        hf__out_of_memory();
    }
    hf__heap_guard(&guard, leave_libdw, NULL);
    inside_libdw = &back;
    size_t count = find(names, address, inside, out, capacity);
    inside_libdw = NULL;
    hf__heap_drop_guard(&guard);
    return count;
}
