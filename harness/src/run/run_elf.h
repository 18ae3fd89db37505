/*
 * One ELF file: its loader, and its functions by address.
 *
 * Threads: distinct files may be used in parallel.
 */
#ifndef HF_RUN_ELF_H
#define HF_RUN_ELF_H

#include <hostfault/error.h>
#include <stdbool.h>

typedef struct hf__elf hf__elf;

/* A function's code, as offsets from the load base. */
typedef struct hf__elf_function {
    uint64_t low, high;
    const char *name; /* as the compiler wrote it, C++ names mangled */
} hf__elf_function;

/* HF_ERROR_FORMAT: no ELF program or library. HF_ERROR_NOT_FOUND, HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__elf_open(const char *path, hf__elf **out, hf_error *err);
void hf__elf_close(hf__elf *elf);
const char *hf__elf_path(const hf__elf *elf);
/* The path's last component. */
const char *hf__elf_name(const hf__elf *elf);
/* The loader that it names; NULL for a library or a static program. */
const char *hf__elf_loader(const hf__elf *elf);
/* Does it have its full symbol table (.symtab), not only what it exports? */
bool hf__elf_has_symbols(const hf__elf *elf);
/* Its functions, by address; aliases are in it more than once. */
const hf__elf_function *hf__elf_functions(const hf__elf *elf, size_t *count);

#endif
