/* SPDX-License-Identifier: MIT
 * Copies a folder with its contents: files, links and folders with their modes and times, so that a program that checks them (make, git)
 * finds the copy equal to the original. Links are copied as links, never followed.
 *
 * A folder that will contain the copy itself is left out: results are often written below the folder that is copied.
 */
#include "system_tool.h"
#include "heap_alloc.h"
#include "base_error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base_poison.h"

#define PIECE_BYTES (1u << 20)
#define ABOVE_MAX 64u /* limit of folders above the copy that are checked */

typedef struct copying {
    struct {
        dev_t device;
        ino_t file;
    } above[ABOVE_MAX];
    unsigned above_count;
    hf_error *err;
} copying;

static hf_status copy_entry(const copying *self, const char *from, const char *to);

/* The folders that contain the copy, and the copy itself. */
static void note_above(copying *self, const char *to)
{
    char *path = hf__copy_string(to);
    struct stat facts;
    for (char *slash = path + strlen(path); self->above_count < ABOVE_MAX; slash = strrchr(path, '/')) {
        if (slash == NULL || slash == path)
            break;
        *slash = '\0';
        if (stat(path, &facts) != 0)
            continue;
        self->above[self->above_count].device = facts.st_dev;
        self->above[self->above_count++].file = facts.st_ino;
    }
    hf__free(path);
}

static bool is_above(const copying *self, const struct stat *facts)
{
    for (unsigned i = 0; i < self->above_count; i++) {
        if (self->above[i].device == facts->st_dev && self->above[i].file == facts->st_ino)
            return true;
    }
    return false;
}

static hf_status fail(const copying *self, const char *path)
{
    return HF_FAIL_SYSTEM(self->err, errno, "cannot copy %s", path);
}

static bool copy_bytes(int from, int to)
{
    ssize_t got = 1;
    while (got > 0)
        got = copy_file_range(from, NULL, to, NULL, PIECE_BYTES, 0);
    if (got == 0)
        return true;
    char piece[16384]; /* two file systems, or one without support; the part copied so far stays */
    while ((got = read(from, piece, sizeof piece)) > 0) {
        for (ssize_t put = 0, now = 0; put < got; put += now) {
            now = write(to, piece + put, (size_t)(got - put));
            if (now < 0)
                return false;
        }
    }
    return got == 0;
}

static hf_status copy_file(const copying *self, const char *from, const char *to, const struct stat *facts)
{
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int out = in >= 0 ? open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
    const struct timespec times[2] = {facts->st_atim, facts->st_mtim};
    bool done = out >= 0 && copy_bytes(in, out) && fchmod(out, facts->st_mode & 07777) == 0 && futimens(out, times) == 0;
    hf_status status = done ? HF_OK : fail(self, from);
    if (in >= 0)
        (void)close(in);
    if (out >= 0)
        (void)close(out);
    return status;
}

static hf_status copy_link(const copying *self, const char *from, const char *to, const struct stat *facts)
{
    char target[4096];
    ssize_t length = readlink(from, target, sizeof target - 1);
    const struct timespec times[2] = {facts->st_atim, facts->st_mtim};
    if (length < 0)
        return fail(self, from);
    target[length] = '\0';
    bool done = symlink(target, to) == 0 && utimensat(AT_FDCWD, to, times, AT_SYMLINK_NOFOLLOW) == 0;
    return done ? HF_OK : fail(self, from);
}

static hf_status copy_contents(const copying *self, const char *from, const char *to)
{
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    hf_status status = hf__system_folder_list(from, &entries, &count, self->err);
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        char *entry = hf__format("%s/%s", from, entries[i].name);
        char *copy = hf__format("%s/%s", to, entries[i].name);
        status = copy_entry(self, entry, copy);
        hf__free(copy);
        hf__free(entry);
    }
    hf__system_folder_list_free(entries, count);
    return status;
}

static hf_status copy_folder(const copying *self, const char *from, const char *to, const struct stat *facts)
{
    const struct timespec times[2] = {facts->st_atim, facts->st_mtim};
    if (is_above(self, facts))
        return HF_OK;
    if (mkdir(to, 0700) != 0)
        return fail(self, from);
    hf_status status = copy_contents(self, from, to);
    bool done = status != HF_OK || (chmod(to, facts->st_mode & 07777) == 0 && utimensat(AT_FDCWD, to, times, 0) == 0);
    return done ? status : fail(self, from);
}

static hf_status copy_entry(const copying *self, const char *from, const char *to)
{
    struct stat facts;
    if (lstat(from, &facts) != 0)
        return fail(self, from);
    if (S_ISDIR(facts.st_mode))
        return copy_folder(self, from, to, &facts);
    if (S_ISLNK(facts.st_mode))
        return copy_link(self, from, to, &facts);
    if (S_ISREG(facts.st_mode))
        return copy_file(self, from, to, &facts);
    return HF_FAIL(self->err, HF_ERROR_INPUT, "%s is a pipe, a socket or a device, which cannot be copied", from);
}

hf_status hf__system_folder_copy(const char *from, const char *to, hf_error *err)
{
    copying self = {.err = err};
    note_above(&self, to);
    return copy_contents(&self, from, to);
}
