/* SPDX-License-Identifier: MIT
 * Where a program's PDB is: beside the program, in a folder of _NT_SYMBOL_PATH, or where the linker wrote it. Nothing is fetched from a server.
 */
#ifndef HF_SYMBOL_PDB_FIND_H
#define HF_SYMBOL_PDB_FIND_H

#include "symbol_pdb.h"

/* program: the path of the program or library. named: the path of the PDB that it names. NULL: none of this build is there; *why says what was found,
 * as a whole sentence without full stop: hf__free. */
hf__symbol_pdb *hf__symbol_pdb_find(const char *program, const char *named, const hf__symbol_pdb_key *key, char **why);

#endif
