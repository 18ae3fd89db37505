/* SPDX-License-Identifier: MIT
 * JUnit XML of sweeps and of comparisons. A suite begins with its counts, so cases are counted before they are written.
 */
#include "heap_alloc.h"
#include "report_command.h"
#include "report_headline.h"
#include "report_junit.h"
#include "report_xml.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* The points of one fingerprint with one failure, whatever their calls, modes and threads. */
typedef struct junit_case {
    const hf_report_points *points;
    const hf_report_point *const *items;
    size_t count;
} junit_case;

typedef struct junit_counts {
    size_t tests, failures, skipped;
    double seconds;
} junit_counts;

/* A point with its sort key. */
typedef struct ordered {
    const hf_report_point *point;
    const char *method, *fingerprint, *variant;
} ordered;

static int compare_cases(const ordered *a, const ordered *b)
{
    int order = strcmp(a->method, b->method);
    order = order != 0 ? order : strcmp(a->fingerprint, b->fingerprint);
    if (order == 0 && a->point->result != b->point->result)
        order = (uint32_t)a->point->result < (uint32_t)b->point->result ? -1 : 1;
    return order != 0 ? order : strcmp(a->variant, b->variant);
}

static int compare_ordered(const void *left, const void *right)
{
    const ordered *a = left, *b = right;
    int order = compare_cases(a, b);
    return order != 0 ? order : a->point < b->point ? -1 : a->point > b->point;
}

static double seconds_of(const junit_case *self)
{
    uint64_t us = 0;
    for (size_t i = 0; i < self->count; i++)
        us += self->items[i]->elapsed_us;
    return (double)us / 1e6;
}

static bool has_drifted(const junit_case *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i]->outcome < HF_OUTCOME_COUNT)
            return false;
    return true;
}

/* The case of the finding reports the problem. */
static bool is_of_finding(const junit_case *self)
{
    for (size_t i = 0; i < self->count; i++)
        if (hf__report_point_is_finding(self->items[i]))
            return true;
    return false;
}

typedef void visit_case(const junit_case *one, void *user);

static void visit_runs(const hf_report_points *points, const ordered *order, const hf_report_point **items, size_t count, visit_case *visit,
                       void *user)
{
    for (size_t first = 0; first < count;) {
        junit_case one = {.points = points, .items = items + first};
        while (first + one.count < count && compare_cases(&order[first], &order[first + one.count]) == 0)
            one.count++;
        if (!is_of_finding(&one))
            visit(&one, user);
        first += one.count;
    }
}

static void each_case(const hf_report_points *points, size_t sweep, visit_case *visit, void *user)
{
    const hf_report_sweep_points *of = &points->sweeps[sweep];
    ordered *order = hf__allocate(of->point_count + 1, sizeof *order);
    const hf_report_point **items = hf__allocate(of->point_count + 1, sizeof *items);

    for (size_t i = 0; i < of->point_count; i++) {
        const hf_report_point *point = &points->points[of->first_point + i];
        const hf_report_site *site = &points->sites[point->site];
        order[i] = (ordered){point, hf__report_points_text(points, site->method), hf__report_points_text(points, site->fingerprint),
                             hf__report_points_text(points, point->variant)};
    }

    if (of->point_count > 0)
        qsort(order, of->point_count, sizeof *order, compare_ordered);
    for (size_t i = 0; i < of->point_count; i++)
        items[i] = order[i].point;
    visit_runs(points, order, items, of->point_count, visit, user);
    hf__free(items);
    hf__free(order);
}

static void count_case(const junit_case *one, void *user)
{
    junit_counts *counts = user;
    counts->tests++;
    counts->skipped += has_drifted(one) ? 1 : 0;
    counts->seconds += seconds_of(one);
}

static void count_sweep(const hf_report_findings *findings, const hf_report_points *points, size_t sweep, junit_counts *counts)
{
    each_case(points, sweep, count_case, counts);
    for (size_t i = 0; i < findings->count; i++) {
        counts->tests += findings->items[i].sweep == sweep;
        counts->failures += findings->items[i].sweep == sweep && findings->items[i].allowed == NULL;
    }
}

#define WAYS_SHOWN 50u

/* An allowed finding is not a failure, but is still reported. */
static void begin_finding(const hf_report_sink *sink, const hf_report_finding *one, const char *headline)
{
    if (one->allowed != NULL) {
        hf__report_put(sink, "      <system-out>allowed: ");
        hf__report_xml_text(sink, one->allowed);
        hf__report_put(sink, "\n");
        hf__report_xml_text(sink, headline);
        hf__report_put(sink, "\n");
        return;
    }
    hf__report_put(sink, "      <failure");
    hf__report_xml_attribute(sink, "type", hf_outcome_name(one->outcome));
    hf__report_xml_attribute(sink, "message", headline);
    hf__report_put(sink, ">");
}

/* "crashed lua!luaH_resize": the finding's outcome and cause, which stay the same from build to build. */
static void put_finding(const hf_report_sink *sink, const hf_report_finding *one)
{
    char *headline = hf__report_headline(one->outcome, one->ended, one->detail, one->method, one->place);
    char *way = hf__report_way_line(one->ended, one->method, one->place, one->entries);
    char *class = hf__format("%s.findings", one->caller);
    char *name = hf__format("%s %s", hf_outcome_name(one->outcome), one->fingerprint);
    hf__report_put(sink, "    <testcase");
    hf__report_xml_attribute(sink, "classname", class);
    hf__report_xml_attribute(sink, "name", name);
    hf__report_put(sink, " time=\"0.000\">\n");
    begin_finding(sink, one, headline);
    hf__report_xml_text(sink, way);
    hf__report_put(sink, "\n");
    hf__report_xml_text(sink, one->reason);
    hf__report_print(sink, "\n\nhostfault replay %s", one->id);
    hf__report_xml_text(sink, hf__report_command_options());
    hf__report_put(sink, "\n\n");
    hf__report_xml_text(sink, one->end_stack[0] != '\0' ? one->end_stack : one->stack);
    hf__report_put(sink, "\nways into it:\n");

    for (size_t i = 0; i < one->way_count && i < WAYS_SHOWN; i++) {
        hf__report_xml_text(sink, one->ways[i].place);
        hf__report_put(sink, ": ");
        hf__report_xml_text(sink, one->ways[i].fault);
        hf__report_put(sink, "\n");
    }

    if (one->way_count > WAYS_SHOWN)
        hf__report_print(sink, "and %zu more\n", one->way_count - WAYS_SHOWN);
    hf__report_put(sink, one->allowed != NULL ? "</system-out>\n    </testcase>\n" : "</failure>\n    </testcase>\n");
    char *const texts[] = {headline, way, class, name};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hf__free(texts[i]);
}

typedef struct writing {
    const hf_report_sink *sink;
    const char *caller;
} writing;

/* "grow 1a2b3c4d E_FAIL": the digits are of the site's fingerprint. */
static char *name_of(const junit_case *one)
{
    const hf_report_site *site = &one->points->sites[one->items[0]->site];
    char *function = hf__report_place_function(hf__report_points_text(one->points, site->place));
    char *failure = hf__report_point_failure(one->points, one->items[0]);
    char id[17];
    hf__store_finding_id(hf__report_points_text(one->points, site->fingerprint), HF_OUTCOME_OK, id);
    char *name = hf__format("%s %.8s %s", function, id, failure);
    hf__free(failure);
    hf__free(function);
    return name;
}

static void write_case(const junit_case *one, void *user)
{
    const writing *self = user;
    const hf_report_site *site = &one->points->sites[one->items[0]->site];
    char *class = hf__format("%s.%s", self->caller, hf__report_points_text(one->points, site->method));
    char *name = name_of(one);
    hf__report_put(self->sink, "    <testcase");
    hf__report_xml_attribute(self->sink, "classname", class);
    hf__report_xml_attribute(self->sink, "name", name);
    hf__report_print(self->sink, " time=\"%.3f\">\n", seconds_of(one));
    if (has_drifted(one))
        hf__report_put(self->sink, "      <skipped message=\"the fault hit another call than intended\"/>\n");
    hf__report_put(self->sink, "    </testcase>\n");
    hf__free(name);
    hf__free(class);
}

static void put_counts(const hf_report_sink *sink, const junit_counts *counts)
{
    hf__report_print(sink, " tests=\"%zu\" failures=\"%zu\" errors=\"0\"", counts->tests, counts->failures);
}

static void put_suite(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_points *points, size_t index)
{
    const hf_report_sweep *sweep = &findings->sweeps[index];
    junit_counts counts = {0};
    writing self = {.sink = sink, .caller = sweep->caller};
    char *name = hf__format("hostfault sweep %s", sweep->caller);
    count_sweep(findings, points, index, &counts);
    hf__report_put(sink, "  <testsuite");
    hf__report_xml_attribute(sink, "name", name);
    put_counts(sink, &counts);
    hf__report_print(sink, " skipped=\"%zu\" time=\"%.3f\"", counts.skipped, counts.seconds);
    hf__report_xml_attribute(sink, "timestamp", sweep->started);
    hf__report_put(sink, ">\n");
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].sweep == index)
            put_finding(sink, &findings->items[i]);

    each_case(points, index, write_case, &self);
    hf__report_put(sink, "  </testsuite>\n");
    hf__free(name);
}

/* Outdated entries of a file of known findings: each is a failed case; otherwise a CI system that reads only this file would stay green. */
static void put_outdated(const hf_report_sink *sink, const json_t *outdated)
{
    const junit_counts counts = {.tests = json_array_size(outdated), .failures = json_array_size(outdated)};
    if (counts.tests == 0)
        return;
    hf__report_put(sink, "  <testsuite name=\"hostfault known findings\"");
    put_counts(sink, &counts);
    hf__report_put(sink, " skipped=\"0\" time=\"0.000\">\n");

    for (size_t i = 0; i < counts.tests; i++) {
        const json_t *entry = json_array_get(outdated, i);
        const char *outcome = json_string_value(json_object_get(entry, "outcome"));
        char *name =
            hf__format("%s:%lld: %s %s", json_string_value(json_object_get(entry, "file")),
                       (long long)json_integer_value(json_object_get(entry, "line")), outcome, json_string_value(json_object_get(entry, "finding")));
        hf__report_put(sink, "    <testcase classname=\"hostfault.allow\"");
        hf__report_xml_attribute(sink, "name", name);
        hf__report_put(sink, " time=\"0.000\">\n      <failure");
        hf__report_xml_attribute(sink, "type", "outdated");
        hf__report_xml_attribute(sink, "message", json_string_value(json_object_get(entry, "problem")));
        hf__report_put(sink, "/>\n    </testcase>\n");
        hf__free(name);
    }

    hf__report_put(sink, "  </testsuite>\n");
}

void hf__report_junit_sweeps(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_points *points,
                             const struct json_t *outdated)
{
    junit_counts all = {.tests = json_array_size(outdated), .failures = json_array_size(outdated)};
    for (size_t i = 0; i < points->sweep_count; i++)
        count_sweep(findings, points, i, &all);
    hf__report_put(sink, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hostfault\"");
    put_counts(sink, &all);
    hf__report_print(sink, " time=\"%.3f\">\n", all.seconds);
    for (size_t i = 0; i < points->sweep_count; i++)
        put_suite(sink, findings, points, i);
    put_outdated(sink, outdated);
    hf__report_put(sink, "</testsuites>\n");
}

/* Comparisons */

static void put_change(const hf_report_sink *sink, const hf_report_change *change)
{
    const hf_report_finding *subject = hf__report_change_subject(change);
    const char *kind = hf__report_change_name(change->kind);
    bool is_bad = change->kind == HF_CHANGE_NEW || change->kind == HF_CHANGE_WORSE;
    char *function = hf__report_place_function(subject->place);
    char *name = hf__format("%s %.8s %s", function, subject->id, hf_outcome_name(subject->outcome));
    char *results = hf__report_words_join(&change->results);
    char *was = change->was != NULL && change->is != NULL ? hf__format(", was %s", hf_outcome_name(change->was->outcome)) : hf__copy_string("");
    char *text = hf__format("%s: %s%s at %s with %s", kind, hf_outcome_name(subject->outcome), was,
                            subject->ended[0] != '\0' ? subject->ended : subject->place, results);
    hf__report_put(sink, "    <testcase");
    hf__report_xml_attribute(sink, "classname", subject->caller);
    hf__report_xml_attribute(sink, "name", name);
    hf__report_put(sink, " time=\"0.000\">\n");
    hf__report_put(sink, is_bad ? "      <failure" : "      <system-out");

    if (is_bad) {
        hf__report_xml_attribute(sink, "type", kind);
        hf__report_xml_attribute(sink, "message", text);
    }

    hf__report_put(sink, ">");
    hf__report_xml_text(sink, text);
    if (is_bad) {
        hf__report_print(sink, "\nhostfault replay %s", subject->id);
        hf__report_xml_text(sink, hf__report_command_options());
        hf__report_put(sink, "\n");
    }

    hf__report_put(sink, is_bad ? "</failure>\n" : "</system-out>\n");
    hf__report_put(sink, "    </testcase>\n");
    hf__free(text);
    hf__free(was);
    hf__free(results);
    hf__free(name);
    hf__free(function);
}

void hf__report_junit_diff(const hf_report_sink *sink, const hf_report_diff *diff)
{
    const junit_counts counts = {.tests = diff->count, .failures = diff->counts[HF_CHANGE_NEW] + diff->counts[HF_CHANGE_WORSE]};
    hf__report_put(sink, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hostfault\"");
    put_counts(sink, &counts);
    hf__report_put(sink, " time=\"0.000\">\n  <testsuite name=\"hostfault diff\"");
    put_counts(sink, &counts);
    hf__report_put(sink, " skipped=\"0\" time=\"0.000\">\n");
    for (size_t i = 0; i < diff->count; i++)
        put_change(sink, &diff->items[i]);
    hf__report_put(sink, "  </testsuite>\n</testsuites>\n");
}
