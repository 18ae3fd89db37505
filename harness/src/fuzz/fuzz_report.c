/* SPDX-License-Identifier: MIT
 * Prints findings. Reads the slots of the session directly, without the heap, so that it works inside a crash.
 */
#include "fuzz_report.h"
#include "base_check.h"
#include "base_random.h"
#include "base_text.h"
#include "os_stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base_poison.h"

#define CALLS_AFTER 4u
#define FAULTS_SAID 8u
#define FRAMES_SAID 4u

/* The sanitizers' own; absent in a program without one. */
extern void __sanitizer_symbolize_pc(void *pc, const char *format, char *out, size_t size_bytes) __attribute__((weak));

static void say(const char *text, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, text, length);
        if (written <= 0)
            return;
        text += written;
        length -= (size_t)written;
    }
}

static void say_line(hf__builder *line)
{
    hf__builder_append(line, hf__text("\n"));
    say(line->buffer, line->length);
}

static void print_place(hf__builder *line, uint64_t address)
{
    char place[256] = "";
    hf_os_module module;
    if (__sanitizer_symbolize_pc != NULL)
        __sanitizer_symbolize_pc((void *)(uintptr_t)(address - 1), "%f %s:%l", place, sizeof place);
    if (place[0] != '\0')
        hf__builder_print(line, "%s", place);
    else if (hf__os_module_at((uintptr_t)address - 1, &module))
        hf__builder_print(line, "%s+0x%llx", module.path, (unsigned long long)(address - 1 - module.base));
    else
        hf__builder_print(line, "0x%llx", (unsigned long long)(address - 1));
}

static void print_call(hf__builder *line, const hf_slot_main *slot)
{
    const hf_method_row *row = hf__model_method((hf_method)slot->kind);
    char flags[160], hr[64];
    const char *between = "";
    hf__builder_print(line, "%s(", row->name);

    if ((row->fields >> HF_FIELD_ADDRESS & 1) != 0) {
        hf__builder_print(line, slot->address == 0 ? "null" : "0x%llx", (unsigned long long)slot->address);
        between = ", ";
    }

    if ((row->fields >> HF_FIELD_SIZE & 1) != 0) {
        hf__builder_print(line, "%s%llu", between, (unsigned long long)slot->size);
        between = ", ";
    }

    for (hf_field field = HF_FIELD_TYPE; field < HF_FIELD_COUNT; field++) {
        if ((row->fields >> field & 1) == 0)
            continue;
        uint32_t value = field == HF_FIELD_PROTECT ? slot->protect : field == HF_FIELD_LEVEL ? slot->level : slot->type;
        hf__model_print_flags(flags, sizeof flags, field, value);
        hf__builder_print(line, "%s%s", between, flags);
        between = ", ";
    }

    hf__model_print_hresult(hr, sizeof hr, slot->hr);
    bool over = (slot->state & HF_SLOT_STATE_MASK) == HF_SLOT_DONE;
    hf__builder_print(line, ") -> %s", over ? hr : "did not return");
}

/* The position in the slots. */
typedef struct telling {
    uint32_t faults;
    uint32_t after;  /* calls still to be said */
    uint32_t frames; /* of the last fault, still to be said */
    uint64_t place;  /* hash of the last fault's frames */
    bool outside;    /* of the caller: such frames are told apart, but not told */
    bool is_fault;   /* the slots that come belong to a fault */
    bool silent;
} telling;

static void tell_call(telling *self, const hf_slot_main *slot)
{
    char text[512];
    hf__builder line = hf__builder_init(text, sizeof text);
    self->is_fault = (slot->flags & HF_CALL_INJECTED) != 0;

    if (self->is_fault) {
        self->faults++;
        self->after = CALLS_AFTER;
        self->frames = FRAMES_SAID;
        self->place = HF_HASH_START;
        self->outside = false;
        hf__builder_print(&line, "hostfault: fault %u: ", self->faults);
    } else if (self->after > 0) {
        self->after--;
        hf__builder_print(&line, "hostfault:          then ");
    } else {
        return;
    }

    print_call(&line, slot);
    if ((slot->flags & HF_CALL_STICKY) != 0)
        hf__builder_print(&line, " (after an E_FAIL)");
    if (!self->silent && self->faults <= FAULTS_SAID)
        say_line(&line);
}

/* Frames up to the runner's. */
static void tell_frames(telling *self, const hf_slot_extra *extra)
{
    char text[400];
    for (unsigned i = 0; i < extra->count && self->frames > 0; i++) {
        uint64_t address = extra->u.frames[i];
        hf_os_module module;
        if (address == hf__fuzz_boundary()) {
            self->frames = 0;
            return;
        }
        uint64_t offset = hf__os_module_at((uintptr_t)address - 1, &module) ? address - module.base : address;
        self->place = hf__hash(self->place, &offset, sizeof offset);
        self->frames--;
        hf__builder line = hf__builder_init(text, sizeof text);
        hf__builder_print(&line, "hostfault:          at ");
        print_place(&line, address);
        self->outside |= strstr(text, " hf__shim_caller_run ") != NULL; /* from here on it is the harness */
        if (!self->silent && !self->outside && self->faults <= FAULTS_SAID)
            say_line(&line);
    }
}

static void print_slot(const hf_slot_main *slot, void *user)
{
    telling *self = user;
    uint32_t state = slot->state & HF_SLOT_STATE_MASK;
    const hf_slot_extra *extra = (const hf_slot_extra *)(const void *)slot;
    if (state == HF_SLOT_EXTRA && extra->what == HF_EXTRA_STACK && self->is_fault)
        tell_frames(self, extra);
    else if ((state == HF_SLOT_DONE || state == HF_SLOT_STARTED) && slot->kind < HF_METHOD_COUNT)
        tell_call(self, slot);
}

/* The finding's key: its outcome, and the place of the last fault. */
static uint64_t key_of(const telling *told, const char *outcome, const char *clause)
{
    uint64_t key = hf__hash(told->place, outcome, strlen(outcome));
    return hf__hash(key, clause, strlen(clause));
}

void hf__fuzz_say_faults(const char *outcome, const char *clause)
{
    char text[400];
    telling told = {.place = HF_HASH_START};
    static bool said; /* once is enough: a report is often followed by a signal */
    if (said || !hf__shim_attached())
        return;

    said = true;
    hf__builder line = hf__builder_init(text, sizeof text);
    uint32_t fired = hf__shim.session.control->fired;
    hf__builder_print(&line, "==hostfault== %s%s%s; %u fault%s injected into this execution", outcome, clause[0] != '\0' ? ": " : "", clause, fired,
                      fired == 1 ? " was" : "s were");
    say_line(&line);
    hf__fuzz_each_slot(print_slot, &told);
    line = hf__builder_init(text, sizeof text);
    hf__builder_print(&line, "hostfault: finding %016llx %s%s%s", (unsigned long long)key_of(&told, outcome, clause), outcome,
                      clause[0] != '\0' ? ": " : "", clause);
    say_line(&line);
}

static const char *clause_of(const hf_verdict *verdict)
{
    return verdict->outcome == HF_OUTCOME_VIOLATED && verdict->violation_count > 0 ? verdict->violations[0].clause : "";
}

/* Names a verdict on a line of its own, as sanitizers do. */
_Noreturn void hf__fuzz_end_with(const hf_verdict *verdict)
{
    char text[600];
    hf__builder line = hf__builder_init(text, sizeof text);
    hf__builder_print(&line, "==hostfault== ERROR: %s: %s", hf_outcome_name(verdict->outcome), verdict->reason);
    say_line(&line);

    for (size_t i = 0; i < verdict->response_count && i < FAULTS_SAID; i++) {
        line = hf__builder_init(text, sizeof text);
        hf__builder_print(&line, "hostfault: answer to %s %zu: %s (%s)", verdict->responses[i].real ? "the host's own failure" : "fault", i + 1,
                          hf_response_name(verdict->responses[i].response), hf_response_meaning(verdict->responses[i].response));
        say_line(&line);
    }

    if (verdict->violation_count > 0) {
        line = hf__builder_init(text, sizeof text);
        hf__builder_print(&line, "hostfault: broken clause: %s: %s", verdict->violations[0].clause, verdict->violations[0].detail);
        say_line(&line);
    }

    hf__fuzz_say_faults(hf_outcome_name(verdict->outcome), clause_of(verdict));
    abort();
}

_Noreturn void hf__fuzz_end_storm(void)
{
    static const char text[] = "==hostfault== ERROR: storm: it kept repeating a refused request\n";
    say(text, sizeof text - 1);
    hf__fuzz_say_faults("storm", "");
    abort();
}

#define KNOWN_MAX 1024u
static struct {
    uint64_t keys[KNOWN_MAX];
    unsigned count;
    bool read;
} known;

static void read_known(void)
{
    const char *path = getenv("HF_FUZZ_KNOWN");
    known.read = true;
    FILE *file = path != NULL && path[0] != '\0' ? fopen(path, "r") : NULL;
    unsigned long long key = 0;
    char rest[256];
    while (file != NULL && known.count < KNOWN_MAX && fscanf(file, "%16llx", &key) == 1) {
        known.keys[known.count++] = key;
        if (fgets(rest, sizeof rest, file) == NULL)
            break;
    }
    if (file != NULL)
        fclose(file);
}

bool hf__fuzz_is_known(const hf_verdict *verdict)
{
    telling told = {.place = HF_HASH_START, .silent = true};
    if (!known.read)
        read_known();
    if (known.count == 0)
        return false;
    hf__fuzz_each_slot(print_slot, &told);
    uint64_t key = key_of(&told, hf_outcome_name(verdict->outcome), clause_of(verdict));
    for (unsigned i = 0; i < known.count; i++) {
        if (known.keys[i] == key)
            return true;
    }
    return false;
}
