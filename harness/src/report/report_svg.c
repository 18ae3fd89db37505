/* SPDX-License-Identifier: MIT
 * Drawn by hand: a few rectangles, lines and texts. The colours are those of the page on white, because a chat may show the picture on any
 * background.
 */
#include "report_svg.h"
#include "heap_alloc.h"
#include "base_utf8.h"
#include "report_advice.h"
#include "report_headline.h"
#include "report_xml.h"

#include <string.h>

#include "base_poison.h"

#define WIDTH 960u
#define MARGIN 28u
#define INNER (WIDTH - 2 * MARGIN)
#define FINDINGS_MAX 8u
#define CHANGES_MAX 14u
#define LETTERS_MAX 118u /* of a line of 13 pixels */

static const char *colour_of(hf_outcome outcome)
{
    switch (outcome) {
    case HF_OUTCOME_CRASHED: return "#b3201f";
    case HF_OUTCOME_CORRUPTED: return "#8f1d5e";
    case HF_OUTCOME_VIOLATED: return "#bb4420";
    case HF_OUTCOME_HUNG: return "#6a45ad";
    case HF_OUTCOME_STORM: return "#3e56b5";
    case HF_OUTCOME_SWALLOWED: return "#b07d00";
    case HF_OUTCOME_ABORTED:
    case HF_OUTCOME_EXITED: return "#c2612b";
    case HF_OUTCOME_LEAKED: return "#1f7a99";
    case HF_OUTCOME_UNSTABLE:
    case HF_OUTCOME_UNFIRED: return "#8a9098";
    case HF_OUTCOME_REPORTED: return "#c3c9d1";
    case HF_OUTCOME_OK: return "#9dbfa8";
    case HF_OUTCOME_COUNT: break;
    }

    return "#8a9098";
}

static void begin(const hf_report_sink *sink, unsigned height, const char *title)
{
    hf__report_print(sink,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%u\" height=\"%u\" viewBox=\"0 0 %u %u\" role=\"img\" "
                     "font-family=\"system-ui, Helvetica, Arial, sans-serif\" font-size=\"13\">\n<title>",
                     WIDTH, height, WIDTH, height);
    hf__report_xml_text(sink, title);
    hf__report_print(sink, "</title>\n<rect width=\"%u\" height=\"%u\" fill=\"#ffffff\"/>\n", WIDTH, height);
}

static void end(const hf_report_sink *sink)
{
    hf__report_put(sink, "</svg>\n");
}

/* Text that does not fit is cut between characters. attributes: the element's, from our code. */
static void put_text(const hf_report_sink *sink, double x, double y, const char *attributes, const char *text, size_t most)
{
    size_t length = strlen(text);
    bool is_cut = length > most;
    length = is_cut ? most - 3 : length;
    while (is_cut && length > 0 && hf__utf8_is_tail(text[length]))
        length--;
    char *shown = hf__format("%.*s%s", (int)length, text, is_cut ? "..." : "");
    hf__report_print(sink, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
    hf__report_xml_text(sink, shown);
    hf__report_put(sink, "</text>\n");
    hf__free(shown);
}

static void put_box(const hf_report_sink *sink, double x, double y, double width, double height, const char *colour)
{
    hf__report_print(sink, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" rx=\"3\" fill=\"%s\"/>\n", x, y, width, height, colour);
}

/* A run */

static double number_at(const json_t *object, const char *key, size_t index)
{
    return json_number_value(json_array_get(json_object_get(object, key), index));
}

typedef struct chart {
    double calls, top; /* the ends of the axes */
    double y, height;
} chart;

static double x_of(const chart *self, double call)
{
    return MARGIN + 60.0 + call / self->calls * (INNER - 60.0);
}

static double y_of(const chart *self, double bytes)
{
    return self->y + self->height - bytes / self->top * self->height;
}

static void widen(chart *self, const json_t *memory)
{
    size_t count = json_array_size(json_object_get(memory, "call"));
    for (size_t i = 0; i < count; i++) {
        double call = number_at(memory, "call", i);
        double bytes = number_at(memory, "committed", i) + number_at(memory, "heap", i);
        self->calls = call > self->calls ? call : self->calls;
        self->top = bytes > self->top ? bytes : self->top;
    }
}

static void put_curve(const hf_report_sink *sink, const chart *self, const json_t *memory, const char *attributes, bool is_area)
{
    size_t count = json_array_size(json_object_get(memory, "call"));
    if (count == 0)
        return;
    hf__report_print(sink, "<path %s d=\"M%.1f %.1f", attributes, x_of(self, number_at(memory, "call", 0)), y_of(self, 0));
    for (size_t i = 0; i < count; i++)
        hf__report_print(sink, "H%.1fV%.1f", x_of(self, number_at(memory, "call", i)),
                         y_of(self, number_at(memory, "committed", i) + number_at(memory, "heap", i)));
    if (is_area)
        hf__report_print(sink, "V%.1fZ", y_of(self, 0));
    hf__report_put(sink, "\"/>\n");
}

static char *bytes_text(double bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    for (; bytes >= 1024 && unit + 1 < sizeof units / sizeof units[0]; unit++)
        bytes /= 1024;
    return hf__format(bytes < 10 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void put_axes(const hf_report_sink *sink, const chart *self)
{
    for (unsigned i = 0; i <= 4; i++) {
        double y = self->y + self->height * i / 4;
        char *text = bytes_text(self->top * (4 - i) / 4);
        hf__report_print(sink, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#e5e3de\"/>\n", x_of(self, 0), x_of(self, self->calls),
                         y, y);
        put_text(sink, MARGIN + 52.0, y + 4, "text-anchor=\"end\" font-size=\"11\" fill=\"#555b63\"", text, 20);
        hf__free(text);
    }
    char *last = hf__format("call %.0f", self->calls);
    put_text(sink, x_of(self, 0), self->y + self->height + 18, "font-size=\"11\" fill=\"#555b63\"", "call 0", 20);
    put_text(sink, x_of(self, self->calls), self->y + self->height + 18, "text-anchor=\"end\" font-size=\"11\" fill=\"#555b63\"", last, 20);
    hf__free(last);
}

static void put_faults(const hf_report_sink *sink, const chart *self, const json_t *faults)
{
    for (size_t i = 0; i < json_array_size(faults); i++) {
        const json_t *fault = json_array_get(faults, i);
        double x = x_of(self, json_number_value(json_object_get(fault, "call")));
        hf__report_print(sink, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#b3201f\" stroke-opacity=\"%s\"/>\n", x, x,
                         self->y - 18, self->y + self->height, i == 0 ? "1" : ".35");
        if (i > 0)
            continue;
        char *text = hf__format("%s %s", json_string_value(json_object_get(fault, "method")), json_string_value(json_object_get(fault, "result")));
        bool is_left = x < WIDTH / 2.0;
        put_text(sink, is_left ? x + 5 : x - 5, self->y - 8,
                 is_left ? "font-size=\"12\" fill=\"#b3201f\"" : "font-size=\"12\" fill=\"#b3201f\" text-anchor=\"end\"", text, 60);
        hf__free(text);
    }
}

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

void hf__report_svg_run(const hf_report_sink *sink, const json_t *page)
{
    const json_t *run = json_array_get(json_object_get(page, "runs"), 0);
    const json_t *memory = json_object_get(run, "memory");
    const json_t *number = json_object_get(run, "clean");
    const json_t *clean = json_is_integer(number) ? json_array_get(json_object_get(page, "cleans"), (size_t)json_integer_value(number)) : NULL;
    chart self = {.calls = 1, .top = 1, .y = 96, .height = 250};
    widen(&self, memory);
    widen(&self, clean);
    begin(sink, 400, text_at(run, "name"));
    put_text(sink, MARGIN, 38, "font-size=\"19\" font-weight=\"650\" fill=\"#1d1f22\"", text_at(run, "name"), 80);
    char *ended = hf__format("%s: %s", text_at(run, "outcome"), text_at(run, "reason"));
    put_text(sink, MARGIN, 62, "fill=\"#555b63\"", ended, LETTERS_MAX);
    hf__free(ended);
    put_axes(sink, &self);
    put_curve(sink, &self, memory, "fill=\"#5b86c9\" fill-opacity=\".3\"", true);
    put_curve(sink, &self, clean, "fill=\"none\" stroke=\"#62686f\" stroke-dasharray=\"4 3\"", false);
    put_curve(sink, &self, memory, "fill=\"none\" stroke=\"#2456b8\" stroke-width=\"1.5\"", false);
    put_faults(sink, &self, json_object_get(run, "faults"));
    put_text(sink, MARGIN + 60.0, 388, "font-size=\"11\" fill=\"#555b63\"",
             clean != NULL ? "memory after each call; dashed: the run without faults; red: faults" : "memory after each call; red: faults", 100);
    end(sink);
}

/* Sweeps */

static double put_sweep(const hf_report_sink *sink, const hf_report_sweep *sweep, double y)
{
    char *caller = hf__report_clean_caller(sweep->caller);
    char *text = hf__format("%llu finding%s in %llu points at %llu sites%s", (unsigned long long)sweep->findings, sweep->findings == 1 ? "" : "s",
                            (unsigned long long)sweep->points, (unsigned long long)sweep->sites, sweep->finished ? "" : ", not finished");
    put_text(sink, MARGIN, y + 20, "font-size=\"19\" font-weight=\"650\" fill=\"#1d1f22\"", caller, 40);
    put_text(sink, WIDTH - MARGIN, y + 20, "text-anchor=\"end\" fill=\"#1d1f22\"", text, 90);
    double x = MARGIN;
    for (hf_outcome i = 0; i < HF_OUTCOME_COUNT && sweep->points > 0; i++) {
        double width = (double)sweep->outcomes[i] / (double)sweep->points * INNER;
        if (sweep->outcomes[i] > 0)
            put_box(sink, x, y + 32, width, 12, colour_of(i));
        x += width;
    }
    hf__free(text);
    hf__free(caller);
    return y + 58;
}

static double put_finding(const hf_report_sink *sink, const hf_report_finding *one, double y)
{
    char *headline = hf__report_headline(one->outcome, one->ended, one->detail, one->method, one->place);
    char *todo = one->allowed != NULL ? hf__format("Allowed: %s", one->allowed) : hf__copy_string(hf__report_advice(one->outcome));
    put_box(sink, MARGIN, y, 84, 20, colour_of(one->outcome));
    put_text(sink, MARGIN + 42.0, y + 14.5, "text-anchor=\"middle\" fill=\"#ffffff\" font-weight=\"600\" font-size=\"12\"",
             hf_outcome_name(one->outcome), 20);
    put_text(sink, MARGIN + 96.0, y + 14.5, "fill=\"#1d1f22\"", headline, 104);
    put_text(sink, MARGIN + 96.0, y + 33, "fill=\"#555b63\" font-size=\"12\"", todo, 132);
    hf__free(todo);
    hf__free(headline);
    return y + 46;
}

static size_t shown_of(const hf_report_findings *findings, size_t sweep)
{
    size_t count = 0;
    for (size_t i = 0; i < findings->count; i++)
        count += findings->items[i].sweep == sweep && count < FINDINGS_MAX ? 1 : 0;
    return count;
}

void hf__report_svg_sweeps(const hf_report_sink *sink, const hf_report_findings *findings)
{
    unsigned height = MARGIN;
    for (size_t i = 0; i < findings->sweep_count; i++)
        height += 58 + 46 * (unsigned)shown_of(findings, i) + (findings->sweeps[i].findings > FINDINGS_MAX ? 24 : 0) + 16;
    begin(sink, height, "hostfault report");
    double y = MARGIN / 2.0;
    for (size_t sweep = 0; sweep < findings->sweep_count; sweep++) {
        size_t shown = 0;
        y = put_sweep(sink, &findings->sweeps[sweep], y);
        for (size_t i = 0; i < findings->count && shown < FINDINGS_MAX; i++) {
            if (findings->items[i].sweep != sweep)
                continue;
            y = put_finding(sink, &findings->items[i], y);
            shown++;
        }
        if (findings->sweeps[sweep].findings > FINDINGS_MAX) {
            char *more = hf__format("and %llu more", (unsigned long long)(findings->sweeps[sweep].findings - FINDINGS_MAX));
            put_text(sink, MARGIN + 96.0, y + 12, "fill=\"#555b63\"", more, 40);
            hf__free(more);
            y += 24;
        }
        y += 16;
    }

    end(sink);
}

/* Comparisons */

static const char *kind_colour(hf_report_change_kind kind)
{
    switch (kind) {
    case HF_CHANGE_NEW: return "#b3201f";
    case HF_CHANGE_WORSE: return "#bb4420";
    case HF_CHANGE_OTHER: return "#b07d00";
    case HF_CHANGE_FIXED: return "#2f6645";
    case HF_CHANGE_UNSWEPT: return "#8a9098";
    case HF_CHANGE_MOVED: return "#5b86c9";
    case HF_CHANGE_COUNT: break;
    }
    return "#c3c9d1";
}

/* One bar for each kind, all with the same scale, so that old and new bars can be compared. */
static double put_kind(const hf_report_sink *sink, const char *name, size_t count, size_t most, const char *colour, double y)
{
    char *text = hf__format("%zu", count);
    double width = most > 0 ? (double)count / (double)most * (INNER - 170.0) : 0;
    put_text(sink, MARGIN + 84.0, y + 13, "text-anchor=\"end\" fill=\"#1d1f22\"", name, 20);
    put_box(sink, MARGIN + 96.0, y, width > 2 ? width : 2, 17, colour);
    put_text(sink, MARGIN + 104.0 + width, y + 13, "fill=\"#1d1f22\" font-weight=\"600\"", text, 20);
    hf__free(text);
    return y + 24;
}

static double put_change(const hf_report_sink *sink, const hf_report_change *change, double y)
{
    const hf_report_finding *subject = hf__report_change_subject(change);
    const char *was = change->was != NULL ? hf_outcome_name(change->was->outcome) : "";
    const char *is = change->is != NULL ? hf_outcome_name(change->is->outcome) : "";
    bool is_other = was[0] != '\0' && is[0] != '\0' && strcmp(was, is) != 0;
    char *text = hf__format("%s%s%s  %s", is_other ? was : "", is_other ? " \xe2\x86\x92 " : "", is[0] != '\0' ? is : was,
                            subject->ended[0] != '\0' ? subject->ended : subject->place);
    put_box(sink, MARGIN, y, 84, 20, kind_colour(change->kind));
    put_text(sink, MARGIN + 42.0, y + 14.5, "text-anchor=\"middle\" fill=\"#ffffff\" font-weight=\"600\" font-size=\"12\"",
             hf__report_change_name(change->kind), 20);
    put_text(sink, MARGIN + 96.0, y + 14.5, "fill=\"#1d1f22\"", text, 104);
    hf__free(text);
    return y + 27;
}

void hf__report_svg_diff(const hf_report_sink *sink, const hf_report_diff *diff)
{
    size_t most = diff->same;
    size_t kinds = 1;
    for (hf_report_change_kind i = 0; i < HF_CHANGE_COUNT; i++) {
        most = diff->counts[i] > most ? diff->counts[i] : most;
        kinds += diff->counts[i] > 0 ? 1 : 0;
    }

    size_t shown = diff->count < CHANGES_MAX ? diff->count : CHANGES_MAX;
    begin(sink, (unsigned)(66 + 24 * kinds + 18 + 27 * shown + (diff->count > shown ? 24 : 0) + 12), "hostfault diff");
    put_text(sink, MARGIN, 38, "font-size=\"19\" font-weight=\"650\" fill=\"#1d1f22\"",
             hf__report_diff_is_bad(diff) ? "New or worse findings" : "Nothing new and nothing worse", 80);
    double y = 58;
    for (hf_report_change_kind i = 0; i < HF_CHANGE_COUNT; i++)
        if (diff->counts[i] > 0)
            y = put_kind(sink, hf__report_change_name(i), diff->counts[i], most, kind_colour(i), y);
    y = put_kind(sink, "as before", diff->same, most, "#c3c9d1", y) + 18;
    for (size_t i = 0; i < shown; i++)
        y = put_change(sink, &diff->items[i], y);
    if (diff->count > shown) {
        char *more = hf__format("and %zu more", diff->count - shown);
        put_text(sink, MARGIN + 96.0, y + 12, "fill=\"#555b63\"", more, 40);
        hf__free(more);
    }

    end(sink);
}
