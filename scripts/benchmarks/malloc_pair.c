/* SPDX-License-Identifier: MIT
 * malloc/free pairs and mmap/munmap pairs in a loop, printed in ns per pair, the least of five rounds: run plainly, under the preload library, and
 * under those of peers. Links to nothing of ours.
 *
 * The time is the processor's, spent by this process: on a machine with other work it is what the clock on the wall would show without that. What a
 * tracer does in a process of its own is only on the wall.
 *
 * usage: malloc_pair [PAIRS [wall]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define PAIRS 400000
#define MAPS 10000 /* of as many pairs; fewer pairs, given as the argument, make fewer in proportion */
#define ROUNDS 5

static clockid_t source = CLOCK_PROCESS_CPUTIME_ID;

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(source, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double time_blocks(int pairs)
{
    double from = now_ns();
    for (int i = 0; i < pairs; i++) {
        char *block = malloc(64);
        if (block == NULL)
            exit(1);
        *(volatile char *)block = 1;
        free(block);
    }
    return (now_ns() - from) / pairs;
}

/* Named by stack filters, so it must be there by its name. */
__attribute__((noinline, visibility("default"))) double time_maps(int pairs);
__attribute__((noinline)) double time_maps(int pairs)
{
    double from = now_ns();
    for (int i = 0; i < pairs; i++) {
        char *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map == MAP_FAILED)
            exit(1);
        *(volatile char *)map = 1;
        munmap(map, 65536);
    }
    return (now_ns() - from) / pairs;
}

int main(int argc, char **argv)
{
    int pairs = argc > 1 ? (int)strtol(argv[1], NULL, 10) : PAIRS;
    int maps = (int)((double)pairs / PAIRS * MAPS);
    double least_block = 1e12, least_map = 1e12;
    if (argc > 2)
        source = CLOCK_MONOTONIC;
    for (int round = 0; round < ROUNDS; round++) {
        double block = time_blocks(pairs);
        double map = time_maps(maps > 0 ? maps : 1);
        least_block = block < least_block ? block : least_block;
        least_map = map < least_map ? map : least_map;
    }
    printf("%.1f %.0f\n", least_block, least_map);
    return 0;
}
