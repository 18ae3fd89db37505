/* SPDX-License-Identifier: MIT
 * Stacks and modules on Windows. The system unwinds one frame, by the tables of 64-bit code. Which frames to unwind is decided here: for code without
 * tables (programs in Go) the system's own walk assumes a leaf function and continues over arbitrary stack contents, and its faults go to the
 * program's handlers first. Such code is unwound by frame pointers, as long as they lead upwards through the stack and back into images. A module is
 * identified by its mapped headers: link time, size and checksum serve as its build id.
 */
#include "os_stack.h"
#include "base_text.h"
#include "os_text_windows.h"

#include <psapi.h>
#include <string.h>

#include "base_poison.h"

/* The largest number of our own frames between the unwinder and the caller. */
#define OWN_FRAMES 24u
#define FRAMES_MAX (OWN_FRAMES + 64u)

/* The part of the thread's stack that is in use or may be. */
typedef struct stack_bounds {
    uintptr_t low, high;
} stack_bounds;

static bool is_on_stack(const stack_bounds *stack, uintptr_t address, size_t bytes)
{
    return address % sizeof(void *) == 0 && address >= stack->low && address <= stack->high - bytes;
}

static bool is_in_image(uintptr_t address)
{
    MEMORY_BASIC_INFORMATION told;
    return VirtualQuery((const void *)address, &told, sizeof told) != 0 && told.State == MEM_COMMIT && told.Type == MEM_IMAGE;
}

static bool step_by_frame_pointer(CONTEXT *at, const stack_bounds *stack)
{
    if (at->Rbp < at->Rsp || !is_on_stack(stack, (uintptr_t)at->Rbp, 2 * sizeof(uintptr_t)))
        return false;
    const uintptr_t *frame = (const uintptr_t *)(uintptr_t)at->Rbp;
    at->Rsp = at->Rbp + 2 * sizeof *frame;
    at->Rbp = frame[0];
    at->Rip = frame[1];
    return is_in_image((uintptr_t)at->Rip);
}

static bool step(CONTEXT *at, const stack_bounds *stack)
{
    DWORD64 base = 0, frame = 0;
    void *handler = NULL;
    if (!is_on_stack(stack, (uintptr_t)at->Rsp, sizeof(uintptr_t)))
        return false;
    PRUNTIME_FUNCTION function = RtlLookupFunctionEntry(at->Rip, &base, NULL);
    if (function == NULL)
        return step_by_frame_pointer(at, stack);
    (void)RtlVirtualUnwind(UNW_FLAG_NHANDLER, base, at->Rip, function, at, &handler, &frame, NULL);
    return at->Rip != 0;
}

static uint32_t walk(uint64_t *all, uint32_t capacity)
{
    ULONG_PTR low = 0, high = 0;
    GetCurrentThreadStackLimits(&low, &high);
    const stack_bounds stack = {low, high};
    CONTEXT at;
    RtlCaptureContext(&at);
    uint32_t count = 0;
    do
        all[count++] = at.Rip;
    while (count < capacity && step(&at, &stack));
    return count;
}

uint32_t hf__os_stack_take(uintptr_t first, uint64_t *frames, uint32_t capacity)
{
    uint64_t all[FRAMES_MAX];
    DWORD kept = GetLastError();
    uint32_t taken = walk(all, OWN_FRAMES + (capacity < 64 ? capacity : 64));
    SetLastError(kept);
    uint32_t begin = 0;
    while (begin < taken && all[begin] != first)
        begin++;
    if (begin == taken && first != 0 && capacity > 0) { /* not on the thread's own stack */
        frames[0] = first;
        return 1;
    }

    begin = begin < taken ? begin : 0;
    uint32_t count = taken - begin < capacity ? taken - begin : capacity;
    for (uint32_t i = 0; i < count; i++)
        frames[i] = all[begin + i];
    return count;
}

void hf__os_stack_prepare(void)
{
    uint64_t frames[4];
    hf__os_stack_take(0, frames, 4);
}

/* The headers of an image; NULL if that is none. */
static const IMAGE_NT_HEADERS *headers_of(const void *base)
{
    const IMAGE_DOS_HEADER *dos = base;
    if (dos->e_magic != IMAGE_DOS_SIGNATURE)
        return NULL;
    const IMAGE_NT_HEADERS *headers = (const IMAGE_NT_HEADERS *)(const void *)((const char *)base + dos->e_lfanew);
    return headers->Signature == IMAGE_NT_SIGNATURE ? headers : NULL;
}

static int describe(HMODULE module, hf_os_module *out)
{
    const IMAGE_NT_HEADERS *headers = headers_of(module);
    char path[4 * HF_WIDE_MAX];
    hf_wide wide;
    if (headers == NULL)
        return 0;

    memset(out, 0, sizeof *out);
    out->base = out->start = (uintptr_t)module;
    out->end = out->start + headers->OptionalHeader.SizeOfImage;
    DWORD length = GetModuleFileNameW(module, wide.text, HF_WIDE_MAX);
    size_t bytes = length > 0 && length < HF_WIDE_MAX ? hf__os_narrow_path(wide.text, path, sizeof path) : 0;
    const char *kept = bytes < HF_MODULE_PATH_MAX ? path : path + bytes - (HF_MODULE_PATH_MAX - 1);
    hf__text_copy(out->path, sizeof out->path, hf__text(bytes > 0 ? kept : ""));
    hf__builder build = hf__builder_init(out->build_id, sizeof out->build_id);
    hf__builder_print(&build, "%08lx%08lx%08lx", (unsigned long)headers->FileHeader.TimeDateStamp, (unsigned long)headers->OptionalHeader.SizeOfImage,
                      (unsigned long)headers->OptionalHeader.CheckSum);
    return 1;
}

int hf__os_module_at(uintptr_t address, hf_os_module *out)
{
    DWORD kept = GetLastError();
    MEMORY_BASIC_INFORMATION told;
    bool is_image = VirtualQuery((const void *)address, &told, sizeof told) != 0 && told.State == MEM_COMMIT && told.Type == MEM_IMAGE;
    int found = is_image ? describe((HMODULE)told.AllocationBase, out) : 0;
    SetLastError(kept);
    return found;
}

#define MODULES_MAX 512u

void hf__os_modules(void (*each)(const hf_os_module *module, void *user), void *user)
{
    static HMODULE modules[MODULES_MAX];
    DWORD bytes = 0;
    if (!K32EnumProcessModules(GetCurrentProcess(), modules, sizeof modules, &bytes))
        return;
    for (size_t i = 0; i < MODULES_MAX && i < bytes / sizeof *modules; i++) {
        hf_os_module module;
        if (describe(modules[i], &module))
            each(&module, user);
    }
}

static uint64_t base_frames[64];
static uint32_t base_count;

void hf__os_stack_learn_base(void)
{
    base_count = hf__os_stack_take(0, base_frames, sizeof base_frames / sizeof base_frames[0]);
}

static const void *module_of(uint64_t pc)
{
    MEMORY_BASIC_INFORMATION told;
    bool found = VirtualQuery((const void *)(uintptr_t)(pc - 1), &told, sizeof told) != 0 && told.Type == MEM_IMAGE;
    return found ? told.AllocationBase : NULL;
}

/* How many frames at the outer end are those of the stack that was learnt: what lies below main, and main's own call if it is still the same. */
static uint32_t count_common(const uint64_t *frames, uint32_t count)
{
    uint32_t common = 0;
    while (common < count && common < base_count && frames[count - 1 - common] == base_frames[base_count - 1 - common])
        common++;
    return common;
}

/* The C library runs the handlers. Above what lies under main are then the program's own frames: one if main called exit() itself, or if it returned
 * (the start-up code, which is in the program, calls exit() then). exit() in the program's own module leaves frames that are taken for its own. */
void hf__os_stack_leaving(uintptr_t first, hf_os_leaving *out)
{
    uint64_t all[FRAMES_MAX];
    DWORD kept = GetLastError();
    uint32_t count = walk(all, FRAMES_MAX), begin = 0;
    *out = (hf_os_leaving){.count = 0};
    while (begin < count && all[begin] != first)
        begin++;
    const void *library = begin < count ? module_of(all[begin]) : NULL;
    bool is_apart = library != NULL && library != module_of((uintptr_t)count_common);
    while (is_apart && begin < count && module_of(all[begin]) == library)
        begin++;
    out->is_inside = is_apart && base_count != 0 && count - begin >= count_common(all + begin, count - begin) + 2;
    out->count = count - begin < HF_LEAVING_FRAMES ? count - begin : HF_LEAVING_FRAMES;
    memcpy(out->frames, all + begin, out->count * sizeof all[0]);
    SetLastError(kept);
}

/* Handlers of the program's are not watched here (os_fault.h). */
uint32_t hf__os_stack_interrupted(uint64_t *frames, uint32_t capacity)
{
    (void)frames;
    (void)capacity;
    return 0;
}
