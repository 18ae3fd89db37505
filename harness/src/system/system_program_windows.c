/* SPDX-License-Identifier: MIT
 * Finds programs on Windows: the running one, and one by name, with or without its .exe. A cmd script is not accepted: CreateProcess would start it
 * through cmd, which parses its arguments by its own rules.
 */
#include "system_process.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "os_file.h"
#include "system_machine.h"
#include "os_text_windows.h"
#include "os_thread.h"

#include <errno.h>
#include <string.h>

#include "base_poison.h"

bool hf__system_is_run_with_privileges(const char *program)
{
    (void)program;
    return false;
}

static bool has_ending(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot != NULL && strpbrk(dot, "/\\") == NULL;
}

static bool is_program(const char *path)
{
    return hf__os_file_exists(path) && !hf__os_is_folder(path);
}

/* The path itself, or with .exe if it has no extension; NULL: neither exists. */
static char *find_at(const char *path)
{
    if (has_ending(path) && is_program(path))
        return hf__copy_string(path);
    char *named = hf__format("%s.exe", path);
    if (is_program(named))
        return named;
    hf__free(named);
    return is_program(path) ? hf__copy_string(path) : NULL;
}

static char *find_in_path(const char *name)
{
    const char *at = hf__os_environment("PATH");
    while (at != NULL && *at != '\0') {
        size_t length = strcspn(at, ";");
        char *path = hf__format("%.*s/%s", (int)length, at, name);
        char *found = length > 0 ? find_at(path) : NULL;
        hf__free(path);
        if (found != NULL)
            return found;
        at += length + (at[length] == ';');
    }
    return NULL;
}

static hf_status refuse_script(const char *path, hf_error *err)
{
    const char *dot = strrchr(path, '.');
    bool is_script = dot != NULL && (_stricmp(dot, ".cmd") == 0 || _stricmp(dot, ".bat") == 0);
    return is_script ? HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is a script of cmd, not a program; write: cmd /c %s", path, path) : HF_OK;
}

hf_status hf__system_program_find(const char *name, char **out, hf_error *err)
{
    *out = NULL;
    if (name == NULL || name[0] == '\0')
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "the program's name is empty");
    bool is_path = strpbrk(name, "/\\:") != NULL;
    char *found = is_path ? find_at(name) : find_in_path(name);
    if (found == NULL && is_path && hf__os_is_folder(name))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is not an executable file", name);

    if (found == NULL && is_path)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such program (No such file or directory)", name);
    if (found == NULL)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s: no such program in PATH; write ./%s for one in this folder", name, name);
    hf_status status = refuse_script(found, err);
    if (status == HF_OK)
        status = hf__system_absolute(found, out, err);
    hf__free(found);
    return status;
}

bool hf__system_has_hooks(void)
{
    return true;
}

/* The hook's code is for this machine type, and so must the program's be. */
hf_status hf__system_hook_check(const char *program, hf_error *err)
{
    const void *map = NULL;
    uint64_t size = 0;
    hf_status status = hf__os_map_read(program, &map, &size, err);
    const IMAGE_DOS_HEADER *dos = map;
    if (status == HF_OK && (size < sizeof *dos || dos->e_magic != IMAGE_DOS_SIGNATURE))
        status = HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is not a Windows program", program);
    IMAGE_NT_HEADERS headers = {0};
    if (status == HF_OK && dos->e_lfanew >= 0 && (uint64_t)dos->e_lfanew + sizeof headers <= size)
        memcpy(&headers, (const char *)map + dos->e_lfanew, sizeof headers);
    if (status == HF_OK && (headers.Signature != IMAGE_NT_SIGNATURE || headers.FileHeader.Machine != IMAGE_FILE_MACHINE_AMD64))
        status = HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is not for 64-bit x86 (machine 0x%04X), and the hook supports no other machine", program,
                         (unsigned)headers.FileHeader.Machine);
    hf__os_unmap(map, size);
    return status;
}

hf_status hf__system_program_path(char **out, hf_error *err)
{
    hf_wide wide;
    char path[4 * HF_WIDE_MAX];
    *out = NULL;
    DWORD length = GetModuleFileNameW(NULL, wide.text, HF_WIDE_MAX);
    if (length == 0 || length >= HF_WIDE_MAX || hf__os_narrow_path(wide.text, path, sizeof path) == 0)
        return HF_FAIL_SYSTEM(err, ENAMETOOLONG, "the running program's own path cannot be read");
    *out = hf__copy_string(path);
    return HF_OK;
}

int hf__system_refuses_to_watch(void)
{
    return ENOSYS;
}
