/*
 * JUnit XML of sweeps and of comparisons. Suites carry their counts at their head, so cases are counted before they are written.
 */
#include "base_alloc.h"
#include "report_command.h"
#include "report_junit.h"
#include "report_xml.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

/* The points of one site with one failure. */
typedef struct junit_case {
    const hf_report_points *points;
    const hf_report_point *first; /* of the site; the site's are `count` in a row */
    size_t count;
    HRESULT result;
    uint32_t variant;
} junit_case;

typedef struct junit_counts {
    size_t tests, failures, skipped;
    double seconds;
} junit_counts;

static bool is_of(const junit_case *self, const hf_report_point *point)
{
    return point->result == self->result && point->variant == self->variant;
}

/* The worst point; of equals the first. NULL: all drifted. */
static const hf_report_point *worst_of(const junit_case *self)
{
    const hf_report_point *worst = NULL;
    for (size_t i = 0; i < self->count; i++) {
        const hf_report_point *point = &self->first[i];
        if (!is_of(self, point) || point->outcome >= HF_OUTCOME_COUNT)
            continue;
        if (worst == NULL || hf_outcome_severity((hf_outcome)point->outcome) > hf_outcome_severity((hf_outcome)worst->outcome))
            worst = point;
    }
    return worst;
}

static double seconds_of(const junit_case *self)
{
    uint64_t us = 0;
    for (size_t i = 0; i < self->count; i++)
        us += is_of(self, &self->first[i]) ? self->first[i].elapsed_us : 0;
    return (double)us / 1e6;
}

typedef void visit_case(const junit_case *one, void *user);

static bool was_seen(const junit_case *self, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (self->first[i].result == self->first[index].result && self->first[i].variant == self->first[index].variant)
            return true;
    return false;
}

static void each_case(const hf_report_points *points, size_t sweep, visit_case *visit, void *user)
{
    const hf_report_sweep_points *of = &points->sweeps[sweep];
    size_t end = of->first_point + of->point_count;
    for (size_t first = of->first_point; first < end;) {
        junit_case one = {.points = points, .first = &points->points[first]};
        while (first + one.count < end && points->points[first + one.count].site == one.first->site)
            one.count++;
        for (size_t i = 0; i < one.count; i++) {
            one.result = one.first[i].result;
            one.variant = one.first[i].variant;
            if (!was_seen(&one, i))
                visit(&one, user);
        }
        first += one.count;
    }
}

static void count_case(const junit_case *one, void *user)
{
    junit_counts *counts = user;
    const hf_report_point *worst = worst_of(one);
    counts->tests++;
    counts->skipped += worst == NULL ? 1 : 0;
    counts->failures += worst != NULL && hf__report_point_is_finding(worst) ? 1 : 0;
    counts->seconds += seconds_of(one);
}

static void put_failure(const hf_report_sink *sink, const junit_case *one, const hf_report_point *worst)
{
    const hf_report_points *points = one->points;
    const hf_report_site *site = &points->sites[worst->site];
    char id[17];
    hf__store_finding_id(hf__report_points_text(points, site->fingerprint), (hf_outcome)worst->outcome, id);
    hf__report_put(sink, "      <failure");
    hf__report_xml_attribute(sink, "type", hf_outcome_name((hf_outcome)worst->outcome));
    hf__report_xml_attribute(sink, "message", hf__report_points_text(points, worst->reason));
    hf__report_put(sink, ">");
    hf__report_xml_text(sink, hf__report_points_text(points, site->place));
    hf__report_put(sink, "\n\n");
    for (size_t i = 0; i < one->count; i++) {
        const hf_report_point *point = &one->first[i];
        if (!is_of(one, point) || !hf__report_point_is_finding(point))
            continue;
        hf__report_print(sink, "%s: ", hf_outcome_name((hf_outcome)point->outcome));
        hf__report_xml_text(sink, hf__report_points_text(points, point->fault));
        const char *earlier = hf__report_points_text(points, point->earlier);
        hf__report_put(sink, earlier[0] != '\0' ? "; after " : "");
        hf__report_xml_text(sink, earlier);
        hf__report_put(sink, "\n");
    }
    hf__report_print(sink, "\nhostfault replay %s", id);
    hf__report_xml_text(sink, hf__report_command_options());
    hf__report_put(sink, "\n\n");
    hf__report_xml_text(sink, hf__report_points_text(points, site->stack));
    hf__report_put(sink, "</failure>\n");
}

typedef struct writing {
    const hf_report_sink *sink;
    const char *caller;
} writing;

/* "grow 1a2b3c4d E_FAIL": the digits are those that findings of the site begin with, were it well. */
static char *name_of(const junit_case *one)
{
    const hf_report_site *site = &one->points->sites[one->first->site];
    const hf_report_point any = {.result = one->result, .variant = one->variant};
    char *function = hf__report_place_function(hf__report_points_text(one->points, site->place));
    char *failure = hf__report_point_failure(one->points, &any);
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
    const hf_report_point *worst = worst_of(one);
    const hf_report_site *site = &one->points->sites[one->first->site];
    char *class = hf__format("%s.%s", self->caller, hf__report_points_text(one->points, site->method));
    char *name = name_of(one);
    hf__report_put(self->sink, "    <testcase");
    hf__report_xml_attribute(self->sink, "classname", class);
    hf__report_xml_attribute(self->sink, "name", name);
    hf__report_print(self->sink, " time=\"%.6f\">\n", seconds_of(one));
    if (worst == NULL)
        hf__report_put(self->sink, "      <skipped message=\"another call than the one meant was failed\"/>\n");
    else if (hf__report_point_is_finding(worst))
        put_failure(self->sink, one, worst);
    hf__report_put(self->sink, "    </testcase>\n");
    hf__free(name);
    hf__free(class);
}

static void put_counts(const hf_report_sink *sink, const junit_counts *counts)
{
    hf__report_print(sink, " tests=\"%zu\" failures=\"%zu\" errors=\"0\"", counts->tests, counts->failures);
}

static void put_suite(const hf_report_sink *sink, const hf_report_sweep *sweep, const hf_report_points *points, size_t index)
{
    junit_counts counts = {0};
    writing self = {.sink = sink, .caller = sweep->caller};
    char *name = hf__format("hostfault sweep %s", sweep->caller);
    each_case(points, index, count_case, &counts);
    hf__report_put(sink, "  <testsuite");
    hf__report_xml_attribute(sink, "name", name);
    put_counts(sink, &counts);
    hf__report_print(sink, " skipped=\"%zu\" time=\"%.6f\"", counts.skipped, counts.seconds);
    hf__report_xml_attribute(sink, "timestamp", sweep->started);
    hf__report_put(sink, ">\n");
    each_case(points, index, write_case, &self);
    hf__report_put(sink, "  </testsuite>\n");
    hf__free(name);
}

void hf__report_junit_sweeps(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_points *points)
{
    junit_counts all = {0};
    for (size_t i = 0; i < points->sweep_count; i++)
        each_case(points, i, count_case, &all);
    hf__report_put(sink, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"hostfault\"");
    put_counts(sink, &all);
    hf__report_print(sink, " time=\"%.6f\">\n", all.seconds);
    for (size_t i = 0; i < points->sweep_count; i++)
        put_suite(sink, &findings->sweeps[i], points, i);
    hf__report_put(sink, "</testsuites>\n");
}

/* Comparisons */

static void put_change(const hf_report_sink *sink, const hf_report_change *change)
{
    const hf_report_finding *subject = change->is != NULL ? change->is : change->was;
    const char *kind = hf__report_change_name(change->kind);
    bool is_bad = change->kind == HF_CHANGE_NEW || change->kind == HF_CHANGE_WORSE;
    char *function = hf__report_place_function(subject->place);
    char *name = hf__format("%s %.8s %s", function, subject->id, hf_outcome_name(subject->outcome));
    char *results = hf__report_words_join(&change->results);
    char *was = change->was != NULL && change->is != NULL ? hf__format(", was %s", hf_outcome_name(change->was->outcome)) : hf__copy_string("");
    char *text = hf__format("%s: %s%s at %s with %s", kind, hf_outcome_name(subject->outcome), was, subject->place, results);
    hf__report_put(sink, "    <testcase");
    hf__report_xml_attribute(sink, "classname", subject->caller);
    hf__report_xml_attribute(sink, "name", name);
    hf__report_put(sink, " time=\"0\">\n");
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
    hf__report_put(sink, " time=\"0\">\n  <testsuite name=\"hostfault diff\"");
    put_counts(sink, &counts);
    hf__report_put(sink, " skipped=\"0\" time=\"0\">\n");
    for (size_t i = 0; i < diff->count; i++)
        put_change(sink, &diff->items[i]);
    hf__report_put(sink, "  </testsuite>\n</testsuites>\n");
}
