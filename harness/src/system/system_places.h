/* SPDX-License-Identifier: MIT
 * Functions and lines of addresses, by what the system has for it, without a library of others: on Linux the program addr2line (binutils) or
 * llvm-addr2line, one of which comes with every compiler; on Windows dbghelp, for this process alone. Reading the debugging information here would be
 * a second symbol layer (DWARF 2 to 5, inlined functions, compressed and separate files) for a text that is only written when a test is red.
 *
 * Threads: one at a time.
 */
#ifndef HF_SYSTEM_PLACES_H
#define HF_SYSTEM_PLACES_H

#include <stddef.h>
#include <stdint.h>

typedef struct hf_system_place {
    char function[160]; /* the innermost, though it be inlined; "" not known */
    char outer[160];    /* the one that it is inlined into; the same if it is not */
    char file[256];     /* "" not known */
    uint32_t line;
} hf_system_place;

/* Fills in a place for each of `count` addresses of this module, whose load base is `base`. */
void hf__system_places(const char *module, uint64_t base, const uint64_t *addresses, size_t count, hf_system_place *out);

#endif
