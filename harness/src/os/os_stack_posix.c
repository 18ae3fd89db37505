/* SPDX-License-Identifier: MIT
 * Stacks and modules on Linux. libgcc unwinds; it finds its tables through os_image_posix.h, with glibc without a lock, and without the heap. So a
 * stack can be taken inside any hosting call. A module is identified by its own mapped headers.
 *
 * A stack ends at the first frame outside all modules. Code generated at run time has no unwind tables, or tables that are wrong for some of its
 * instructions: LuaJIT registers one FDE for all its traces, whose frames differ in size. libgcc then reads the wrong words as the previous frame and
 * calls abort() (gcc_unreachable in uw_update_context_1), or reads unmapped memory (the search for a signal frame).
 */
#include "os_stack.h"
#include "os_image_posix.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

#include "base_check.h"
#include "base_text.h"
#include "os_atomic.h"
#include "os_thread.h"

#include "base_poison.h"

typedef struct stack_walk {
    uint64_t *frames;
    uint32_t capacity;
    uint32_t count;
    uint32_t interrupted; /* the frame that a signal interrupted; 0: none */
    uint64_t below;       /* the stack pointer in the last frame */
    uint64_t context;     /* where the kernel left the state of what was interrupted */
    uint64_t *ends;       /* NULL, or for each frame the stack pointer in it: its return address was stored below */
} stack_walk;

static bool is_in_module(uintptr_t pc)
{
    hf__os_image found;
    return hf__os_image_at(pc, &found);
}

/* The unwinder checks this function's result before it restores the frame's registers, so it never evaluates a frame
 * without unwind tables (gcc 12, libgcc/unwind.inc, _Unwind_Backtrace). */
static _Unwind_Reason_Code take_frame(struct _Unwind_Context *context, void *user)
{
    stack_walk *walk = user;
    int is_where_it_was = 0;
    uintptr_t pc = _Unwind_GetIPInfo(context, &is_where_it_was);
    if (pc == 0)
        return _URC_END_OF_STACK;
    if (is_where_it_was != 0 && walk->count > 0 && walk->interrupted == 0) {
        walk->interrupted = walk->count;
        walk->context = walk->below;
    }
    walk->below = _Unwind_GetCFA(context);
    if (walk->ends != NULL)
        walk->ends[walk->count] = walk->below;
    walk->frames[walk->count++] = pc;
    return walk->count == walk->capacity || !is_in_module(pc - 1) ? _URC_END_OF_STACK : _URC_NO_REASON;
}

/* The largest number of our own frames between the unwinder and the caller. */
#define OWN_FRAMES 24

/* Stacks that this thread had before.
 *
 * The unwinder takes about 200 ns a frame, and a program that asks for memory in a loop has the same stack each time. That is seen by looking at its
 * return addresses where they lie: if the innermost is the same at the same place, that frame's caller is where it was, and so on outwards. It is
 * only in a function with a frame of varying size (alloca) that the next return address may lie elsewhere, while a stale copy of it is still at the
 * old place. */
#if defined(__x86_64__)
#define KEPT_STACKS 8u
#define KEPT_FRAMES 32u

typedef struct kept_stack {
    uint32_t count; /* 0: none */
    uint32_t capacity;
    uint64_t frames[KEPT_FRAMES];
    uint64_t ends[KEPT_FRAMES];
} kept_stack;

static HF_THREAD_LOCAL kept_stack kept_stacks[KEPT_STACKS];
static HF_THREAD_LOCAL uint32_t kept_busy; /* a signal handler on this thread must not use them now */

static uint64_t word_below(uint64_t end)
{
    uint64_t word = 0;
    memcpy(&word, (const char *)(uintptr_t)end - sizeof word, sizeof word);
    return word;
}

/* The stack pointer where `first` returns to, by the frame pointers of our own frames, which all have them (hf_layers.cmake). 0: not found. */
static uint64_t find_end(const void *own_frame, uint64_t first)
{
    uint64_t frame = (uintptr_t)own_frame;
    for (unsigned i = 0; i < OWN_FRAMES && first != 0; i++) {
        uint64_t end = frame + 2 * sizeof frame;
        uint64_t next = word_below(end - sizeof frame);
        if (word_below(end) == first)
            return end;
        if (next <= frame || next - frame > 65536)
            return 0;
        frame = next;
    }
    return 0;
}

static kept_stack *kept_place(uint64_t first, uint64_t end)
{
    return &kept_stacks[((first >> 2) ^ (end >> 4)) % KEPT_STACKS];
}

/* Copies the kept stack with this innermost frame, if there is one and it is unchanged. 0: there is none. */
static uint32_t take_kept(uint64_t first, uint64_t end, uint64_t *frames, uint32_t capacity)
{
    const kept_stack *kept = kept_place(first, end);
    if (kept_busy != 0 || kept->count == 0 || kept->frames[0] != first || kept->ends[0] != end || kept->capacity != capacity)
        return 0;
    for (uint32_t i = 0; i < kept->count; i++) {
        if (word_below(kept->ends[i]) != kept->frames[i])
            return 0;
        frames[i] = kept->frames[i];
    }
    return kept->count;
}

/* Where a frame was interrupted by a signal its address is not on the stack: such a stack is not kept. */
static void keep_stack(uint64_t end, const uint64_t *frames, const uint64_t *ends, uint32_t count, uint32_t capacity)
{
    if (kept_busy != 0 || count == 0 || count > KEPT_FRAMES || ends[0] != end)
        return;
    for (uint32_t i = 0; i < count; i++) {
        if (word_below(ends[i]) != frames[i])
            return;
    }
    kept_busy = 1;
    hf__os_signal_fence();
    kept_stack *kept = kept_place(frames[0], end);
    kept->count = count;
    kept->capacity = capacity;
    memcpy(kept->frames, frames, count * sizeof frames[0]);
    memcpy(kept->ends, ends, count * sizeof ends[0]);
    hf__os_signal_fence();
    kept_busy = 0;
}
#else
static uint64_t find_end(const void *own_frame, uint64_t first)
{
    (void)own_frame;
    (void)first;
    return 0;
}
static uint32_t take_kept(uint64_t first, uint64_t end, uint64_t *frames, uint32_t capacity)
{
    (void)first;
    (void)end;
    (void)frames;
    (void)capacity;
    return 0;
}
static void keep_stack(uint64_t end, const uint64_t *frames, const uint64_t *ends, uint32_t count, uint32_t capacity)
{
    (void)end;
    (void)frames;
    (void)ends;
    (void)count;
    (void)capacity;
}
#endif

uint32_t hf__os_stack_take(uintptr_t first, uint64_t *frames, uint32_t capacity)
{
    uint64_t all[OWN_FRAMES + 64], ends[OWN_FRAMES + 64];
    uint64_t end = find_end(__builtin_frame_address(0), first);
    uint32_t known = end != 0 ? take_kept(first, end, frames, capacity) : 0;
    if (known != 0)
        return known;

    stack_walk walk = {.frames = all, .ends = ends, .capacity = OWN_FRAMES + (capacity < 64 ? capacity : 64)};
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
    if (end != 0)
        keep_stack(end, all + begin, ends + begin, count, capacity);
    return count;
}

static uint64_t base_frames[64];
static uint32_t base_count;

void hf__os_stack_learn_base(void)
{
    base_count = hf__os_stack_take(0, base_frames, HF_COUNT_OF(base_frames));
}

/* How many frames at the outer end are those of the stack that was learnt: what lies below main, and main's own call if it is still the same. */
static uint32_t count_common(const uint64_t *frames, uint32_t count)
{
    uint32_t common = 0;
    while (common < count && common < base_count && frames[count - 1 - common] == base_frames[base_count - 1 - common])
        common++;
    return common;
}

static uintptr_t module_of(uint64_t pc)
{
    hf__os_image found;
    return hf__os_image_at((uintptr_t)(pc - 1), &found) ? found.start : 0;
}

/* Above exit() and its caller in libc, and below what lies under main, are the program's own frames: one if main called exit() itself, none, or one
 * of libc's, if it returned. */
static bool is_inside(const uint64_t *frames, uint32_t count)
{
    uintptr_t libc = module_of(frames[0]);
    uint32_t end = count - count_common(frames, count), own = 0;
    for (uint32_t i = 2; i < end; i++)
        own += libc == module_of((uintptr_t)is_inside) || module_of(frames[i]) != libc; /* a static libc is the program's own module */
    return own >= 2;
}

/* The interrupted state that the kernel saved (the architecture's struct ucontext) describes the trap. There is a siginfo only for handlers that
 * asked for one. A division by zero is trap 0, and so is no trap at all: that one is not told. */
#if defined(__x86_64__)
enum { TRAP_AT = 200, ADDRESS_AT = 216, TRAP_OPCODE = 6, TRAP_PROTECTION = 13, TRAP_PAGE = 14 };

static void read_signal(uint64_t context, hf_os_leaving *out)
{
    uint64_t trap = 0;
    memcpy(&trap, (const void *)(uintptr_t)(context + TRAP_AT), sizeof trap);
    out->signal = trap == TRAP_PAGE || trap == TRAP_PROTECTION ? SIGSEGV : trap == TRAP_OPCODE ? SIGILL : 0;
    out->has_address = trap == TRAP_PAGE;
    if (out->has_address)
        memcpy(&out->address, (const void *)(uintptr_t)(context + ADDRESS_AT), sizeof out->address);
}
#else
static void read_signal(uint64_t context, hf_os_leaving *out)
{
    (void)context;
    (void)out;
}
#endif

/* The first two frames are libc's: what runs the handlers, and exit. */
#define EXIT_FRAMES 2u

void hf__os_stack_leaving(uintptr_t first, hf_os_leaving *out)
{
    uint64_t all[OWN_FRAMES + 64];
    stack_walk walk = {.frames = all, .capacity = HF_COUNT_OF(all)};
    *out = (hf_os_leaving){.count = 0};
    _Unwind_Backtrace(take_frame, &walk);
    uint32_t begin = 0;
    while (begin < walk.count && all[begin] != first)
        begin++;
    if (walk.count - begin <= EXIT_FRAMES)
        return;
    out->is_inside = is_inside(all + begin, walk.count - begin);
    begin += EXIT_FRAMES;
    if (walk.interrupted > begin)
        read_signal(walk.context, out);
    if (out->signal != 0) {
        begin = walk.interrupted;
        all[begin]++;
    }

    out->count = walk.count - begin < HF_LEAVING_FRAMES ? walk.count - begin : HF_LEAVING_FRAMES;
    memcpy(out->frames, all + begin, out->count * sizeof all[0]);
}

uint32_t hf__os_stack_interrupted(uint64_t *frames, uint32_t capacity)
{
    uint64_t all[OWN_FRAMES + 64];
    stack_walk walk = {.frames = all, .capacity = HF_COUNT_OF(all)};
    _Unwind_Backtrace(take_frame, &walk);
    if (walk.interrupted == 0 || walk.interrupted >= walk.count)
        return 0;
    all[walk.interrupted]++;
    uint32_t count = walk.count - walk.interrupted < capacity ? walk.count - walk.interrupted : capacity;
    memcpy(frames, all + walk.interrupted, count * sizeof all[0]);
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

bool hf__os_image_build_id(const char *notes, size_t size, char out[41])
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
            (void)hf__os_image_build_id((const char *)low, headers[i].p_memsz, out->build_id);
    }
    size_t length = strlen(path);
    const char *kept = length < HF_MODULE_PATH_MAX ? path : path + length - (HF_MODULE_PATH_MAX - 1);
    hf__text_copy(out->path, sizeof out->path, hf__text(kept));
}

/* The program's own link map has no name (dl_iterate_phdr(3)); the system provides its path. */
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
    hf__os_image found;
    if (!hf__os_image_at(address, &found) || found.headers == NULL)
        return 0;
    describe(out, found.bias, path_or_program(found.name), found.headers, found.header_count);
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
