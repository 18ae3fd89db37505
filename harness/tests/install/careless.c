/* SPDX-License-Identifier: MIT */
/* A program that uses what it was refused: what a sweep has to find. */
#include <hostfault/adapt.h>
#include <string.h>

int main(void)
{
    char *name = hf_adapt_malloc(20);
    strcpy(name, "a name"); /* whatever came */
    hf_adapt_free(name);
    hf_adapt_end();
    return 0;
}
