/* SPDX-License-Identifier: MIT
 * How to attach the shim to a program, according to its file: a complete file, files with changed headers, and truncated files.
 */
#include "run_test.h"
#include "run_attach.h"
#include "os_file.h"
#include "system_process.h"

#include <elf.h>
#include <link.h>
#include <unistd.h>

TestSuite(run_attach, .timeout = 120);

typedef struct image {
    char *bytes;
    size_t size_bytes;
} image;

static image read_image(const char *path)
{
    const void *map = NULL;
    uint64_t size_bytes = 0;
    cr_assert(eq(int, hf__os_map_read(path, &map, &size_bytes, NULL), HF_OK));
    image out = {.bytes = hf__allocate(size_bytes, 1), .size_bytes = (size_t)size_bytes};
    memcpy(out.bytes, map, out.size_bytes);
    hf__os_unmap(map, size_bytes);
    return out;
}

static ElfW(Ehdr) * header_of(const image *of)
{
    return (ElfW(Ehdr) *)(void *)of->bytes;
}

static ElfW(Phdr) * loader_of(const image *of)
{
    ElfW(Phdr) *headers = (ElfW(Phdr) *)(void *)(of->bytes + header_of(of)->e_phoff);
    size_t i = 0;
    while (i < header_of(of)->e_phnum && headers[i].p_type != PT_INTERP)
        i++;
    cr_assert(lt(sz, i, header_of(of)->e_phnum));
    return &headers[i];
}

static void leave(image *of)
{
    (void)of;
}

static void be_of_another_machine(image *of)
{
    header_of(of)->e_machine = header_of(of)->e_machine == EM_AARCH64 ? EM_X86_64 : EM_AARCH64;
}

static void be_static(image *of)
{
    loader_of(of)->p_type = PT_NULL;
}

static void be_of_musl(image *of)
{
    static const char loader[] = "/lib/ld-musl.so.1";
    cr_assert(le(sz, sizeof loader, loader_of(of)->p_filesz));
    memcpy(of->bytes + loader_of(of)->p_offset, loader, sizeof loader);
    loader_of(of)->p_filesz = sizeof loader;
}

static void be_no_program(image *of)
{
    header_of(of)->e_type = ET_REL;
}

static void be_cut(image *of)
{
    of->size_bytes = sizeof(ElfW(Ehdr)) / 2;
}

static void be_text(image *of)
{
    static const char text[] = "just text\n";
    memcpy(of->bytes, text, sizeof text);
    of->size_bytes = sizeof text - 1;
}

static const struct {
    const char *label;
    void (*change)(image *of);
    const char *wanted;
    hf_status status;
    int how;
    const char *says;
} files[] = {
    {"a dynamic program", leave, NULL, HF_OK, HF_ATTACH_PRELOAD, "neither the program nor its libraries"},
    {"the same, asked for", leave, "preload", HF_OK, HF_ATTACH_PRELOAD, "asked for"},
    {"the same, said to be linked", leave, "linked", HF_OK, HF_ATTACH_LINKED, "asked for"},
    {"a word that is none", leave, "sometimes", HF_ERROR_INPUT, 0, "not 'sometimes'"},
    {"another machine", be_of_another_machine, NULL, HF_ERROR_INPUT, 0, "which the shim is not built for"},
    {"without a loader", be_static, NULL, HF_ERROR_INPUT, 0,
     "linked statically, so no library can be loaded under it; its system calls can be watched (--attach trap)"},
    {"with musl's loader", be_of_musl, NULL, HF_ERROR_INPUT, 0, "the C library musl"},
    {"from outside", leave, "trap", HF_OK, HF_ATTACH_TRAP, "asked for"},
    {"without a loader, from outside", be_static, "trap", HF_OK, HF_ATTACH_TRAP, "asked for"},
    {"with musl's loader, from outside", be_of_musl, "trap", HF_OK, HF_ATTACH_TRAP, "asked for"},
    {"another machine, from outside", be_of_another_machine, "trap", HF_ERROR_INPUT, 0, "whose system calls are not watched here"},
    {"an object file", be_no_program, NULL, HF_ERROR_INPUT, 0, "not a program for this machine"},
    {"half a header", be_cut, NULL, HF_ERROR_INPUT, 0, "not a program for this machine"},
    {"no ELF at all", be_text, NULL, HF_ERROR_INPUT, 0, "not a program for this machine"},
};
HF_ROWS(run_attach, is_chosen_by_the_file, files)
{
    static const char *const environment[] = {NULL};
    if (files[*number].how == HF_ATTACH_TRAP && hf__system_refuses_to_watch() != 0)
        cr_skip_test("this system does not let calls be watched");
    char *folder = make_folder();
    char *path = hf__format("%s/program", folder);
    image of = read_image(HF_HELPER_PROGRAM);
    files[*number].change(&of);
    cr_assert(eq(int, hf__system_file_write(path, of.bytes, of.size_bytes, NULL), HF_OK));
    cr_assert(eq(int, chmod(path, 0755), 0));

    hf__run_attach_choice choice;
    hf_error err = {.message = ""};
    hf_status status = hf__run_attach_choose(path, environment, files[*number].wanted, &choice, &err);
    const char *said = status == HF_OK ? choice.why : err.message;
    cr_assert(eq(int, status, files[*number].status), "%s: %s", files[*number].label, said);
    cr_assert(ne(ptr, strstr(said, files[*number].says), NULL), "%s: %s", files[*number].label, said);
    if (status == HF_OK)
        cr_assert(eq(int, (int)choice.how, files[*number].how), "%s", files[*number].label);

    hf__free(of.bytes);
    hf__free(path);
    remove_folder(folder);
}

Test(run_attach, a_program_with_the_mark_is_linked_unless_preload_is_asked_for)
{
    static const char *const environment[] = {NULL};
    hf__run_attach_choice choice;
    cr_assert(eq(int, hf__run_attach_choose(HF_MARKED_PROGRAM, environment, "auto", &choice, NULL), HF_OK));
    cr_assert(eq(int, (int)choice.how, HF_ATTACH_LINKED));
    cr_assert(eq(int, hf__run_attach_choose(HF_MARKED_PROGRAM, environment, "preload", &choice, NULL), HF_OK));
    cr_assert(eq(int, (int)choice.how, HF_ATTACH_PRELOAD));
}

Test(run_attach, a_script_is_what_its_interpreter_is)
{
    static const char *const environment[] = {NULL};
    char *folder = make_folder();
    char *path = hf__format("%s/script", folder);
    /* A first line knows no quotes, and the tree may be built in a folder with a space in its name. */
    char *interpreter = hf__format("%s/interpreter", folder);
    cr_assert(eq(int, symlink(HF_HELPER_PROGRAM, interpreter), 0));
    char *text = hf__format("#! %s with words\n", interpreter);
    write_file(path, text, 0755);
    hf__run_attach_choice choice;
    cr_assert(eq(int, hf__run_attach_choose(path, environment, NULL, &choice, NULL), HF_OK));
    cr_assert(eq(int, (int)choice.how, HF_ATTACH_PRELOAD));
    cr_assert(choice.is_script);
    hf__free(text);
    hf__free(interpreter);
    hf__free(path);
    remove_folder(folder);
}

/* Every piece of the front of a program, where its headers are, is answered: refused in words, or chosen for if all that is asked about is there. */
Test(run_attach, pieces_of_a_program_are_answered)
{
    static const char *const environment[] = {NULL};
    char *folder = make_folder();
    char *path = hf__format("%s/piece", folder);
    image of = read_image(HF_HELPER_PROGRAM);
    size_t refused = 0;
    write_file(path, "", 0755);
    for (size_t length = 1; length < 1024; length += 7) {
        hf__run_attach_choice choice = {.why = ""};
        hf_error err = {.message = ""};
        cr_assert(eq(int, hf__system_file_write(path, of.bytes, length, NULL), HF_OK));
        hf_status status = hf__run_attach_choose(path, environment, NULL, &choice, &err);
        cr_assert(ne(str, status == HF_OK ? choice.why : err.message, text_of("")), "%zu bytes", length);
        refused += status != HF_OK;
    }
    cr_assert(gt(sz, refused, sizeof(ElfW(Ehdr)) / 7));
    hf__free(of.bytes);
    hf__free(path);
    remove_folder(folder);
}
