/* SPDX-License-Identifier: MIT
 * Fails one allocation of the tool itself, or all from one on. MEDICINE_AT is the 1-based number of the allocation; "0" only counts.
 * MEDICINE_ONWARDS fails all allocations from there on. MEDICINE_COUNT is a file for the count: a line for each allocation, with its number and a
 * hash of its call stack. Processes that the tool starts are not affected.
 */
#include <errno.h>
#include <execinfo.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static long at, taken;
static bool is_onwards, is_counting;
static const char *count_file;
enum { max_stacks = 1 << 20 };
static long long unsigned stacks[max_stacks]; // of the allocations that were counted
static _Thread_local bool is_hashing;         // the unwinder's own allocations do not count

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("MEDICINE_AT");
    at = number != NULL ? strtol(number, NULL, 10) : 0;
    is_onwards = getenv("MEDICINE_ONWARDS") != NULL;
    count_file = getenv("MEDICINE_COUNT");
    unsetenv("LD_PRELOAD");
    if (at == 0)
        backtrace((void *[1]){NULL}, 1); // its first call loads libgcc_s, which allocates
    is_counting = true;
}

__attribute__((destructor)) static void end(void)
{
    is_counting = false;
    FILE *file = at == 0 && count_file != NULL ? fopen(count_file, "w") : NULL;
    if (file == NULL)
        return;
    for (long i = 0; i < taken && i < max_stacks; i++)
        fprintf(file, "%ld %llx\n", i + 1, stacks[i]);
    fclose(file);
}

// FNV-1a over the return addresses; the process compares its own addresses only.
static long long unsigned stack_hash(void)
{
    void *frames[48];
    long long unsigned hash = 0xcbf29ce484222325;

    is_hashing = true;
    int depth = backtrace(frames, sizeof frames / sizeof *frames);
    is_hashing = false;
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 0x100000001b3;
    return hash;
}

static bool fails(void)
{
    if (!is_counting || is_hashing)
        return false;
    long number = __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
    if (at == 0 && number <= max_stacks)
        stacks[number - 1] = stack_hash();
    bool is_meant = at > 0 && (is_onwards ? number >= at : number == at);
    if (is_meant)
        errno = ENOMEM;
    return is_meant;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    return fails() ? NULL : __libc_realloc(memory, size);
}
