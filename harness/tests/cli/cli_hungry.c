/* SPDX-License-Identifier: MIT
 * A program that requests memory until it is refused, for the test of --from-strace: first by malloc, then by its own mapping. It prints the numbers
 * of the refused requests, so that a run under strace can be compared with a run of the scenario made from its log.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define BLOCKS 64

int main(void)
{
    static char *kept[BLOCKS];
    int count = 0;
    while (count < BLOCKS && (kept[count] = malloc(9000000 + (size_t)count * 1000)) != NULL)
        kept[count++][0] = 1;
    if (count < BLOCKS)
        printf("block %d refused\n", count);
    void *map = mmap(NULL, 400000000, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (map == MAP_FAILED)
        printf("no map: %s\n", strerror(errno));
    return count < BLOCKS;
}
