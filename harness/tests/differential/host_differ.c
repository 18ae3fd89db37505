/* SPDX-License-Identifier: MIT
 * One side of the differential test: runs sequences of random calls on the host of the system that it was built for, and writes one line for each
 * call: the call, the state before, the result, a hash of everything that VirtualQuery and the memory itself show afterwards, and the number of
 * superfluous pieces in VirtualQuery's answers.
 * The same source is built for Linux and for Windows; differential.py compares the outputs.
 *
 * Sequences depend only on the seed and the model, never on the host's answers, so both sides draw the same ones. With a script, the
 * calls come from its lines. With `states`, the hashed data follows the hash.
 */
#include "base_random.h"
#include "host.h"
#include "host_move.h"
#include "host_touch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where neither system puts anything by itself. */
#define WINDOW ((uintptr_t)0x180000000000u)
#define PAGES_USED 192u
#define STEPS 200u

typedef struct side {
    FILE *out;
    uint64_t seed, sequence, draws;
    bool tells_states;
    model model;
    host_place place;
    uint64_t hash;
    unsigned joined;    /* reserved stretches that follow each other in one allocation and should have been told of as one */
    char states[16384]; /* what the hash is made of */
    size_t states_length;
} side;

static uint64_t draw(void *user, uint64_t below)
{
    side *s = user;
    return hf__random(s->seed, s->sequence + 1, s->draws++) % below;
}

static void note(side *s, const char *text)
{
    s->hash = hf__hash(s->hash, text, strlen(text));
    if (s->tells_states && s->states_length < sizeof s->states)
        s->states_length += (size_t)snprintf(s->states + s->states_length, sizeof s->states - s->states_length, "    %s\n", text);
}

static bool is_readable(const MEMORY_BASIC_INFORMATION *told)
{
    return told->State == MEM_COMMIT && (told->Protect & (PAGE_GUARD | PAGE_NOACCESS)) == 0;
}

/* The first byte of each readable page; one that MEM_RESET gave up may hold anything. */
static void note_contents(side *s, const MEMORY_BASIC_INFORMATION *told, uintptr_t end)
{
    char text[2 * PAGES_USED + 1];
    size_t length = 0;
    for (uintptr_t at = (uintptr_t)told->BaseAddress; at < end && length + 2 < sizeof text; at += MODEL_PAGE) {
        uint64_t offset = host_place_offset(&s->place, at);
        bool is_lost = offset < MODEL_BYTES && s->model.pages[offset / MODEL_PAGE].is_reset;
        length += (size_t)snprintf(text + length, sizeof text - length, is_lost ? "--" : "%02x", (unsigned)*(const volatile uint8_t *)at);
    }
    text[length] = '\0';
    note(s, text);
}

static bool query(uintptr_t at, MEMORY_BASIC_INFORMATION *told)
{
    DWORD error;
    return hf__host_query((const void *)at, told, sizeof *told, &error) == sizeof *told;
}

/* One stretch, with those that follow it if all of them are reserved by one allocation. */
static bool query_whole(side *s, uintptr_t at, MEMORY_BASIC_INFORMATION *told)
{
    MEMORY_BASIC_INFORMATION next;
    bool got = query(at, told);
    while (got && told->State == MEM_RESERVE && query(at + told->RegionSize, &next) && next.State == MEM_RESERVE &&
           next.AllocationBase == told->AllocationBase) {
        told->RegionSize += next.RegionSize;
        s->joined++;
    }
    return got;
}

/* What is told of [from, end), stretch by stretch. */
static void note_range(side *s, uintptr_t from, uintptr_t end)
{
    while (from < end) {
        MEMORY_BASIC_INFORMATION told;
        char text[160], base[32], allocation[32];
        if (!query_whole(s, from, &told)) {
            note(s, "query failed");
            return;
        }
        uintptr_t to = from + told.RegionSize < end ? from + told.RegionSize : end;
        host_place_print(&s->place, (uintptr_t)told.BaseAddress, base, sizeof base);
        host_place_print(&s->place, (uintptr_t)told.AllocationBase, allocation, sizeof allocation);
        snprintf(text, sizeof text, "%s size=%llx abase=%s aprot=%x state=%x prot=%x type=%x", base, (unsigned long long)(to - from), allocation,
                 (unsigned)told.AllocationProtect, (unsigned)told.State, (unsigned)told.Protect, (unsigned)told.Type);
        note(s, text);
        if (is_readable(&told))
            note_contents(s, &told, to);
        from = to;
    }
}

static void note_all(side *s)
{
    s->hash = HF_HASH_START;
    s->joined = 0;
    s->states_length = 0;
    note_range(s, s->place.window, s->place.window + PAGES_USED * MODEL_PAGE);
    for (unsigned i = 0; i < HOST_SLOT_COUNT; i++) {
        const model_page *page = &s->model.pages[(HOST_SLOTS + i * HOST_SLOT_BYTES) / MODEL_PAGE];
        size_t pages = 0;
        while (page->region != 0 && page[pages].region == page->region)
            pages++;
        if (s->place.slots[i] != 0 && pages != 0)
            note_range(s, s->place.slots[i], s->place.slots[i] + pages * MODEL_PAGE);
    }
}

/* What a range is made of, in a word: the states of its pages (F free, R reserved, C committed) in the order they are first seen, + if it is not all
 * of one allocation, or leaves a slot (what is beyond one differs), and n if it begins in one that was reserved without caching. */
static void describe(const side *s, const host_move *move, char *out)
{
    uintptr_t at = host_place_address(&s->place, move), end = at + (uintptr_t)move->size;
    MEMORY_BASIC_INFORMATION told = {0};
    char seen[8] = "";
    bool is_slot = move->offset >= HOST_SLOTS, crosses = false, is_uncached = false;
    end = end <= at || end - at > MODEL_BYTES ? at + 1 : end;
    while (at < end && !move->is_absolute && !move->is_new) {
        void *allocation = told.AllocationBase;
        bool is_first = seen[0] == '\0';
        if (!query(at, &told))
            break;
        crosses = crosses || (!is_first && told.AllocationBase != allocation);
        if (is_slot && crosses)
            break;
        is_uncached = is_first ? (told.AllocationProtect & PAGE_NOCACHE) != 0 : is_uncached;
        char letter = told.State == MEM_FREE ? 'F' : told.State == MEM_RESERVE ? 'R' : 'C';
        if (strchr(seen, letter) == NULL)
            seen[strlen(seen)] = letter;
        at = (uintptr_t)told.BaseAddress + told.RegionSize;
    }
    snprintf(out, 16, "%.7s%s%s", seen[0] != '\0' ? seen : "-", crosses ? "+" : "", is_uncached ? "n" : "");
}

static void print_answer(const side *s, const host_move *move, const host_answer *answer, char *out, size_t capacity)
{
    char at[32] = "NULL";
    if (answer->faulted)
        snprintf(out, capacity, "EXC op=%u", (unsigned)answer->result);
    else if (move->kind == MOVE_READ)
        snprintf(out, capacity, "%02x", (unsigned)answer->result);
    else if (answer->error != 0)
        snprintf(out, capacity, "%u", (unsigned)answer->error);
    else if (move->kind == MOVE_ALLOC) {
        host_place_print(&s->place, s->place.window + (uintptr_t)answer->result, at, sizeof at);
        snprintf(out, capacity, "%s", at);
    } else
        snprintf(out, capacity, move->kind == MOVE_PROTECT ? "ok old=%x" : "ok", (unsigned)answer->result);
}

/* Is the answer to a read worth nothing? */
static bool is_lost(const side *s, const host_move *move)
{
    return move->kind == MOVE_READ && !move->is_absolute && s->model.pages[move->offset / MODEL_PAGE].is_reset;
}

static void step(side *s, unsigned number, const host_move *move)
{
    char statement[200], before[16], answer_text[48];
    host_move_print(move, statement, sizeof statement);
    describe(s, move, before);
    host_answer answer = host_move_run(&s->place, move);
    if (is_lost(s, move) && !answer.faulted)
        answer.result = 0;
    (void)host_move_predict(&s->model, move);
    print_answer(s, move, &answer, answer_text, sizeof answer_text);
    note_all(s);
    fprintf(s->out, "%llu.%u\t%s\t%s\t%s\t%016llx\t%u\n", (unsigned long long)s->sequence, number, statement, before, answer_text,
            (unsigned long long)s->hash, s->joined);
    if (s->tells_states)
        fprintf(s->out, "%.*s", (int)(s->states_length < sizeof s->states ? s->states_length : sizeof s->states - 1), s->states);
}

/* Everything is given back, whatever a failed call left. */
static void clear(side *s)
{
    for (uintptr_t at = s->place.window; at < s->place.window + PAGES_USED * MODEL_PAGE;) {
        MEMORY_BASIC_INFORMATION told;
        if (!query(at, &told))
            break;
        if (told.State != MEM_FREE)
            (void)hf__host_free(told.AllocationBase, 0, MEM_RELEASE);
        at += told.RegionSize;
    }
    for (unsigned i = 0; i < HOST_SLOT_COUNT; i++) {
        if (s->place.slots[i] != 0)
            (void)hf__host_free((void *)s->place.slots[i], 0, MEM_RELEASE);
    }
}

static void begin(side *s, uint64_t sequence)
{
    s->sequence = sequence;
    s->draws = 0;
    s->place = (host_place){.window = WINDOW};
    memset(&s->model, 0, sizeof s->model);
    s->model.limit = UINT32_MAX;
}

static void run_sequence(side *s, uint64_t sequence)
{
    host_source source = {.draw = draw, .user = s, .pages = PAGES_USED, .has_places = true};
    begin(s, sequence);
    for (unsigned i = 0; i < STEPS; i++) {
        host_move move = host_move_draw(&source, &s->model);
        step(s, i, &move);
    }
    clear(s);
}

static int run_script(side *s, const char *path)
{
    char line[256];
    FILE *script = fopen(path, "rb");
    if (script == NULL)
        return 2;
    begin(s, 0);
    for (unsigned i = 0; fgets(line, sizeof line, script) != NULL; i++) {
        host_move move;
        if (!host_move_parse(line, &move)) {
            fprintf(stderr, "line %u is no call: %s", i + 1, line);
            fclose(script);
            return 2;
        }
        step(s, i, &move);
    }
    fclose(script);
    clear(s);
    return 0;
}

int main(int argc, char **argv)
{
    static side s;
    bool is_script = argc >= 4 && strcmp(argv[2], "script") == 0;
    if (argc < 5 && !is_script) {
        fprintf(stderr, "usage: host_differ OUT SEED FIRST-SEQUENCE SEQUENCES | OUT script FILE [states]\n");
        return 2;
    }
    s.out = fopen(argv[1], "wb");
    if (s.out == NULL)
        return 2;
    host_touch_prepare();
    int result = 0;
    if (is_script) {
        s.tells_states = argc > 4;
        result = run_script(&s, argv[3]);
    } else {
        s.seed = strtoull(argv[2], NULL, 10);
        uint64_t first = strtoull(argv[3], NULL, 10), count = strtoull(argv[4], NULL, 10);
        for (uint64_t i = first; i < first + count; i++)
            run_sequence(&s, i);
    }
    return fclose(s.out) == 0 ? result : 2;
}
