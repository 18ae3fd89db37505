/* SPDX-License-Identifier: MIT
 * An unmodified program that does not repeat itself. "random": its requests and its output depend on every source of random numbers.
 * "place": the sizes of its requests depend on its location and on the addresses of its memory.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int failed;

/* A block whose size is drawn. */
static void take(const char *name, uint64_t value)
{
    char *block = malloc(1 + value % 997);
    failed |= block == NULL;
    free(block);
    printf("%s %llx\n", name, (unsigned long long)value);
}

static uint64_t read_device(const char *path)
{
    uint64_t value = 0;
    int file = open(path, O_RDONLY);
    failed |= file < 0 || read(file, &value, sizeof value) != (ssize_t)sizeof value;
    close(file);
    return value;
}

static uint64_t read_stream(const char *path)
{
    uint64_t value = 0;
    FILE *file = fopen(path, "r");
    failed |= file == NULL || fread(&value, sizeof value, 1, file) != 1;
    if (file != NULL)
        fclose(file);
    return value;
}

static void draw(void)
{
    uint64_t value = 0;
    struct timespec now;
    struct timeval today;
    failed |= getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value;
    take("getrandom", value);
    failed |= syscall(SYS_getrandom, &value, sizeof value, 0) != (long)sizeof value;
    take("syscall", value);
    failed |= getentropy(&value, sizeof value);
    take("getentropy", value);
    take("urandom", read_device("/dev/urandom"));
    take("random", read_stream("/dev/random"));
    memcpy(&value, (const void *)getauxval(AT_RANDOM), sizeof value);
    take("AT_RANDOM", value);
    take("time", (uint64_t)time(NULL));
    gettimeofday(&today, NULL);
    take("gettimeofday", (uint64_t)today.tv_sec * 1000000 + (uint64_t)today.tv_usec);
    clock_gettime(CLOCK_REALTIME, &now);
    take("CLOCK_REALTIME", (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
    clock_gettime(CLOCK_MONOTONIC, &now);
    take("CLOCK_MONOTONIC", (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);
    take("clock", (uint64_t)clock());
}

static void ask_by_place(void)
{
    char path[PATH_MAX];
    char *block = malloc(getcwd(path, sizeof path) != NULL ? strlen(path) : 1);
    char *pages = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    char *other = malloc(1 + (uintptr_t)pages / 4096 % 4096);
    failed |= block == NULL || pages == MAP_FAILED || other == NULL;
    free(other);
    if (pages != MAP_FAILED)
        munmap(pages, 1 << 20);
    free(block);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "place") == 0)
        ask_by_place();
    else
        draw();
    return failed;
}
