/* SPDX-License-Identifier: MIT
 * What a thread waits for, by the futex that it sleeps in (/proc/PID/task/TID/syscall) and what stands there.
 *
 * glibc's pthread_mutex_t begins with the lock word, an int beside it, and the owner's thread id; a mutex that is robust or inherits priority has the
 * owner in the lock word itself, and so has musl's. pthread_join sleeps in the word that the kernel clears when a thread ends, and holds its id until
 * then; that futex alone is not private to the process, since the kernel wakes it.
 */
#include "symbol_wait.h"

#include "base_text.h"

#include <linux/futex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fcntl.h>

#include "base_poison.h"

enum { LOCK, COUNT, OWNER, USERS, KIND, WORDS }; /* of glibc's mutex, each an int */
#define CONTENDED 2                              /* the lock word of one that somebody waits for */
#define KIND_BITS 0x3ff                          /* PTHREAD_MUTEX_ types and what glibc keeps with them */

typedef struct futex_wait {
    uint64_t address;
    uint32_t operation, value;
} futex_wait;

static size_t read_small(const char *folder, int64_t process, int64_t thread, char *buffer, size_t capacity)
{
    char path[96];
    (void)snprintf(path, sizeof path, "/proc/%lld/task/%lld/%s", (long long)process, (long long)thread, folder);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, buffer, capacity - 1) : 0;
    if (file >= 0)
        close(file);
    buffer[got > 0 ? got : 0] = '\0';
    return got > 0 ? (size_t)got : 0;
}

/* "202 0x5570 0x80 0x2 0x0 ...": the number of the call and its arguments. */
static bool read_futex(int64_t process, int64_t thread, futex_wait *out)
{
    char text[256];
    char *at = text;
    if (read_small("syscall", process, thread, text, sizeof text) == 0 || strtol(at, &at, 10) != SYS_futex)
        return false;
    out->address = strtoull(at, &at, 16);
    out->operation = (uint32_t)strtoull(at, &at, 16);
    out->value = (uint32_t)strtoull(at, &at, 16);
    return out->address != 0;
}

static bool read_words(int64_t process, uint64_t address, int32_t words[WORDS])
{
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%lld/mem", (long long)process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    size_t size_bytes = WORDS * sizeof words[0];
    bool done = file >= 0 && pread(file, words, size_bytes, (off_t)address) == (ssize_t)size_bytes;
    if (file >= 0)
        close(file);
    return done;
}

static bool is_thread_of(int64_t process, int64_t thread)
{
    char path[64];
    struct stat facts;
    (void)snprintf(path, sizeof path, "/proc/%lld/task/%lld", (long long)process, (long long)thread);
    return thread > 0 && stat(path, &facts) == 0;
}

/* A mutex whose holder has ended: no thread has its id any more, so the rest of the mutex must be as glibc leaves one that is held. */
static bool is_lost(const futex_wait *futex, const int32_t words[WORDS])
{
    return futex->value == CONTENDED && words[LOCK] == CONTENDED && words[OWNER] > 0 && words[USERS] == 1 && (words[KIND] & ~KIND_BITS) == 0;
}

/* The variable that holds an address. What is not in a file (.bss) is in no module for libdwfl, so the symbols are asked. */
typedef struct search {
    uint64_t address, offset;
    const char *name; /* NULL: not found */
} search;

static int search_module(Dwfl_Module *module, void **unused, const char *path, Dwarf_Addr base, void *user)
{
    (void)unused, (void)path;
    search *self = user;
    int count = self->address >= base ? dwfl_module_getsymtab(module) : 0;
    for (int i = 1; i < count && self->name == NULL; i++) {
        GElf_Sym symbol;
        GElf_Addr at = 0;
        const char *name = dwfl_module_getsym_info(module, i, &symbol, &at, NULL, NULL, NULL);
        bool holds = name != NULL && GELF_ST_TYPE(symbol.st_info) == STT_OBJECT && self->address >= at && self->address - at < symbol.st_size;
        self->name = holds ? name : NULL;
        self->offset = holds ? self->address - at : 0;
    }
    return self->name != NULL ? DWARF_CB_ABORT : DWARF_CB_OK;
}

static void name_object(Dwfl *dwfl, uint64_t address, hf__symbol_wait *out)
{
    search found = {.address = address};
    hf__builder text = hf__builder_init(out->name, sizeof out->name);
    (void)dwfl_getmodules(dwfl, search_module, &found, 0);
    if (found.name == NULL)
        hf__builder_print(&text, "at 0x%llx", (unsigned long long)address);
    else if (found.offset == 0)
        hf__builder_print(&text, "%s", found.name);
    else
        hf__builder_print(&text, "%s+%llu", found.name, (unsigned long long)found.offset);
}

void hf__symbol_wait_look(Dwfl *dwfl, int64_t process, int64_t thread, hf__symbol_wait *out)
{
    futex_wait futex;
    int32_t words[WORDS];
    *out = (hf__symbol_wait){.kind = HF_WAIT_NONE};
    if (!read_futex(process, thread, &futex) || !read_words(process, futex.address, words))
        return;
    uint32_t command = futex.operation & (uint32_t)FUTEX_CMD_MASK;
    int64_t in_word = (int64_t)((uint32_t)words[LOCK] & FUTEX_TID_MASK);
    bool is_private = (futex.operation & FUTEX_PRIVATE_FLAG) != 0;
    bool is_lock = command == FUTEX_WAIT || command == FUTEX_LOCK_PI;
    if (!is_private && (int64_t)futex.value == in_word && is_thread_of(process, in_word) && in_word != thread)
        *out = (hf__symbol_wait){.kind = HF_WAIT_THREAD, .holder = in_word};
    else if (is_lock && words[LOCK] != 0 && is_thread_of(process, in_word))
        *out = (hf__symbol_wait){.kind = HF_WAIT_MUTEX, .holder = in_word};
    else if (is_lock && words[LOCK] != 0 && is_thread_of(process, words[OWNER]))
        *out = (hf__symbol_wait){.kind = HF_WAIT_MUTEX, .holder = words[OWNER]};
    else if (is_lock && is_lost(&futex, words))
        *out = (hf__symbol_wait){.kind = HF_WAIT_LOST, .holder = words[OWNER]};
    if (out->kind == HF_WAIT_MUTEX || out->kind == HF_WAIT_LOST)
        name_object(dwfl, futex.address, out);
}
