/* SPDX-License-Identifier: MIT
 * The interpreter of host_script.h: one function per word, found in a table.
 */
#include "host_script.h"
#include "base_text.h"
#include "host.h"
#include "host_flags.h"
#include "host_touch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS_MAX 6

typedef struct statement {
    script_state *state;
    char *words[WORDS_MAX];
    int count;
} statement;

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

static void do_alloc(statement *s)
{
    void *got = NULL;
    script_state *state = s->state;
    state->error = hf__host_alloc((void *)address_of(s, s->words[1]), number_of(s->words[2]), host_flags_parse(s->words[3]),
                                  host_flags_parse(s->words[4]), &got);
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
    finish(s->state, hf__host_free((void *)address_of(s, s->words[1]), number_of(s->words[2]), host_flags_parse(s->words[3])));
}

static void do_protect(statement *s)
{
    finish(s->state, hf__host_protect((void *)address_of(s, s->words[1]), number_of(s->words[2]), host_flags_parse(s->words[3]), &s->state->old));
}

static void do_protect_null(statement *s)
{
    finish(s->state, hf__host_protect((void *)address_of(s, s->words[1]), number_of(s->words[2]), host_flags_parse(s->words[3]), NULL));
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

/* Sets the answer: what was read, or the fault. */
static void finish_touch(script_state *state, host_touch touched, const char *done)
{
    char where[24];
    state->error = 0;
    name_address(state, touched.address, where, sizeof where);
    if (touched.faulted)
        snprintf(state->answer, sizeof state->answer, "EXC op=%u addr=%s", touched.kind, where);
    else
        answer(state, done);
}

static void do_read(statement *s)
{
    char text[24];
    host_touch touched = host_touch_read(address_of(s, s->words[1]));
    snprintf(text, sizeof text, "ok value=%02x", (unsigned)touched.value);
    finish_touch(s->state, touched, text);
}

static void do_write(statement *s)
{
    finish_touch(s->state, host_touch_write(address_of(s, s->words[1]), (uint8_t)number_of(s->words[2])), "ok");
}

/* pre: the page begins with a return instruction. */
static void do_exec(statement *s)
{
    finish_touch(s->state, host_touch_call(address_of(s, s->words[1])), "ok");
}

static void do_low16(statement *s)
{
    snprintf(s->state->answer, sizeof s->state->answer, "ok, low16=%x", (unsigned)(s->state->last & 0xFFFF));
}

static void do_above(statement *s)
{
    answer(s->state, s->state->last > s->state->base ? "yes" : "no");
}

static void do_high(statement *s)
{
    answer(s->state, s->state->last >= 0x7E0000000000u ? "yes" : "no");
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
    {"high", 1, do_high},
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
    host_touch_prepare();
    snprintf(copy, sizeof copy, "%s", script);
    for (char *text = strsep(&rest, ";"); text != NULL; text = strsep(&rest, ";"))
        run_statement(state, text);
}
