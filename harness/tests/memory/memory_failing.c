/* SPDX-License-Identifier: MIT
 * See memory_failing.h. glibc exports its own functions under other names for this purpose.
 */
#include "memory_failing.h"

#include <errno.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

#pragma GCC visibility push(default) /* else the libraries do not see them */
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *block, size_t size);
void free(void *block);
#pragma GCC visibility pop

static unsigned long requests, failing;
static int fails_onwards;
static long blocks;

void memory_fail_at(unsigned long nth, int onwards)
{
    __atomic_store_n(&failing, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&requests, 0, __ATOMIC_SEQ_CST);
    fails_onwards = onwards;
    __atomic_store_n(&failing, nth, __ATOMIC_SEQ_CST);
}

unsigned long memory_requests(void)
{
    return __atomic_load_n(&requests, __ATOMIC_SEQ_CST);
}

long memory_blocks(void)
{
    return __atomic_load_n(&blocks, __ATOMIC_SEQ_CST);
}

static int fails(void)
{
    unsigned long number = __atomic_add_fetch(&requests, 1, __ATOMIC_SEQ_CST);
    unsigned long from = __atomic_load_n(&failing, __ATOMIC_SEQ_CST);
    int now = from != 0 && (number == from || (fails_onwards && number > from));
    if (now)
        errno = ENOMEM;
    return now;
}

static void *counted(void *block)
{
    if (block != NULL)
        __atomic_add_fetch(&blocks, 1, __ATOMIC_SEQ_CST);
    return block;
}

void *malloc(size_t size)
{
    return fails() ? NULL : counted(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
    if (block == NULL)
        return malloc(size);
    return fails() ? NULL : __libc_realloc(block, size);
}

void free(void *block)
{
    if (block == NULL)
        return;
    __atomic_sub_fetch(&blocks, 1, __ATOMIC_SEQ_CST);
    __libc_free(block);
}
