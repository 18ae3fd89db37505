/*
 * Stacks and modules on Linux. The unwinder is libgcc's: it finds its tables through _dl_find_object, without a lock and without the
 * heap, so a stack can be taken inside any hosting call. A module's identity is read from its own mapped headers.
 *
 * A stack ends at the first frame that is in no module. Code that is made at run time has no tables, or tables that do not fit each of its
 * instructions: LuaJIT registers one FDE for all of its traces, whose stacks differ in size. libgcc then takes the wrong words for the frame before,
 * and calls abort() (gcc_unreachable in uw_update_context_1) or reads what is not mapped (the search for a signal frame).
 */
#include "os_stack.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#include "base_text.h"

#include "base_poison.h"

typedef struct stack_walk {
    uint64_t *frames;
    uint32_t capacity;
    uint32_t count;
} stack_walk;

static bool is_in_module(uintptr_t pc)
{
    struct dl_find_object found;
    return _dl_find_object((void *)pc, &found) == 0;
}

/* What it returns is looked at before the frame's own registers are restored, so nothing is worked out from a frame that has no tables. */
static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *user)
{
    stack_walk *walk = user;
    uintptr_t pc = _Unwind_GetIP(context);
    if (pc == 0)
        return _URC_END_OF_STACK;
    walk->frames[walk->count++] = pc;
    return walk->count == walk->capacity || !is_in_module(pc - 1) ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/* Frames of ours between the unwinder and the caller: at most so many. */
#define OWN_FRAMES 24

uint32_t hf__os_stack_take(uintptr_t first, uint64_t *frames, uint32_t capacity)
{
    uint64_t all[OWN_FRAMES + 64];
    stack_walk walk = {.frames = all, .capacity = OWN_FRAMES + (capacity < 64 ? capacity : 64)};
    _Unwind_Backtrace(take_frame, &walk);
    uint32_t begin = 0;
    while (begin < walk.count && all[begin] != first)
        begin++;
    if (begin == walk.count)
        begin = 0;
    uint32_t count = walk.count - begin;
    if (count > capacity)
        count = capacity;
    memcpy(frames, all + begin, count * sizeof frames[0]);
    return count;
}

void hf__os_stack_prepare(void)
{
    uint64_t frames[4];
    hf__os_stack_take(0, frames, 4);
}

static void put_hex(char *out, const unsigned char *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * count] = '\0';
}

/* Looks for the GNU build-id in one note segment. */
static bool read_build_id(const char *notes, size_t size, char *out)
{
    while (size >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, notes, sizeof note);
        size_t name = (note.n_namesz + 3u) & ~(size_t)3;
        size_t whole = sizeof note + name + ((note.n_descsz + 3u) & ~(size_t)3);
        if (whole > size)
            return false;
        if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && memcmp(notes + sizeof note, "GNU", 4) == 0) {
            put_hex(out, (const unsigned char *)notes + sizeof note + name, note.n_descsz < 20 ? note.n_descsz : 20);
            return true;
        }
        notes += whole;
        size -= whole;
    }
    return false;
}

static void describe(hf_os_module *out, uintptr_t base, const char *path, const ElfW(Phdr) * headers, size_t count)
{
    memset(out, 0, sizeof *out);
    out->base = base;
    out->start = UINTPTR_MAX;
    for (size_t i = 0; i < count; i++) {
        uintptr_t low = base + headers[i].p_vaddr;
        if (headers[i].p_type == PT_LOAD && low < out->start)
            out->start = low;
        if (headers[i].p_type == PT_LOAD && low + headers[i].p_memsz > out->end)
            out->end = low + headers[i].p_memsz;
        if (headers[i].p_type == PT_NOTE && out->build_id[0] == '\0')
            read_build_id((const char *)low, headers[i].p_memsz, out->build_id);
    }
    size_t length = strlen(path);
    const char *kept = length < HF_MODULE_PATH_MAX ? path : path + length - (HF_MODULE_PATH_MAX - 1);
    hf__text_copy(out->path, sizeof out->path, hf__text(kept));
}

/* The program's own link map has no name; the system keeps one for us. */
static const char *program_path(void)
{
    static char path[HF_MODULE_PATH_MAX];
    if (path[0] == '\0') {
        ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
        path[length > 0 ? length : 0] = '\0';
    }
    return path;
}

static const char *path_or_program(const char *path)
{
    return path != NULL && path[0] != '\0' ? path : program_path();
}

int hf__os_module_at(uintptr_t address, hf_os_module *out)
{
    struct dl_find_object found;
    if (_dl_find_object((void *)address, &found) != 0)
        return 0;
    const ElfW(Ehdr) *header = found.dlfo_map_start;
    if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return 0;
    const ElfW(Phdr) *headers = (const ElfW(Phdr) *)(const void *)((const char *)header + header->e_phoff);
    describe(out, found.dlfo_link_map->l_addr, path_or_program(found.dlfo_link_map->l_name), headers, header->e_phnum);
    return 1;
}

typedef struct module_visit {
    void (*each)(const hf_os_module *module, void *user);
    void *user;
} module_visit;

static int visit_module(struct dl_phdr_info *info, size_t size, void *user)
{
    (void)size;
    module_visit *visit = user;
    hf_os_module module;
    describe(&module, info->dlpi_addr, path_or_program(info->dlpi_name), info->dlpi_phdr, info->dlpi_phnum);
    visit->each(&module, visit->user);
    return 0;
}

void hf__os_modules(void (*each)(const hf_os_module *module, void *user), void *user)
{
    module_visit visit = {.each = each, .user = user};
    dl_iterate_phdr(visit_module, &visit);
}
