/* SPDX-License-Identifier: MIT
 * Hashing of bytes for names and keys. Stable for ever: keys are stored in results.
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
