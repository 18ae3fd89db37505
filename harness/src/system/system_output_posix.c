/* SPDX-License-Identifier: MIT
 * Output files on POSIX systems. It must never rename over anything but a regular file.
 */
#include "system_output.h"
#include "base_error.h"
#include "system_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_poison.h"

static int write_straight(const char *path, const char *bytes, size_t size_bytes)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
    if (file < 0)
        return errno;
    int code = 0;
    while (size_bytes > 0 && code == 0) {
        ssize_t written = write(file, bytes, size_bytes);
        if (written < 0 && errno == EINTR)
            continue;
        code = written > 0 ? 0 : written < 0 ? errno : EIO;
        bytes += written > 0 ? written : 0;
        size_bytes -= written > 0 ? (size_t)written : 0;
    }
    if (close(file) != 0 && code == 0)
        code = errno;
    return code;
}

static hf_status fail_write(const char *path, int code, hf_error *err)
{
    if (code == EFBIG)
        return HF_FAIL_SYSTEM(err, code, "%s cannot be written: its size would pass the limit (ulimit -f)", path);
    return HF_FAIL_SYSTEM(err, code, "%s cannot be written", path);
}

hf_status hf__system_output_write(const char *path, const void *bytes, size_t size_bytes, hf_error *err)
{
    struct stat facts;
    hf_error why;
    bool is_there = lstat(path, &facts) == 0;
    int code = EBUSY;
    if (!is_there || S_ISREG(facts.st_mode)) {
        if (hf__system_file_write(path, bytes, size_bytes, &why) == HF_OK)
            return HF_OK;
        code = why.os_code;
    }
    /* A file in a read-only folder, or one that is a mount point (docker run -v FILE:FILE), cannot be replaced. */
    if (is_there && (code == EBUSY || code == EACCES || code == EPERM || code == EROFS))
        code = write_straight(path, bytes, size_bytes);
    return code == 0 ? HF_OK : fail_write(path, code, err);
}
