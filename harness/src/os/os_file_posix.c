/*
 * Files and mappings on Linux. Descriptors never outlive the call that opened them, so that a program under test that closes all of its
 * descriptors takes nothing of ours with it.
 */
#include "os_file.h"
#include "base_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "os_atomic.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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

hf_status hf__os_map_shared(const char *path, uint64_t size_bytes, void *wanted, void **out, hf_error *err)
{
    *out = NULL;
    int file = open(path, O_RDWR | O_CLOEXEC);
    if (file < 0)
        return fail_open(path, err);
    void *map = mmap(wanted, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0);
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
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return fail_open(path, err);
    struct stat facts;
    if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        close(file);
        return HF_FAIL(err, HF_ERROR_INPUT, "%s is not a file", path);
    }
    if (facts.st_size == 0) {
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
    int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (file < 0)
        return HF_FAIL_SYSTEM(err, errno, "%s cannot be created", path);
    close(file);
    return HF_OK;
}

/* Writes zeros over [from, to) of the file; 0 or what failed. */
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

hf_status hf__os_file_extend(const char *path, uint64_t size_bytes, hf_error *err)
{
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return fail_open(path, err);
    struct stat facts;
    int code = fstat(file, &facts) != 0 ? errno : write_zeros(file, (uint64_t)facts.st_size, size_bytes);
    close(file);
    if (code != 0)
        return HF_FAIL_SYSTEM(err, code, "no room for %llu bytes in %s", (unsigned long long)size_bytes, path);
    return HF_OK;
}

hf_status hf__os_file_truncate(const char *path, uint64_t size_bytes, hf_error *err)
{
    if (truncate(path, (off_t)size_bytes) != 0)
        return HF_FAIL_SYSTEM(err, errno, "%s cannot be cut", path);
    return HF_OK;
}

static int write_all(int file, const char *bytes, size_t size_bytes)
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

hf_status hf__os_file_write(const char *path, const void *bytes, size_t size_bytes, hf_error *err)
{
    static uint32_t writes; /* two threads may write one file at once */
    char *beside = hf__format("%s.%lld.%u.tmp", path, (long long)getpid(), hf__add_u32_atomic(&writes, 1));
    int file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int code = file < 0 ? errno : write_all(file, bytes, size_bytes);
    if (file >= 0 && close(file) != 0 && code == 0)
        code = errno;
    if (code == 0 && rename(beside, path) != 0)
        code = errno;
    if (code != 0)
        unlink(beside);
    hf__free(beside);
    return code == 0 ? HF_OK : HF_FAIL_SYSTEM(err, code, "%s cannot be written", path);
}

static hf_status read_open(int file, const char *path, uint64_t max_bytes, char **out, size_t *size_bytes, hf_error *err)
{
    size_t capacity = 0;
    size_t length = 0;
    char *text = NULL;
    for (;;) {
        if (capacity - length < 2) {
            capacity = capacity != 0 ? capacity * 2 : 16384;
            text = hf__reallocate(text, capacity, 1);
        }
        ssize_t got = read(file, text + length, capacity - length - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            int code = errno;
            hf__free(text);
            return HF_FAIL_SYSTEM(err, code, "%s cannot be read", path);
        }
        length += (size_t)got;
        if (length > max_bytes) {
            hf__free(text);
            return HF_FAIL(err, HF_ERROR_LIMIT, "%s has more than %llu bytes, the most we take", path, (unsigned long long)max_bytes);
        }
        if (got == 0)
            break;
    }
    text[length] = '\0';
    *out = text;
    *size_bytes = length;
    return HF_OK;
}

hf_status hf__os_file_read(const char *path, uint64_t max_bytes, char **out, size_t *size_bytes, hf_error *err)
{
    *out = NULL;
    *size_bytes = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return fail_open(path, err);
    hf_status status = read_open(file, path, max_bytes, out, size_bytes, err);
    close(file);
    return status;
}

hf_status hf__os_folder_create(const char *path, hf_error *err)
{
    char *copy = hf__copy_string(path);
    int code = 0;
    for (char *at = copy + 1; code == 0; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        bool last = *at == '\0';
        *at = '\0';
        if (mkdir(copy, 0755) != 0 && errno != EEXIST)
            code = errno;
        if (last)
            break;
        *at = '/';
    }
    hf__free(copy);
    if (code == 0 && !hf__os_is_folder(path))
        code = ENOTDIR;
    return code == 0 ? HF_OK : HF_FAIL_SYSTEM(err, code, "folder %s cannot be made", path);
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
