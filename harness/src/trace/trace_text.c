/* SPDX-License-Identifier: MIT
 * hf_trace_print: chooses lines, leaves out those far from any fault, and prints beside a line what is not part of it (times, stacks). The trailer
 * always counts the whole trace, so a cut text is recognisable; with lines left out it also has a hash of all.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_options.h"
#include "base_choice.h"
#include "base_random.h"
#include "trace_lines.h"
#include "trace_text.h"

#include <string.h>

#include "base_poison.h"

#define OUTPUT_BYTES (1u << 16)

typedef struct printer {
    hf__trace_lines lines;
    const hf_trace *trace;
    hf_trace_text_options options;
    hf_write *write;
    void *user;
    bool *chosen;  /* by item: passes the filters */
    bool *is_near; /* by item: not left out */
    char *line;
    char *output;
    size_t output_used;
    uint64_t hash;
} printer;

static void flush(printer *self)
{
    if (self->output_used > 0)
        self->write(self->output, self->output_used, self->user);
    self->output_used = 0;
}

static void emit(printer *self, hf_text text)
{
    if (self->output_used + text.size_bytes > OUTPUT_BYTES)
        flush(self);
    if (text.size_bytes > OUTPUT_BYTES) {
        self->write(text.pointer, text.size_bytes, self->user);
        return;
    }
    memcpy(self->output + self->output_used, text.pointer, text.size_bytes);
    self->output_used += text.size_bytes;
}

/* Which lines */

/* Threads of one label are all meant by it, and each by the one it has here. */
static bool is_thread(const printer *self, size_t thread, const char *label)
{
    return hf__text_equal_string(self->trace->threads[thread].label, label) ||
           hf__text_equal_string(hf__trace_names_labels(self->lines.names)->of[thread], label);
}

static bool is_chosen(const printer *self, const hf__trace_item *item)
{
    const hf_trace_text_options *options = &self->options;
    const hf_event *event = &self->trace->events[item->event];
    if (options->only_thread != NULL && !is_thread(self, item->thread, options->only_thread))
        return false;
    if (options->only_injected && !event->injected)
        return false;
    if (options->only_method == NULL)
        return true;
    return hf__trace_event_is_call(event) && hf__choice_has(options->only_method, hf__model_call_name(event->kind, event->function));
}

/* A group's line is chosen if any of its events is. */
static void choose(printer *self)
{
    size_t group = SIZE_MAX;
    for (size_t i = 0; i < self->lines.count; i++) {
        const hf__trace_item *item = &self->lines.items[i];
        if (item->event == HF_TRACE_LINE_GROUP) {
            group = i;
            continue;
        }
        bool same_thread = group != SIZE_MAX && self->lines.items[group].thread == item->thread;
        self->chosen[i] = is_chosen(self, item);
        if (self->chosen[i] && same_thread)
            self->chosen[group] = true;
    }
}

static bool is_fault(const printer *self, size_t item)
{
    size_t event = self->lines.items[item].event;
    return event != HF_TRACE_LINE_GROUP && self->trace->events[event].injected;
}

/* Marks the chosen lines that are at most `around` chosen lines of the same thread behind a fault; called for both directions. */
static void mark_near(printer *self, bool backwards)
{
    uint64_t distance = UINT64_MAX;
    size_t thread = SIZE_MAX;
    for (size_t i = 0; i < self->lines.count; i++) {
        size_t at = backwards ? self->lines.count - 1 - i : i;
        if (!self->chosen[at])
            continue;
        const hf__trace_item *item = &self->lines.items[at];
        if (item->thread != thread)
            distance = UINT64_MAX;
        thread = item->thread;
        if (is_fault(self, at))
            distance = 0;
        else if (distance != UINT64_MAX)
            distance++;
        bool is_always = item->event == HF_TRACE_LINE_GROUP || hf__trace_event_is_end(&self->trace->events[item->event]);
        self->is_near[at] |= is_always || self->options.around == 0 || distance <= self->options.around;
    }
}

/* What stands beside a line */

static void print_ticks(const printer *self, const char *mark, uint64_t ticks, hf__builder *line)
{
    uint64_t hz = self->trace->header.counter_hz;
    if (hz != 0)
        hf__builder_print(line, " %s%.1fus", mark, (double)ticks * 1e6 / (double)hz);
    else
        hf__builder_print(line, " %s%llu ticks", mark, (unsigned long long)ticks);
}

static void print_times(const printer *self, const hf_event *event, hf__builder *line)
{
    uint64_t started_at = self->trace->control.started_at;
    print_ticks(self, "@", event->start > started_at ? event->start - started_at : 0, line);
    print_ticks(self, "+", event->duration, line);
}

static void print_stack(const printer *self, const hf_event *event, hf__builder *line)
{
    if (self->options.print_stack != NULL && event->frame_count > 0) {
        size_t left = line->capacity - line->length;
        line->length += self->options.print_stack(event, line->buffer + line->length, left, self->options.print_stack_user);
        return;
    }
    for (uint32_t i = 0; i < event->frame_count; i++) {
        uint64_t offset;
        const hf_trace_module *module = hf__trace_place(self->trace, event->frames[i], &offset);
        hf__builder_append(line, hf__text("\n      "));
        if (module != NULL)
            hf__trace_line_escape(hf__trace_module_name(module), line);
        hf__builder_print(line, "+0x%llX", (unsigned long long)offset);
    }
}

static void print_item(printer *self, size_t item)
{
    hf__builder line = hf__builder_init(self->line, HF_TRACE_LINE_BYTES);
    hf__trace_lines_print(&self->lines, item, &line);
    self->hash = hf__hash(self->hash, line.buffer, line.length);
    self->hash = hf__hash(self->hash, "\n", 1);
    if (!self->is_near[item])
        return;
    if (self->lines.items[item].event != HF_TRACE_LINE_GROUP) {
        const hf_event *event = &self->trace->events[self->lines.items[item].event];
        if (self->options.with_times)
            print_times(self, event, &line);
        if (self->options.with_stacks)
            print_stack(self, event, &line);
    }
    emit(self, (hf_text){line.buffer, line.length});
    emit(self, hf__text("\n"));
}

static void print_items(printer *self)
{
    bool is_gap = false;
    for (size_t i = 0; i < self->lines.count; i++) {
        if (!self->chosen[i])
            continue;
        if (!self->is_near[i] && !is_gap)
            emit(self, hf__text("  ...\n"));
        is_gap = !self->is_near[i];
        print_item(self, i);
    }
}

static void print_trailer(printer *self)
{
    hf_trace_summary summary;
    hf_trace_summarize(self->trace, &summary);
    hf__builder line = hf__builder_init(self->line, HF_TRACE_LINE_BYTES);
    hf__builder_print(&line, "end calls=%llu fired=%llu", (unsigned long long)summary.calls, (unsigned long long)summary.fired);
    if (self->options.around != 0)
        hf__builder_print(&line, " hash=%016llx", (unsigned long long)self->hash);
    hf__builder_append(&line, hf__text("\n"));
    emit(self, (hf_text){line.buffer, line.length});
}

void hf__trace_print(const hf_trace *trace, const hf_trace_text_options *options, hf_write *write, void *user)
{
    printer self = {.trace = trace, .options = *options, .write = write, .user = user, .hash = HF_HASH_START};
    self.lines = hf__trace_lines_create(trace);
    self.chosen = hf__allocate(self.lines.count + 1, sizeof *self.chosen);
    self.is_near = hf__allocate(self.lines.count + 1, sizeof *self.is_near);
    self.line = hf__allocate(HF_TRACE_LINE_BYTES, 1);
    self.output = hf__allocate(OUTPUT_BYTES, 1);
    choose(&self);
    mark_near(&self, false);
    mark_near(&self, true);
    hf__builder head = hf__builder_init(self.line, HF_TRACE_LINE_BYTES);
    hf__trace_lines_print_head(trace, &head);
    hf__builder_append(&head, hf__text("\n"));
    emit(&self, (hf_text){head.buffer, head.length});
    print_items(&self);
    print_trailer(&self);
    flush(&self);
    hf__free(self.output);
    hf__free(self.line);
    hf__free(self.is_near);
    hf__free(self.chosen);
    hf__trace_lines_clear(&self.lines);
}

typedef struct printing {
    const hf_trace *trace;
    hf_trace_text_options options;
    hf_write *write;
    void *user;
} printing;

static hf_status print_now(void *given)
{
    const printing *self = given;
    hf__trace_print(self->trace, &self->options, self->write, self->user);
    return HF_OK;
}

hf_status hf_trace_print(const hf_trace *trace, const hf_trace_text_options *options, hf_write *write, void *user)
{
    printing self = {.trace = trace, .options = HF_TRACE_TEXT_OPTIONS_INIT, .write = write, .user = user};
    hf_status status = hf__options_import(&self.options, options, NULL);
    return status == HF_OK ? hf__heap_attempt(print_now, &self, NULL) : status;
}
