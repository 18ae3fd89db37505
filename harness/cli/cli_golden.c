/* SPDX-License-Identifier: MIT
 * Compares and writes golden traces. A difference is never repaired silently: the run fails with the first line that differs, and the new text is
 * left in the run's folder for `diff`. Traces of another version of a caller's library are not compared, and a message says so.
 */
#include "cli_golden.h"
#include "heap_alloc.h"
#include "heap_quote.h"
#include "base_text.h"
#include "os_file.h"
#include "system_file.h"
#include "system_machine.h"
#include "run_callers.h"
#include "run_folder.h"
#include "run_recorded.h"
#include "trace_text.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define WHOLE_LINES_MAX 400u
#define AROUND_LINES 8u
#define GOLDEN_BYTES_MAX (256u << 20)
#define RESPONSES_MAX 8u

struct hf_cli_golden {
    char *folder;
    char *recorded; /* text of a complete trace, or NULL */
    char *excluded; /* text of the list; "" if there is none */
    bool write;
    hf__run_caller_list callers;
};

/* The list beside the folder; the folder may not exist yet. */
static char *excluded_path(const char *folder)
{
    size_t length = strlen(folder);
    while (length > 0 && folder[length - 1] == '/')
        length--;
    while (length > 0 && folder[length - 1] != '/')
        length--;
    return hf__format("%.*s" HF_CLI_GOLDEN_EXCLUDED, (int)length, folder);
}

hf_cli_exit hf__cli_golden_open(const char *folder, const char *caller_path, bool write, hf_cli_golden **out)
{
    hf_cli_golden *self = hf__allocate(1, sizeof *self);
    *out = self;
    self->folder = hf__copy_string(folder);
    self->write = write;
    hf_error err;
    if (!write && !hf__os_is_folder(folder)) {
        hf__cli_complain("no folder %s with golden traces; --write-baseline creates it", folder);
        return HF_CLI_USAGE;
    }
    if (hf__run_callers_list(caller_path, true, &self->callers, &err) != HF_OK)
        return hf__cli_complain_error(&err);
    char *path = excluded_path(folder);
    size_t size = 0;
    hf_status status = hf__system_file_read(path, GOLDEN_BYTES_MAX, &self->excluded, &size, &err);
    hf__free(path);
    if (status == HF_ERROR_NOT_FOUND)
        self->excluded = hf__copy_string("");
    return status == HF_OK || status == HF_ERROR_NOT_FOUND ? HF_CLI_MET : hf__cli_complain_error(&err);
}

hf_cli_golden *hf__cli_golden_recorded(char *path_take)
{
    hf_cli_golden *self = hf__allocate(1, sizeof *self);
    self->recorded = path_take;
    return self;
}

bool hf__cli_golden_is_recorded(const hf_cli_golden *self)
{
    return self->recorded != NULL;
}

void hf__cli_golden_close(hf_cli_golden *self)
{
    if (self == NULL)
        return;
    hf__run_callers_clear(&self->callers);
    hf__free(self->folder);
    hf__free(self->recorded);
    hf__free(self->excluded);
    hf__free(self);
}

bool hf__cli_golden_check_names(const hf_cli_scenarios *scenarios)
{
    for (size_t i = 0; i < scenarios->count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(scenarios->items[i].family, scenarios->items[j].family) == 0) {
                hf__cli_complain("%s and %s would share the golden trace %s.txt", scenarios->items[j].identity, scenarios->items[i].identity,
                                 scenarios->items[i].family);
                return false;
            }
    return true;
}

/* The next line of *rest, without its newline; *rest moves behind it. False at the end. */
static bool next_line(hf_text *rest, hf_text *line)
{
    if (rest->size_bytes == 0)
        return false;
    const char *end = memchr(rest->pointer, '\n', rest->size_bytes);
    size_t length = end != NULL ? (size_t)(end - rest->pointer) : rest->size_bytes;
    *line = (hf_text){rest->pointer, length};
    size_t taken = length + (end != NULL ? 1 : 0);
    *rest = (hf_text){rest->pointer + taken, rest->size_bytes - taken};
    return true;
}

/* The list's reason why a scenario is not compared: the text after its name. Empty if it is compared. */
static hf_text reason_excluded(const hf_cli_golden *self, const char *family)
{
    hf_text rest = hf__text(self->excluded);
    hf_text line;
    while (next_line(&rest, &line)) {
        size_t name = 0;
        while (name < line.size_bytes && line.pointer[name] != ' ')
            name++;
        hf_text pattern = {line.pointer, name};
        if (name > 0 && line.pointer[0] != '#' && hf__glob_match(pattern, hf__text(family)))
            return hf__text_trim((hf_text){line.pointer + name, line.size_bytes - name});
    }
    return (hf_text){NULL, 0};
}

static const char *library_of(const hf_cli_golden *self, const hf_scenario *scenario)
{
    for (size_t i = 0; scenario->caller != NULL && i < self->callers.count; i++)
        if (strcmp(self->callers.items[i].name, scenario->caller) == 0)
            return self->callers.items[i].library != NULL ? self->callers.items[i].library : "";
    return "";
}

static size_t count_lines(const hf__heap_buffer *buffer)
{
    size_t lines = 0;
    for (size_t i = 0; i < buffer->size_bytes; i++)
        lines += buffer->text[i] == '\n' ? 1 : 0;
    return lines;
}

static void print_trace(const hf_trace *trace, uint32_t around, hf__heap_buffer *buffer)
{
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.around = around;
    hf__trace_print(trace, &options, hf__heap_buffer_write, buffer);
}

/* The start of line `number` (1-based); the end if there are fewer lines. */
static size_t line_start(const hf__heap_buffer *buffer, size_t number)
{
    size_t line = 1;
    for (size_t i = 0; i < buffer->size_bytes; i++) {
        if (line == number)
            return i;
        line += buffer->text[i] == '\n' ? 1 : 0;
    }
    return buffer->size_bytes;
}

/* The part of the trace's text that a person reviews. It always has the last line, with the counts and the hash of the rest. */
static void print_reviewable(const hf_trace *trace, const hf_report_sink *sink)
{
    hf__heap_buffer text = {0};
    print_trace(trace, 0, &text);
    if (count_lines(&text) > WHOLE_LINES_MAX) {
        text.size_bytes = 0;
        print_trace(trace, AROUND_LINES, &text);
    }
    size_t lines = count_lines(&text);
    size_t head = line_start(&text, WHOLE_LINES_MAX);
    if (lines <= WHOLE_LINES_MAX) {
        sink->write(text.text, text.size_bytes, sink->user);
    } else {
        size_t last = line_start(&text, lines);
        sink->write(text.text, head, sink->user);
        hf__report_print(sink, "... %zu lines more\n", lines - WHOLE_LINES_MAX);
        sink->write(text.text + last, text.size_bytes - last, sink->user);
    }
    hf__free(text.text);
}

/* The golden file's text for a run. */
static char *golden_text(const hf_cli_golden *self, const hf_cli_scenario *scenario, const hf_run_result *result)
{
    hf__heap_buffer text = {0};
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &text};
    const hf_verdict *verdict = result->verdict;
    hf__report_print(&sink, "# scenario: %s\n", scenario->family);
    hf__report_print(&sink, "# outcome: %s", hf_outcome_name(verdict->outcome));
    for (size_t i = 0; i < verdict->response_count && i < RESPONSES_MAX && verdict->responses[i].real == 0; i++)
        hf__report_print(&sink, "%s %s", i == 0 ? "; responses:" : "", hf_response_name(verdict->responses[i].response));
    hf__report_put(&sink, "\n");
    const char *library = library_of(self, scenario->scenario);
    if (library[0] != '\0')
        hf__report_print(&sink, "# library: %s\n", library);
    print_reviewable(result->trace, &sink);
    return text.text;
}

/* The library that a golden file's heading names; empty if none. */
static hf_text heading_library(hf_text golden)
{
    static const char key[] = "# library: ";
    hf_text line;
    while (next_line(&golden, &line) && line.size_bytes > 0 && line.pointer[0] == '#')
        if (hf__text_starts_with(line, key))
            return (hf_text){line.pointer + sizeof key - 1, line.size_bytes - (sizeof key - 1)};
    return (hf_text){"", 0};
}

/* "line 12: expected `...`, got `...`" */
static char *first_difference(hf_text golden, hf_text got)
{
    hf_text a;
    hf_text b;
    for (unsigned number = 1;; number++) {
        bool has_a = next_line(&golden, &a);
        bool has_b = next_line(&got, &b);
        if (has_a && has_b && hf__text_equal(a, b))
            continue;
        if (!has_a && !has_b)
            return hf__copy_string("only in line endings");
        return hf__format("line %u: expected %s%.*s%s, got %s%.*s%s", number, has_a ? "`" : "", has_a ? (int)a.size_bytes : 7,
                          has_a ? a.pointer : "the end", has_a ? "`" : "", has_b ? "`" : "", has_b ? (int)b.size_bytes : 7,
                          has_b ? b.pointer : "the end", has_b ? "`" : "");
    }
}

static char *golden_path(const hf_cli_golden *self, const char *family)
{
    return hf__format("%s/%s.txt", self->folder, family);
}

static hf_status write_golden(const char *path, const char *text, hf_error *err)
{
    char *folder = hf__copy_text((hf_text){path, (size_t)(strrchr(path, '/') - path)});
    hf_status status = hf__system_folder_create(folder, err);
    hf__free(folder);
    return status == HF_OK ? hf__system_file_write(path, text, strlen(text), err) : status;
}

/* The path that a person can pass to diff: the file itself, or its unpacked text beside the run. hf__free. */
static char *golden_to_show(const char *path, hf_text golden, const char *folder)
{
    hf_error err;
    char *beside = hf__run_folder_file(folder, HF_RUN_GOLDEN_EXPECTED);
    if (hf__system_file_size(path) != golden.size_bytes && hf__system_file_write(beside, golden.pointer, golden.size_bytes, &err) == HF_OK)
        return beside;
    hf__free(beside);
    return hf__copy_string(path);
}

/* Leaves the new text in the run's folder and records where the two differ. */
static void note_difference(const char *path_given, hf_text golden, const char *text, const char *folder, hf_report_case *one)
{
    char *path = golden_to_show(path_given, golden, folder);
    char *beside = hf__run_folder_file(folder, HF_RUN_GOLDEN);
    hf_error err;
    bool kept = hf__system_file_write(beside, text, strlen(text), &err) == HF_OK;
    char *where = first_difference(golden, hf__text(text));
    hf__heap_buffer note = {0};
    hf__heap_buffer_write(where, strlen(where), &note);
    hf__heap_buffer_write("\n            diff ", strlen("\n            diff "), &note);
    hf__heap_quote(&note, hf__run_folder_shown(path));
    hf__heap_buffer_write(" ", 1, &note);
    if (kept)
        hf__heap_quote(&note, hf__run_folder_shown(beside));
    hf__report_case_set_golden(one, HF_GOLDEN_DIFFERS, note.text);
    hf__free(note.text);
    hf__free(where);
    hf__free(beside);
    hf__free(path);
}

static void compare(const char *path, const char *library, const char *text, const char *folder, hf_report_case *one)
{
    char *golden = NULL;
    size_t size = 0;
    hf_error err;
    hf_status status = hf__run_recorded_read(path, &golden, &size, &err);
    hf_text expected = {golden, size};
    if (status != HF_OK) {
        hf__report_case_set_golden(one, HF_GOLDEN_MISSING, err.message);
    } else if (!hf__text_equal_string(heading_library(expected), library)) {
        hf_text theirs = heading_library(expected);
        char *note = hf__format("made with %.*s, here is %s", theirs.size_bytes > 0 ? (int)theirs.size_bytes : 10,
                                theirs.size_bytes > 0 ? theirs.pointer : "no library", library[0] != '\0' ? library : "none");
        hf__report_case_set_golden(one, HF_GOLDEN_SKIPPED, note);
        hf__free(note);
    } else if (hf__text_equal_string(expected, text)) {
        hf__report_case_set_golden(one, HF_GOLDEN_SAME, NULL);
    } else {
        note_difference(path, expected, text, folder, one);
    }
    hf__free(golden);
}

static void compare_recorded(const hf_cli_golden *self, const hf_run_result *result, hf_report_case *one)
{
    hf__heap_buffer text = {0};
    if (!hf__os_file_exists(self->recorded)) {
        bool hangs = result->verdict->outcome == HF_OUTCOME_HUNG;
        hf__report_case_set_golden(one, HF_GOLDEN_SKIPPED,
                                   hangs ? "where a hung run is cut off depends on the clock"
                                         : "no trace was recorded: its calls vary from run to run, or it was swept with --no-proof");
        return;
    }
    print_trace(result->trace, 0, &text);
    compare(self->recorded, "", text.text, result->folder, one);
    hf__free(text.text);
}

void hf__cli_golden_treat(const hf_cli_golden *self, const hf_cli_scenario *scenario, const hf_run_result *result, hf_report_case *one)
{
    if (self->recorded != NULL) {
        compare_recorded(self, result, one);
        return;
    }
    hf_text reason = reason_excluded(self, scenario->family);
    if (reason.pointer != NULL) {
        char *note = hf__copy_text(reason);
        hf__report_case_set_golden(one, HF_GOLDEN_SKIPPED, note);
        hf__free(note);
        return;
    }
    char *path = golden_path(self, scenario->family);
    char *text = golden_text(self, scenario, result);
    hf_error err;
    if (!self->write)
        compare(path, library_of(self, scenario->scenario), text, result->folder, one);
    else if (write_golden(path, text, &err) == HF_OK)
        hf__report_case_set_golden(one, HF_GOLDEN_WRITTEN, NULL);
    else
        hf__report_case_set_error(one, HF_REPORT_BROKEN, err.message);
    hf__free(text);
    hf__free(path);
}
