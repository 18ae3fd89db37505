/* SPDX-License-Identifier: MIT
 * The last four bytes of a block's room hold its size, XORed with a constant; a pattern fills the space between the block's end and them. The
 * pattern's bytes are unlikely to be written by a program by chance: not 0, 1, 0xFF or text.
 */
#include "host_canary.h"

#include <string.h>

#include "base_poison.h"

#define BEHIND 0xFD
#define FREED 0xDD
#define SIZE_KEY 0x5AFEB10Cu
#define WORD sizeof(uint32_t)

void hf__host_canary_put(char *block, size_t size, size_t room)
{
    uint32_t word = (uint32_t)size ^ SIZE_KEY;
    memset(block + size, BEHIND, room - WORD - size);
    memcpy(block + room - WORD, &word, sizeof word);
}

size_t hf__host_canary_size(const char *block, size_t room)
{
    uint32_t word = 0;
    memcpy(&word, block + room - WORD, sizeof word);
    size_t size = word ^ SIZE_KEY;
    return size <= room - HF_CANARY_BYTES ? size : room;
}

/* The first of `count` bytes that is not this one; `count` if all are. */
static size_t find_other(const char *bytes, size_t count, int byte)
{
    size_t at = 0;
    while (at < count && (unsigned char)bytes[at] == byte)
        at++;
    return at;
}

bool hf__host_canary_is_whole(const char *block, size_t room, size_t *offset)
{
    size_t size = hf__host_canary_size(block, room);
    *offset = SIZE_MAX;
    if (size == room)
        return false;
    *offset = find_other(block + size, room - WORD - size, BEHIND);
    return *offset == room - WORD - size;
}

void hf__host_canary_pad(char *behind, size_t count)
{
    memset(behind, BEHIND, count);
}

bool hf__host_canary_is_padded(const char *behind, size_t count, size_t *offset)
{
    *offset = find_other(behind, count, BEHIND);
    return *offset == count;
}

void hf__host_canary_fill(char *block, size_t room)
{
    memset(block, FREED, room);
}

bool hf__host_canary_is_filled(const char *block, size_t room)
{
    return find_other(block + room - WORD, WORD, FREED) == WORD;
}

bool hf__host_canary_is_untouched(const char *block, size_t room, size_t *offset)
{
    *offset = find_other(block, room, FREED);
    return *offset == room;
}
