/* SPDX-License-Identifier: MIT
 * Prints what symbol_pdb reads from a PDB: its key, its functions, and the line of each given offset. For pdb_against_llvm.py.
 *
 * usage: pdb_print FILE [OFFSET...]
 */
#include "heap_alloc.h"
#include "system_file.h"
#include "symbol_pdb.h"

#include <stdio.h>
#include <stdlib.h>

static void print_functions(const hf__symbol_pdb *pdb)
{
    size_t count = 0;
    const hf__symbol_binary_function *functions = hf__symbol_pdb_functions(pdb, &count);
    for (size_t i = 0; i < count; i++)
        printf("function 0x%llx 0x%llx %s\n", (unsigned long long)functions[i].low, (unsigned long long)functions[i].high, functions[i].name);
}

static void print_line(const hf__symbol_pdb *pdb, uint64_t offset)
{
    uint32_t line = 0;
    const char *file = hf__symbol_pdb_line(pdb, offset, &line);
    printf("line 0x%llx %s:%u\n", (unsigned long long)offset, file != NULL ? file : "-", line);
}

int main(int argc, char **argv)
{
    char *bytes = NULL;
    size_t size = 0;
    hf_error err = {0};
    hf__symbol_pdb *pdb = NULL;
    if (argc < 2 || hf__system_file_read(argv[1], UINT32_MAX, &bytes, &size, &err) != HF_OK ||
        hf__symbol_pdb_read((hf_text){bytes, size}, &pdb, &err) != HF_OK) {
        fprintf(stderr, "%s\n", err.message);
        hf__free(bytes);
        return 1;
    }
    hf__symbol_pdb_key key = hf__symbol_pdb_key_of(pdb);
    printf("key ");
    for (size_t i = 0; i < sizeof key.guid; i++)
        printf("%02X", key.guid[i]);
    printf(" %u\n", key.age);
    print_functions(pdb);
    for (int i = 2; i < argc; i++)
        print_line(pdb, strtoull(argv[i], NULL, 0));
    hf__symbol_pdb_destroy(pdb);
    hf__free(bytes);
    return 0;
}
