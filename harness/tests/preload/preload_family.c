/* SPDX-License-Identifier: MIT
 * An unmodified program that calls one function of the malloc or map family, named by its argument, and prints the result: "malloc = pointer" or
 * "malloc = NULL, errno 12". It is not linked with the shim.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES 65536u

static void *kept;            /* what realloc and mremap begin with */
static void *volatile before; /* so that the compiler leaves the calls in */
static volatile size_t count = 16, size = 4096;

static void *with_posix_memalign(void)
{
    void *out = (void *)&kept;
    int code = posix_memalign(&out, 64, size);
    if (code != 0 && out != (void *)&kept)
        puts("posix_memalign changed *memptr although it failed");
    errno = code;
    return code == 0 ? out : NULL;
}

static void *mapped(void *got)
{
    return got != MAP_FAILED ? got : NULL;
}

static void *done(int failed)
{
    return failed == 0 ? &kept : NULL;
}

static void *call(const char *name)
{
    if (strcmp(name, "malloc") == 0)
        return malloc(size);
    if (strcmp(name, "calloc") == 0)
        return calloc(count, size);
    if (strcmp(name, "realloc") == 0)
        return realloc(before, size);
    if (strcmp(name, "reallocarray") == 0)
        return reallocarray(before, count, size);
    if (strcmp(name, "aligned_alloc") == 0)
        return aligned_alloc(64, size);
    if (strcmp(name, "memalign") == 0)
        return memalign(64, size);
    if (strcmp(name, "posix_memalign") == 0)
        return with_posix_memalign();
    if (strcmp(name, "valloc") == 0)
        return valloc(size);
    if (strcmp(name, "pvalloc") == 0)
        return pvalloc(size);
    if (strcmp(name, "mmap") == 0)
        return mapped(mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (strcmp(name, "mmap64") == 0)
        return mapped(mmap64(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (strcmp(name, "mremap") == 0)
        return mapped(mremap(before, BYTES, 2 * BYTES, MREMAP_MAYMOVE));
    if (strcmp(name, "munmap") == 0)
        return done(munmap(before, BYTES));
    if (strcmp(name, "mprotect") == 0)
        return done(mprotect(before, BYTES, PROT_READ));
    if (strcmp(name, "madvise") == 0)
        return done(madvise(before, BYTES, MADV_DONTNEED));
    if (strcmp(name, "sbrk") == 0)
        return mapped(sbrk(4096));
    return done(brk((char *)sbrk(0) + 4096));
}

/* The block or mapping that the call is about is as it was. */
static void check_kept(const char *name)
{
    if (strncmp(name, "realloc", 7) == 0 && memcmp(before, "kept", 5) != 0)
        puts("the old block has changed");
}

/* What glibc answers by itself must be what it answers without the shim. */
static int answer_edges(void)
{
    volatile size_t huge = SIZE_MAX / 2;
    void *out = NULL;
    errno = 0;
    free(NULL);
    printf("free(NULL) errno %d\n", errno);
    printf("malloc(0) %s\n", malloc(0) != NULL ? "pointer" : "NULL");
    printf("calloc overflow %s", calloc(huge, 4) == NULL ? "NULL" : "pointer");
    printf(" errno %d\n", errno);
    printf("reallocarray overflow %s", reallocarray(NULL, huge, 4) == NULL ? "NULL" : "pointer");
    printf(" errno %d\n", errno);
    printf("realloc(p, 0) %s\n", realloc(malloc(8), 0) == NULL ? "NULL" : "pointer");
    printf("posix_memalign(3) %d\n", posix_memalign(&out, 3, 8));
    printf("usable %d\n", malloc_usable_size(malloc(100)) >= 100);
    return 0;
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "malloc";
    if (strcmp(name, "edges") == 0)
        return answer_edges();
    if (name[0] == 'm' && strcmp(name, "malloc") != 0)
        before = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    else
        before = strdup("kept");
    errno = 0;
    void *got = call(name);
    int error = errno;
    if (got == NULL)
        check_kept(name);
    printf("%s = %s, errno %d\n", name, got != NULL ? "pointer" : "NULL", error);
    return got != NULL ? 0 : 3;
}
