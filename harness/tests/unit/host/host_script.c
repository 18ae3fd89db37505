/*
 * The interpreter of host_script.h: one function per word, found in a table. Touches of memory are made with a SIGSEGV handler of the
 * test's own in place, which is how a program learns of access faults and of guard pages.
 */
#include "host_script.h"
#include "base_text.h"
#include "host.h"

#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define WORDS_MAX 6

typedef struct statement {
    script_state *state;
    char *words[WORDS_MAX];
    int count;
} statement;

static sigjmp_buf after_fault;
static volatile uintptr_t fault_address;
static volatile int fault_kind;

static void on_fault(int number, siginfo_t *info, void *context)
{
    long long error = ((ucontext_t *)context)->uc_mcontext.gregs[REG_ERR];
    (void)number;
    fault_address = (uintptr_t)info->si_addr;
    fault_kind = (error & 16) != 0 ? 8 : (error & 2) != 0 ? 1 : 0;
    siglongjmp(after_fault, 1);
}

/* Once: a program that sets its handler again puts it in front of the host's, which then sees no guard pages. */
static void install_handler(void)
{
    static int installed;
    if (installed++ != 0)
        return;
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    sigaction(SIGSEGV, &action, NULL);
}

/* "B+1000" near B, NULL, or PTR. */
static void name_address(const script_state *state, uintptr_t address, char *out, size_t capacity)
{
    uintptr_t offset = address - state->base;
    if (address == 0)
        snprintf(out, capacity, "NULL");
    else if (state->base != 0 && offset < 0x100000)
        snprintf(out, capacity, offset == 0 ? "B" : "B+%zx", (size_t)offset);
    else
        snprintf(out, capacity, "PTR");
}

static void answer(script_state *state, const char *text)
{
    snprintf(state->answer, sizeof state->answer, "%s", text);
}

static int code_here(void)
{
    return 1;
}

static uintptr_t address_of(const statement *s, const char *word)
{
    extern const char __executable_start;
    if (strcmp(word, "null") == 0)
        return 0;
    if (strcmp(word, "image") == 0)
        return (uintptr_t)&__executable_start;
    if (strcmp(word, "text") == 0)
        return (uintptr_t)code_here;
    if (strcmp(word, "stack") == 0)
        return (uintptr_t)__builtin_frame_address(0);
    if (word[0] != 'B')
        return strtoull(word, NULL, 16);
    uintptr_t offset = word[1] != '\0' ? strtoull(word + 2, NULL, 16) : 0;
    return word[1] == '-' ? s->state->base - offset : s->state->base + offset;
}

static size_t number_of(const char *word)
{
    return strtoull(word, NULL, 16);
}

static const struct {
    const char *word;
    DWORD value;
} flags[] = {
    {"reserve", MEM_RESERVE},
    {"commit", MEM_COMMIT},
    {"reset", MEM_RESET},
    {"reset-undo", MEM_RESET_UNDO},
    {"top-down", MEM_TOP_DOWN},
    {"write-watch", MEM_WRITE_WATCH},
    {"physical", MEM_PHYSICAL},
    {"large-pages", MEM_LARGE_PAGES},
    {"decommit", MEM_DECOMMIT},
    {"release", MEM_RELEASE},
    {"noaccess", PAGE_NOACCESS},
    {"readonly", PAGE_READONLY},
    {"readwrite", PAGE_READWRITE},
    {"writecopy", PAGE_WRITECOPY},
    {"execute", PAGE_EXECUTE},
    {"execute-read", PAGE_EXECUTE_READ},
    {"execute-readwrite", PAGE_EXECUTE_READWRITE},
    {"execute-writecopy", PAGE_EXECUTE_WRITECOPY},
    {"guard", PAGE_GUARD},
    {"nocache", PAGE_NOCACHE},
    {"writecombine", PAGE_WRITECOMBINE},
};

static DWORD flags_of(const char *words)
{
    DWORD value = 0;
    char copy[96];
    char *rest = copy;
    snprintf(copy, sizeof copy, "%s", words);
    for (char *word = strsep(&rest, "|"); word != NULL; word = strsep(&rest, "|")) {
        DWORD named = 0;
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
            named |= strcmp(flags[i].word, word) == 0 ? flags[i].value : 0;
        value |= named != 0 ? named : (DWORD)number_of(word);
    }
    return value;
}

static void do_alloc(statement *s)
{
    void *got = NULL;
    script_state *state = s->state;
    state->error = hf__host_alloc((void *)address_of(s, s->words[1]), number_of(s->words[2]), flags_of(s->words[3]), flags_of(s->words[4]), &got);
    state->last = (uintptr_t)got;
    name_address(state, state->last, state->answer, sizeof state->answer);
}

static void do_base(statement *s)
{
    do_alloc(s);
    s->state->base = s->state->last;
}

/* A mebibyte that is free but for the time between; B is 256 KiB into it. */
static void do_hole(statement *s)
{
    void *got = NULL;
    (void)hf__host_alloc(NULL, 0x100000, MEM_RESERVE, PAGE_NOACCESS, &got);
    (void)hf__host_free(got, 0, MEM_RELEASE);
    s->state->base = (uintptr_t)got + 0x40000;
}

/* A view of 64 KiB of a file, readable and writable. */
static void do_view(statement *s)
{
    int file = memfd_create("view", 0);
    void *view = ftruncate(file, 0x10000) == 0 ? mmap(NULL, 0x10000, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    close(file);
    s->state->base = view != MAP_FAILED ? (uintptr_t)view : 0;
}

static void finish(script_state *state, DWORD error)
{
    state->error = error;
    answer(state, error == 0 ? "TRUE" : "FALSE");
}

static void do_free(statement *s)
{
    finish(s->state, hf__host_free((void *)address_of(s, s->words[1]), number_of(s->words[2]), flags_of(s->words[3])));
}

static void do_protect(statement *s)
{
    finish(s->state, hf__host_protect((void *)address_of(s, s->words[1]), number_of(s->words[2]), flags_of(s->words[3]), &s->state->old));
}

static void do_protect_null(statement *s)
{
    finish(s->state, hf__host_protect((void *)address_of(s, s->words[1]), number_of(s->words[2]), flags_of(s->words[3]), NULL));
}

static void do_old(statement *s)
{
    snprintf(s->state->answer, sizeof s->state->answer, "%x", (unsigned)s->state->old);
}

static const char *state_name(DWORD value)
{
    return value == MEM_COMMIT ? "COMMIT" : value == MEM_RESERVE ? "RESERVE" : value == MEM_FREE ? "FREE" : "?";
}

static const char *type_name(DWORD value)
{
    return value == MEM_PRIVATE ? "PRIVATE" : value == MEM_IMAGE ? "IMAGE" : value == MEM_MAPPED ? "MAPPED" : value == 0 ? "0" : "?";
}

/* False with the answer set if the query failed. */
static size_t query(statement *s, MEMORY_BASIC_INFORMATION *told, size_t length)
{
    size_t bytes = hf__host_query((void *)address_of(s, s->words[1]), told, length, &s->state->error);
    snprintf(s->state->answer, sizeof s->state->answer, "%zu", bytes);
    return bytes;
}

static void do_query(statement *s)
{
    MEMORY_BASIC_INFORMATION told;
    char base[24], allocation[24], size[24];
    size_t bytes = query(s, &told, sizeof told);
    if (bytes == 0)
        return;
    name_address(s->state, (uintptr_t)told.BaseAddress, base, sizeof base);
    name_address(s->state, (uintptr_t)told.AllocationBase, allocation, sizeof allocation);
    snprintf(size, sizeof size, told.State == MEM_FREE ? "(free)" : "%zx", told.RegionSize);
    snprintf(s->state->answer, sizeof s->state->answer, "%zu base=%s abase=%s aprot=%x size=%s state=%s prot=%x type=%s", bytes, base, allocation,
             (unsigned)told.AllocationProtect, size, state_name(told.State), (unsigned)told.Protect, type_name(told.Type));
}

static void do_query_kind(statement *s)
{
    MEMORY_BASIC_INFORMATION told;
    size_t bytes = query(s, &told, sizeof told);
    if (bytes != 0)
        snprintf(s->state->answer, sizeof s->state->answer, "%zu aprot=%x state=%s prot=%x type=%s", bytes, (unsigned)told.AllocationProtect,
                 state_name(told.State), (unsigned)told.Protect, type_name(told.Type));
}

static void do_query_state(statement *s)
{
    MEMORY_BASIC_INFORMATION told;
    (void)query(s, &told, sizeof told);
}

static void do_query_length(statement *s)
{
    MEMORY_BASIC_INFORMATION told;
    (void)query(s, &told, number_of(s->words[2]));
}

static void do_query_null(statement *s)
{
    (void)query(s, NULL, sizeof(MEMORY_BASIC_INFORMATION));
}

/* Touches under the test's handler; true if that faulted, with the answer set. */
#define TOUCH(state, touch)                                                                                                                          \
    do {                                                                                                                                             \
        if (sigsetjmp(after_fault, 1) == 0) {                                                                                                        \
            touch;                                                                                                                                   \
        } else {                                                                                                                                     \
            char where_[24];                                                                                                                         \
            name_address(state, fault_address, where_, sizeof where_);                                                                               \
            snprintf((state)->answer, sizeof(state)->answer, "EXC op=%d addr=%s", fault_kind, where_);                                               \
        }                                                                                                                                            \
    } while (0)

static void do_read(statement *s)
{
    const volatile unsigned char *at = (const volatile unsigned char *)address_of(s, s->words[1]);
    s->state->error = 0;
    TOUCH(s->state, snprintf(s->state->answer, sizeof s->state->answer, "ok value=%02x", (unsigned)*at));
}

static void do_write(statement *s)
{
    volatile unsigned char *at = (volatile unsigned char *)address_of(s, s->words[1]);
    s->state->error = 0;
    answer(s->state, "ok");
    TOUCH(s->state, *at = (unsigned char)number_of(s->words[2]));
}

/* pre: the page begins with a return instruction. */
static void do_exec(statement *s)
{
    void (*code)(void);
    uintptr_t at = address_of(s, s->words[1]);
    memcpy(&code, &at, sizeof code);
    s->state->error = 0;
    answer(s->state, "ok");
    TOUCH(s->state, code());
}

static void do_low16(statement *s)
{
    snprintf(s->state->answer, sizeof s->state->answer, "ok, low16=%x", (unsigned)(s->state->last & 0xFFFF));
}

static void do_above(statement *s)
{
    answer(s->state, s->state->last > s->state->base ? "yes" : "no");
}

static const struct {
    const char *word;
    int count;
    void (*run)(statement *s);
} words[] = {
    {"alloc", 5, do_alloc},
    {"B=alloc", 5, do_base},
    {"hole", 1, do_hole},
    {"view", 1, do_view},
    {"free", 4, do_free},
    {"protect", 4, do_protect},
    {"protect-null", 4, do_protect_null},
    {"old", 1, do_old},
    {"query", 2, do_query},
    {"query-kind", 2, do_query_kind},
    {"query-state", 2, do_query_state},
    {"query-length", 3, do_query_length},
    {"query-null", 2, do_query_null},
    {"read", 2, do_read},
    {"write", 3, do_write},
    {"exec", 2, do_exec},
    {"low16", 1, do_low16},
    {"above", 1, do_above},
};

static void run_statement(script_state *state, char *text)
{
    statement s = {.state = state};
    for (char *word = strsep(&text, " "); word != NULL && s.count < WORDS_MAX; word = strsep(&text, " ")) {
        if (word[0] != '\0')
            s.words[s.count++] = word;
    }
    answer(state, "?");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (s.count == words[i].count && strcmp(s.words[0], words[i].word) == 0)
            words[i].run(&s);
    }
}

void script_run(script_state *state, const char *script)
{
    char copy[512];
    char *rest = copy;
    install_handler();
    snprintf(copy, sizeof copy, "%s", script);
    for (char *text = strsep(&rest, ";"); text != NULL; text = strsep(&rest, ";"))
        run_statement(state, text);
}
