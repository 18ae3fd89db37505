/* SPDX-License-Identifier: MIT
 * From the patterns of `from` to ranges of code, before the program runs.
 *
 * The loader that the program names tells which libraries it will load (its --list); they are never guessed here, and the program is never run for
 * it. A return address comes after its call, so it is past the function if the call is the function's last instruction. Every range is therefore
 * moved by one byte, from (start, end] to [start + 1, end + 1).
 */
#include "symbol_pattern.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "os_file.h"
#include "system_process.h"
#include "system_machine.h"
#include "symbol_binary.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define HF_LOADER_TIMEOUT_MS 10000u
#define HF_LOADER_BYTES_MAX 1000000u

struct hf__symbol_table {
    hf__symbol_binary **items; /* the program first */
    size_t count, capacity;
};

typedef struct range {
    uint64_t low, high;
} range;

/* Found ranges of one module. */
typedef struct ranges {
    range *items;
    size_t count, capacity;
} ranges;

static void add_object(hf__symbol_table *symbols, hf__symbol_binary *object)
{
    HF_GROW(symbols->items, symbols->count, symbols->capacity);
    symbols->items[symbols->count++] = object;
}

/* A library that cannot be read will not load either; the loader says so better than we could. */
static void add_library(hf__symbol_table *symbols, hf_text path)
{
    char *name = hf__copy_text(path);
    hf__symbol_binary *object = NULL;
    if (hf__symbol_binary_open(name, &object, NULL) == HF_OK)
        add_object(symbols, object);
    hf__free(name);
}

/* One line of the loader's list: "libm.so.6 => /lib/libm.so.6 (0x...)" or "/lib64/ld.so (0x...)"; empty if it names no file. */
static hf_text listed_path(hf_text line)
{
    line = hf__text_trim(line);
    for (size_t at = 0; at + 4 < line.size_bytes; at++) {
        if (memcmp(line.pointer + at, " => ", 4) == 0) {
            line.pointer += at + 4;
            line.size_bytes -= at + 4;
            break;
        }
    }
    size_t length = 0;
    while (length + 1 < line.size_bytes && memcmp(line.pointer + length, " (", 2) != 0)
        length++;
    line.size_bytes = length;
    return length > 0 && line.pointer[0] == '/' ? line : (hf_text){line.pointer, 0};
}

static void add_listed(hf__symbol_table *symbols, const char *list)
{
    while (*list != '\0') {
        size_t length = strcspn(list, "\n");
        hf_text path = listed_path((hf_text){list, length});
        if (path.size_bytes > 0)
            add_library(symbols, path);
        list += length + (list[length] == '\n');
    }
}

static hf_status list_libraries(hf__symbol_table *symbols, const char *loader, const char *program, const char *const *environment, hf_error *err)
{
    const char *arguments[] = {loader, "--list", program, NULL};
    hf_spawn spawn = {.program = loader, .arguments = arguments, .environment = environment};
    hf_capture got = {.timeout_ms = HF_LOADER_TIMEOUT_MS, .max_bytes = HF_LOADER_BYTES_MAX};
    hf_status status = hf__system_process_capture(&spawn, &got, err);
    if (status == HF_OK)
        add_listed(symbols, got.text);
    hf__free(got.text);
    return status;
}

hf_status hf__symbol_symbols_open(const char *program, const char *const *environment, hf__symbol_table **out, hf_error *err)
{
    *out = NULL;
    hf__symbol_table *symbols = hf__allocate(1, sizeof *symbols);
    hf__symbol_binary *object = NULL;
    hf_status status = hf__symbol_binary_open(program, &object, err);

    if (status == HF_OK) {
        add_object(symbols, object);
        const char *loader = hf__symbol_binary_loader(object);
        if (loader != NULL)
            status = list_libraries(symbols, loader, program, environment != NULL ? environment : hf__system_environment_all(), err);
    } else if (status == HF_ERROR_FORMAT) {
        status = HF_OK;
    }

    if (status == HF_OK)
        *out = symbols;
    else
        hf__symbol_symbols_destroy(symbols);
    return status;
}

size_t hf__symbol_symbols_count(const hf__symbol_table *symbols)
{
    return symbols->count;
}

const hf__symbol_binary *hf__symbol_symbols_object(const hf__symbol_table *symbols, size_t index)
{
    return symbols->items[index];
}

void hf__symbol_symbols_destroy(hf__symbol_table *symbols)
{
    if (symbols == NULL)
        return;
    for (size_t i = 0; i < symbols->count; i++)
        hf__symbol_binary_close(symbols->items[i]);
    hf__free(symbols->items);
    hf__free(symbols);
}

/* f.part.0, f.cold and f.constprop.1 are parts of f. */
static bool matches_function(hf_text pattern, const char *name)
{
    if (hf__glob_match(pattern, hf__text(name)))
        return true;
    size_t prefix = strcspn(name, ".");
    return prefix > 0 && name[prefix] == '.' && hf__glob_match(pattern, (hf_text){name, prefix});
}

static void collect(const hf__symbol_binary *object, hf_text function, ranges *found)
{
    size_t count = 0;
    const hf__symbol_binary_function *functions = hf__symbol_binary_functions(object, &count);
    for (size_t i = 0; i < count; i++) {
        if (!matches_function(function, functions[i].name))
            continue;
        HF_GROW(found->items, found->count, found->capacity);
        found->items[found->count++] = (range){functions[i].low + 1, functions[i].high + 1};
    }
}

/* Functions come by address; neighbours become one. */
static size_t add_ranges(const char *module, const ranges *found, hf_plan_add_range *add, void *add_user)
{
    size_t added = 0;
    for (size_t i = 0; i < found->count;) {
        range joined = found->items[i++];
        while (i < found->count && found->items[i].low <= joined.high) {
            if (found->items[i].high > joined.high)
                joined.high = found->items[i].high;
            i++;
        }
        add(&(hf_plan_range){.module = module, .low = joined.low, .high = joined.high}, add_user);
        added++;
    }
    return added;
}

static size_t resolve_in(const hf__symbol_binary *object, hf_text function, hf_plan_add_range *add, void *add_user)
{
    const char *module = hf__symbol_binary_name(object);
    if (hf__text_equal_string(function, "*")) {
        add(&(hf_plan_range){.module = module, .low = 0, .high = UINT64_MAX}, add_user);
        return 1;
    }
    ranges found = {0};
    collect(object, function, &found);
    size_t added = add_ranges(module, &found, add, add_user);
    hf__free(found.items);
    return added;
}

/* A module that is given by its path is read once and kept: its name must live on. */
static hf_status find_by_path(hf__symbol_table *symbols, hf_text path, hf__symbol_binary **out, hf_error *err)
{
    char *name = hf__copy_text(path);
    *out = NULL;
    for (size_t i = 0; i < symbols->count && *out == NULL; i++) {
        if (strcmp(hf__symbol_binary_path(symbols->items[i]), name) == 0)
            *out = symbols->items[i];
    }
    hf_status status = HF_OK;
    if (*out == NULL) {
        status = hf__symbol_binary_open(name, out, err);
        if (status == HF_OK)
            add_object(symbols, *out);
    }
    hf__free(name);
    return status;
}

static bool has_slash(hf_text text)
{
    return text.size_bytes > 0 && memchr(text.pointer, '/', text.size_bytes) != NULL;
}

static bool matches_module(const hf__symbol_binary *object, hf_text module)
{
    return hf__text_equal_string(module, hf__symbol_binary_path(object)) || hf__glob_match(module, hf__text(hf__symbol_binary_name(object)));
}

static void print_modules(hf__builder *builder, const hf__symbol_table *symbols)
{
    for (size_t i = 0; i < symbols->count; i++)
        hf__builder_print(builder, "%s%s", i > 0 ? ", " : "", hf__symbol_binary_name(symbols->items[i]));
}

static const char *nearest_function(const hf__symbol_table *symbols, hf_text module, hf_text function)
{
    const char *nearest = NULL;
    unsigned best = hf__edits_max(function.size_bytes) + 1;
    for (size_t i = 0; i < symbols->count; i++) {
        size_t count = 0;
        const hf__symbol_binary_function *functions =
            matches_module(symbols->items[i], module) ? hf__symbol_binary_functions(symbols->items[i], &count) : NULL;
        for (size_t k = 0; k < count; k++) {
            unsigned edits = best > 0 ? hf__edit_distance(function, hf__text(functions[k].name), best - 1) : best;
            if (edits < best) {
                best = edits;
                nearest = functions[k].name;
            }
        }
    }
    return nearest;
}

/* What is wrong with a pattern; the compiler of plans says which. */
static hf_status fail_module(const hf__symbol_table *symbols, hf_error *err)
{
    char modules[200];
    hf__builder builder = hf__builder_init(modules, sizeof modules);
    print_modules(&builder, symbols);
    if (symbols->count == 0)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "the program is a script, which has no functions; write the module as a path");
    return HF_FAIL(err, HF_ERROR_NOT_FOUND, "the program loads no such module, only %s%s; a module that is loaded later is given by its path",
                   modules, builder.cut ? "..." : "");
}

/* The name of a module that has the function, whichever it is; NULL: none. */
static const char *module_with(const hf__symbol_table *symbols, hf_text function)
{
    for (size_t i = 0; i < symbols->count; i++) {
        ranges found = {0};
        collect(symbols->items[i], function, &found);
        hf__free(found.items);
        if (found.count > 0)
            return hf__symbol_binary_name(symbols->items[i]);
    }
    return NULL;
}

static hf_status fail_function(const hf__symbol_table *symbols, hf_text module, hf_text function, hf_error *err)
{
    const char *elsewhere = module_with(symbols, function);
    if (elsewhere != NULL)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "that module has no such function; %s has", elsewhere);
    const char *nearest = nearest_function(symbols, module, function);
    if (nearest != NULL)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no such function; did you mean '%s'?", nearest);
    bool anywhere = hf__text_equal_string(module, "*"); /* then only the program's own lack of names is worth a word */
    for (size_t i = 0; i < (anywhere ? 1 : symbols->count); i++) {
        const char *missing = hf__symbol_binary_missing(symbols->items[i]);
        if (matches_module(symbols->items[i], module) && !hf__symbol_binary_has_symbols(symbols->items[i]) && missing != NULL)
            return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no such function; %s has no symbol table, and %s", hf__symbol_binary_name(symbols->items[i]),
                           missing);
        if (matches_module(symbols->items[i], module) && !hf__symbol_binary_has_symbols(symbols->items[i]))
            return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no such function; %s is stripped, so build it with its symbol table",
                           hf__symbol_binary_name(symbols->items[i]));
    }

    return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no such function in the program or its libraries (inlined everywhere?)");
}

/* MODULE+0xOFFSET, as places without names are printed: where a call returns to. The module need not be known yet. */
static bool add_place(const char *pattern, hf_plan_add_range *add, void *add_user)
{
    const char *plus = strrchr(pattern, '+');
    uint64_t offset = 0;
    if (plus == NULL || plus == pattern || strncmp(plus, "+0x", 3) != 0 || !hf__parse_u64(hf__text(plus + 1), &offset) || offset == 0)
        return false;
    char *module = hf__copy_text((hf_text){pattern, (size_t)(plus - pattern)});
    add(&(hf_plan_range){.module = module, .low = offset - 1, .high = offset}, add_user);
    hf__free(module);
    return true;
}

hf_status hf__symbol_symbols_resolve(const char *pattern, hf_plan_add_range *add, void *add_user, void *user, hf_error *err)
{
    hf__symbol_table *symbols = user;
    if (add_place(pattern, add, add_user))
        return HF_OK;
    const char *mark = strchr(pattern, '!');
    hf_text module = mark != NULL ? (hf_text){pattern, (size_t)(mark - pattern)} : hf__text("*");
    hf_text function = hf__text(mark != NULL ? mark + 1 : pattern);
    hf__symbol_binary *given = NULL;

    if (has_slash(module)) {
        hf_status status = find_by_path(symbols, module, &given, err);
        if (status != HF_OK)
            return status == HF_ERROR_FORMAT ? HF_FAIL(err, HF_ERROR_NOT_FOUND, "that file is not a program or library") : status;
    }

    size_t modules = 0;
    size_t added = 0;
    for (size_t i = 0; i < symbols->count; i++) {
        if (given != NULL ? symbols->items[i] != given : !matches_module(symbols->items[i], module))
            continue;
        modules++;
        added += resolve_in(symbols->items[i], function, add, add_user);
    }

    if (modules == 0)
        return fail_module(symbols, err);
    return added > 0 ? HF_OK : fail_function(symbols, module, function, err);
}
