/* SPDX-License-Identifier: MIT
 * One program or library file of this system (ELF on Linux, PE on Windows): its loader, and its functions by address.
 *
 * Threads: distinct files may be used in parallel.
 */
#ifndef HF_SYMBOL_BINARY_H
#define HF_SYMBOL_BINARY_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <string.h>

typedef struct hf__symbol_binary hf__symbol_binary;

/* A function's code, as offsets from the load base. */
typedef struct hf__symbol_binary_function {
    uint64_t low, high;
    const char *name; /* as the compiler wrote it, C++ names mangled */
} hf__symbol_binary_function;

/* HF_ERROR_FORMAT: no program or library of this system. HF_ERROR_NOT_FOUND, HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__symbol_binary_open(const char *path, hf__symbol_binary **out, hf_error *err);
void hf__symbol_binary_close(hf__symbol_binary *binary);
const char *hf__symbol_binary_path(const hf__symbol_binary *binary);
/* The path's last component. */
static inline const char *hf__symbol_binary_name(const hf__symbol_binary *binary)
{
    const char *path = hf__symbol_binary_path(binary);
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}
/* The loader that it names; NULL for a library or a static program, and always on Windows. */
const char *hf__symbol_binary_loader(const hf__symbol_binary *binary);
/* ELF alone: the machine that it is for, where that is not this one; NULL: it is for this one. */
const char *hf__symbol_binary_foreign(const hf__symbol_binary *binary);
/* ELF alone: does it carry the shim, by the note that the shim's objects have? */
bool hf__symbol_binary_has_mark(const hf__symbol_binary *binary);
/* Does it have its full symbol table (.symtab; on Windows the one of gcc, or a PDB), not only what it exports? */
bool hf__symbol_binary_has_symbols(const hf__symbol_binary *binary);
/* PE alone: which file with its names was looked for in vain, as a whole sentence without full stop; NULL: none. */
const char *hf__symbol_binary_missing(const hf__symbol_binary *binary);
/* Its functions, by address; aliases are in it more than once. */
const hf__symbol_binary_function *hf__symbol_binary_functions(const hf__symbol_binary *binary, size_t *count);

#endif
