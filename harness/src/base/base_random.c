/* SPDX-License-Identifier: MIT
 * Hashes bytes for names and keys. Its values must never change: results contain them.
 */
#include "base_random.h"

#include "base_poison.h"

uint64_t hf__hash(uint64_t start, const void *bytes, size_t size_bytes)
{
    const unsigned char *at = bytes;
    uint64_t hash = start;
    for (size_t i = 0; i < size_bytes; i++) {
        hash ^= at[i];
        hash *= 0x100000001B3u;
    }
    return hash;
}
