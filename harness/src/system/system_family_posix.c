/* SPDX-License-Identifier: MIT
 * See the header. A program that forks endlessly is faster than a loop that kills its processes one by one, so all are stopped before any is
 * killed. A stopped process starts no other: fork gives up when a signal is pending (kernel/fork.c, copy_process), so what is listed below a process
 * after it was sent SIGSTOP is complete. A process started just before becomes a child of this process when its parent ends,
 * and is found in the next round. Must not allocate from the heap or take a lock.
 */
#include "system_family_posix.h"
#include "base_text.h"
#include "os_thread.h"
#include "os_entries_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_poison.h"

#define PIDS_MAX ((size_t)1 << 22) /* PID_MAX_LIMIT of 64-bit systems (include/linux/threads.h) */
#define END_US 10000000u
#define REAP_US 2000000u
#define LOOK_AGAIN_US 200u
#define QUIET_ROUNDS 2u /* a list of children that changes while it is read can miss one (proc_pid_children(5)) */

/* Mapped for each use; only touched pages use memory. */
typedef struct family {
    hf__system_family_pick *pick;
    const void *user;
    size_t count;
    uint8_t has[PIDS_MAX / 8]; /* one bit per process number */
    pid_t items[PIDS_MAX];
} family;

/* Does this process have a child, dead or alive? */
static bool has_children(void)
{
    siginfo_t ignored;
    /* WNOWAIT leaves a dead child to be reaped by whoever waits for it; __WALL counts children that send no SIGCHLD too (waitid(2)). */
    return waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 || errno != ECHILD;
}

/* "12 345 6 " */
static void read_numbers(const char *path, void (*found)(pid_t pid, void *user), void *user)
{
    char text[4096];
    pid_t number = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    for (ssize_t got; (got = read(file, text, sizeof text)) > 0 || (got < 0 && errno == EINTR);) {
        for (ssize_t i = 0; i < got; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                number = number * 10 + (text[i] - '0');
            } else if (number != 0) {
                found(number, user);
                number = 0;
            }
        }
    }

    close(file);
}

typedef struct listing {
    const char *process;
    void (*found)(pid_t pid, void *user);
    void *user;
} listing;

static bool list_of_thread(const char *thread, void *user)
{
    const listing *self = user;
    char path[128];
    hf__builder builder = hf__builder_init(path, sizeof path);
    hf__builder_print(&builder, "/proc/%s/task/%s/children", self->process, thread);
    if (thread[0] != '.')
        read_numbers(path, self->found, self->user);
    return true;
}

/* The children of every thread of a process. */
static void list_children(const char *process, void (*found)(pid_t pid, void *user), void *user)
{
    char path[128];
    hf__builder builder = hf__builder_init(path, sizeof path);
    hf__builder_print(&builder, "/proc/%s/task", process);
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return;
    listing self = {process, found, user};
    hf__os_each_entry(folder, list_of_thread, &self);
    close(folder);
}

void hf__system_family_list(void (*found)(pid_t child, void *user), void *user)
{
    list_children("self", found, user);
}

static bool holds(const family *self, pid_t pid)
{
    return (self->has[(size_t)pid / 8] >> ((size_t)pid % 8) & 1) != 0;
}

static void stop(pid_t pid, void *user)
{
    family *self = user;
    if (pid <= 1 || (size_t)pid >= PIDS_MAX || self->count == PIDS_MAX || holds(self, pid))
        return;
    /* No process can catch or ignore SIGSTOP (signal(7)). */
    (void)kill(pid, SIGSTOP);
    self->has[(size_t)pid / 8] |= (uint8_t)(1u << ((size_t)pid % 8));
    self->items[self->count++] = pid;
}

static void stop_picked(pid_t pid, void *user)
{
    const family *self = user;
    if (pid > 1 && (size_t)pid < PIDS_MAX && !holds(self, pid) && self->pick(pid, self->user))
        stop(pid, user);
}

/* Repeats until the children of this process and of all stopped processes contain no new one. */
static void stop_all(family *self, uint64_t until)
{
    for (size_t looked = 0, before = SIZE_MAX; before != self->count && hf__os_now_us() < until;) {
        before = self->count;
        list_children("self", stop_picked, self);
        for (; looked < self->count; looked++) {
            char process[24];
            hf__builder builder = hf__builder_init(process, sizeof process);
            hf__builder_print(&builder, "%ld", (long)self->items[looked]);
            list_children(process, stop, self);
        }
    }
}

/* 0: it is gone. */
static pid_t parent_of(pid_t pid)
{
    char path[64], text[512];
    hf__builder builder = hf__builder_init(path, sizeof path);
    hf__builder_print(&builder, "/proc/%ld/stat", (long)pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, text, sizeof text - 1) : 0;
    if (file >= 0)
        close(file);
    text[got > 0 ? got : 0] = '\0';
    const char *name_end = strrchr(text, ')'); /* "12 (name) S 11 ...", and the name may hold anything */
    return name_end != NULL && strlen(name_end) > 4 ? (pid_t)strtol(name_end + 4, NULL, 10) : 0;
}

/* If a process ended before the stop reached it, its number may belong to an unrelated process by now. That one has another parent, and continues. */
static void kill_all(family *self)
{
    pid_t own = getpid();
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        pid_t pid = self->items[i];
        pid_t parent = parent_of(pid);
        bool is_ours = parent == own || (parent > 1 && (size_t)parent < PIDS_MAX && holds(self, parent));
        (void)kill(pid, is_ours ? SIGKILL : SIGCONT);
        if (is_ours)
            self->items[kept++] = pid;
    }
    self->count = kept;
}

/* Keeps the remaining processes; returns their number. This process can reap a process once its parent is gone. */
static size_t reap_once(pid_t *items, size_t count)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        int status = 0;
        pid_t got = waitpid(items[i], &status, __WALL | WNOHANG);
        bool is_gone = (got == items[i] && !WIFSTOPPED(status)) || (got < 0 && errno == ECHILD && parent_of(items[i]) <= 1);
        if (!is_gone)
            items[left++] = items[i];
    }
    return left;
}

static bool reap_all(family *self)
{
    uint64_t until = hf__os_now_us() + REAP_US;
    while ((self->count = reap_once(self->items, self->count)) > 0 && hf__os_now_us() < until)
        hf__os_sleep_us(LOOK_AGAIN_US);
    return self->count == 0;
}

static family *make_family(void)
{
    void *place = mmap(NULL, sizeof(family), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return place != MAP_FAILED ? place : NULL;
}

bool hf__system_family_end(hf__system_family_pick *pick, const void *user)
{
    uint64_t until = hf__os_now_us() + END_US;
    for (unsigned quiet = 0; quiet < QUIET_ROUNDS && has_children();) {
        family *self = hf__os_now_us() < until ? make_family() : NULL;
        if (self == NULL)
            return false;
        self->pick = pick;
        self->user = user;
        stop_all(self, until);
        quiet = self->count == 0 ? quiet + 1 : 0;
        kill_all(self);
        bool are_gone = reap_all(self);
        (void)munmap(self, sizeof *self);
        if (!are_gone)
            return false;
    }

    return true;
}
