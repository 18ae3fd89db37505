/* SPDX-License-Identifier: MIT
 * SQLite on the tool's heap, so that an allocation that fails ends the tool with a message instead of leaving out a row.
 */
#include "base_alloc.h"
#include "store.h"

#include <sqlite3.h>
#include <string.h>

#include "base_poison.h"

/* SQLite asks how large a block is, so the size stands before it. */
#define HEAD_BYTES 16u

static void *with_head(char *block, int size_bytes)
{
    memcpy(block, &size_bytes, sizeof size_bytes);
    return block + HEAD_BYTES;
}

static void *take(int size_bytes)
{
    return with_head(hf__allocate((size_t)size_bytes + HEAD_BYTES, 1), size_bytes);
}

static void *take_again(void *memory, int size_bytes)
{
    return with_head(hf__reallocate((char *)memory - HEAD_BYTES, (size_t)size_bytes + HEAD_BYTES, 1), size_bytes);
}

static void give_back(void *memory)
{
    hf__free((char *)memory - HEAD_BYTES);
}

static int size_of(void *memory)
{
    int size_bytes = 0;
    memcpy(&size_bytes, (char *)memory - HEAD_BYTES, sizeof size_bytes);
    return size_bytes;
}

static int round_up(int size_bytes)
{
    return (size_bytes + 7) / 8 * 8;
}

static int begin(void *unused)
{
    (void)unused;
    return SQLITE_OK;
}

static void end(void *unused)
{
    (void)unused;
}

void hf__store_use_heap(void)
{
    static sqlite3_mem_methods methods = {take, give_back, take_again, size_of, round_up, begin, end, NULL};
    (void)sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}
