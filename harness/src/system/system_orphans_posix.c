/* SPDX-License-Identifier: MIT
 * Orphans: processes that a process under test started and that outlived it.
 *
 * This process is a child subreaper, so every orphan becomes its child, and is ended with everything below it (system_family_posix.c). An orphan is
 * identified by the owner's session, or by the owner's mark in its environment. One that left the session and dropped the mark cannot be assigned to
 * an owner, so it is ended when the last owner ends. Other children of this process must never be touched: they have this process's session, or
 * existed before the first start.
 */
#include "system_orphans_posix.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "system_family_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base_poison.h"

#define HF_ENVIRONMENT_MAX ((size_t)1 << 20)

typedef struct pids {
    pid_t *items;
    size_t count, capacity;
} pids;

/* Held while an owner is counted and while the last one ends unmarked processes: a child that is just starting has no mark either. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned owners;
static bool prepared;
static pids there_before; /* children from before the first start; never removed */

static void close_file(void *file)
{
    (void)close(*(int *)file);
}

static char *read_proc(const char *path, size_t max_bytes, size_t *size_bytes)
{
    *size_bytes = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return NULL;
    hf_heap_guard guard;
    hf__heap_guard(&guard, close_file, &file);
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

    hf__heap_drop_guard(&guard);
    close(file);
    text[*size_bytes] = '\0';
    return text;
}

static void add_pid(pid_t pid, void *user)
{
    pids *list = user;
    HF_GROW(list->items, list->count, list->capacity);
    list->items[list->count++] = pid;
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

static bool belongs_to(pid_t child, const void *user)
{
    const hf_orphan_owner *owner = user;
    return (owner->pid != 0 && getsid(child) == owner->pid) || (owner->mark != NULL && has_mark(child, owner->mark));
}

static bool belongs_to_nobody(pid_t child, const void *user)
{
    (void)user;
    return getsid(child) != getsid(0) && !holds(&there_before, child);
}

/* Listing while the lock is held may run out of memory. */
static void give_lock(void *unused)
{
    (void)unused;
    (void)pthread_mutex_unlock(&lock);
}

static void take_lock(hf_heap_guard *guard)
{
    (void)pthread_mutex_lock(&lock);
    hf__heap_guard(guard, give_lock, NULL);
}

static void drop_lock(hf_heap_guard *guard)
{
    hf__heap_drop_guard(guard);
    give_lock(NULL);
}

void hf__system_orphans_enter(hf_orphan_owner *owner)
{
    hf_heap_guard guard;
    take_lock(&guard);
    if (!prepared) {
        /* Orphans below this process become its children, not those of init (prctl(2)). */
        (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
        hf__system_family_list(add_pid, &there_before);
        if (there_before.items != NULL)
            (void)hf__heap_keep(there_before.items);
        prepared = true;
    }
    owners++;
    owner->left = false;
    drop_lock(&guard);
}

void hf__system_orphans_end(hf_orphan_owner *owner)
{
    if (owner->left)
        return;
    (void)hf__system_family_end(belongs_to, owner);
    hf_heap_guard guard;
    take_lock(&guard);
    owner->left = true;
    owners--;
    if (owners == 0)
        (void)hf__system_family_end(belongs_to_nobody, NULL);
    drop_lock(&guard);
}

void hf__system_orphans_leave(hf_orphan_owner *owner)
{
    (void)pthread_mutex_lock(&lock);
    owners -= owner->left ? 0 : 1;
    owner->left = true;
    (void)pthread_mutex_unlock(&lock);
}
