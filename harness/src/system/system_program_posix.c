/* SPDX-License-Identifier: MIT
 * Finds programs: the running one, and one by name. A name is searched as in a shell. The result is an absolute path
 * with links unresolved, because a program may depend on the name it was called by.
 */
#include "system_process.h"
#include "heap_alloc.h"
#include "base_error.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base_poison.h"

static bool is_program(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISREG(facts.st_mode) && access(path, X_OK) == 0;
}

static char *from_root(const char *path)
{
    if (path[0] == '/')
        return hf__copy_string(path);
    char folder[PATH_MAX];
    return getcwd(folder, sizeof folder) != NULL ? hf__format("%s/%s", folder, path) : hf__copy_string(path);
}

static hf_status fail_path(const char *path, hf_error *err)
{
    struct stat facts;
    if (stat(path, &facts) != 0)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such program (%s)", path, strerror(errno));
    if (!S_ISREG(facts.st_mode))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is not an executable file", path);
    return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is not executable (chmod +x?)", path);
}

/* The first program with that name in the folders of PATH. */
static char *find_in_path(const char *name)
{
    const char *at = getenv("PATH");
    if (at == NULL)
        at = "/usr/local/bin:/usr/bin:/bin";
    for (;;) {
        size_t length = strcspn(at, ":");
        char *path = length > 0 ? hf__format("%.*s/%s", (int)length, at, name) : hf__format("./%s", name);
        if (is_program(path))
            return path;
        hf__free(path);
        if (at[length] == '\0')
            return NULL;
        at += length + 1;
    }
}

hf_status hf__system_program_find(const char *name, char **out, hf_error *err)
{
    *out = NULL;
    if (name == NULL || name[0] == '\0')
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "the program's name is empty");
    if (strchr(name, '/') != NULL) {
        if (!is_program(name))
            return fail_path(name, err);
        *out = from_root(name);
        return HF_OK;
    }
    char *found = find_in_path(name);
    if (found == NULL)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such program in PATH; write ./%s for one in this folder", name, name);
    *out = from_root(found);
    hf__free(found);
    return HF_OK;
}

bool hf__system_is_run_with_privileges(const char *program)
{
    struct stat facts;
    if (stat(program, &facts) != 0)
        return false;
    bool as_user = (facts.st_mode & S_ISUID) != 0 && facts.st_uid != geteuid();
    bool as_group = (facts.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && facts.st_gid != getegid();
    return as_user || as_group || (geteuid() != 0 && getxattr(program, "security.capability", NULL, 0) > 0);
}

bool hf__system_has_hooks(void)
{
    return false;
}

hf_status hf__system_hook_check(const char *program, hf_error *err)
{
    return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: --hook is for Windows programs; remove it on this system", program);
}

hf_status hf__system_program_path(char **out, hf_error *err)
{
    *out = NULL;
    char path[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    if (length < 0)
        return HF_FAIL_SYSTEM(err, errno, "the running program's own path cannot be read (/proc/self/exe)");
    path[length] = '\0';
    *out = hf__copy_string(path);
    return HF_OK;
}

/* As in linux/seccomp.h, which compilers for musl need not have (Debian's musl-gcc). */
#define GET_ACTION_AVAIL 2u
#define ACTION_USER_NOTIF 0x7FC00000u

int hf__system_refuses_to_watch(void)
{
    uint32_t action = ACTION_USER_NOTIF;
    return syscall(SYS_seccomp, GET_ACTION_AVAIL, 0, &action) == 0 ? 0 : errno;
}
