/* SPDX-License-Identifier: MIT
 * libhostfault-steady.so: answers random numbers and clocks from a seed, so that two runs of a program make the same calls (--steady). It is a
 * separate library, loaded beside libhostfault-malloc.so only on request, and knows nothing of the shim. Without HF_STEADY every call is passed
 * straight on.
 *
 * A random number depends on the seed and on how many were drawn before. /dev/urandom and /dev/random open as a file of seeded bytes that ends after
 * 64 KiB. Clocks begin at a fixed time and advance by a microsecond at each reading, and by two real seconds at a time: a program that waits for its
 * clock to reach a deadline must not wait for ever.
 *
 * Not answered: the process id (a program may signal itself by it), what the C library draws internally (mkstemp), the processor's random numbers
 * (RDRAND), and system calls made without the C library.
 */
#include "base_random.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
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

#include "base_poison.h"

/* The names are given to the linker alone: the C library declares some of them with attributes or as macros that a definition may not have. */
#define STEADY(name) __asm__(name) __attribute__((visibility("default"), used))

#define SECOND_NS 1000000000u
#define STEP_SECONDS 2u          /* more than most runs take, so that they see none */
#define LOOK_NS 1000u            /* each look at a clock is so much later than the one before */
#define WALL_SECONDS 1600000000u /* 2020-09-13: later than files of a system that is in use, so rarely after a certificate's end */
#define UPTIME_SECONDS 1000u
#define RANDOM_FILE_BYTES 65536u
#define AT_RANDOM_BYTES 16u /* getauxval(3) */

enum { STREAM_BYTES, STREAM_FILE, STREAM_START };

static struct next_functions {
    ssize_t (*getrandom)(void *, size_t, unsigned);
    int (*getentropy)(void *, size_t);
    uint32_t (*arc4random)(void);
    void (*arc4random_buf)(void *, size_t);
    uint32_t (*arc4random_uniform)(uint32_t);
    long (*syscall)(long, ...);
    int (*open)(const char *, int, ...);
    int (*open64)(const char *, int, ...);
    int (*openat)(int, const char *, int, ...);
    int (*openat64)(int, const char *, int, ...);
    FILE *(*fopen)(const char *, const char *);
    FILE *(*fopen64)(const char *, const char *);
    time_t (*time)(time_t *);
    int (*gettimeofday)(struct timeval *, void *);
    int (*clock_gettime)(clockid_t, struct timespec *);
    clock_t (*clock)(void);
} next;
static bool is_on;
static uint64_t seed, drawn, looks, files, started_seconds;

static uint64_t random_word(uint64_t stream)
{
    return hf__random(seed, stream, __atomic_fetch_add(&drawn, 1, __ATOMIC_RELAXED));
}

static void fill(void *to, size_t size_bytes, uint64_t stream)
{
    char *at = to;
    while (size_bytes > 0) {
        uint64_t word = random_word(stream);
        size_t piece = size_bytes < sizeof word ? size_bytes : sizeof word;
        memcpy(at, &word, piece);
        at += piece;
        size_bytes -= piece;
    }
}

/* The kernel's 16 random bytes (getauxval(3), AT_RANDOM), which programs also use as a seed. They lie on the stack and can be overwritten. */
static void steady_auxiliary(void)
{
    unsigned long address = getauxval(AT_RANDOM);
    void *bytes = NULL;
    memcpy(&bytes, &address, sizeof bytes);
    if (bytes != NULL)
        fill(bytes, AT_RANDOM_BYTES, STREAM_START);
}

static void look_up(const char *name, void *entry)
{
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(entry, &found, sizeof found);
}

/* At the first call, because constructors of the program's libraries run before ours. */
static void begin(void)
{
    static bool is_done;
    int kept = errno;
    if (is_done)
        return;
    is_done = true;
#define LOOK_UP(name) look_up(#name, &next.name)
    LOOK_UP(getrandom);
    LOOK_UP(getentropy);
    LOOK_UP(arc4random);
    LOOK_UP(arc4random_buf);
    LOOK_UP(arc4random_uniform);
    LOOK_UP(syscall);
    LOOK_UP(open);
    LOOK_UP(open64);
    LOOK_UP(openat);
    LOOK_UP(openat64);
    LOOK_UP(fopen);
    LOOK_UP(fopen64);
    LOOK_UP(time);
    LOOK_UP(gettimeofday);
    LOOK_UP(clock_gettime);
    LOOK_UP(clock);

    const char *value = getenv("HF_STEADY");
    struct timespec now = {.tv_sec = 0};
    next.clock_gettime(CLOCK_MONOTONIC, &now);
    started_seconds = (uint64_t)now.tv_sec;
    is_on = value != NULL && value[0] >= '0' && value[0] <= '9';
    seed = is_on ? strtoull(value, NULL, 10) : 0;
    if (is_on)
        steady_auxiliary();
    errno = kept;
}

__attribute__((constructor(101))) static void begin_at_load(void)
{
    begin();
}

/* Random numbers */

ssize_t hf__steady_getrandom(void *to, size_t size, unsigned flags) STEADY("getrandom");
ssize_t hf__steady_getrandom(void *to, size_t size, unsigned flags)
{
    begin();
    if (!is_on || (flags & ~(unsigned)(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) != 0)
        return next.getrandom(to, size, flags);
    fill(to, size, STREAM_BYTES);
    return (ssize_t)size;
}

int hf__steady_getentropy(void *to, size_t size) STEADY("getentropy");
int hf__steady_getentropy(void *to, size_t size)
{
    begin();
    if (!is_on || size > 256) /* which it refuses with EIO (getentropy(3)) */
        return next.getentropy(to, size);
    fill(to, size, STREAM_BYTES);
    return 0;
}

uint32_t hf__steady_arc4random(void) STEADY("arc4random");
uint32_t hf__steady_arc4random(void)
{
    begin();
    return is_on || next.arc4random == NULL ? (uint32_t)random_word(STREAM_BYTES) : next.arc4random();
}

void hf__steady_arc4random_buf(void *to, size_t size) STEADY("arc4random_buf");
void hf__steady_arc4random_buf(void *to, size_t size)
{
    begin();
    if (is_on || next.arc4random_buf == NULL)
        fill(to, size, STREAM_BYTES);
    else
        next.arc4random_buf(to, size);
}

uint32_t hf__steady_arc4random_uniform(uint32_t bound) STEADY("arc4random_uniform");
uint32_t hf__steady_arc4random_uniform(uint32_t bound)
{
    begin();
    if (!is_on && next.arc4random_uniform != NULL)
        return next.arc4random_uniform(bound);
    return bound > 0 ? (uint32_t)(random_word(STREAM_BYTES) % bound) : 0;
}

/* Some programs ask the kernel for random numbers by its number (LuaJIT's lj_prng.c). Six arguments are read whatever was given: those beyond are
 * registers with anything in them, which the kernel does not look at. */
long hf__steady_syscall(long number, long a, long b, long c, long d, long e, long f) STEADY("syscall");
/* NOLINTNEXTLINE(readability-function-size): syscall(2) */
long hf__steady_syscall(long number, long a, long b, long c, long d, long e, long f)
{
    begin();
    void *to = NULL;
    memcpy(&to, &a, sizeof to);
    if (is_on && number == SYS_getrandom)
        return hf__steady_getrandom(to, (size_t)b, (unsigned)c);
    return next.syscall(number, a, b, c, d, e, f);
}

/* Files of random bytes */

static bool is_random(const char *path)
{
    begin();
    return is_on && path != NULL && (strcmp(path, "/dev/urandom") == 0 || strcmp(path, "/dev/random") == 0);
}

static bool write_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written <= 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* A file in memory, opened again for reading alone. -1: the device itself is opened after all. */
static int open_seeded(int flags)
{
    static char bytes[RANDOM_FILE_BYTES]; /* each file has bytes of its own; two threads that open one at once may both get a mixture of them */
    char path[40];
    int file = memfd_create("hostfault-steady", MFD_CLOEXEC);
    if (file < 0)
        return -1;
    uint64_t number = __atomic_fetch_add(&files, 1, __ATOMIC_RELAXED);
    for (size_t i = 0; i < sizeof bytes; i += sizeof(uint64_t)) {
        uint64_t word = hf__random(seed, STREAM_FILE + 16 * (number + 1), i);
        memcpy(bytes + i, &word, sizeof word);
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int out = write_all(file, bytes, sizeof bytes) ? next.open(path, O_RDONLY | (flags & (O_CLOEXEC | O_NONBLOCK))) : -1;
    close(file);
    return out;
}

/* A mode is read whether one was given or not; the next definition looks at it where O_CREAT or O_TMPFILE says so. */
static int open_any(int (*opens)(const char *, int, ...), const char *path, int flags, mode_t mode)
{
    int out = is_random(path) ? open_seeded(flags) : -1;
    return out >= 0 ? out : opens(path, flags, mode);
}

int hf__steady_open(const char *path, int flags, mode_t mode) STEADY("open");
int hf__steady_open(const char *path, int flags, mode_t mode)
{
    begin();
    return open_any(next.open, path, flags, mode);
}

int hf__steady_open64(const char *path, int flags, mode_t mode) STEADY("open64");
int hf__steady_open64(const char *path, int flags, mode_t mode)
{
    begin();
    return open_any(next.open64, path, flags, mode);
}

/* What programs built with _FORTIFY_SOURCE call if there is no mode argument. */
int hf__steady_open_2(const char *path, int flags) STEADY("__open_2");
int hf__steady_open_2(const char *path, int flags)
{
    begin();
    return open_any(next.open, path, flags, 0);
}

int hf__steady_open64_2(const char *path, int flags) STEADY("__open64_2");
int hf__steady_open64_2(const char *path, int flags)
{
    begin();
    return open_any(next.open64, path, flags, 0);
}

int hf__steady_openat(int folder, const char *path, int flags, mode_t mode) STEADY("openat");
int hf__steady_openat(int folder, const char *path, int flags, mode_t mode)
{
    int out = is_random(path) ? open_seeded(flags) : -1;
    return out >= 0 ? out : next.openat(folder, path, flags, mode);
}

int hf__steady_openat64(int folder, const char *path, int flags, mode_t mode) STEADY("openat64");
int hf__steady_openat64(int folder, const char *path, int flags, mode_t mode)
{
    int out = is_random(path) ? open_seeded(flags) : -1;
    return out >= 0 ? out : next.openat64(folder, path, flags, mode);
}

static FILE *fopen_any(FILE *(*opens)(const char *, const char *), const char *path, const char *mode)
{
    int file = is_random(path) && mode != NULL && mode[0] == 'r' ? open_seeded(strchr(mode, 'e') != NULL ? O_CLOEXEC : 0) : -1;
    if (file < 0)
        return opens(path, mode);
    FILE *out = fdopen(file, "r");
    if (out == NULL)
        close(file);
    return out;
}

FILE *hf__steady_fopen(const char *path, const char *mode) STEADY("fopen");
FILE *hf__steady_fopen(const char *path, const char *mode)
{
    begin();
    return fopen_any(next.fopen, path, mode);
}

FILE *hf__steady_fopen64(const char *path, const char *mode) STEADY("fopen64");
FILE *hf__steady_fopen64(const char *path, const char *mode)
{
    begin();
    return fopen_any(next.fopen64, path, mode);
}

/* Clocks */

static uint64_t steady_ns(uint64_t from_seconds)
{
    struct timespec now = {.tv_sec = 0};
    next.clock_gettime(CLOCK_MONOTONIC, &now);
    uint64_t seconds = ((uint64_t)now.tv_sec - started_seconds) / STEP_SECONDS * STEP_SECONDS;
    uint64_t looked = __atomic_add_fetch(&looks, 1, __ATOMIC_RELAXED);
    return (from_seconds + seconds) * SECOND_NS + looked * LOOK_NS;
}

int hf__steady_clock_gettime(clockid_t clock_id, struct timespec *to) STEADY("clock_gettime");
int hf__steady_clock_gettime(clockid_t clock_id, struct timespec *to)
{
    begin();
    bool is_wall = clock_id == CLOCK_REALTIME || clock_id == CLOCK_REALTIME_COARSE || clock_id == CLOCK_TAI;
    bool is_uptime =
        clock_id == CLOCK_MONOTONIC || clock_id == CLOCK_MONOTONIC_COARSE || clock_id == CLOCK_MONOTONIC_RAW || clock_id == CLOCK_BOOTTIME;
    bool is_used = clock_id == CLOCK_PROCESS_CPUTIME_ID || clock_id == CLOCK_THREAD_CPUTIME_ID;
    if (!is_on || !(is_wall || is_uptime || is_used))
        return next.clock_gettime(clock_id, to);
    uint64_t ns = steady_ns(is_wall ? WALL_SECONDS : is_uptime ? UPTIME_SECONDS : 0);
    *to = (struct timespec){.tv_sec = (time_t)(ns / SECOND_NS), .tv_nsec = (long)(ns % SECOND_NS)};
    return 0;
}

int hf__steady_gettimeofday(struct timeval *to, void *zone) STEADY("gettimeofday");
int hf__steady_gettimeofday(struct timeval *to, void *zone)
{
    begin();
    if (!is_on || to == NULL || zone != NULL)
        return next.gettimeofday(to, zone);
    uint64_t ns = steady_ns(WALL_SECONDS);
    *to = (struct timeval){.tv_sec = (time_t)(ns / SECOND_NS), .tv_usec = (suseconds_t)(ns % SECOND_NS / 1000)};
    return 0;
}

time_t hf__steady_time(time_t *to) STEADY("time");
time_t hf__steady_time(time_t *to)
{
    begin();
    if (!is_on)
        return next.time(to);
    time_t out = (time_t)(steady_ns(WALL_SECONDS) / SECOND_NS);
    if (to != NULL)
        *to = out;
    return out;
}

clock_t hf__steady_clock(void) STEADY("clock");
clock_t hf__steady_clock(void)
{
    begin();
    return is_on ? (clock_t)(steady_ns(0) / 1000) : next.clock();
}
