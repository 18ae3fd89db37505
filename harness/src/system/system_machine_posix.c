/* SPDX-License-Identifier: MIT
 * What a run needs from a POSIX machine besides processes and files. Never call these functions in a process under test.
 */
#include "system_machine.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base_poison.h"

bool hf__system_is_absolute(const char *path)
{
    return path[0] == '/';
}

hf_status hf__system_folder_create_new(const char *path, hf_error *err)
{
    if (mkdir(path, 0755) != 0)
        return HF_FAIL_SYSTEM(err, errno, "folder %s cannot be created", path);
    return HF_OK;
}

bool hf__system_is_exists(const hf_error *err)
{
    return err->status == HF_ERROR_SYSTEM && err->os_code == EEXIST;
}

bool hf__system_is_full(const hf_error *err)
{
    return err->os_code == ENOSPC || err->os_code == EDQUOT || err->os_code == EROFS;
}

hf_status hf__system_absolute(const char *path, char **out, hf_error *err)
{
    *out = NULL;
    char *found = realpath(path, NULL);
    if (found == NULL && errno == ENOMEM) /* some callers do without the path for any other reason */
        hf__out_of_memory();
    if (found == NULL && (errno == ENOENT || errno == ENOTDIR))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such file or folder", path);
    if (found == NULL)
        return HF_FAIL_SYSTEM(err, errno, "%s", path);
    *out = hf__copy_string(found);
    free(found);
    return HF_OK;
}

static int write_all(int file, const char *bytes, size_t size_bytes)
{
    struct stat facts;
    size_t done = 0;
    if (fstat(file, &facts) != 0 || !S_ISREG(facts.st_mode))
        return EINVAL;
    while (done < size_bytes) {
        ssize_t written = pwrite(file, bytes + done, size_bytes - done, (off_t)done);
        if (written < 0 && errno != EINTR)
            return errno;
        done += written > 0 ? (size_t)written : 0;
    }
    bool longer = fstat(file, &facts) == 0 && (uint64_t)facts.st_size > size_bytes;
    return longer && ftruncate(file, (off_t)size_bytes) != 0 ? errno : 0;
}

hf_status hf__system_file_put(const char *path, const void *bytes, size_t size_bytes, hf_error *err)
{
    /* The program under test can write to the folder: do not wait for a FIFO or write through a link that it put there. */
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0644);
    int os_code = file < 0 ? errno : write_all(file, bytes, size_bytes);
    if (file >= 0)
        close(file);
    return os_code == 0 ? HF_OK : HF_FAIL_SYSTEM(err, os_code, "%s cannot be written", path);
}

uint64_t hf__system_file_size(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 ? (uint64_t)facts.st_size : 0;
}

void hf__system_file_remove(const char *path)
{
    (void)unlink(path);
}

void hf__system_file_share(const char *path, const char *of)
{
    char *beside = hf__format("%s.new", path);
    /* link(2) does not replace a name that exists; rename(2) does, atomically. */
    if (link(of, beside) == 0 && rename(beside, path) != 0)
        (void)unlink(beside);
    hf__free(beside);
}

bool hf__system_file_is_own(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && (facts.st_uid == geteuid() || facts.st_uid == 0);
}

bool hf__system_file_identity(const char *path, uint64_t *device, uint64_t *file)
{
    struct stat facts;
    bool found = stat(path, &facts) == 0;
    *device = found ? facts.st_dev : 0;
    *file = found ? facts.st_ino : 0;
    return found;
}

bool hf__system_file_cut(const char *path, uint64_t size_bytes)
{
    struct stat facts;
    if (lstat(path, &facts) != 0 || !S_ISREG(facts.st_mode) || (uint64_t)facts.st_size <= size_bytes)
        return false;
    /* O_NONBLOCK: if the program has just put a FIFO there, open must not wait for a reader (fifo(7)). */
    int file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    bool is_cut = file >= 0 && ftruncate(file, (off_t)size_bytes) == 0;
    if (file >= 0)
        close(file);
    return is_cut;
}

char *hf__system_file_plain_name(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    char *name = hf__format("/proc/%d/fd/%d", (int)getpid(), descriptor);
    if (descriptor >= 0 && access(name, R_OK) == 0)
        return name;

    hf__free(name);
    if (descriptor >= 0)
        (void)close(descriptor);
    return hf__copy_string(path);
}

char *hf__system_file_plain_name_path(const char *name)
{
    char path[4096];
    ssize_t length = strncmp(name, "/proc/", 6) == 0 && strstr(name, "/fd/") != NULL ? readlink(name, path, sizeof path) : -1;
    return length > 0 && (size_t)length < sizeof path ? hf__copy_text((hf_text){path, (size_t)length}) : hf__copy_string(name);
}

/* flock belongs to the open file, which no child inherits, so it ends with this process, however the process ends. */
intptr_t hf__system_file_hold(const char *path, bool make)
{
    int file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | (make ? O_CREAT : 0), 0644);
    if (file >= 0 && flock(file, LOCK_EX | LOCK_NB) == 0)
        return file;
    if (file >= 0)
        close(file);
    return -1;
}

void hf__system_file_let_go(intptr_t held)
{
    if (held >= 0)
        close((int)held);
}

char *hf__system_state_folder(void)
{
    const char *state = getenv("XDG_STATE_HOME");
    if (state != NULL && state[0] == '/') /* a relative path must be ignored (XDG Base Directory Specification) */
        return hf__copy_string(state);
    const char *home = getenv("HOME");
    errno = 0; /* getpwuid(3): otherwise an account that is not there cannot be told from no memory */
    const struct passwd *account = home == NULL || home[0] != '/' ? getpwuid(getuid()) : NULL;
    if (account == NULL && errno == ENOMEM)
        hf__out_of_memory();
    if (account != NULL)
        home = account->pw_dir;
    return home != NULL && home[0] == '/' ? hf__format("%s/.local/state", home) : NULL;
}

void hf__system_environment_set(const char *name, const char *value)
{
    if (setenv(name, value, 1) != 0 && errno == ENOMEM)
        hf__out_of_memory();
}

const char *const *hf__system_environment_all(void)
{
    return (const char *const *)environ;
}

void hf__system_kernel_name(char *buffer, size_t capacity)
{
    struct utsname facts;
    memset(&facts, 0, sizeof facts);
    (void)uname(&facts);
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_print(&builder, "%s %s %s", facts.sysname, facts.release, facts.machine);
}

hf_os_utc hf__system_utc_now(void)
{
    struct timespec now = {0};
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    (void)clock_gettime(CLOCK_REALTIME, &now);
    (void)gmtime_r(&now.tv_sec, &parts);
    return (hf_os_utc){
        .year = parts.tm_year + 1900,
        .month = parts.tm_mon + 1,
        .day = parts.tm_mday,
        .hour = parts.tm_hour,
        .minute = parts.tm_min,
        .second = parts.tm_sec,
        .millisecond = (int)(now.tv_nsec / 1000000),
    };
}
