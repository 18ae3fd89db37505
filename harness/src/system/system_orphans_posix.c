/* SPDX-License-Identifier: MIT
 * Orphans: processes that a process under test started and that outlived it.
 *
 * This process is a child subreaper, so every orphan becomes its child, and killing one makes the orphan's own children ours: ending all
 * is killing children, round after round, until none is left that belongs to the owner. An orphan is known by the owner's session, or by the
 * owner's mark in its environment. One that left the session and dropped the mark cannot be told from another owner's, so it is ended
 * when the last owner goes. It must never touch a child that somebody else made in this process: those have this process's session,
 * or were there before the first start.
 */
#include "system_orphans_posix.h"
#include "base_alloc.h"
#include "base_check.h"
#include "os_thread.h"
#include "system_refused_posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base_poison.h"

#define HF_ORPHAN_ROUNDS_MAX 1000
#define HF_ORPHAN_WAIT_MS 2000
#define HF_ENVIRONMENT_MAX ((size_t)1 << 20)

typedef struct pids {
    pid_t *items;
    size_t count, capacity;
} pids;

/* Held while an owner is counted and while the last one ends what has no mark: a child that is just being started has none either. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned owners;
static bool prepared;
static pids there_before; /* children from before the first start; kept for good */

static bool has_children(void)
{
    siginfo_t ignored;
    return waitid(P_ALL, 0, &ignored, WEXITED | WNOHANG | WNOWAIT | __WALL) == 0 || errno != ECHILD;
}

static char *read_proc(const char *path, size_t max_bytes, size_t *size_bytes)
{
    *size_bytes = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    size_t capacity = 4096;
    char *text = hf__allocate(capacity, 1);
    for (;;) {
        ssize_t got = read(file, text + *size_bytes, capacity - 1 - *size_bytes);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        *size_bytes += (size_t)got;
        if (*size_bytes + 1 < capacity)
            continue;
        if (capacity >= max_bytes)
            break;
        capacity *= 2;
        text = hf__reallocate(text, capacity, 1);
    }
    close(file);
    text[*size_bytes] = '\0';
    return text;
}

static void add_pid(pids *list, pid_t pid)
{
    HF_GROW(list->items, list->count, list->capacity);
    list->items[list->count++] = pid;
}

/* "12 345 6 " */
static void add_pids(pids *list, const char *text)
{
    char *end = NULL;
    for (long pid = strtol(text, &end, 10); end != text; pid = strtol(text, &end, 10)) {
        add_pid(list, (pid_t)pid);
        text = end;
    }
}

/* The children of every thread of this process. */
static pids list_children(void)
{
    pids list = {0};
    DIR *tasks = opendir("/proc/self/task");
    if (tasks == NULL)
        return list;
    for (struct dirent *task = readdir(tasks); task != NULL; task = readdir(tasks)) {
        if (task->d_name[0] == '.')
            continue;
        char *path = hf__format("/proc/self/task/%s/children", task->d_name);
        size_t size_bytes = 0;
        char *text = read_proc(path, HF_ENVIRONMENT_MAX, &size_bytes);
        if (text != NULL)
            add_pids(&list, text);
        hf__free(text);
        hf__free(path);
    }
    (void)closedir(tasks);
    return list;
}

static bool holds(const pids *list, pid_t pid)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == pid)
            return true;
    }
    return false;
}

static bool has_mark(pid_t pid, const char *mark)
{
    char *path = hf__format("/proc/%ld/environ", (long)pid);
    size_t size_bytes = 0;
    char *text = read_proc(path, HF_ENVIRONMENT_MAX, &size_bytes);
    bool found = false;
    for (size_t at = 0; text != NULL && at < size_bytes && !found; at += strlen(text + at) + 1)
        found = strcmp(text + at, mark) == 0;
    hf__free(text);
    hf__free(path);
    return found;
}

static bool belongs_to(const hf_orphan_owner *owner, pid_t child)
{
    return (owner->pid != 0 && getsid(child) == owner->pid) || (owner->mark != NULL && has_mark(child, owner->mark));
}

static bool belongs_to_nobody(const hf_orphan_owner *owner, pid_t child)
{
    (void)owner;
    return getsid(child) != getsid(0) && !holds(&there_before, child);
}

/* False if it would not die. */
static bool end_child(pid_t child)
{
    int watch = hf__system_watch_open(child);
    uint64_t start = hf__os_now_us();
    bool gone = false;
    int status = 0;
    if (kill(child, SIGKILL) == 0) {
        do {
            (void)hf__system_watch_sleep(&watch, 1, HF_ORPHAN_WAIT_MS * 1000u);
            gone = waitpid(child, &status, __WALL | WNOHANG) == child && !WIFSTOPPED(status);
        } while (!gone && watch < 0 && hf__os_now_us() - start < HF_ORPHAN_WAIT_MS * 1000u);
    }
    if (watch >= 0)
        close(watch);
    return gone;
}

/* Ends the children that `which` picks; true if there was one. */
static bool end_round(const hf_orphan_owner *owner, bool (*which)(const hf_orphan_owner *owner, pid_t child))
{
    bool any = false;
    pids children = list_children();
    for (size_t i = 0; i < children.count; i++) {
        if (which(owner, children.items[i]))
            any = end_child(children.items[i]) || any;
    }
    hf__free(children.items);
    return any;
}

static void end_children(const hf_orphan_owner *owner, bool (*which)(const hf_orphan_owner *owner, pid_t child))
{
    for (unsigned round = 0; round < HF_ORPHAN_ROUNDS_MAX && has_children(); round++) {
        if (!end_round(owner, which))
            return;
    }
}

void hf__system_orphans_enter(hf_orphan_owner *owner)
{
    (void)pthread_mutex_lock(&lock);
    if (!prepared) {
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
        if (has_children())
            there_before = list_children();
        prepared = true;
    }
    owners++;
    owner->left = false;
    (void)pthread_mutex_unlock(&lock);
}

void hf__system_orphans_end(hf_orphan_owner *owner)
{
    if (owner->left)
        return;
    end_children(owner, belongs_to);
    (void)pthread_mutex_lock(&lock);
    owner->left = true;
    owners--;
    if (owners == 0)
        end_children(owner, belongs_to_nobody);
    (void)pthread_mutex_unlock(&lock);
}

void hf__system_orphans_leave(hf_orphan_owner *owner)
{
    (void)pthread_mutex_lock(&lock);
    owners -= owner->left ? 0 : 1;
    owner->left = true;
    (void)pthread_mutex_unlock(&lock);
}
