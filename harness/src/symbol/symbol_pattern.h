/* SPDX-License-Identifier: MIT
 * Names for code: from a pattern of `from` to ranges before a run, and from an address of a trace to a place after it.
 *
 * Before the run: .symtab and .dynsym of the program and of the libraries that the dynamic loader would load with it. Parts of a function that the
 * compiler split off (f.part.0, f.cold, f.constprop.1) belong to f. After the run: the files that the trace names, with debug information if there is
 * any. A file that has changed since (another build id) gives no names.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_SYMBOL_PATTERN_H
#define HF_SYMBOL_PATTERN_H

#include <hostfault/plan.h>
#include <hostfault/trace.h>
#include <stdbool.h>

typedef struct hf__symbol_table hf__symbol_table;

/* Reads the symbols of a program and its libraries. environment: NAME=VALUE, ended by NULL, as the program will get it (LD_LIBRARY_PATH); NULL:
 * this process's own. A program that is no ELF file has no symbols, which is no error here. Errors: HF_ERROR_NOT_FOUND, HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__symbol_symbols_open(const char *program, const char *const *environment, hf__symbol_table **out, hf_error *err);
void hf__symbol_symbols_destroy(hf__symbol_table *symbols);
/* The files that were read: the program's first, if it is one. */
size_t hf__symbol_symbols_count(const hf__symbol_table *symbols);
const struct hf__symbol_binary *hf__symbol_symbols_object(const hf__symbol_table *symbols, size_t index);

/* An hf_plan_resolve; `user` is an hf__symbol_table. pattern: FUNCTION, MODULE!FUNCTION, MODULE!*, MODULE+0xOFFSET; all are shell patterns, MODULE
 * over file names, or over a path where it has a '/' (for a library that the program only loads while it runs). HF_ERROR_NOT_FOUND names the nearest.
 */
hf_status hf__symbol_symbols_resolve(const char *pattern, hf_plan_add_range *add, void *add_user, void *user, hf_error *err);

typedef struct hf__symbol_places hf__symbol_places;

/* What a function gives to who called it, as far as its debug information says. */
typedef enum hf__symbol_gives {
    HF_GIVES_UNKNOWN, /* no debug information */
    HF_GIVES_NOTHING,
    HF_GIVES_VALUE,  /* a number, a structure */
    HF_GIVES_OBJECT, /* a pointer to something of a type */
    HF_GIVES_MEMORY  /* a pointer to plain bytes, or a status and a pointer through a parameter */
} hf__symbol_gives;

/* Where a function was written. */
typedef enum hf__symbol_written { HF_WRITTEN_HERE, HF_WRITTEN_IN_HEADER, HF_WRITTEN_IN_SYSTEM_HEADER } hf__symbol_written;

/* One place in code. Text is borrowed from the hf__symbol_places. */
typedef struct hf__symbol_place {
    const char *module;   /* file name, last component; "[jit]" for code that is in no module, "?" for an address that is no code */
    const char *function; /* as people write it: demangled without parameters, without what compilers add (.constprop.0); NULL: not known */
    const char *file;     /* source file as the compiler was given it; NULL: not known */
    uint32_t line;        /* 0: not known */
    uint64_t offset;      /* from the function's start; from the module's load base if the function is not known; the address itself without module */
    uint64_t module_offset; /* from the module's load base */
    bool is_inlined;        /* its code is part of the function of the next place */
    hf__symbol_gives gives;
    hf__symbol_written written;
} hf__symbol_place;

#define HF_PLACE_DEPTH_MAX 24u

/* The places of a trace's modules. The trace must outlive it. Nothing is read before it is asked for. */
hf__symbol_places *hf__symbol_places_create(const hf_trace *trace);
void hf__symbol_places_destroy(hf__symbol_places *places);
/* The place of an address; of the call that it returns to when is_return. False if no module holds it; *out is filled in either way. */
bool hf__symbol_places_find(hf__symbol_places *places, uint64_t address, bool is_return, hf__symbol_place *out);
/* The same with the functions that it was inlined into, innermost first, each with the line that it had come to. Returns how many, at least 1. */
size_t hf__symbol_places_expand(hf__symbol_places *places, uint64_t address, bool is_return, hf__symbol_place out[HF_PLACE_DEPTH_MAX]);
/* "lua!luaH_resize+0x1c (ltable.c:512)", "libc.so.6+0x29d90", "0x7f0012345678"; cut at capacity. Returns the bytes written without the NUL. */
size_t hf__symbol_place_print(const hf__symbol_place *place, char *buffer, size_t capacity);
/* "grow at lgc.c:212", "grow at lua+0x1234", "lua+0x1234": as people are told of it. hf__free. */
char *hf__symbol_place_name(const hf__symbol_place *place);
/* As hf__symbol_place_print, but with the source file as the compiler was given it, so that others find it: "... (/src/lua/ltable.c:512)". hf__free.
 */
char *hf__symbol_place_describe(const hf__symbol_place *place);

#endif
