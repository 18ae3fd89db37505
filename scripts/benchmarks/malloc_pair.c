/* SPDX-License-Identifier: MIT
 * malloc/free pairs and mmap/munmap pairs in a loop, printed in ns per pair: run plainly and under libfiu's preload library, for what a peer adds to
 * a call. Links to nothing of ours.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define PAIRS 2000000
#define MAPS 50000 /* of as many pairs; fewer pairs, given as the argument, make fewer in proportion */

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

int main(int argc, char **argv)
{
    int pairs = argc > 1 ? (int)strtol(argv[1], NULL, 10) : PAIRS;
    int maps = (int)((double)pairs / PAIRS * MAPS);
    double from = now_ns();
    for (int i = 0; i < pairs; i++) {
        char *block = malloc(64);
        if (block == NULL)
            return 1;
        *(volatile char *)block = 1;
        free(block);
    }
    double pair = (now_ns() - from) / pairs;
    from = now_ns();
    for (int i = 0; i < maps; i++) {
        char *map = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (map == MAP_FAILED)
            return 1;
        *(volatile char *)map = 1;
        munmap(map, 65536);
    }
    printf("%.1f %.0f\n", pair, (now_ns() - from) / maps);
    return 0;
}
