/* SPDX-License-Identifier: MIT
 * Large blocks in files without names: contents stay through growth, rest and the way back to memory; what rests is out of memory; an attempt that
 * fails gives the files back; without a folder that can hold files, blocks lie in memory.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "heap_spill.h"
#include "hf_rows.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

TestSuite(heap_spill, .timeout = 120);

#define MIB ((size_t)1 << 20)
#define LARGE (32 * MIB)

static char folder[] = "/tmp/hf-heap-spill-XXXXXX";

static void begin(void)
{
    cr_assert(ne(ptr, mkdtemp(folder), NULL));
    hf__heap_spill_to(folder);
}

static size_t count_entries(const char *path)
{
    DIR *entries = opendir(path);
    size_t count = 0;
    while (entries != NULL && readdir(entries) != NULL)
        count++;
    (void)closedir(entries);
    return count;
}

static void end(void)
{
    hf__heap_spill_to(NULL);
    cr_assert(eq(int, rmdir(folder), 0), "a file is left in the folder");
}

/* As heap_alloc sees it, whose head stands before the memory. */
static bool lies_in_file(const void *memory)
{
    return hf__heap_spill_has((const char *)memory - 2 * sizeof(void *));
}

static size_t resident_bytes(void)
{
    long size = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    cr_assert(eq(int, fscanf(file, "%ld %ld", &size, &resident), 2));
    (void)fclose(file);
    return (size_t)resident * (size_t)sysconf(_SC_PAGESIZE);
}

static uint64_t sum(const uint64_t *items, size_t count)
{
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += items[i];
    return all;
}

Test(heap_spill, contents_stay_as_a_block_grows_rests_and_becomes_small)
{
    begin();
    uint64_t *items = NULL;
    size_t count = 0, capacity = 0;
    while (count < LARGE / sizeof *items) {
        HF_GROW(items, count, capacity);
        items[count] = count;
        count++;
        if (count % MIB == 0)
            hf__heap_rest();
    }
    cr_assert(lies_in_file(items));
    cr_assert(eq(u64, sum(items, count), (uint64_t)count * (count - 1) / 2));
    items = hf__reallocate(items, 100, sizeof *items);
    cr_assert(eq(u64, sum(items, 100), 99 * 50));
    hf__free(items);
    end();
}

Test(heap_spill, what_rests_is_out_of_memory)
{
    begin();
    char *block = hf__allocate(LARGE, 1);
    for (size_t i = 0; i < LARGE; i += 512)
        block[i] = 1;
    size_t before = resident_bytes();
    hf__heap_rest();
    cr_assert(lt(sz, resident_bytes(), before - LARGE / 2));
    hf__free(block);
    end();
}

Test(heap_spill, only_large_blocks_lie_in_files)
{
    begin();
    char *small = hf__allocate(MIB / 2, 1);
    char *large = hf__allocate(2 * MIB, 1);
    cr_assert(not(lies_in_file(small)));
    cr_assert(lies_in_file(large));
    cr_assert(eq(chr, large[MIB], 0));
    hf__free(small);
    hf__free(large);
    cr_assert(not(lies_in_file(large)));
    end();
    large = hf__allocate(2 * MIB, 1);
    cr_assert(not(lies_in_file(large)));
    hf__free(large);
}

Test(heap_spill, without_such_a_folder_blocks_lie_in_memory)
{
    hf__heap_spill_to("/nowhere");
    char *block = hf__allocate(2 * MIB, 1);
    cr_assert(not(lies_in_file(block)));
    block[2 * MIB - 1] = 1;
    hf__free(block);
    hf__heap_spill_to(NULL);
}

static hf_status run_out(void *nothing)
{
    (void)nothing;
    char *first = hf__allocate(2 * MIB, 1);
    char *second = hf__allocate(3 * MIB, 1);
    first[0] = second[0] = 1;
    hf__out_of_memory();
}

Test(heap_spill, a_failed_attempt_gives_its_files_back)
{
    begin();
    size_t before = count_entries("/proc/self/fd");
    hf_error err;
    cr_assert(eq(int, hf__heap_attempt(run_out, NULL, &err), HF_ERROR_MEMORY));
    cr_assert(eq(sz, count_entries("/proc/self/fd"), before));
    end();
}
