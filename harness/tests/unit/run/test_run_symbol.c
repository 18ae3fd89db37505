/* SPDX-License-Identifier: MIT
 * Looks up names in a program and a library; the program itself prints the addresses of their functions.
 */
#include "run_test.h"
#include "system_process.h"
#include "system_machine.h"
#include "symbol_pattern.h"

#include <stdio.h>

TestSuite(run_symbol, .timeout = 120);

typedef struct found {
    size_t count;
    char module[64]; /* of the first */
    uint64_t low, high;
} found;

static void take(const hf_plan_range *range, void *user)
{
    found *self = user;
    if (self->count++ > 0)
        return;
    snprintf(self->module, sizeof self->module, "%s", range->module);
    self->low = range->low;
    self->high = range->high;
}

static hf_status resolve(const char *pattern, found *out, hf_error *err)
{
    hf__symbol_table *symbols = NULL;
    memset(out, 0, sizeof *out);
    cr_assert(eq(int, hf__symbol_symbols_open(HF_HELPER_PROGRAM, NULL, &symbols, err), HF_OK));
    hf_status status = hf__symbol_symbols_resolve(pattern, take, out, symbols, err);
    hf__symbol_symbols_destroy(symbols);
    return status;
}

/* What the program says of a function's address. */
static uint64_t real_address(const char *name)
{
    const char *arguments[] = {HF_HELPER_PROGRAM, NULL};
    hf_spawn spawn = {.program = HF_HELPER_PROGRAM, .arguments = arguments, .environment = hf__system_environment_all()};
    hf_capture got = {.timeout_ms = 10000, .max_bytes = 1000};
    cr_assert(eq(int, hf__system_process_capture(&spawn, &got, NULL), HF_OK));
    char *line = hf__format("%s ", name);
    const char *at = strstr(got.text, line);
    cr_assert(ne(ptr, text_of(at), NULL));
    uint64_t address = strtoull(at + strlen(line), NULL, 16);
    hf__free(line);
    hf__free(got.text);
    return address;
}

static const struct {
    const char *label, *pattern, *function; /* the range holds every return address into this function, and starts after its first byte */
    const char *module;
    size_t count;
} named[] = {
    {"a function of the library", "helper_add", "helper_add", "librun-helper.so", 1},
    {"a function of the program", "program_only", "program_only", "run_helper_program", 1},
    {"with its module", "librun-helper.so!helper_add", "helper_add", "librun-helper.so", 1},
    {"with a pattern for the module", "librun-*!helper_add", "helper_add", "librun-helper.so", 1},
    {"neighbours become one", "helper_add*", "helper_add", "librun-helper.so", 1},
    {"the module by its path", HF_HELPER_LIBRARY "!helper_add_twice", "helper_add_twice", "librun-helper.so", 1},
};
HF_ROWS(run_symbol, pattern_resolves_to_the_function, named)
{
    found got;
    hf_error err;
    cr_assert(eq(int, resolve(named[*number].pattern, &got, &err), HF_OK), "%s: %s", named[*number].label, err.message);
    uint64_t address = real_address(named[*number].function);
    cr_assert(eq(str, got.module, text_of(named[*number].module)), "%s", named[*number].label);
    cr_assert(eq(sz, got.count, named[*number].count), "%s", named[*number].label);
    cr_assert(eq(u64, got.low, address + 1), "%s", named[*number].label);
    cr_assert(lt(u64, got.low, got.high), "%s", named[*number].label);
}

Test(run_symbol, return_address_behind_the_last_call_is_inside)
{
    found add, twice;
    hf_error err;
    cr_assert(eq(int, resolve("helper_add", &add, &err), HF_OK));
    cr_assert(eq(int, resolve("helper_add_twice", &twice, &err), HF_OK));
    cr_assert(le(u64, add.high, twice.low + 15), "%lx %lx", add.high, twice.low);
    cr_assert(ge(u64, twice.low, add.high), "ranges of two functions do not overlap");
}

Test(run_symbol, parts_that_were_split_off_belong_to_their_function)
{
    found whole, part;
    hf_error err;
    cr_assert(eq(int, resolve("helper_weigh", &whole, &err), HF_OK));
    cr_assert(eq(int, resolve("helper_weigh.part.0", &part, &err), HF_OK));
    cr_assert(eq(sz, part.count, 1));
    cr_assert(eq(u64, part.high - part.low, 2));
    cr_assert(eq(u64, whole.low, part.low), "the part lies before the rest and is its beginning");
    cr_assert(lt(u64, 1, whole.count + (whole.high > part.high)));
}

Test(run_symbol, place_needs_no_symbols)
{
    found got;
    hf_error err;
    cr_assert(eq(int, resolve("later.dll+0x1f40", &got, &err), HF_OK), "%s", err.message);
    cr_assert(eq(sz, got.count, 1));
    cr_assert(eq(str, got.module, (char[]){"later.dll"}));
    cr_assert(eq(u64, got.low, 0x1f3f)); /* a frame's offset is one less than the return address */
    cr_assert(eq(u64, got.high, 0x1f40));
    cr_assert(eq(int, resolve("later.dll+0x", &got, &err), HF_ERROR_NOT_FOUND));
    cr_assert(eq(int, resolve("+0x10", &got, &err), HF_ERROR_NOT_FOUND));
}

Test(run_symbol, whole_module_is_everything_in_it)
{
    found got;
    hf_error err;
    cr_assert(eq(int, resolve("librun-helper*!*", &got, &err), HF_OK));
    cr_assert(eq(u64, got.low, 0));
    cr_assert(eq(u64, got.high, UINT64_MAX));
    cr_assert(eq(sz, got.count, 1));
}

static const struct {
    const char *label, *pattern, *says;
} unknown[] = {
    {"a letter off", "helper_ad", "no such function; did you mean 'helper_add'?"},
    {"a letter off in a module", "librun-helper.so!program_onl", "no such function"},
    {"in the wrong module", "run_helper_program!helper_add", "that module has no such function; librun-helper.so has"},
    {"no such module", "libnothing*!f", "the program loads no such module, only run_helper_program, lib"},
    {"a path that is not there", "/no/such/library.so!f", "/no/such/library.so"},
    {"a path that is no library", "/etc/passwd!f", "that file is not a program or library"},
};
HF_ROWS(run_symbol, name_that_resolves_to_nothing_says_what_is_near, unknown)
{
    found got;
    hf_error err;
    cr_assert(eq(int, resolve(unknown[*number].pattern, &got, &err), HF_ERROR_NOT_FOUND), "%s", unknown[*number].label);
    cr_assert(ne(ptr, strstr(err.message, unknown[*number].says), NULL), "%s: %s", unknown[*number].label, err.message);
    cr_assert(eq(sz, got.count, 0), "%s", unknown[*number].label);
}

Test(run_symbol, script_has_no_functions)
{
    char *folder = make_folder();
    char *script = hf__format("%s/script", folder);
    write_file(script, "#!/bin/sh\n", 0755);
    hf__symbol_table *symbols = NULL;
    hf_error err;
    found got = {0};
    cr_assert(eq(int, hf__symbol_symbols_open(script, NULL, &symbols, &err), HF_OK));
    cr_assert(eq(int, hf__symbol_symbols_resolve("main", take, &got, symbols, &err), HF_ERROR_NOT_FOUND));
    cr_assert(ne(ptr, strstr(err.message, "is a script"), NULL), "%s", err.message);
    hf__symbol_symbols_destroy(symbols);
    hf__free(script);
    remove_folder(folder);
}

/* Every cut of a real library: read or refused, never a fault. */
Test(run_symbol, damaged_library_does_no_harm, .timeout = 120)
{
    char *folder = make_folder();
    char *path = hf__format("%s/cut.so", folder);
    char *bytes = NULL;
    size_t size_bytes = 0;
    hf_error err;
    cr_assert(eq(int, hf__system_file_read(HF_HELPER_LIBRARY, 1 << 20, &bytes, &size_bytes, &err), HF_OK));
    size_t opened = 0;
    for (size_t cut = 0; cut < size_bytes; cut += 97) {
        hf__symbol_table *symbols = NULL;
        found got = {0};
        cr_assert(eq(int, hf__system_file_write(path, bytes, cut, &err), HF_OK));
        opened += hf__symbol_symbols_open(path, NULL, &symbols, &err) == HF_OK;
        (void)(symbols != NULL ? hf__symbol_symbols_resolve("helper_add", take, &got, symbols, &err) : HF_OK);
        hf__symbol_symbols_destroy(symbols);
    }
    cr_assert(lt(sz, 0, opened));
    hf__free(bytes);
    hf__free(path);
    remove_folder(folder);
}
