/* SPDX-License-Identifier: MIT
 * libhostfault-malloc.so: loaded before the program's own libraries (LD_PRELOAD), it replaces the malloc and map families, and joins the tool's
 * session before main. Without a session every call is passed straight on. The same happens in a program that is linked with the shim, such as one
 * that a script starts: that program joins by itself.
 *
 * Requests from constructors of the program's libraries, which the dynamic linker runs first, are not in the trace.
 */
#include "attach_call_posix.h"
#include "attach_next_posix.h"

#include <hostfault/hostfault.h>
#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

#include "base_poison.h"

static bool is_own(const struct dl_phdr_info *module)
{
    static const char here;
    for (size_t i = 0; i < module->dlpi_phnum; i++) {
        uintptr_t start = module->dlpi_addr + module->dlpi_phdr[i].p_vaddr;
        if (module->dlpi_phdr[i].p_type == PT_LOAD && (uintptr_t)&here - start < module->dlpi_phdr[i].p_memsz)
            return true;
    }
    return false;
}

static bool holds_mark(const char *notes, size_t size)
{
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, notes, sizeof note);
        size_t whole = sizeof note + ((note.n_namesz + 3u) & ~(size_t)3) + ((note.n_descsz + 3u) & ~(size_t)3);
        if (whole > size)
            return false;
        if (note.n_namesz == sizeof HF_SHIM_NOTE && memcmp(notes + sizeof note, HF_SHIM_NOTE, sizeof HF_SHIM_NOTE) == 0)
            return true;
        notes += whole;
        size -= whole;
    }
    return false;
}

static int find_mark(struct dl_phdr_info *module, size_t size, void *found)
{
    (void)size;
    for (size_t i = 0; i < module->dlpi_phnum && !is_own(module); i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        if (header->p_type == PT_NOTE && holds_mark((const char *)(module->dlpi_addr + header->p_vaddr), header->p_memsz))
            *(bool *)found = true;
    }
    return 0;
}

/* A malloc in the program's own file comes before every library's, and so before ours. A program at a fixed address that takes malloc's address has a
 * symbol with an address too, of its jump to ours: the symbol is of no section. */
static void say_whose_malloc(void)
{
    static const char here;
    Dl_info found, own;
    void *entry = NULL;
    const void *first = dlsym(RTLD_DEFAULT, "malloc");
    bool is_known = hf__shim_attached() && dladdr1(first, &found, &entry, RTLD_DL_SYMENT) != 0 && dladdr(&here, &own) != 0;
    const ElfW(Sym) *symbol = entry;
    bool is_jump = symbol != NULL && symbol->st_shndx == SHN_UNDEF;
    if (is_known && !is_jump && found.dli_fbase != own.dli_fbase)
        hf__os_complain("hostfault: this program contains its own malloc, so only its calls of mmap and related functions are seen\n");
}

static int note_linker(struct dl_phdr_info *module, size_t size, void *base)
{
    (void)size;
    if (module->dlpi_addr != *(const uintptr_t *)base)
        return 0;
    hf__attach_hook_linker.start = module->dlpi_addr;
    for (size_t i = 0; i < module->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &module->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && header->p_vaddr + header->p_memsz > hf__attach_hook_linker.size)
            hf__attach_hook_linker.size = header->p_vaddr + header->p_memsz;
    }
    return 1;
}

static void find_linker(void)
{
    uintptr_t base = getauxval(AT_BASE);
    if (base != 0 && dlsym(RTLD_DEFAULT, "__lsan_do_leak_check") != NULL)
        dl_iterate_phdr(note_linker, &base);
}

__attribute__((constructor(101))) static void join_session(void)
{
    bool is_linked = false;
    hf__attach_next_find();
    dl_iterate_phdr(find_mark, &is_linked);
    if (is_linked)
        return;
    hf__attach_hook_is_inside = 1;
    hf__shim_is_guest = true;
    hf__attach_hook_join();
    hf__attach_coverage_prepare();
    say_whose_malloc();
    find_linker();
    hf__attach_hook_is_inside = 0;
}
