/* SPDX-License-Identifier: MIT
 * Files and mappings on Linux. No descriptor outlives the call that opened it, so a program under test that closes all its descriptors closes none of
 * ours.
 *
 * A program under test can reach the folder of its trace. It may replace files there by a FIFO, a device or a link, or truncate them. So files are
 * opened without blocking, must be regular files, and are never written to through a link.
 */
#include "os_file.h"
#include "base_check.h"
#include "base_error.h"
#include "os_file_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_poison.h"

static hf_status fail_open(const char *path, hf_error *err)
{
    int code = errno;
    if (code == ENOENT)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such file", path);
    return HF_FAIL_SYSTEM(err, code, "%s cannot be opened", path);
}

static const char *kind_of(mode_t mode)
{
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a FIFO";
    return S_ISSOCK(mode) ? "a socket" : "a device";
}

/* A user can name these, as "/dev/stdin" or a shell's <(COMMAND); they may be pipes. */
static bool is_own_descriptor(const char *path)
{
    static const char *const starts[] = {"/dev/stdin", "/dev/fd/", "/proc/self/fd/"};
    for (size_t i = 0; i < HF_COUNT_OF(starts); i++) {
        if (strncmp(path, starts[i], strlen(starts[i])) == 0)
            return true;
    }
    return false;
}

hf_status hf__os_open_regular(const char *path, int flags, int *file, struct stat *facts, hf_error *err)
{
    /* hostfault never reaches its own files through a link, so any other kind of file is damage. A user may name any kind of file by mistake. */
    bool is_ours = (flags & O_NOFOLLOW) != 0;
    hf_status wrong = is_ours ? HF_ERROR_FORMAT : HF_ERROR_INPUT;
    memset(facts, 0, sizeof *facts);                        /* if fstat fails, the kind of file is unknown */
    int waiting = is_own_descriptor(path) ? 0 : O_NONBLOCK; /* opening a FIFO to read would wait for a writer (fifo(7)) */
    *file = open(path, flags | O_CLOEXEC | O_NOCTTY | waiting, 0644);
    if (*file < 0 && errno == ELOOP && is_ours)
        return HF_FAIL(err, wrong, "%s is a symbolic link, not a regular file", path);

    if (*file < 0 && errno == ENXIO) /* a FIFO that nobody reads, opened to write without waiting (open(2)) */
        return HF_FAIL(err, wrong, "%s is a FIFO or a socket, not a regular file", path);
    if (*file < 0)
        return fail_open(path, err);
    if (fstat(*file, facts) == 0 && (S_ISREG(facts->st_mode) || (waiting == 0 && !S_ISDIR(facts->st_mode))))
        return HF_OK;
    close(*file);
    *file = -1;
    return HF_FAIL(err, wrong, "%s is %s, not a regular file", path, kind_of(facts->st_mode));
}

/* Far from the memory that the program gets, so that a write past its end meets a page without access instead of this mapping.
 *
 * It takes whole pieces of the address space: a session is some pages longer where it has fork points, and what the program maps after it must lie at
 * the same addresses with them and without. Python's heap cuts one pool less from an arena that does not begin at a multiple of 16 KiB. */
#define APART_BYTES ((uint64_t)16 << 20)

static void *find_apart(uint64_t size_bytes)
{
    uint64_t all = (size_bytes + 3 * APART_BYTES - 1) / APART_BYTES * APART_BYTES;
    /* Reserved first, so that MAP_FIXED cannot replace another mapping (mmap(2)). */
    char *room = mmap(NULL, all, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return room != MAP_FAILED ? room + APART_BYTES : NULL;
}

hf_status hf__os_map_shared(const char *path, uint64_t size_bytes, void *wanted, void **out, hf_error *err)
{
    *out = NULL;
    int file = -1;
    struct stat facts;
    hf_status status = hf__os_open_regular(path, O_RDWR | O_NOFOLLOW, &file, &facts, err);
    if (status != HF_OK)
        return status;
    void *apart = wanted == HF_MAP_APART ? find_apart(size_bytes) : NULL;
    void *at = wanted != HF_MAP_APART ? wanted : apart;
    void *map = mmap(at, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE | (apart != NULL ? MAP_FIXED : 0), file, 0);
    int code = errno;
    close(file);
    if (map == MAP_FAILED)
        return HF_FAIL_SYSTEM(err, code, "%s cannot be mapped", path);
    *out = map;
    return HF_OK;
}

hf_status hf__os_map_read(const char *path, const void **out, uint64_t *size_bytes, hf_error *err)
{
    *out = NULL;
    *size_bytes = 0;
    int file = -1;
    struct stat facts;
    hf_status status = hf__os_open_regular(path, O_RDONLY, &file, &facts, err);
    if (status != HF_OK)
        return status;
    if (facts.st_size == 0) { /* mmap(2) refuses a length of 0 */
        close(file);
        return HF_OK;
    }

    void *map = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    int code = errno;
    close(file);
    if (map == MAP_FAILED)
        return HF_FAIL_SYSTEM(err, code, "%s cannot be mapped", path);
    *out = map;
    *size_bytes = (uint64_t)facts.st_size;
    return HF_OK;
}

void hf__os_unmap(const void *address, uint64_t size_bytes)
{
    if (address != NULL)
        munmap((void *)(uintptr_t)address, size_bytes);
}

hf_status hf__os_file_create(const char *path, hf_error *err)
{
    /* O_EXCL refuses a name that exists, and follows no link there (open(2)). */
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0)
        return HF_FAIL_SYSTEM(err, errno, "%s cannot be created", path);
    close(file);
    return HF_OK;
}

/* Writes zeros to [from, to) of the file. 0 or an error code. */
static int write_zeros(int file, uint64_t from, uint64_t to)
{
    static const char zeros[1u << 18];
    while (from < to) {
        size_t piece = to - from < sizeof zeros ? (size_t)(to - from) : sizeof zeros;
        ssize_t written = pwrite(file, zeros, piece, (off_t)from);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        from += (uint64_t)written;
    }
    return 0;
}

hf_status hf__os_file_extend(const char *path, uint64_t from_bytes, uint64_t size_bytes, hf_error *err)
{
    int file = -1;
    struct stat facts;
    hf_status status = hf__os_open_regular(path, O_WRONLY | O_NOFOLLOW, &file, &facts, err);
    if (status != HF_OK)
        return status;
    bool was_cut = (uint64_t)facts.st_size < from_bytes;
    int code = was_cut ? 0 : write_zeros(file, (uint64_t)facts.st_size, size_bytes);
    close(file);
    if (was_cut)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s was truncated while in use", path);

    if (code == EFBIG) /* the tool ignores SIGXFSZ, which would have ended it (setrlimit(2), RLIMIT_FSIZE) */
        return HF_FAIL_SYSTEM(err, ENOSPC, "no room for %llu bytes in %s: the limit of a file's size (ulimit -f)", (unsigned long long)size_bytes,
                              path);
    if (code != 0)
        return HF_FAIL_SYSTEM(err, code, "no room for %llu bytes in %s", (unsigned long long)size_bytes, path);
    return HF_OK;
}

hf_status hf__os_file_truncate(const char *path, uint64_t size_bytes, hf_error *err)
{
    int file = -1;
    struct stat facts;
    hf_status status = hf__os_open_regular(path, O_WRONLY | O_NOFOLLOW, &file, &facts, err);
    if (status != HF_OK)
        return status;
    int code = ftruncate(file, (off_t)size_bytes) != 0 ? errno : 0;
    close(file);
    return code == 0 ? HF_OK : HF_FAIL_SYSTEM(err, code, "%s cannot be truncated", path);
}

int hf__os_write_all(int file, const char *bytes, size_t size_bytes)
{
    while (size_bytes > 0) {
        ssize_t written = write(file, bytes, size_bytes);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return written < 0 ? errno : EIO;
        bytes += written;
        size_bytes -= (size_t)written;
    }
    return 0;
}

bool hf__os_file_append(const char *path, const char *bytes, size_t size_bytes)
{
    int file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    int code = file < 0 ? errno : hf__os_write_all(file, bytes, size_bytes);
    if (file >= 0)
        close(file);
    return code == 0;
}

size_t hf__os_file_read_at(const char *path, uint64_t offset, void *buffer, size_t capacity)
{
    int file = -1;
    struct stat facts;
    size_t length = 0;
    if (hf__os_open_regular(path, O_RDONLY | O_NOFOLLOW, &file, &facts, NULL) != HF_OK)
        return 0;
    while (length < capacity) {
        ssize_t got = pread(file, (char *)buffer + length, capacity - length, (off_t)(offset + length));
        if (got == 0 || (got < 0 && errno != EINTR))
            break;
        length += got > 0 ? (size_t)got : 0;
    }
    close(file);
    return length;
}

hf_status hf__os_file_check(const char *path, hf_error *err)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return fail_open(path, err);
    return S_ISREG(facts.st_mode) ? HF_OK : HF_FAIL(err, HF_ERROR_INPUT, "%s is %s, not a regular file", path, kind_of(facts.st_mode));
}

bool hf__os_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool hf__os_is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}
