/* SPDX-License-Identifier: MIT
 * Extracts the data for reports from a run's result. It decides how much of a long text is kept: the calls around the faults and the ends of the
 * caller's output, as much as a person reads.
 */
#include "report_command.h"
#include "report_case.h"
#include "report_fold.h"
#include "heap_alloc.h"
#include "heap_quote.h"
#include "base_check.h"
#include "base_text.h"
#include "trace_text.h"
#include "model.h"
#include "os_file.h"
#include "system_machine.h"
#include "report_sink.h"
#include "run_folder.h"

#include <string.h>

#include "base_poison.h"

#define TAIL_BYTES 4000u
#define TAIL_LINES 20u
#define AROUND_CALLS 4u
#define AROUND_LINES 60u

static char *clean_string(const char *text)
{
    return hf__report_clean(hf__text(text));
}

static char *command_line_again(const hf_report_case *self)
{
    hf__heap_buffer buffer = {0};
    static const char start[] = "hostfault run ";
    hf__heap_buffer_write(start, sizeof start - 1, &buffer);
    hf__heap_quote(&buffer, self->identity);
    hf__heap_buffer_write(hf__report_command_options(), strlen(hf__report_command_options()), &buffer);
    return buffer.text;
}

/* scenarios/heap/oom.yaml#oom -> scenarios/heap/oom.yaml */
static char *title_of(const hf_report_case *self)
{
    const char *slash = strrchr(self->file, '/');
    const char *start = slash != NULL ? slash + 1 : self->file;
    size_t length = strlen(self->name);
    bool is_same = strncmp(start, self->name, length) == 0 && start[length] == '.';
    return hf__copy_string(is_same ? self->file : self->identity);
}

hf_report_case *hf__report_case_create(const hf_scenario *scenario, const char *again)
{
    hf_report_case *self = hf__allocate(1, sizeof *self);
    self->file = clean_string(scenario->file);
    self->name = clean_string(scenario->name);
    self->about = clean_string(scenario->about);
    self->caller = clean_string(scenario->caller != NULL ? scenario->caller : scenario->command.items[0]);
    bool is_from_file = strncmp(self->file, "--", 2) != 0;
    self->identity = is_from_file ? hf__format("%s#%s", self->file, self->name) : hf__format("%s %s", self->caller, self->file);
    self->title = title_of(self);
    self->again = again != NULL ? clean_string(again) : command_line_again(self);
    self->seed = scenario->seed;
    self->turn = 1;
    self->turns = 1;
    self->exit_status = -1;
    return self;
}

/* The last lines of a text, cleaned. */
static char *tail_of(hf_text text)
{
    if (text.size_bytes == 0)
        return hf__report_clean(hf__text(""));
    size_t start = text.size_bytes > TAIL_BYTES ? text.size_bytes - TAIL_BYTES : 0;
    size_t lines = 0;
    for (size_t i = text.size_bytes; i > start; i--)
        if (text.pointer[i - 1] == '\n' && i < text.size_bytes && ++lines == TAIL_LINES)
            start = i;
    return hf__report_clean((hf_text){text.pointer + start, text.size_bytes - start});
}

char *hf__report_tail_of_file(const char *folder, const char *name)
{
    char *path = hf__run_folder_file(folder, name);
    char text[TAIL_BYTES + 1]; /* and the byte before it, which may end a line */
    uint64_t size = hf__system_file_size(path);
    size_t got = hf__os_file_read_at(path, size > sizeof text ? size - sizeof text : 0, text, sizeof text);
    hf__free(path);
    return tail_of((hf_text){text, got});
}

/* Cuts the text after this many lines and says so. */
static void cut_lines(hf__heap_buffer *buffer, unsigned lines_max)
{
    unsigned lines = 0;
    for (size_t i = 0; i < buffer->size_bytes; i++) {
        if (buffer->text[i] != '\n' || ++lines < lines_max)
            continue;
        if (i + 1 < buffer->size_bytes) {
            buffer->size_bytes = i + 1;
            hf__heap_buffer_write("...\n", 4, buffer);
        }
        return;
    }
}

static char *calls_around(const hf_trace *trace)
{
    hf__heap_buffer buffer = {0};
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.around = AROUND_CALLS;
    hf__trace_print(trace, &options, hf__heap_buffer_write, &buffer);
    if (buffer.text == NULL)
        return hf__copy_string("");
    hf__report_fold(&buffer);
    cut_lines(&buffer, AROUND_LINES);
    char *clean = hf__report_clean((hf_text){buffer.text, buffer.size_bytes});
    hf__free(buffer.text);
    return clean;
}

static char *expected_outcomes(const hf_scenario *scenario)
{
    char text[256];
    hf__builder builder = hf__builder_init(text, sizeof text);
    for (hf_outcome outcome = HF_OUTCOME_OK + 1; outcome-- > 0;)
        if ((scenario->expect.outcomes >> outcome & 1) != 0)
            hf__builder_print(&builder, "%s%s", builder.length > 0 ? " or " : "", hf_outcome_name(outcome));
    return hf__copy_string(text);
}

static uint64_t microseconds(uint64_t ticks, uint64_t counter_hz)
{
    return counter_hz > 0 ? (uint64_t)((double)ticks * 1e6 / (double)counter_hz) : 0;
}

static void take_responses(hf_report_case *self, const hf_verdict *verdict, const hf_trace *trace)
{
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    self->response_count = verdict->response_count;
    self->responses = hf__allocate(verdict->response_count + 1, sizeof *self->responses);

    for (size_t i = 0; i < verdict->response_count; i++) {
        const hf_verdict_response *from = &verdict->responses[i];
        const hf_event *event = hf_trace_event(trace, from->event);
        char result[64];
        (void)hf__model_print_hresult(result, sizeof result, event->hr);
        self->responses[i] = (hf_report_response){
            .rule = clean_string(from->rule >= 0 ? hf_trace_rule_name(trace, from->rule) : ""),
            .method = hf__copy_string(event->kind < HF_METHOD_COUNT ? hf__model_call_name(event->kind, event->function) : "?"),
            .result = hf__copy_string(event->complete ? result : "no answer"),
            .response = from->response,
            .real = from->real != 0,
            .calls = from->calls,
            .retries = from->retries,
            .us = microseconds(from->ticks, summary.counter_hz),
        };
    }
}

static void take_verdict(hf_report_case *self, const hf_verdict *verdict)
{
    self->outcome = verdict->outcome;
    self->reason = clean_string(verdict->reason);
    self->calls = verdict->calls;
    self->fired = verdict->fired;
    self->leaks = verdict->leak_count;
    self->leaked_bytes = verdict->leaked_bytes;
    self->exit_status = verdict->exit_status;
    self->signal = verdict->signal;
    self->violation_count = verdict->violation_count;
    self->violations = hf__allocate(verdict->violation_count + 1, sizeof *self->violations);
    for (size_t i = 0; i < verdict->violation_count; i++)
        self->violations[i] = (hf_report_violation){clean_string(verdict->violations[i].clause), clean_string(verdict->violations[i].detail)};
}

void hf__report_case_set_result(hf_report_case *self, const hf_run_result *result)
{
    self->state = result->met != 0 ? HF_REPORT_MET : HF_REPORT_UNMET;
    self->folder = clean_string(result->folder);
    self->process = result->process;
    self->unmet = clean_string(result->unmet);
    self->expected = expected_outcomes(result->scenario);
    self->elapsed_us = result->elapsed_us;
    take_verdict(self, result->verdict);
    take_responses(self, result->verdict, result->trace);
    self->repeat = result->repeat;
    self->repeat_note = clean_string(result->repeat_note);
    self->around = calls_around(result->trace);
    hf__report_case_take_stacks(self, result);
    self->followed = clean_string(result->followed);
    self->stdout_tail = hf__report_tail_of_file(result->folder, HF_RUN_STDOUT);
    self->stderr_tail = hf__report_tail_of_file(result->folder, HF_RUN_STDERR);
}

void hf__report_case_set_error(hf_report_case *self, hf_report_state state, const char *message)
{
    self->state = state;
    self->error = clean_string(message);
}

void hf__report_case_set_golden(hf_report_case *self, hf_report_golden golden, const char *note)
{
    self->golden = golden;
    hf__free(self->golden_note);
    self->golden_note = note != NULL ? clean_string(note) : NULL;
}

void hf__report_case_destroy(hf_report_case *self)
{
    if (self == NULL)
        return;
    char *const texts[] = {self->identity,    self->title,       self->file,        self->name,        self->about, self->caller,
                           self->again,       self->error,       self->folder,      self->reason,      self->unmet, self->around,
                           self->stdout_tail, self->stderr_tail, self->expected,    self->golden_note, self->ended, self->refused,
                           self->stacks,      self->leak_sites,  self->repeat_note, self->followed};
    for (size_t i = 0; i < HF_COUNT_OF(texts); i++)
        hf__free(texts[i]);
    for (size_t i = 0; i < self->response_count; i++) {
        hf__free(self->responses[i].rule);
        hf__free(self->responses[i].method);
        hf__free(self->responses[i].result);
    }

    for (size_t i = 0; i < self->violation_count; i++) {
        hf__free(self->violations[i].clause);
        hf__free(self->violations[i].detail);
    }

    hf__free(self->responses);
    hf__free(self->violations);
    hf__free(self);
}

bool hf__report_case_failed(const hf_report_case *self)
{
    bool is_good = self->state == HF_REPORT_MET || self->state == HF_REPORT_STOPPED;
    return !is_good || self->golden == HF_GOLDEN_DIFFERS || self->golden == HF_GOLDEN_MISSING;
}

const char *hf__report_state_name(hf_report_state state)
{
    static const char *const names[] = {"met", "unmet", "not-run", "broken", "stopped"};
    HF_STATIC_ASSERT(HF_COUNT_OF(names) == HF_REPORT_STATE_COUNT, "a name for each state");
    return names[state];
}

const char *hf__report_golden_name(hf_report_golden golden)
{
    static const char *const names[] = {"none", "same", "written", "skipped", "differs", "missing"};
    HF_STATIC_ASSERT(HF_COUNT_OF(names) == HF_GOLDEN_COUNT, "a name for each");
    return names[golden];
}

void hf__report_totals_add(hf_report_totals *totals, const hf_report_case *one)
{
    totals->cases++;
    totals->failed += hf__report_case_failed(one) ? 1 : 0;
    totals->states[one->state]++;
    totals->golden[one->golden]++;
    if (one->state == HF_REPORT_MET || one->state == HF_REPORT_UNMET)
        totals->outcomes[one->outcome]++;
    totals->calls += one->calls;
    totals->fired += one->fired;
}
