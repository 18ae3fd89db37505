/* SPDX-License-Identifier: MIT
 * A program database (PDB): the functions and source lines of a Windows program, as Microsoft's compilers, clang and rustc store them beside it.
 * Reads bytes alone, on every system. The file may contain anything: it is read within its bounds, and no byte of it more than once.
 *
 * Not read: types, variables, and which functions were inlined. Inlined code has the line of the call, in the function around it.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_SYMBOL_PDB_H
#define HF_SYMBOL_PDB_H

#include "symbol_binary.h"

typedef struct hf__symbol_pdb hf__symbol_pdb;

/* What a program says of its PDB, and the PDB of itself: only where they agree do the addresses fit. */
typedef struct hf__symbol_pdb_key {
    uint8_t guid[16];
    uint32_t age;
} hf__symbol_pdb_key;

/* bytes must outlive it no longer than the call. Errors: HF_ERROR_FORMAT. */
HF_CHECK_RESULT hf_status hf__symbol_pdb_read(hf_text bytes, hf__symbol_pdb **out, hf_error *err);
/* NULL is fine. */
void hf__symbol_pdb_destroy(hf__symbol_pdb *pdb);
hf__symbol_pdb_key hf__symbol_pdb_key_of(const hf__symbol_pdb *pdb);
/* Does it know functions, or only public symbols, as what Microsoft gives out? */
bool hf__symbol_pdb_has_procedures(const hf__symbol_pdb *pdb);
/* By address, one per address. What has only a public symbol reaches to the next function, or to the end of its section. */
const hf__symbol_binary_function *hf__symbol_pdb_functions(const hf__symbol_pdb *pdb, size_t *count);
/* The source line of an offset from the load base. NULL: none is known; *line is 0 then. */
const char *hf__symbol_pdb_line(const hf__symbol_pdb *pdb, uint64_t offset, uint32_t *line);

#endif
