/* SPDX-License-Identifier: MIT
 * Prints errors for people: file:line:column: error: message, the source line, a caret. The text may come from a hostile file, so terminal controls
 * are removed, and a very long line is cut around the caret.
 */
#include "plan_scenario.h"
#include "plan_writer.h"
#include "plan_input.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_utf8.h"

#include <string.h>

#include "base_poison.h"

#define SHOWN_BYTES 120u /* of a source line */
#define BEFORE_BYTES 60u /* of them, how many before the caret when a line is cut */

/* Lines end as in plan_source.c. */
static bool is_line_end(hf_text text, size_t at)
{
    bool before_lf = at + 1 < text.size_bytes && text.pointer[at + 1] == '\n';
    return text.pointer[at] == '\n' || (text.pointer[at] == '\r' && !before_lf);
}

/* The line of that number, without its end. */
static hf_text find_line(hf_text text, uint32_t number)
{
    size_t start = hf__text_starts_with(text, "\xEF\xBB\xBF") ? 3 : 0;
    for (uint32_t line = 1; line < number; line++) {
        while (start < text.size_bytes && !is_line_end(text, start))
            start++;
        if (start == text.size_bytes)
            return (hf_text){text.pointer + start, 0};
        start++;
    }
    size_t end = start;
    while (end < text.size_bytes && !is_line_end(text, end))
        end++;
    if (end > start && end < text.size_bytes && text.pointer[end - 1] == '\r')
        end--;
    return (hf_text){text.pointer + start, end - start};
}

/* One character as it may be shown: itself, or '?'. Returns the bytes it takes in the line. */
static size_t show_character(hf__builder *to, hf_text line, size_t at)
{
    size_t length = hf__utf8_length(line, at);
    uint32_t value = length > 0 ? hf__utf8_value(line, at, length) : 0;
    bool printable = value == '\t' || hf__utf8_is_shown(value);
    hf__builder_append(to, printable ? (hf_text){line.pointer + at, length} : hf__text("?"));
    return length > 0 ? length : 1;
}

/* Cuts a long line to what is around the column; *column is moved along. */
static hf_text cut_line(hf_text line, size_t *column)
{
    size_t at = *column - 1;
    if (line.size_bytes <= SHOWN_BYTES)
        return line;
    size_t start = at > BEFORE_BYTES ? at - BEFORE_BYTES : 0;
    while (start > 0 && start < line.size_bytes && hf__utf8_is_tail(line.pointer[start]))
        start--;
    if (start > line.size_bytes)
        start = line.size_bytes;
    size_t length = line.size_bytes - start < SHOWN_BYTES ? line.size_bytes - start : SHOWN_BYTES;
    *column -= start;
    return (hf_text){line.pointer + start, length};
}

static void print_excerpt(const hf__plan_writer *to, const hf_error *error, hf_text text)
{
    char shown[4 * SHOWN_BYTES];
    char marks[4 * SHOWN_BYTES];
    hf_text whole = find_line(text, error->input_line);
    size_t column = error->input_column;
    hf_text line = cut_line(whole, &column);
    bool cut_front = line.pointer != whole.pointer;
    bool cut_back = line.pointer + line.size_bytes != whole.pointer + whole.size_bytes;
    hf__builder source = hf__builder_init(shown, sizeof shown);
    hf__builder caret = hf__builder_init(marks, sizeof marks);
    hf__builder_print(&source, "%s", cut_front ? "..." : "");
    hf__builder_print(&caret, "%s", cut_front ? "   " : "");
    size_t last = column - 1 + error->input_length;

    for (size_t at = 0; at < line.size_bytes;) {
        bool marked = at + 1 >= column && at < last;
        const char *blank = line.pointer[at] == '\t' ? "\t" : at < last ? " " : "";
        hf__builder_print(&caret, "%s", at + 1 == column ? "^" : marked ? "~" : at + 1 < column ? blank : "");
        at += show_character(&source, line, at);
    }

    if (column > line.size_bytes)
        hf__builder_print(&caret, "^");
    hf__plan_put(to, "%5u | %s%s\n", error->input_line, shown, cut_back ? "..." : "");
    hf__plan_put(to, "      | %s\n", marks);
}

static void print_error(const hf__plan_writer *to, const hf_error *error, hf_text text)
{
    if (error->input_line == 0) {
        hf__plan_put_line(to, "%s: error: %s", error->input_name, error->message);
        return;
    }
    hf__plan_put_line(to, "%s:%u:%u: error: %s", error->input_name, error->input_line, error->input_column, error->message);
    if (text.size_bytes > 0)
        print_excerpt(to, error, text);
}

static void print_more(const hf__plan_writer *to, const hf_errors *errors)
{
    if (errors->more != 0)
        hf__plan_put_line(to, "%s: error: there are more errors; only the first are shown", errors->items[0].input_name);
}

void hf_scenario_print_errors(const hf_errors *errors, hf_text text, hf_write *write, void *user)
{
    hf__plan_writer to = {write, user};
    for (uint32_t i = 0; i < errors->count; i++)
        print_error(&to, &errors->items[i], text);
    print_more(&to, errors);
}

typedef struct excerpt {
    const char *path;
    char *bytes;
    size_t size_bytes;
} excerpt;

static hf_status read_excerpt(void *given)
{
    excerpt *self = given;
    self->bytes = hf__plan_read_bytes(self->path, &self->size_bytes, NULL);
    return HF_OK;
}

void hf_scenario_print_file_errors(const char *path, const hf_errors *errors, hf_write *write, void *user)
{
    excerpt lines = {.path = path};
    if (hf__heap_attempt(read_excerpt, &lines, NULL) != HF_OK)
        lines.bytes = NULL; /* out of memory: the errors go without their lines */
    hf_scenario_print_errors(errors, (hf_text){lines.bytes, lines.bytes != NULL ? lines.size_bytes : 0}, write, user);
    hf__free(lines.bytes);
}

void hf_scenario_print_fault_errors(const char *const *faults, size_t fault_count, const hf_errors *errors, hf_write *write, void *user)
{
    hf__plan_writer to = {write, user};
    for (uint32_t i = 0; i < errors->count; i++) {
        const char *bracket = strchr(errors->items[i].input_name, '[');
        uint64_t number = 1;
        if (bracket != NULL)
            hf__parse_u64((hf_text){bracket + 1, strcspn(bracket + 1, "]")}, &number);
        bool known = number >= 1 && number <= fault_count;
        print_error(&to, &errors->items[i], hf__text(known ? faults[number - 1] : NULL));
    }
    print_more(&to, errors);
}
