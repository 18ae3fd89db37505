/* SPDX-License-Identifier: MIT
 * Fails one allocation of the tool itself, or all from one on. MEDICINE_AT is the 1-based number of the allocation; "0" only counts.
 * MEDICINE_ONWARDS fails all allocations from there on. MEDICINE_COUNT is a file for the count. Processes that the tool starts are not
 * affected.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);

static long at, taken;
static bool is_onwards, is_counting;
static const char *count_file;

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("MEDICINE_AT");
    at = number != NULL ? strtol(number, NULL, 10) : 0;
    is_onwards = getenv("MEDICINE_ONWARDS") != NULL;
    count_file = getenv("MEDICINE_COUNT");
    unsetenv("LD_PRELOAD");
    is_counting = true;
}

__attribute__((destructor)) static void end(void)
{
    is_counting = false;
    FILE *file = at == 0 && count_file != NULL ? fopen(count_file, "w") : NULL;
    if (file == NULL)
        return;
    fprintf(file, "%ld\n", taken);
    fclose(file);
}

static bool fails(void)
{
    if (!is_counting)
        return false;
    long number = __atomic_add_fetch(&taken, 1, __ATOMIC_RELAXED);
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
