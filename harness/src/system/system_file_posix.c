/* SPDX-License-Identifier: MIT
 * Complete files of the tool on POSIX systems.
 */
#include "system_file.h"
#include "base_error.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "os_file.h"
#include "os_file_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base_poison.h"

/* For sandboxes that refuse getrandom. */
static bool read_random(void *out, size_t size_bytes)
{
    int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, out, size_bytes) : -1;
    if (file >= 0)
        (void)close(file);
    return got == (ssize_t)size_bytes;
}

/* The name cannot be guessed, so that nobody can put something there beforehand. O_EXCL does not follow links. */
static int create_beside(const char *path, char **beside)
{
    const char *slash = strrchr(path, '/');
    int length = slash != NULL ? (int)(slash + 1 - path) : 0;
    uint64_t unique = 0;
    if (getrandom(&unique, sizeof unique, 0) != (ssize_t)sizeof unique && !read_random(&unique, sizeof unique))
        return -1;
    *beside = hf__format("%.*s.hostfault-%016llx.tmp", length, path, (unsigned long long)unique);
    /* O_EXCL: a file or link that somebody has put there is not written to (open(2)). */
    return open(*beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
}

hf_status hf__system_file_write(const char *path, const void *bytes, size_t size_bytes, hf_error *err)
{
    char *beside = NULL;
    int file = create_beside(path, &beside);
    int code = file < 0 ? errno : hf__os_write_all(file, bytes, size_bytes);
    if (file >= 0 && close(file) != 0 && code == 0)
        code = errno;
    /* Replaces the file atomically (rename(2)): a reader sees the old contents or the new ones, never a part. */
    if (code == 0 && rename(beside, path) != 0)
        code = errno;
    if (code != 0 && file >= 0)
        unlink(beside);
    hf__free(beside);
    return code == 0 ? HF_OK : HF_FAIL_SYSTEM(err, code, "%s cannot be written", path);
}

static hf_status fail_size(const char *path, uint64_t max_bytes, hf_error *err)
{
    return HF_FAIL(err, HF_ERROR_LIMIT, "%s is larger than the limit of %llu bytes", path, (unsigned long long)max_bytes);
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
            return fail_size(path, max_bytes, err);
        }
        if (got == 0)
            break;
    }

    text[length] = '\0';
    *out = text;
    *size_bytes = length;
    return HF_OK;
}

static void close_file(void *file)
{
    (void)close(*(int *)file);
}

hf_status hf__system_file_read(const char *path, uint64_t max_bytes, char **out, size_t *size_bytes, hf_error *err)
{
    *out = NULL;
    *size_bytes = 0;
    int file = -1;
    struct stat facts;
    hf_status status = hf__os_open_regular(path, O_RDONLY, &file, &facts, err);
    if (status != HF_OK)
        return status;

    hf_heap_guard guard;
    hf__heap_guard(&guard, close_file, &file);
    if ((uint64_t)facts.st_size > max_bytes)
        status = fail_size(path, max_bytes, err);
    else
        status = read_open(file, path, max_bytes, out, size_bytes, err);
    hf__heap_drop_guard(&guard);
    close(file);
    return status;
}

hf_status hf__system_folder_create(const char *path, hf_error *err)
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
    return code == 0 ? HF_OK : HF_FAIL_SYSTEM(err, code, "folder %s cannot be created", path);
}
