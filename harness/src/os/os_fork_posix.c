/* SPDX-License-Identifier: MIT
 * Fork points on Linux. /proc/self/fd tells which descriptors a clone would share; it is read by system calls alone.
 */
#include "os_fork.h"
#include "os_entries_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "base_poison.h"

static int output_of(const struct stat *facts, const hf_os_outputs *outputs)
{
    for (int i = 0; i < 2; i++) {
        if (facts->st_dev == outputs->device[i] && facts->st_ino == outputs->file[i])
            return i;
    }
    return -1;
}

/* Reads a small file of /proc, NUL-terminated; "" if it cannot be read. */
static void read_small(const char *path, char *out, size_t capacity)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, out, capacity - 1) : 0;
    if (file >= 0)
        close(file);
    out[got > 0 ? got : 0] = '\0';
}

/* A lock of the open file (flock, OFD) or of the process (fcntl). */
static bool is_locked(int descriptor)
{
    char path[40];
    char text[1024];
    hf__os_entry_path(path, "/proc/self/fdinfo/", descriptor);
    read_small(path, text, sizeof text);
    return strstr(text, "\nlock:") != NULL;
}

/* Can the clone open it again? A device has no state that the clone could change for this process. */
static hf_os_opens_end inspect_descriptor(int descriptor, const hf_os_outputs *outputs, hf_os_opens *out)
{
    struct stat facts;
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fstat(descriptor, &facts) != 0)
        return HF_OS_OPENS_FINE; /* closed since it was listed: it was the listing's own */
    if (S_ISCHR(facts.st_mode))  /* terminals, /dev/null, /dev/urandom */
        return HF_OS_OPENS_FINE;
    if ((flags & O_PATH) != 0) /* it has neither offset nor contents to share (open(2)) */
        return HF_OS_OPENS_FINE;

    int output = S_ISREG(facts.st_mode) ? output_of(&facts, outputs) : -1;
    bool is_read = S_ISDIR(facts.st_mode) || (S_ISREG(facts.st_mode) && (flags & O_ACCMODE) == O_RDONLY);
    if (output < 0 && !is_read)
        return HF_OS_OPENS_SHARED;
    /* fcntl's locks belong to a process, so the clone would not have them; flock's belong to the open file, so both would (fcntl(2), flock(2)). */
    if (output < 0 && is_locked(descriptor))
        return HF_OS_OPENS_LOCKED;

    if (out->count == HF_OS_OPEN_MAX)
        return HF_OS_OPENS_MANY;
    if (output >= 0)
        out->output_bytes[output] = (uint64_t)facts.st_size;
    out->items[out->count++] = (hf_os_open){.descriptor = descriptor,
                                            .flags = flags,
                                            .closes = (fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0,
                                            .offset = output < 0 ? lseek(descriptor, 0, SEEK_CUR) : 0,
                                            .output = output};
    return HF_OS_OPENS_FINE;
}

typedef struct listing {
    int folder; /* that is being read */
    const hf_os_outputs *outputs;
    hf_os_opens *out;
    uint64_t *value;
    hf_os_opens_end end;
} listing;

static bool inspect_entry(const char *name, void *user)
{
    listing *self = user;
    int descriptor = hf__os_entry_number(name);
    if (descriptor >= 0 && descriptor != self->folder)
        self->end = inspect_descriptor(descriptor, self->outputs, self->out);
    if (self->end == HF_OS_OPENS_FINE)
        return true;
    *self->value = self->end == HF_OS_OPENS_MANY ? self->out->count + 1 : (uint64_t)descriptor;
    return false;
}

bool hf__os_has_timer(void)
{
    int kept = errno;
    bool runs = false;
    /* Not a table: the type of the first parameter is an enum in glibc and an int in musl. */
    struct itimerval now[3] = {{.it_value = {0}}};
    (void)getitimer(ITIMER_REAL, &now[0]);
    (void)getitimer(ITIMER_VIRTUAL, &now[1]);
    (void)getitimer(ITIMER_PROF, &now[2]);

    for (size_t i = 0; i < sizeof now / sizeof now[0]; i++)
        runs = runs || now[i].it_value.tv_sec != 0 || now[i].it_value.tv_usec != 0;
    errno = kept;
    return runs;
}

bool hf__os_has_posix_timer(void)
{
    int kept = errno;
    char text[8];
    read_small("/proc/self/timers", text, sizeof text);
    errno = kept;
    return text[0] != '\0';
}

hf_os_opens_end hf__os_opens_list(const hf_os_outputs *outputs, hf_os_opens *out, uint64_t *value)
{
    int kept = errno;
    out->count = 0;
    out->output_bytes[0] = out->output_bytes[1] = 0;
    int folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    hf_os_opens_end end = HF_OS_OPENS_MANY;
    *value = 0;
    if (folder >= 0) {
        listing self = {folder, outputs, out, value, HF_OS_OPENS_FINE};
        hf__os_each_entry(folder, inspect_entry, &self);
        end = self.end;
        close(folder);
    }
    errno = kept;
    return end;
}

/* Code that only a clone runs makes raw system calls: the dynamic linker would resolve libc's wrappers again in every clone, which takes longer than
 * the calls. */
static int open_anew(const char *path, int flags)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, 0644);
}

static int open_again(const hf_os_open *item)
{
    char path[32];
    hf__os_entry_path(path, "/proc/self/fd/", item->descriptor);
    int file = open_anew(path, (item->flags & (O_DIRECTORY | O_NONBLOCK | O_APPEND)) | O_RDONLY | O_CLOEXEC);
    if (file >= 0 && item->offset > 0)
        (void)syscall(SYS_lseek, file, item->offset, SEEK_SET);
    return file;
}

/* Replaces the old file's descriptor by the new file, and keeps its close-on-exec flag. */
static bool replace(int file, const hf_os_open *item)
{
    bool done = file >= 0 && syscall(SYS_dup3, file, item->descriptor, item->closes ? O_CLOEXEC : 0) >= 0;
    (void)syscall(SYS_close, file);
    return done;
}

/* One new file for all descriptors of one output: they share an offset, as those of the old file did (dup(2)). */
static int open_output(const hf_os_opens *opens, uint32_t index, const char *path)
{
    for (uint32_t i = 0; i < index; i++) {
        if (opens->items[i].output == opens->items[index].output)
            return (int)syscall(SYS_fcntl, opens->items[i].descriptor, F_DUPFD_CLOEXEC, 3);
    }
    return open_anew(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC);
}

bool hf__os_opens_renew(const hf_os_opens *opens, const char *const output_paths[2], int *value)
{
    int kept = errno;
    for (uint32_t i = 0; i < opens->count; i++) {
        const hf_os_open *item = &opens->items[i];
        int file = item->output >= 0 ? open_output(opens, i, output_paths[item->output]) : open_again(item);
        if (replace(file, item))
            continue;
        *value = errno;
        return false;
    }
    errno = kept;
    return true;
}

uint32_t hf__os_thread_count(void)
{
    int kept = errno;
    struct stat facts;
    /* A link for each thread's folder, and two for "." and the name: cheaper than listing them (fs/proc/base.c, proc_task_getattr). */
    bool known = stat("/proc/self/task", &facts) == 0 && facts.st_nlink > 2;
    errno = kept;
    return known ? (uint32_t)facts.st_nlink - 2 : 0;
}

int64_t hf__os_parent_id(void)
{
    return getppid();
}

bool hf__os_can_clone(void)
{
    return true;
}

int64_t hf__os_clone(int32_t *pid)
{
    int kept = errno;
    long child = syscall(SYS_clone, (long)(SIGCHLD | CLONE_PARENT | CLONE_PARENT_SETTID), NULL, pid, NULL, NULL);
    int64_t result = child < 0 ? -errno : child;
    errno = kept;
    return result;
}

bool hf__os_clone_settle(int64_t tool_pid, const void *hidden, uint64_t hidden_bytes)
{
    int kept = errno;
    /* A clone does not inherit it (prctl(2)). The tool may have died before the call: then its number is no longer the parent's. */
    (void)syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    bool lives = syscall(SYS_getppid) == tool_pid;
    (void)syscall(SYS_setsid);
    /* The caller's own session: a stray pointer in the clone must not write into the trace that all clones share. */
    (void)syscall(SYS_mprotect, hidden, hidden_bytes, PROT_NONE);
    errno = kept;
    return lives;
}
