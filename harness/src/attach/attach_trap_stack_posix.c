/* SPDX-License-Identifier: MIT
 * Where in the watched program a call comes from, told from outside while its thread waits in the call: the kernel gives the stack pointer
 * (/proc/PID/syscall), the stack is read from the program's memory, and what looks like a return address is taken for one.
 *
 * That is a word that points behind a call instruction in a file's code; where the instruction names what it calls, that must lie before the frame
 * before it, and not far. A stale word may still pass: a site has a frame too many then, the same in each run that does the same. Only on x86-64;
 * elsewhere, and where the program's memory may not be read, a stack is the call's own place.
 */
#include "attach_trap_posix.h"
#include "base_text.h"
#include "os_image_posix.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base_poison.h"

#define MAPS_BYTES ((size_t)1 << 20)
#define MODULES_MAX 256u
#define STACK_WORDS 1024u
#define FUNCTION_BYTES_MAX 65536u /* larger ones are rare; then a frame is missing */
#define CALL_BYTES_MAX 7u         /* call *disp32(base,index) */

typedef struct module {
    hf_os_module is;
    uintptr_t code_start, code_end;
} module;

static struct {
    pid_t process, thread;
    bool is_known;
    uint32_t count;
    module modules[MODULES_MAX];
    char maps[MAPS_BYTES];
} seen;

void hf__attach_trap_look_at(pid_t process)
{
    seen.process = seen.thread = process;
    seen.is_known = false;
}

void hf__attach_trap_look_at_thread(pid_t thread)
{
    seen.thread = thread;
}

void hf__attach_trap_look_again(void)
{
    seen.is_known = false;
}

static size_t read_memory(uintptr_t address, void *out, size_t size)
{
    struct iovec here = {out, size};
    struct iovec there = {(void *)address, size};
    ssize_t got = process_vm_readv(seen.process, &here, 1, &there, 1, 0);
    return got > 0 ? (size_t)got : 0;
}

/* A whole file of /proc, ended by a zero. */
static size_t read_proc(pid_t id, const char *name, char *out, size_t capacity)
{
    char path[64];
    hf__builder builder = hf__builder_init(path, sizeof path);
    hf__builder_print(&builder, "/proc/%ld/%s", (long)id, name);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t size = 0;
    ssize_t got = 0;
    while (file >= 0 && (got = read(file, out + size, capacity - 1 - size)) > 0)
        size += (size_t)got;
    if (file >= 0)
        (void)close(file);
    out[size] = '\0';
    return size;
}

#define FIELD_START_BRK 47u /* proc_pid_stat(5); the second field is a name, in parentheses, with anything in it */

uint64_t hf__attach_trap_start_of_break(void)
{
    char text[1024];
    (void)read_proc(seen.process, "stat", text, sizeof text);
    const char *at = strrchr(text, ')');
    for (unsigned field = 2; at != NULL && field < FIELD_START_BRK; field++)
        at = strchr(at + 1, ' ');
    return at != NULL ? strtoull(at + 1, NULL, 10) : 0;
}

/* Modules */

/* What the file's own headers say, which lie at the beginning of its first mapping. */
static void describe(hf_os_module *out)
{
    char page[4096];
    ElfW(Ehdr) head;
    size_t size = read_memory(out->start, page, sizeof page);
    memcpy(&head, page, sizeof head);
    if (size < sizeof head || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0)
        return;
    bool is_first = true;
    for (unsigned i = 0; i < head.e_phnum && head.e_phoff + (i + 1) * sizeof(ElfW(Phdr)) <= size; i++) {
        ElfW(Phdr) part;
        memcpy(&part, page + head.e_phoff + i * sizeof part, sizeof part);
        if (part.p_type == PT_LOAD && is_first)
            out->base = out->start - part.p_vaddr / 4096 * 4096;
        is_first = is_first && part.p_type != PT_LOAD;
        if (part.p_type == PT_LOAD && out->base + part.p_vaddr + part.p_memsz > out->end)
            out->end = out->base + part.p_vaddr + part.p_memsz;
        if (part.p_type == PT_NOTE && part.p_offset < size && part.p_filesz <= size - part.p_offset && out->build_id[0] == '\0')
            (void)hf__os_image_build_id(page + part.p_offset, part.p_filesz, out->build_id);
    }
}

/* "START-END rwxp OFFSET DEVICE INODE   /PATH" */
static void add_mapping(char *line)
{
    char *at = line;
    uintptr_t start = strtoull(at, &at, 16);
    uintptr_t end = *at == '-' ? strtoull(at + 1, &at, 16) : 0;
    const char *path = strchr(line, '/');
    bool is_code = end != 0 && at[0] == ' ' && at[3] == 'x';
    if (path == NULL || end == 0 || seen.count == MODULES_MAX)
        return;
    module *last = seen.count > 0 ? &seen.modules[seen.count - 1] : NULL;
    size_t length = strlen(path);
    const char *kept = length < HF_MODULE_PATH_MAX ? path : path + length - (HF_MODULE_PATH_MAX - 1);
    if (last == NULL || strcmp(last->is.path, kept) != 0) {
        last = &seen.modules[seen.count++];
        *last = (module){.is = {.base = start, .start = start}};
        hf__text_copy(last->is.path, sizeof last->is.path, hf__text(kept));
    }
    last->is.end = end;
    if (is_code && last->code_end == 0)
        last->code_start = start;
    last->code_end = is_code ? end : last->code_end;
}

static void learn(void)
{
    if (seen.is_known)
        return;
    seen.count = 0;
    (void)read_proc(seen.process, "maps", seen.maps, sizeof seen.maps);
    for (char *line = seen.maps; *line != '\0';) {
        char *end = strchr(line, '\n');
        if (end == NULL)
            break;
        *end = '\0';
        add_mapping(line);
        line = end + 1;
    }
    for (uint32_t i = 0; i < seen.count; i++)
        describe(&seen.modules[i].is);
    seen.is_known = true;
}

static const module *module_of(uintptr_t address)
{
    for (uint32_t i = 0; i < seen.count; i++) {
        if (address >= seen.modules[i].is.start && address < seen.modules[i].is.end)
            return &seen.modules[i];
    }
    return NULL;
}

int hf__attach_trap_module_at(uintptr_t address, hf_os_module *out)
{
    learn();
    const module *found = module_of(address);
    if (found != NULL)
        *out = found->is;
    return found != NULL;
}

/* Stacks */

/* Where the waiting thread's stack ends: "NUMBER ARGUMENTS... STACK PC". 0: it may not be looked at. */
static uintptr_t stack_pointer(void)
{
    char text[256];
    size_t length = read_proc(seen.thread, "syscall", text, sizeof text);
    while (length > 0 && text[length - 1] == '\n')
        text[--length] = '\0';
    char *pc = strrchr(text, ' ');
    if (pc == NULL)
        return 0;
    *pc = '\0';
    const char *stack = strrchr(text, ' ');
    return stack != NULL ? strtoull(stack, NULL, 16) : 0;
}

static bool is_code(uintptr_t address)
{
    const module *in = module_of(address);
    return in != NULL && address >= in->code_start + CALL_BYTES_MAX && address < in->code_end;
}

/* Is there a call instruction before the address that may have called the function at `inner`? Opcodes E8 (32-bit offset) and FF /2 (Intel SDM,
 * CALL). */
static bool follows_call(uintptr_t address, uintptr_t inner)
{
#if defined(__x86_64__)
    unsigned char bytes[CALL_BYTES_MAX];
    if (read_memory(address - sizeof bytes, bytes, sizeof bytes) != sizeof bytes)
        return false;
    const unsigned char *end = bytes + sizeof bytes;
    if (end[-5] == 0xE8) {
        int32_t offset = 0;
        memcpy(&offset, end - 4, sizeof offset);
        uintptr_t called = address + (uintptr_t)(intptr_t)offset;
        if (module_of(called) == module_of(inner) && called <= inner && inner - called < FUNCTION_BYTES_MAX)
            return true;
        return module_of(called) != NULL && module_of(called) == module_of(address) &&
               module_of(address) != module_of(inner); /* by a linkage table */
    }
    for (unsigned length = 2; length <= CALL_BYTES_MAX; length++) {
        if (end[-(int)length] == 0xFF && (end[-(int)length + 1] & 0x38) == 0x10)
            return true;
    }
#else
    (void)address;
    (void)inner;
#endif
    return false;
}

uint32_t hf__attach_trap_take_stack(uintptr_t pc, uint64_t *addresses, uint32_t capacity)
{
    static uint64_t words[STACK_WORDS];
    uint32_t count = 0;
    learn();
    if (capacity > 0)
        addresses[count++] = pc;
    uintptr_t stack = stack_pointer();
    size_t found = stack != 0 ? read_memory(stack, words, sizeof words) / sizeof words[0] : 0;
    for (size_t i = 0; i < found && count < capacity; i++) {
        if (is_code(words[i]) && follows_call(words[i], addresses[count - 1]))
            addresses[count++] = words[i];
    }
    return count;
}
