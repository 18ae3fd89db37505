/* SPDX-License-Identifier: MIT
 * Descriptors from /proc/self/fd.
 */
#include "os_descriptors.h"
#include "os_entries_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base_poison.h"

typedef struct listing {
    int folder; /* that is being read */
    bool (*each)(int descriptor, void *user);
    void *user;
} listing;

static bool take_entry(const char *name, void *user)
{
    const listing *self = user;
    int descriptor = hf__os_entry_number(name);
    return descriptor < 0 || descriptor == self->folder || self->each(descriptor, self->user);
}

bool hf__os_descriptors_each(bool (*each)(int descriptor, void *user), void *user)
{
    int kept = errno;
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        listing self = {folder, each, user};
        hf__os_each_entry(folder, take_entry, &self);
        close(folder);
    }
    errno = kept;
    return folder >= 0;
}

static hf_os_descriptor_kind kind_of(int descriptor)
{
    struct stat facts;
    if (fstat(descriptor, &facts) != 0)
        return HF_OS_DESCRIPTOR_OTHER;
    if (S_ISREG(facts.st_mode) || S_ISDIR(facts.st_mode) || S_ISCHR(facts.st_mode) || S_ISBLK(facts.st_mode))
        return HF_OS_DESCRIPTOR_FILE;
    return S_ISFIFO(facts.st_mode) ? HF_OS_DESCRIPTOR_PIPE : S_ISSOCK(facts.st_mode) ? HF_OS_DESCRIPTOR_SOCKET : HF_OS_DESCRIPTOR_OTHER;
}

hf_os_descriptor_kind hf__os_descriptor_describe(int descriptor, char *what, size_t capacity)
{
    int kept = errno;
    char path[40];
    hf__os_entry_path(path, "/proc/self/fd/", descriptor);
    long got = syscall(SYS_readlinkat, AT_FDCWD, path, what, capacity - 1);
    what[got > 0 ? got : 0] = '\0';
    hf_os_descriptor_kind kind = kind_of(descriptor);
    errno = kept;
    return kind;
}

#ifdef __GLIBC__
extern FILE *_IO_list_all __attribute__((weak)); /* glibc: the last stream opened, first of a chain; a static program may lack it */

#define STREAMS_MAX 4096u

/* The kernel reads the set before it refuses the operation, so EINVAL means that the 8 bytes can be read (kernel/signal.c, rt_sigprocmask). */
static bool can_be_read(const void *at)
{
    return syscall(SYS_rt_sigprocmask, -1, at, NULL, (size_t)8) != 0 && errno == EINVAL;
}

/* qemu-user has no process_vm_readv (ENOSYS), and a container may forbid it (EPERM). The counts and flags are unsigned long for the kernel: an int
 * passed to syscall() leaves the upper half undefined. */
static bool read_stream(const FILE *at, FILE *out)
{
    const struct iovec to = {out, sizeof *out};
    const struct iovec from = {(void *)(uintptr_t)at, sizeof *at};
    if (syscall(SYS_process_vm_readv, getpid(), &to, 1L, &from, 1L, 0L) == (long)sizeof *out)
        return true;
    if ((errno != ENOSYS && errno != EPERM) || !can_be_read(at) || !can_be_read((const char *)(at + 1) - 8))
        return false;
    *out = *at;
    return true;
}

bool hf__os_descriptor_has_stream(int descriptor)
{
    int kept = errno;
    FILE stream;
    bool found = false;
    const FILE *at = &_IO_list_all != NULL ? _IO_list_all : NULL;
    for (unsigned i = 0; at != NULL && !found && i < STREAMS_MAX; i++) {
        if (!read_stream(at, &stream))
            break;
        found = stream._fileno == descriptor;
        at = stream._chain;
    }
    errno = kept;
    return found;
}
#else
bool hf__os_descriptor_has_stream(int descriptor)
{
    (void)descriptor;
    return false;
}
#endif
