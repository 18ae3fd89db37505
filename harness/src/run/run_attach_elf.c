/* SPDX-License-Identifier: MIT
 * The choice on Linux. A program is linked with the shim if its file, or a library that it needs, has the shim's mark (a note in its objects,
 * shim_attach.c). Any other program that the dynamic linker starts gets the library. Programs that the library cannot reach are refused with a
 * reason before anything runs: static programs, programs of another C library or machine, and programs that run with privileges.
 *
 * A script counts as its interpreter.
 */
#include "run_attach.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_error.h"
#include "base_text.h"
#include "os_lock.h"
#include "os_file.h"
#include "os_thread.h"
#include "system_machine.h"
#include "system_process.h"
#include "symbol_binary.h"
#include "symbol_pattern.h"

#include <string.h>

#include "base_poison.h"

#define SCRIPT_BYTES 256u /* the kernel looks no further for the interpreter (fs/binfmt_script.c) */
#define SCRIPTS_MAX 4u    /* an interpreter may be a script itself, up to this depth */

typedef struct looking {
    const char *program;
    const char *const *environment;
    hf__run_attach_choice *out;
    hf_error *err;
} looking;

/* The interpreter that a script names. NULL: not a script. *out: hf__free. */
static char *interpreter_of(const char *path)
{
    const void *bytes = NULL;
    uint64_t size_bytes = 0;
    char *out = NULL;
    if (hf__os_map_read(path, &bytes, &size_bytes, NULL) != HF_OK || size_bytes < 2)
        return NULL;
    hf_text text = {bytes, (size_t)(size_bytes < SCRIPT_BYTES ? size_bytes : SCRIPT_BYTES)};
    if (hf__text_starts_with(text, "#!")) {
        text = (hf_text){text.pointer + 2, text.size_bytes - 2};
        const char *end = memchr(text.pointer, '\n', text.size_bytes);
        text.size_bytes = end != NULL ? (size_t)(end - text.pointer) : text.size_bytes;
        text = hf__text_trim(text);
        size_t length = 0;
        while (length < text.size_bytes && text.pointer[length] != ' ' && text.pointer[length] != '\t')
            length++;
        out = hf__copy_text((hf_text){text.pointer, length});
    }

    hf__os_unmap(bytes, size_bytes);
    return out;
}

/* The program that the kernel really starts. *out: hf__free. */
static hf_status find_image(const char *program, char **out, hf_error *err)
{
    *out = hf__copy_string(program);
    for (unsigned i = 0; i < SCRIPTS_MAX; i++) {
        char *interpreter = interpreter_of(*out);
        if (interpreter == NULL)
            return HF_OK;
        hf_status status = HF_OK;
        if (interpreter[0] == '\0')
            status = HF_FAIL(err, HF_ERROR_INPUT, "%s cannot start: its first line, #!, names no interpreter", *out);
        else if (!hf__os_file_exists(interpreter))
            status = HF_FAIL(err, HF_ERROR_INPUT, "%s cannot start: its interpreter %s does not exist", *out, interpreter);
        hf__free(*out);
        *out = interpreter;
        if (status != HF_OK)
            return status;
    }

    return HF_OK;
}

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

static hf_status choose(const looking *self, hf__run_attach how, const char *why)
{
    self->out->how = how;
    hf__text_copy(self->out->why, sizeof self->out->why, hf__text(why));
    return HF_OK;
}

static hf_status refuse_kind(const looking *self, const hf__symbol_binary *image)
{
    const char *machine = hf__symbol_binary_foreign(image);
    const char *loader = hf__symbol_binary_loader(image);
    if (machine != NULL)
        return HF_FAIL(self->err, HF_ERROR_INPUT, "%s is a program for %s, which the shim is not built for; nothing was run", self->program, machine);
    if (loader == NULL)
        return HF_FAIL(
            self->err, HF_ERROR_INPUT,
            "%s is linked statically, so no library can be loaded under it; its system calls can be watched (--attach trap), or link it with "
            "hostfault-shim, or dynamically. Nothing was run",
            self->program);
    if (hf__text_starts_with(hf__text(name_of(loader)), "ld-musl"))
        return HF_FAIL(
            self->err, HF_ERROR_INPUT,
            "%s uses the C library musl, and the library for unmodified programs is built for glibc; its system calls can be watched (--attach "
            "trap). Nothing was run",
            self->program);
    return HF_OK;
}

/* Does one of its libraries have the mark? And is one of them AddressSanitizer? */
static hf_status look_at_libraries(const looking *self, const char *image, bool *has_mark)
{
    hf__symbol_table *symbols = NULL;
    hf_status status = hf__symbol_symbols_open(image, self->environment, &symbols, self->err);
    for (size_t i = 0; status == HF_OK && i < hf__symbol_symbols_count(symbols); i++) {
        const hf__symbol_binary *object = hf__symbol_symbols_object(symbols, i);
        *has_mark = *has_mark || hf__symbol_binary_has_mark(object);
        self->out->has_sanitizer |= hf__text_starts_with(hf__text(hf__symbol_binary_name(object)), "libasan.so");
    }
    hf__symbol_symbols_destroy(symbols);
    return status;
}

/* From outside, it does not matter how a program was linked. */
static hf_status choose_trap(const looking *self, const char *path, const hf__symbol_binary *image)
{
    const char *machine = hf__symbol_binary_foreign(image);
    if (machine != NULL)
        return HF_FAIL(self->err, HF_ERROR_INPUT, "%s is a program for %s, whose system calls are not watched here; nothing was run", self->program,
                       machine);
    if (hf__system_is_run_with_privileges(path))
        return HF_FAIL(self->err, HF_ERROR_INPUT,
                       "%s runs with the rights of another user or with file capabilities, which a watched program does not get; copy it, or run "
                       "hostfault as that user. Nothing was run",
                       self->program);
    int os_code = hf__system_refuses_to_watch();
    if (os_code != 0)
        return HF_FAIL(self->err, HF_ERROR_INPUT,
                       "--attach trap does not work here: the system does not permit watching a program's system calls (error %d; this needs seccomp "
                       "user notification: Linux 5.5 or later, and no container profile that forbids seccomp). Nothing was run",
                       os_code);
    return choose(self, HF_ATTACH_TRAP, "asked for");
}

static hf_status choose_by_image(const looking *self, const char *path, const hf__symbol_binary *image, const char *wanted)
{
    bool is_preload_wanted = wanted != NULL && strcmp(wanted, "preload") == 0;
    bool has_mark = hf__symbol_binary_has_mark(image);
    if (wanted != NULL && strcmp(wanted, "trap") == 0)
        return choose_trap(self, path, image);
    if (has_mark && !is_preload_wanted)
        return choose(self, HF_ATTACH_LINKED, "the program's file has the shim's mark");
    hf_status status = refuse_kind(self, image);
    if (status == HF_OK && hf__system_is_run_with_privileges(path))
        status =
            HF_FAIL(self->err, HF_ERROR_INPUT,
                    "%s runs with the rights of another user or with file capabilities, so the system loads no library under it; copy it, or run "
                    "hostfault as that user. Nothing was run",
                    self->program);
    if (status == HF_OK)
        status = look_at_libraries(self, path, &has_mark);
    if (status != HF_OK)
        return status;
    if (has_mark && !is_preload_wanted)
        return choose(self, HF_ATTACH_LINKED, "a library of the program's has the shim's mark");
    return choose(self, HF_ATTACH_PRELOAD, is_preload_wanted ? "asked for" : "neither the program nor its libraries have the shim's mark");
}

hf_status hf__run_attach_choose(const char *program, const char *const *environment, const char *wanted, hf__run_attach_choice *out, hf_error *err)
{
    *out = (hf__run_attach_choice){.how = HF_ATTACH_LINKED};
    const looking self = {program, environment, out, err};
    bool is_auto = wanted == NULL || strcmp(wanted, "auto") == 0;
    if (!is_auto && strcmp(wanted, "linked") != 0 && strcmp(wanted, "preload") != 0 && strcmp(wanted, "trap") != 0)
        return HF_FAIL(err, HF_ERROR_INPUT, "--attach (" HF_ATTACH_VARIABLE ") is linked, preload, trap or auto, not '%s'", wanted);
    if (!is_auto && strcmp(wanted, "linked") == 0)
        return choose(&self, HF_ATTACH_LINKED, "asked for");
    char *path = NULL;
    hf__symbol_binary *image = NULL;
    hf_status status = find_image(program, &path, err);
    if (status == HF_OK && hf__symbol_binary_open(path, &image, err) == HF_ERROR_FORMAT)
        status = HF_FAIL(err, HF_ERROR_INPUT, "%s is not a program for this machine: neither ELF nor a script that begins with #!", program);
    out->is_script = status == HF_OK && strcmp(path, program) != 0;
    if (status == HF_OK && image == NULL)
        status = choose(&self, HF_ATTACH_LINKED, "its file cannot be read");
    else if (status == HF_OK)
        status = choose_by_image(&self, path, image, wanted);
    hf__symbol_binary_close(image);
    hf__free(path);
    return status;
}

/* The linker treats spaces and colons in LD_PRELOAD as separators, and does not support quotes (ld.so(8)). The name is made once for each library and
 * kept, because it holds a descriptor. */
static void undo_lock(void *lock)
{
    hf__os_unlock(lock);
}

static char *preloadable(hf__run_attach_part part, char *path)
{
    static struct kept_name {
        char *path, *name;
    } names[HF_ATTACH_STEADY + 1];
    static uint32_t lock;
    struct kept_name *kept = &names[part];
    if (strpbrk(path, " :") == NULL)
        return path;

    hf_heap_guard guard;
    hf__os_lock(&lock);
    hf__heap_guard(&guard, undo_lock, &lock);
    if (kept->path == NULL || strcmp(kept->path, path) != 0) {
        char *new_path = hf__copy_string(path);
        kept->name = hf__heap_keep(hf__system_file_plain_name(path));
        kept->path = hf__heap_keep(new_path);
    }
    char *name = hf__copy_string(kept->name);
    hf__heap_drop_guard(&guard);
    hf__os_unlock(&lock);

    hf__free(path);
    return name;
}

/* In a build tree it is beside the tool; in an installation it is in the library folder next to the tool's folder. */
hf_status hf__run_attach_library(hf__run_attach_part part, char **out, hf_error *err)
{
    static const char *const folders[] = {"", "../" HF_LIBRARY_FOLDER "/", "../lib/"};
    static const char *const names[] = {
        [HF_ATTACH_SHIM] = "libhostfault-malloc.so", [HF_ATTACH_STEADY] = "libhostfault-steady.so", [HF_ATTACH_WATCHER] = "hostfault-trap"};
    static const char *const uses[] = {
        [HF_ATTACH_SHIM] = "unmodified programs", [HF_ATTACH_STEADY] = "--steady", [HF_ATTACH_WATCHER] = "--attach trap"};
    char *tool = NULL;
    *out = NULL;
    hf_status status = hf__system_program_path(&tool, err);
    if (status != HF_OK)
        return status;
    int length = (int)(name_of(tool) - tool);
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && *out == NULL; i++) {
        char *path = hf__format("%.*s%s%s", length, tool, folders[i], names[part]);
        if (hf__os_file_exists(path))
            *out = part == HF_ATTACH_WATCHER ? path : preloadable(part, path);
        else
            hf__free(path);
    }

    hf__free(tool);
    return *out != NULL ? HF_OK : HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s, which is for %s, is not beside hostfault", names[part], uses[part]);
}
