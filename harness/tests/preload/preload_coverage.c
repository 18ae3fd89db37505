/* SPDX-License-Identifier: MIT
 * An unmodified program that ends in a way of its own for each request that is refused: by _exit, a crash, an exit status, abort. Built with coverage
 * by coverage.py, which looks for the lines marked "refused": only a refusal reaches them.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void by_exit(void)
{
    _exit(3); // refused
}

static int crash(char *p)
{
    p[0] = 'x'; // refused
    return 0;
}

static int reported(void)
{
    return 4; // refused
}

int main(void)
{
    char *a = malloc(10);
    if (a == NULL)
        by_exit(); // refused
    char *b = malloc(20);
    if (b == NULL)
        crash(b); // refused
    char *c = malloc(30);
    if (c == NULL) {
        free(b);           // refused
        free(a);           // refused
        return reported(); // refused
    }
    char *d = malloc(40);
    if (d == NULL)
        abort(); // refused
    free(d);
    free(c);
    free(b);
    free(a);
    return 0;
}
