/* SPDX-License-Identifier: MIT
 * Compares two traces line by line, as text: there is one definition of what repeats, the printer's.
 */
#include "trace_compare.h"
#include "heap_alloc.h"
#include "trace_lines.h"

#include "base_poison.h"

static void keep(const hf__trace_lines *lines, size_t item, const hf__builder *line, size_t *event, char *text, size_t capacity)
{
    bool is_event = item < lines->count && lines->items[item].event != HF_TRACE_LINE_GROUP;
    *event = is_event ? lines->items[item].event : SIZE_MAX;
    hf__text_copy(text, capacity, (hf_text){line->buffer, line->length});
}

static hf__builder line_of(const hf__trace_lines *lines, size_t item, char *buffer)
{
    hf__builder line = hf__builder_init(buffer, HF_TRACE_LINE_BYTES);
    if (item < lines->count)
        hf__trace_lines_print(lines, item, &line);
    return line;
}

/* Calls that print alike, seen without printing them: nearly all of two runs that are the same, and text is a hundred times dearer. False: not known.
 */
static bool is_alike(const hf__trace_lines *a, const hf__trace_lines *b, size_t item)
{
    if (item >= a->count || item >= b->count || a->items[item].event == HF_TRACE_LINE_GROUP || b->items[item].event == HF_TRACE_LINE_GROUP)
        return false;
    size_t index_a = a->items[item].event, index_b = b->items[item].event;
    const hf_event *left = &a->trace->events[index_a], *right = &b->trace->events[index_b];
    if (!hf__trace_event_is_call(left) || left->kind != right->kind || left->function != right->function || left->kind == HF_METHOD_VIRTUAL_QUERY)
        return false;
    bool plain = !left->injected && !right->injected && left->complete && right->complete;
    bool same_flags = left->sticky == right->sticky && left->paused == right->paused && left->foreign == right->foreign &&
                      left->forwarded == right->forwarded && left->in_signal == right->in_signal && left->level == right->level;
    bool same_arguments = left->type == right->type && left->protect == right->protect && left->size == right->size;
    bool same_answer = left->hr == right->hr && left->host_hr == right->host_hr;
    bool is_pointer = hf__model_method((hf_method)left->kind)->out == HF_OUT_KIND_POINTER;
    bool same_out = is_pointer ? hf__trace_names_agree(a->names, index_a, b->names, index_b, HF_NAMED_OUT) : left->out == right->out;
    return plain && same_flags && same_arguments && same_answer && same_out &&
           hf__trace_names_agree(a->names, index_a, b->names, index_b, HF_NAMED_ADDRESS);
}

static bool find(const hf__trace_lines *a, const hf__trace_lines *b, char *buffers, hf__trace_difference *out)
{
    for (size_t i = 0; i < a->count || i < b->count; i++) {
        if (is_alike(a, b, i))
            continue;
        hf__builder left = line_of(a, i, buffers);
        hf__builder right = line_of(b, i, buffers + HF_TRACE_LINE_BYTES);
        if (hf__text_equal((hf_text){left.buffer, left.length}, (hf_text){right.buffer, right.length}))
            continue;
        if (out != NULL) {
            keep(a, i, &left, &out->event_a, out->line_a, sizeof out->line_a);
            keep(b, i, &right, &out->event_b, out->line_b, sizeof out->line_b);
        }
        return true;
    }
    return false;
}

/* Which lines are compared. */
typedef enum lines_compared { LINES_ALL, LINES_CALLS, LINES_REQUESTS } lines_compared;

static bool is_compared(const hf_trace *trace, const hf__trace_item *item, lines_compared which)
{
    if (which == LINES_ALL || item->event == HF_TRACE_LINE_GROUP)
        return true;
    const hf_event *event = &trace->events[item->event];
    return hf__trace_event_is_call(event) && (which == LINES_CALLS || hf__model_method((hf_method)event->kind)->class_ != HF_CLASS_RELEASE);
}

static void keep_compared(hf__trace_lines *lines, lines_compared which)
{
    size_t kept = 0;
    for (size_t i = 0; i < lines->count; i++) {
        if (is_compared(lines->trace, &lines->items[i], which))
            lines->items[kept++] = lines->items[i];
    }
    lines->count = kept;
}

static bool compare(const hf_trace *a, const hf_trace *b, lines_compared which, hf__trace_difference *out)
{
    hf__trace_lines lines_a = hf__trace_lines_create(a);
    hf__trace_lines lines_b = hf__trace_lines_create(b);
    keep_compared(&lines_a, which);
    keep_compared(&lines_b, which);
    char *buffers = hf__allocate(2, HF_TRACE_LINE_BYTES);
    bool differ = find(&lines_a, &lines_b, buffers, out);
    hf__free(buffers);
    hf__trace_lines_clear(&lines_a);
    hf__trace_lines_clear(&lines_b);
    return differ;
}

bool hf__trace_first_difference(const hf_trace *a, const hf_trace *b, hf__trace_difference *out)
{
    return compare(a, b, LINES_ALL, out);
}

bool hf__trace_first_call_difference(const hf_trace *a, const hf_trace *b, hf__trace_difference *out)
{
    return compare(a, b, LINES_CALLS, out);
}

bool hf__trace_first_request_difference(const hf_trace *a, const hf_trace *b, hf__trace_difference *out)
{
    return compare(a, b, LINES_REQUESTS, out);
}
