/* SPDX-License-Identifier: MIT
 * A program that includes expect.h and links no part of hostfault: a cache that is declared optional, a name whose result is unchecked, and a report
 * that may request memory because the failure has surfaced.
 */
#include <hostfault/expect.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *volatile cache;
static char *volatile name;
static char *volatile body;

static int load(void)
{
    cache = malloc(1000);
    if (cache == NULL)
        hf_expect_absorb("the cache is optional");
    name = malloc(20); /* nobody looks */
    body = malloc(30);
    int is_whole = body != NULL;
    free(body);
    free(name);
    free(cache);
    return is_whole;
}

int main(void)
{
    int is_whole = load();
    hf_expect_surfaced();
    puts(is_whole ? "whole" : "no body");
    return !is_whole;
}
