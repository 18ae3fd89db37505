/* SPDX-License-Identifier: MIT
 * system_places.h on Windows: dbghelp reads the PDB beside the module, and the names that a module exports.
 */
#include "system_places.h"
#include "base_text.h"

#include <hostfault/hosting.h>
#include <dbghelp.h>
#include <string.h>

#include "base_poison.h"

static bool begin(void)
{
    static bool begun;
    if (!begun) {
        SymSetOptions(SYMOPT_LOAD_LINES | SYMOPT_UNDNAME | SYMOPT_FAIL_CRITICAL_ERRORS);
        begun = SymInitialize(GetCurrentProcess(), NULL, TRUE) != FALSE;
    }
    return begun;
}

void hf__system_places(const char *module, uint64_t base, const uint64_t *addresses, size_t count, hf_system_place *out)
{
    (void)module;
    (void)base;
    memset(out, 0, count * sizeof *out);
    if (!begin())
        return;

    for (size_t i = 0; i < count; i++) {
        union {
            SYMBOL_INFO info;
            char room[sizeof(SYMBOL_INFO) + sizeof out->function];
        } symbol;
        IMAGEHLP_LINE64 line = {.SizeOfStruct = sizeof line};
        DWORD column = 0;
        memset(&symbol, 0, sizeof symbol);
        symbol.info.SizeOfStruct = sizeof symbol.info;
        symbol.info.MaxNameLen = sizeof out->function - 1;
        if (SymFromAddr(GetCurrentProcess(), addresses[i], NULL, &symbol.info)) {
            hf__text_copy(out[i].function, sizeof out[i].function, hf__text(symbol.info.Name));
            hf__text_copy(out[i].outer, sizeof out[i].outer, hf__text(symbol.info.Name));
        }
        if (SymGetLineFromAddr64(GetCurrentProcess(), addresses[i], &column, &line)) {
            hf__text_copy(out[i].file, sizeof out[i].file, hf__text(line.FileName));
            out[i].line = line.LineNumber;
        }
    }
}
