/* SPDX-License-Identifier: MIT
 * Turns scripts into session files. Each word is a row of a table; an unknown word fails the test.
 */
#include "scene.h"
#include "base_text.h"
#include "trace_builder.h"
#include "trace_reader.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <hostfault/expect.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 24
#define INVALID_ADDRESS ((HRESULT)0x800701E7) /* HRESULT_FROM_WIN32(487) */
#define POISON 0x66600000u

enum { RULE_OOM, RULE_E_FAIL, RULE_LOOSE, RULE_LIE, RULE_POISON, RULE_OTHER, RULE_MARK, RULE_COUNT };

typedef struct player {
    trace_builder builder;
    uint32_t thread, faults;
    uint64_t pc, clock, took;
    uint64_t frames[7];
    uint8_t frame_count;
    bool paused, started;
    int rule; /* -1: by the way it went */
} player;

/* How a call went. */
typedef struct manner {
    const char *word;
    HRESULT hr, host_hr;
    uint8_t flags;
    int rule;
    bool keeps_out;
    bool unanswered;
} manner;

static const manner manners[] = {
    {"", S_OK, S_OK, HF_CALL_FORWARDED, -1, true, false},
    {"fail", E_OUTOFMEMORY, S_OK, HF_CALL_INJECTED, RULE_OOM, false, false},
    {"e-fail", E_FAIL, S_OK, HF_CALL_INJECTED, RULE_E_FAIL, false, false},
    {"e-fail-loose", E_FAIL, S_OK, HF_CALL_INJECTED, RULE_LOOSE, false, false},
    {"done", HOST_E_TIMEOUT, S_OK, HF_CALL_INJECTED | HF_CALL_FORWARDED, RULE_OOM, false, false},
    {"poison", E_OUTOFMEMORY, S_OK, HF_CALL_INJECTED, RULE_POISON, false, false},
    {"null", S_OK, S_OK, HF_CALL_INJECTED, RULE_LIE, false, false},
    {"lie", S_OK, S_OK, HF_CALL_INJECTED, RULE_LIE, true, false},
    {"delay", S_OK, S_OK, HF_CALL_INJECTED | HF_CALL_FORWARDED, RULE_OTHER, true, false},
    {"mark", S_OK, S_OK, HF_CALL_INJECTED | HF_CALL_FORWARDED, RULE_MARK, true, false},
    {"s-false", S_FALSE, S_OK, HF_CALL_INJECTED | HF_CALL_FORWARDED, RULE_LIE, true, false},
    {"refuse", INVALID_ADDRESS, INVALID_ADDRESS, HF_CALL_FORWARDED, -1, false, false},
    {"invalid", E_INVALIDARG, E_INVALIDARG, HF_CALL_FORWARDED, -1, false, false},
    {"sticky", HOST_E_CLRNOTAVAILABLE, S_OK, HF_CALL_STICKY, -1, false, false},
    {"handler", S_OK, S_OK, HF_CALL_FORWARDED | HF_CALL_SIGNAL, -1, true, false},
    {"unanswered", S_OK, S_OK, 0, -1, false, true},
};

/* What a word records: arguments go to the fields named, `out` is the address or page of the first argument. */
typedef struct verb {
    const char *word;
    hf_method method;
    uint32_t type;
    bool names_address, names_out, has_size, types_itself;
} verb;

static const verb verbs[] = {
    {"reserve", HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE, false, true, true, false},
    {"map", HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE | MEM_COMMIT, false, true, true, false},
    {"reserve-at", HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE, true, true, true, false},
    {"commit", HF_METHOD_VIRTUAL_ALLOC, MEM_COMMIT, true, true, true, false},
    {"reset", HF_METHOD_VIRTUAL_ALLOC, MEM_RESET, true, true, true, false},
    {"large", HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE | MEM_COMMIT | MEM_LARGE_PAGES, false, true, true, false},
    {"release", HF_METHOD_VIRTUAL_FREE, MEM_RELEASE, true, false, true, false},
    {"decommit", HF_METHOD_VIRTUAL_FREE, MEM_DECOMMIT, true, false, true, false},
    {"free-type", HF_METHOD_VIRTUAL_FREE, 0, true, false, false, true},
    {"protect", HF_METHOD_VIRTUAL_PROTECT, 0, true, false, true, false},
    {"query", HF_METHOD_VIRTUAL_QUERY, 0, true, false, true, false},
    {"load", HF_METHOD_GET_MEMORY_LOAD, 0, false, false, false, false},
    {"manager", HF_METHOD_GET_HOST_MANAGER, 0, false, true, false, false},
    {"heap", HF_METHOD_CREATE_MALLOC, 0, false, false, false, true},
    {"alloc", HF_METHOD_MALLOC_ALLOC, 0, false, true, true, false},
    {"resize", HF_METHOD_MALLOC_ALLOC, 0, true, true, true, false},
    {"free", HF_METHOD_MALLOC_FREE, 0, true, false, false, false},
};

static uint64_t number(const char *word)
{
    char *end = NULL;
    uint64_t value = strtoull(word, &end, 16);
    bool whole = *end == '\0' && end != word;
    cr_assert(whole, "not a number: %s", word);
    return value;
}

static void make_room(player *self)
{
    size_t used = self->started ? (size_t)((char *)self->builder.next - self->builder.bytes - self->builder.chunks_offset) % HF_CHUNK_BYTES : 0;
    if (!self->started || used == 0 || used > HF_CHUNK_BYTES - 8 * HF_SLOT_BYTES)
        builder_thread(&self->builder, self->thread);
    self->started = true;
}

static uint64_t out_of(const verb *verb_, const manner *how, uint64_t first)
{
    if (how->rule == RULE_POISON && verb_->names_out)
        return POISON;
    if (!how->keeps_out || !verb_->names_out)
        return verb_->method == HF_METHOD_CREATE_MALLOC && how->keeps_out ? 0x5000 : 0;
    return first;
}

static void play_call(player *self, const manner *how, const verb *verb_, const char *const *arguments, size_t count)
{
    uint64_t first = count > 0 ? number(arguments[0]) : 0, second = count > 1 ? number(arguments[1]) : 0;
    hf_slot_main slot = {.kind = (uint8_t)verb_->method, .type = verb_->type, .hr = how->hr, .host_hr = how->host_hr, .pc = self->pc};
    slot.flags = (uint8_t)((how->flags & ~HF_CALL_INJECTED) | (self->paused ? HF_CALL_PAUSED : 0));
    slot.address = verb_->names_address ? first : 0;
    slot.size = verb_->has_size ? second : 0;
    slot.type = verb_->types_itself ? (uint32_t)(count > 1 ? second : first) : slot.type;
    slot.out = out_of(verb_, how, first);
    slot.start = self->clock;
    slot.state = how->unanswered ? HF_SLOT_STARTED : (uint32_t)(self->took >> 8 << 3) | HF_SLOT_DONE;
    make_room(self);
    builder_event(&self->builder, slot);
    int rule = self->rule >= 0 ? self->rule : how->rule;
    if ((how->flags & HF_CALL_INJECTED) != 0) {
        builder_inject(&self->builder, (unsigned)rule, ++self->faults);
        ((hf_slot_extra *)(void *)(self->builder.next - 1))->u.decision.host_out = verb_->names_out ? first : 0;
    }
    hf_slot_extra stack = {.count = self->frame_count};
    memcpy(stack.u.frames, self->frames, sizeof self->frames);
    if (self->frame_count > 0)
        builder_extra(&self->builder, HF_EXTRA_STACK, stack);
    self->clock = 0;
    self->took = 256;
    self->rule = -1;
}

static void end_with(player *self, hf_event_kind kind, uint64_t address, uint64_t size)
{
    builder_thread(&self->builder, HF_THREAD_TOOL);
    self->started = false;
    builder_event(&self->builder, (hf_slot_main){.kind = (uint8_t)kind, .address = address, .size = size});
}

static void play_note(player *self, hf_event_kind kind, uint64_t address, const char *note)
{
    make_room(self);
    builder_say(&self->builder, kind, address, note, NULL);
}

typedef void play(player *self, const char *const *arguments, size_t count);

static void play_exit(player *self, const char *const *arguments, size_t count)
{
    end_with(self, HF_EVENT_END_EXIT, count > 0 ? number(arguments[0]) : 0, 0);
}
static void play_exit_now(player *self, const char *const *arguments, size_t count)
{
    builder_control(&self->builder)->attached = 1;
    play_exit(self, arguments, count);
}
static void play_signal(player *self, const char *const *arguments, size_t count)
{
    builder_control(&self->builder)->attached = 1;
    end_with(self, HF_EVENT_END_SIGNAL, number(arguments[0]), count > 1 ? number(arguments[1]) : 0);
    self->builder.last->type = count > 1;
}
static void play_timeout(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    end_with(self, HF_EVENT_END_TIMEOUT, 500, 0);
}
static void play_storm(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    end_with(self, HF_EVENT_END_STORM, 1000, 0);
}
static void play_harness(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    end_with(self, HF_EVENT_END_HARNESS, 0, 0);
}
static void play_output(player *self, const char *const *arguments, size_t count)
{
    end_with(self, HF_EVENT_END_OUTPUT, number(arguments[0]), count > 1 ? number(arguments[1]) : 1);
}
static void play_refused(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    play_note(self, HF_EVENT_REFUSED, 0, NULL);
}
static void play_result(player *self, const char *const *arguments, size_t count)
{
    play_note(self, HF_EVENT_RESULT, 0, count > 0 ? arguments[0] : NULL);
}
static void play_check(player *self, const char *const *arguments, size_t count)
{
    (void)count;
    play_note(self, HF_EVENT_CHECK, number(arguments[0]), "as it says");
}
static void play_absorb(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    play_note(self, HF_EVENT_EXPECT, HF_EXPECT_ABSORB, "as it says");
}
static void play_surfaced(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    play_note(self, HF_EVENT_EXPECT, HF_EXPECT_SURFACED, NULL);
}
static void play_host(player *self, const char *const *arguments, size_t count)
{
    (void)count;
    make_room(self);
    builder_event(&self->builder, (hf_slot_main){.kind = HF_EVENT_HOST, .type = (uint32_t)number(arguments[0])});
}
static void play_open(player *self, const char *const *arguments, size_t count)
{
    play_note(self, HF_EVENT_DESCRIPTOR, number(arguments[0]), count > 2 ? arguments[2] : NULL);
    self->builder.last->size = number(arguments[1]);
}
static void play_leave(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    play_note(self, HF_EVENT_DETACH, 0, NULL);
}
static void play_caught(player *self, const char *const *arguments, size_t count)
{
    play_note(self, HF_EVENT_HANDLER, number(arguments[0]), NULL);
    self->builder.last->size = count > 1 ? number(arguments[1]) : 0;
    self->builder.last->type = count > 1 ? HF_HANDLER_ADDRESS : 0;
}
static void play_handled(player *self, const char *const *arguments, size_t count)
{
    play_caught(self, arguments, count);
    self->builder.last->type |= HF_HANDLER_RETURNED;
}
static void play_waits(player *self, const char *const *arguments, size_t count)
{
    builder_thread(&self->builder, HF_THREAD_TOOL);
    self->started = false;
    builder_say(&self->builder, HF_EVENT_END_WAIT, number(arguments[0]), count > 3 ? arguments[3] : NULL, NULL);
    self->builder.last->size = number(arguments[1]);
    self->builder.last->type = (uint32_t)number(arguments[2]);
}
static void play_pc(player *self, const char *const *arguments, size_t count)
{
    (void)count;
    self->pc = number(arguments[0]);
}
static void play_stack(player *self, const char *const *arguments, size_t count)
{
    self->frame_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++)
        self->frames[i] = number(arguments[i]);
    self->pc = count > 0 ? self->frames[0] : self->pc;
}
static void play_thread(player *self, const char *const *arguments, size_t count)
{
    (void)count;
    self->thread = (uint32_t)number(arguments[0]);
    self->started = false;
}
static void play_clock(player *self, const char *const *arguments, size_t count)
{
    (void)count;
    self->clock = 0x10000000 + number(arguments[0]);
}
static void play_took(player *self, const char *const *arguments, size_t count)
{
    (void)count;
    self->took = number(arguments[0]);
}
static void play_pause(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    self->paused = true;
}
static void play_resume(player *self, const char *const *arguments, size_t count)
{
    (void)arguments, (void)count;
    self->paused = false;
}
static void play_by(player *self, const char *const *arguments, size_t count)
{
    (void)count;
    self->rule = (int)number(arguments[0]);
}
static void play_nothing(player *self, const char *const *arguments, size_t count)
{
    (void)self, (void)arguments, (void)count;
}

static const struct {
    const char *word;
    play *act;
} acts[] = {
    {"exit", play_exit},       {"exit-now", play_exit_now}, {"signal", play_signal}, {"timeout", play_timeout},   {"storm", play_storm},
    {"harness", play_harness}, {"output", play_output},     {"result", play_result}, {"check", play_check},       {"pc", play_pc},
    {"stack", play_stack},     {"thread", play_thread},     {"clock", play_clock},   {"took", play_took},         {"pause", play_pause},
    {"resume", play_resume},   {"refused", play_refused},   {"by", play_by},         {"must", play_nothing},      {"unmodified", play_nothing},
    {"status", play_nothing},  {"strict", play_nothing},    {"absorb", play_absorb}, {"surfaced", play_surfaced}, {"host", play_host},
    {"open", play_open},       {"leave", play_leave},       {"caught", play_caught}, {"handled", play_handled},   {"waits", play_waits},
};

static bool try_act(player *self, const char *const *words, size_t count)
{
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(acts[i].word, words[0]) == 0) {
            acts[i].act(self, words + 1, count - 1);
            return true;
        }
    }
    return false;
}

static bool try_call(player *self, const manner *how, const char *const *words, size_t count)
{
    for (size_t i = 0; count > 0 && i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].word, words[0]) == 0) {
            play_call(self, how, &verbs[i], words + 1, count - 1);
            return true;
        }
    }
    return false;
}

static void play_words(player *self, const char *const *words, size_t count)
{
    uint64_t times = 1;
    if (strcmp(words[0], "times") == 0) {
        times = number(words[1]);
        words += 2;
        count -= 2;
    }
    const manner *how = &manners[0];
    for (size_t i = 1; i < sizeof manners / sizeof manners[0]; i++)
        how = strcmp(manners[i].word, words[0]) == 0 ? &manners[i] : how;
    size_t skip = how == &manners[0] ? 0 : 1;
    bool known = true;
    for (uint64_t i = 0; i < times && known; i++)
        known = try_call(self, how, words + skip, count - skip) || try_act(self, words, count);
    cr_assert(known, "no such word in a scene: %s", words[0]);
}

static void play_step(player *self, char *step)
{
    const char *words[WORDS_MAX];
    size_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(step, " ", &rest); word != NULL && count < WORDS_MAX; word = strtok_r(NULL, " ", &rest))
        words[count++] = word;
    if (count > 0)
        play_words(self, words, count);
}

static void begin(player *self, bool must, uint32_t flags)
{
    hf_rule rules[RULE_COUNT];
    for (size_t i = 0; i < RULE_COUNT; i++) {
        rules[i] = hf__model_rule_init();
        rules[i].optional = i != RULE_OOM || !must;
        rules[i].returns = i <= RULE_LOOSE || i == RULE_POISON;
        rules[i].hr = i == RULE_E_FAIL || i == RULE_LOOSE ? E_FAIL : E_OUTOFMEMORY;
        rules[i].sticks = i != RULE_LOOSE;
    }
    rules[RULE_LIE].lie = HF_LIE_NULL;
    rules[RULE_POISON].out = HF_OUT_POISON;
    rules[RULE_OTHER].delay_us = 1;
    static const char *const names[] = {"oom", "e-fail", "loose", "lie", "poison", "other", "mark"};
    hf__model_plan_parts parts = {.rule_count = RULE_COUNT, .rules = rules, .rule_names = names, .flags = flags};
    *self = (player){.pc = 0x400100, .took = 256, .rule = -1};
    builder_init(&self->builder, &parts);
}

hf_trace *scene_play(const char *script)
{
    player self;
    uint32_t flags = (strstr(script, "unmodified;") != NULL ? HF_PLAN_UNMODIFIED : 0) |
                     (strstr(script, "status;") != NULL ? HF_PLAN_STATUS_ONLY : 0) | (strstr(script, "strict;") != NULL ? HF_PLAN_STRICT : 0);
    begin(&self, strstr(script, "must;") != NULL, flags);
    char *copy = strdup(script), *rest = NULL;
    for (char *step = strtok_r(copy, ";", &rest); step != NULL; step = strtok_r(NULL, ";", &rest))
        play_step(&self, step);
    hf_trace *trace = builder_decode(&self.builder);
    builder_clear(&self.builder);
    free(copy);
    return trace;
}
