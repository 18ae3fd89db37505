/* SPDX-License-Identifier: MIT
 * The place of an ending is its innermost frame outside the system's libraries: for a crash in memcpy, the caller of memcpy. The place of an
 * allocation or a request is the innermost frame that does not just pass the request on. The function that the run died in is never skipped, whatever
 * its shape.
 *
 * If several faults of one function end in that function, the line of the request tells them apart. Nothing else uses lines, because two builds must
 * agree.
 */
#include "run_cause.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_random.h"
#include "base_text.h"
#include "model.h"
#include "heap_buffer.h"
#include "symbol_stack.h"
#include "symbol_wrapper.h"
#include "trace_names.h"
#include "trace_reader.h"
#include "verdict_facts.h"
#include "heap_index.h"
#include "verdict_violation.h"

#include <string.h>

#include "base_poison.h"

/* An address below this is that of a member of a null pointer. */
#define NULL_PAGE 0x10000u

/* The stack of one event. */
typedef struct shown {
    hf__symbol_place *places;
    size_t count;
    size_t told; /* the one that is reported */
} shown;

typedef struct finder {
    const hf_run_result *result;
    hf__symbol_places *places;
    hf__symbol_wrappers *wrappers;
    shown ended, refused;
} finder;

static void learn_stack(finder *self, const hf_event *event)
{
    hf__symbol_place *stack = NULL;
    size_t count = hf__symbol_stack_expand(self->places, event, &stack);
    hf__symbol_wrappers_learn(self->wrappers, stack, count);
    hf__free(stack);
}

/* One stack for each request is enough. */
static void learn_wrappers(finder *self)
{
    hf__heap_map seen = {0};
    const hf_trace *trace = self->result->trace;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (!hf__verdict_is_call(event) || event->frame_count == 0 || hf__verdict_class_of(event) != HF_CLASS_ACQUIRE)
            continue;
        uint64_t key = hf__hash(HF_HASH_START, event->frames, event->frame_count * sizeof event->frames[0]);
        if (hf__heap_map_exchange(&seen, key, 1) == HF_INDEX_NONE)
            learn_stack(self, event);
    }
    hf__heap_map_clear(&seen);
}

/* Its position at the end: the thread that died is recorded last, and so is the first thread of a run that hangs. */
static const hf_event *end_of(const hf_run_result *result)
{
    for (size_t i = hf_trace_event_count(result->trace); i > 0; i--)
        if (hf__symbol_stack_is_of_end(hf_trace_event(result->trace, i - 1)))
            return hf_trace_event(result->trace, i - 1);
    return NULL;
}

/* The place that called exit(), or whose handler did. */
static const hf_event *leaving_of(const hf_run_result *result)
{
    for (size_t i = hf_trace_event_count(result->trace); i > 0; i--) {
        const hf_event *event = hf_trace_event(result->trace, i - 1);
        if (event->kind == HF_EVENT_HANDLER)
            return (event->type & HF_HANDLER_RETURNED) == 0 && event->frame_count > 0 ? event : NULL;
        if (event->kind == HF_EVENT_DETACH && event->frame_count > 0)
            return event;
    }
    return NULL;
}

/* In this case the handler ended the process, at another place. */
static bool ended_in_handler(const hf_run_result *result)
{
    const hf_event *left = leaving_of(result);
    return left != NULL && left->kind == HF_EVENT_HANDLER;
}

static bool ended_by_itself(hf_outcome outcome)
{
    return outcome == HF_OUTCOME_VIOLATED || outcome == HF_OUTCOME_LEAKED;
}

/* The event that shows where it ended; NULL: none. */
static const hf_event *ending_of(const hf_run_result *result)
{
    const hf_verdict *verdict = result->verdict;
    if (verdict->outcome == HF_OUTCOME_VIOLATED)
        return verdict->violation_count > 0 ? hf_trace_event(result->trace, verdict->violations[0].event) : NULL;
    if (verdict->outcome == HF_OUTCOME_LEAKED)
        return verdict->leak_count > 0 ? hf_trace_event(result->trace, verdict->leaks[0].event) : NULL;
    const hf_event *end = verdict->outcome == HF_OUTCOME_CRASHED && ended_in_handler(result) ? NULL : end_of(result);
    bool is_left = verdict->outcome == HF_OUTCOME_EXITED || (verdict->outcome == HF_OUTCOME_CRASHED && end == NULL);
    return is_left ? leaving_of(result) : end;
}

static size_t first_of_program(const hf__symbol_place *places, size_t count)
{
    size_t at = 0;
    while (at < count && hf__symbol_place_is_system(&places[at]))
        at++;
    return at < count ? at : 0;
}

/* An exhausted stack ends at an arbitrary frame, so the place of that crash is the recursion's: among the repeating frames, the one
 * that is first in its module. */
#define RECURSION_FRAMES 48u
#define RECURSION_TIMES 3u

static bool is_same_spot(const hf__symbol_place *a, const hf__symbol_place *b)
{
    return a->module_offset == b->module_offset && strcmp(a->module, b->module) == 0;
}

static bool comes_back(const hf__symbol_place *places, size_t count, size_t at)
{
    unsigned times = 0;
    for (size_t i = 0; i < count && times < RECURSION_TIMES; i++)
        times += is_same_spot(&places[i], &places[at]);
    return times == RECURSION_TIMES;
}

/* `count`: not a recursion. */
static size_t recursion_of(const hf__symbol_place *places, size_t count)
{
    size_t first = count, frames = 0;
    for (size_t i = 0; i < count && count >= RECURSION_FRAMES; i++) {
        if (!comes_back(places, count, i) || hf__symbol_place_is_system(&places[i]))
            continue;
        frames++;
        bool is_before = first == count || strcmp(places[i].module, places[first].module) < 0 ||
                         (strcmp(places[i].module, places[first].module) == 0 && places[i].module_offset < places[first].module_offset);
        first = is_before ? i : first;
    }
    return frames >= count - count / 4 ? first : count;
}

static bool is_recursion(const shown *of)
{
    return of->count > 0 && recursion_of(of->places, of->count) < of->count;
}

static void show(finder *self, const hf_event *event, bool is_request, const hf__symbol_place *kept, shown *out)
{
    if (event == NULL || event->frame_count == 0)
        return;
    out->count = hf__symbol_stack_expand(self->places, event, &out->places);
    size_t recursion = is_request ? out->count : recursion_of(out->places, out->count);
    hf_class class_ = hf__verdict_is_call(event) ? hf__verdict_class_of(event) : HF_CLASS_ACQUIRE;
    out->told =
        is_request ? hf__symbol_wrappers_first(self->wrappers, out->places, out->count, class_, kept) : first_of_program(out->places, out->count);
    out->told = recursion < out->count ? recursion : out->told;
}

static const hf__symbol_place *told(const shown *of)
{
    return of->count > 0 ? &of->places[of->told] : NULL;
}

/* Text */

static char *function_text(const hf__symbol_place *place)
{
    if (place->function != NULL)
        return hf__format("%s!%s", place->module, place->function);
    return hf__format("%s+0x%llx", place->module, (unsigned long long)place->module_offset);
}

static uint64_t spot_of(const hf__symbol_place *place)
{
    return place->line != 0 ? place->line : place->module_offset;
}

/* In strict mode, the bug is the reaction to the failure, whatever the next request is. */
static bool is_about_the_refused(const hf_verdict *verdict)
{
    return verdict->outcome == HF_OUTCOME_VIOLATED && verdict->violation_count > 0 &&
           strcmp(verdict->violations[0].clause, hf__verdict_clause_text(HF_CLAUSE_AFTER_FAULT)) == 0;
}

static void set_text(const finder *self, hf__verdict_cause *out)
{
    const hf_verdict *verdict = self->result->verdict;
    const hf__symbol_place *refused = told(&self->refused);
    const hf__symbol_place *ended = is_about_the_refused(verdict) ? NULL : told(&self->ended);
    const hf__symbol_place *of = ended != NULL ? ended : refused;
    if (of == NULL)
        return;
    out->text = function_text(of);
    if (verdict->outcome == HF_OUTCOME_VIOLATED && verdict->violation_count > 0) {
        char *with = hf__format("%s, %s", out->text, verdict->violations[0].clause);
        hf__free(out->text);
        out->text = with;
    }
    bool is_local =
        refused != NULL && (ended == NULL || (verdict->outcome == HF_OUTCOME_CRASHED && hf__symbol_place_is_same_function(ended, refused)));
    out->spot = is_local ? spot_of(refused) : 0;
}

static char *stack_text(const shown *of)
{
    hf__heap_buffer buffer = {0};
    for (size_t i = 0; i < of->count; i++) {
        char *line = hf__symbol_place_describe(&of->places[i]);
        hf__heap_buffer_append(&buffer, line, strlen(line));
        hf__heap_buffer_append(&buffer, "\n", 1);
        hf__free(line);
    }
    return buffer.text != NULL ? buffer.text : hf__copy_string("");
}

/* Detail */

/* The last call before the end that allocated the memory around an address, and the call that freed it. */
typedef struct owner {
    size_t taken, given; /* SIZE_MAX: none */
} owner;

static bool holds(const hf_event *event, uint64_t address)
{
    return event->complete && SUCCEEDED(event->hr) && event->out != 0 && address >= event->out && address - event->out < event->size;
}

static owner find_owner(const hf_trace *trace, uint64_t address)
{
    owner found = {SIZE_MAX, SIZE_MAX};
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        if (!hf__verdict_is_call(event))
            continue;
        if (hf__verdict_class_of(event) == HF_CLASS_ACQUIRE && holds(event, address))
            found = (owner){i, SIZE_MAX};
        else if (hf__verdict_class_of(event) == HF_CLASS_RELEASE && found.taken != SIZE_MAX && event->complete && SUCCEEDED(event->hr) &&
                 event->address == hf_trace_event(trace, found.taken)->out)
            found.given = i;
    }
    return found;
}

static char *place_of_call(finder *self, size_t event)
{
    shown of = {0};
    show(self, hf_trace_event(self->result->trace, event), true, NULL, &of);
    char *place = of.count > 0 ? hf__symbol_place_name(&of.places[of.told]) : hf__copy_string("an unknown place");
    hf__free(of.places);
    return place;
}

/* "in H3, allocated in f at a.c:7, freed in g at a.c:9" */
static char *describe_owner(finder *self, owner of)
{
    char text[200];
    hf__builder words = hf__builder_init(text, sizeof text);
    hf__trace_names *names = hf__trace_names_create(self->result->trace);
    hf__trace_names_print(names, of.taken, HF_NAMED_OUT, &words);
    hf__trace_names_destroy(names);
    char *taken = place_of_call(self, of.taken);
    char *given = of.given != SIZE_MAX ? place_of_call(self, of.given) : NULL;
    char *out =
        given != NULL ? hf__format("in %s, allocated in %s, freed in %s", text, taken, given) : hf__format("in %s, allocated in %s", text, taken);
    hf__free(given);
    hf__free(taken);
    return out;
}

static char *describe_crash(finder *self, const hf_event *end)
{
    uint64_t address = end->size;
    if ((end->type & 1) == 0) /* it is unknown */
        return hf__copy_string("");
    if (address < NULL_PAGE)
        return address == 0 ? hf__copy_string("through a null pointer")
                            : hf__format("through a null pointer, %llu bytes on", (unsigned long long)address);
    if (is_recursion(&self->ended))
        return hf__copy_string("after a recursion");
    owner of = find_owner(self->result->trace, address);
    return of.taken != SIZE_MAX ? describe_owner(self, of) : hf__copy_string("");
}

/* The system function in which it waits: the outermost one that has a name. In our own library it does not wait: it makes one call after the
 * other. */
static char *describe_wait(const shown *of)
{
    const char *function = NULL;
    for (size_t i = 0; i < of->told; i++)
        if (hf__symbol_place_is_harness(&of->places[i]))
            return hf__copy_string("runs on");
    for (size_t i = 0; i < of->told; i++)
        function = of->places[i].function != NULL ? of->places[i].function : function;
    return function != NULL ? hf__format("waits in %s", function) : hf__copy_string("runs on");
}

/* The first thread has the process's number. */
static uint64_t first_thread(const hf_trace *trace)
{
    for (size_t i = 0; i < hf_trace_event_count(trace); i++)
        if (hf_trace_event(trace, i)->kind == HF_EVENT_ATTACH)
            return hf_trace_event(trace, i)->address;
    return 0;
}

/* What the first thread waits for, if another thread holds it. */
static char *describe_hang(const finder *self, const hf_event *end)
{
    const hf_trace *trace = self->result->trace;
    size_t at = hf_trace_event_count(trace);
    while (at > 0 && hf_trace_event(trace, at - 1)->kind >= HF_EVENT_END_EXIT)
        at--;
    for (; at < hf_trace_event_count(trace); at++) {
        const hf_event *wait = hf_trace_event(trace, at);
        if (wait->kind != HF_EVENT_END_WAIT || end->kind != HF_EVENT_END_TIMEOUT || wait->address != first_thread(trace))
            continue;
        char text[240];
        hf__builder words = hf__builder_init(text, sizeof text);
        hf__trace_print_wait(trace, wait, &words);
        return hf__copy_text((hf_text){text, words.length});
    }
    return describe_wait(&self->ended);
}

static bool is_death(const hf_event *end)
{
    return end != NULL && (end->kind == HF_EVENT_END_SIGNAL || end->kind == HF_EVENT_HANDLER);
}

static char *describe(finder *self, const hf_event *end)
{
    switch ((int)self->result->verdict->outcome) {
    case HF_OUTCOME_CRASHED: return is_death(end) ? describe_crash(self, end) : hf__copy_string("");
    case HF_OUTCOME_HUNG: return self->ended.count > 0 ? describe_hang(self, end) : hf__copy_string("");
    default: return hf__copy_string("");
    }
}

void hf__run_cause_find(const hf_run_result *result, const hf_string_list *wrapping, hf__verdict_cause *out)
{
    const hf_verdict *verdict = result->verdict;
    finder self = {.result = result, .places = hf__symbol_places_create(result->trace), .wrappers = hf__symbol_wrappers_create(wrapping)};
    *out = (hf__verdict_cause){0};
    learn_wrappers(&self);
    const hf_event *end = ending_of(result);
    show(&self, end, ended_by_itself(verdict->outcome), NULL, &self.ended);
    if (verdict->last_fault != SIZE_MAX)
        show(&self, hf_trace_event(result->trace, verdict->last_fault), true, told(&self.ended), &self.refused);
    set_text(&self, out);
    out->place = self.ended.count > 0 ? hf__symbol_place_name(told(&self.ended)) : NULL;
    out->refused = self.refused.count > 0 ? hf__symbol_place_name(told(&self.refused)) : NULL;
    out->detail = describe(&self, end);
    out->stack = stack_text(&self.ended);
    out->refused_stack = stack_text(&self.refused);
    hf__free(self.ended.places);
    hf__free(self.refused.places);
    hf__symbol_wrappers_destroy(self.wrappers);
    hf__symbol_places_destroy(self.places);
}

void hf__run_cause_clear(hf__verdict_cause *cause)
{
    char *const texts[] = {cause->text, cause->place, cause->refused, cause->detail, cause->stack, cause->refused_stack};
    for (size_t i = 0; i < HF_COUNT_OF(texts); i++)
        hf__free(texts[i]);
    *cause = (hf__verdict_cause){0};
}
