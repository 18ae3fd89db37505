/* SPDX-License-Identifier: MIT
 * Coverage counters of a process that ends in another way than by exit(): by _exit or a signal. gcov and LLVM write them in a handler of exit()
 * alone, and what writes them cannot be looked up by the dynamic linker: it is hidden in each module. So it is looked up in the symbol table of the
 * module's file.
 */
#include "attach_call_posix.h"
#include "os_file.h"
#include "os_last.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base_poison.h"

typedef struct image {
    const char *bytes;
    uint64_t size;
    uintptr_t base;
} image;

static const void *part(const image *of, uint64_t offset, uint64_t size)
{
    return offset <= of->size && size <= of->size - offset ? of->bytes + offset : NULL;
}

static bool writes_counters(const char *name)
{
    return strcmp(name, "__gcov_exit") == 0 || strcmp(name, "__llvm_profile_write_file") == 0;
}

static void call_writers(const image *of, const ElfW(Shdr) * table, const ElfW(Shdr) * texts)
{
    const ElfW(Sym) *symbols = part(of, table->sh_offset, table->sh_size);
    const char *names = part(of, texts->sh_offset, texts->sh_size);
    if (symbols == NULL || names == NULL || texts->sh_size == 0 || names[texts->sh_size - 1] != '\0')
        return;
    for (size_t i = 0; i < table->sh_size / sizeof *symbols; i++) {
        bool is_function = (symbols[i].st_info & 0xF) == STT_FUNC && symbols[i].st_shndx != SHN_UNDEF && symbols[i].st_name < texts->sh_size;
        if (is_function && writes_counters(names + symbols[i].st_name))
            ((void (*)(void))(of->base + symbols[i].st_value))(); /* NOLINT(performance-no-int-to-ptr) */
    }
}

static void write_counters_of(const image *of)
{
    const ElfW(Ehdr) *head = part(of, 0, sizeof *head);
    if (head == NULL || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0 || head->e_shentsize != sizeof(ElfW(Shdr)))
        return;
    const ElfW(Shdr) *sections = part(of, head->e_shoff, (uint64_t)head->e_shnum * sizeof *sections);
    for (size_t i = 0; sections != NULL && i < head->e_shnum; i++) {
        if (sections[i].sh_type == SHT_SYMTAB && sections[i].sh_link < head->e_shnum)
            call_writers(of, &sections[i], &sections[sections[i].sh_link]);
    }
}

static int visit(struct dl_phdr_info *module, size_t size, void *unused)
{
    const void *map = NULL;
    (void)size;
    (void)unused;
    image of = {.base = module->dlpi_addr};
    if (hf__os_map_read(module->dlpi_name[0] != '\0' ? module->dlpi_name : "/proc/self/exe", &map, &of.size, NULL) != HF_OK)
        return 0;
    of.bytes = map;
    write_counters_of(&of);
    return 0;
}

/* In a copy of the process: none of its requests is the program's. */
static void write_counters(void)
{
    hf__attach_hook_is_inside = 1;
    hf__os_store_u32(&hf__attach_hook_follows, 0);
    (void)dl_iterate_phdr(visit, NULL);
}

/* dlsym gives back what it remembered of an earlier failure: that is no call of the program's. */
static void *find_next(const char *name)
{
    uint8_t was_inside = hf__attach_hook_is_inside;
    hf__attach_hook_is_inside = 1;
    void *next = dlsym(RTLD_NEXT, name);
    hf__attach_hook_is_inside = was_inside;
    return next;
}

static bool is_asked_for;
static void (*next_exit)(int);

void hf__attach_coverage_prepare(void)
{
    is_asked_for = hf__os_environment("HF_COVERAGE") != NULL;
    if (is_asked_for)
        hf__os_before_death(write_counters);
}

/* What gcov and LLVM do in exit() asks for memory too, and takes a refusal badly; their handlers were there before main, so this one comes before
 * them, and after the program's. */
static int (*program_main)(int, char **, char **);

static int run_main(int count, char **arguments, char **environment)
{
    (void)atexit(hf_pause);
    return program_main(count, arguments, environment);
}

typedef int start_main(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void), void (*)(void), void *);

start_main hf__hook_start HF_HOOK_NAMED("__libc_start_main");
/* NOLINTNEXTLINE(readability-function-size): glibc's __libc_start_main */
int hf__hook_start(int (*to_run)(int, char **, char **), int count, char **arguments, void (*first)(void), void (*last)(void), void (*loader)(void),
                   void *stack)
{
    start_main *next = NULL;
    *(void **)&next = find_next("__libc_start_main");
    program_main = to_run;
    return next(is_asked_for ? run_main : to_run, count, arguments, first, last, loader, stack);
}

/* A child of vfork leaves by it as well, in the memory of its parent, whose counters are not to be written twice. */
static bool is_own_memory(void)
{
    return !hf__shim_attached() || hf__os_load_u32(&hf__shim.session.control->claimed) == (uint32_t)hf__os_process_id();
}

_Noreturn void hf__hook_exit(int status) HF_HOOK_NAMED("_exit");
_Noreturn void hf__hook_exit(int status)
{
    if (is_asked_for && is_own_memory())
        hf__os_in_copy(write_counters);
    is_asked_for = false;
    if (next_exit == NULL)
        *(void **)&next_exit = find_next("_exit");
    if (next_exit != NULL)
        next_exit(status);
    for (;;)
        (void)syscall(SYS_exit_group, status);
}

_Noreturn void hf__hook_exit_c(int status) HF_HOOK_NAMED("_Exit");
_Noreturn void hf__hook_exit_c(int status)
{
    hf__hook_exit(status);
}
