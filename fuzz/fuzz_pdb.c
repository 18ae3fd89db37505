/* SPDX-License-Identifier: MIT
 * The PDB reader, on any bytes: it reads nothing outside them; functions are sorted by address, one at each, and none ends before it begins; every
 * offset has a line of a named file, or none.
 */
#include "symbol_pdb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "pdb: %s\n", what);
    abort();
}

static void check_functions(const hf__symbol_pdb *pdb)
{
    size_t count = 0;
    const hf__symbol_binary_function *functions = hf__symbol_pdb_functions(pdb, &count);
    for (size_t i = 0; i < count; i++) {
        if (functions[i].high < functions[i].low || functions[i].name[0] == '\0')
            fail("a function ends before it begins, or has no name");
        if (i > 0 && functions[i].low < functions[i - 1].high)
            fail("functions overlap, or are not in order");
    }
}

static void check_lines(const hf__symbol_pdb *pdb)
{
    for (uint64_t offset = 0; offset < 0x3000; offset += 7) {
        uint32_t line = 0;
        const char *file = hf__symbol_pdb_line(pdb, offset, &line);
        if ((file != NULL) != (line != 0) || (file != NULL && strlen(file) == 0))
            fail("a line without a file, or a file without a line");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hf__symbol_pdb *pdb = NULL;
    hf_error err = {0};
    hf_status status = hf__symbol_pdb_read((hf_text){(const char *)data, size}, &pdb, &err);
    if ((status == HF_OK) != (pdb != NULL) || (status != HF_OK && err.message[0] == '\0'))
        fail("refused without a word");
    if (pdb == NULL)
        return 0;
    check_functions(pdb);
    check_lines(pdb);
    hf__symbol_pdb_destroy(pdb);
    return 0;
}
