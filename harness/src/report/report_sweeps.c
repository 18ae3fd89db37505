/* SPDX-License-Identifier: MIT
 * Prints sweeps and their findings.
 */
#include "heap_alloc.h"
#include "report_command.h"
#include "report_findings.h"
#include "report_headline.h"
#include "report_json.h"
#include "report_jump.h"
#include "report_matrix.h"

#include <hostfault/version.h>
#include <jansson.h>
#include <string.h>

#include "base_poison.h"

#define PLACE_MIN 12u
#define PLACE_MAX 44u

int hf__report_place_width(const hf_report_finding *const *findings, size_t count)
{
    size_t width = PLACE_MIN;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(findings[i]->place);
        width = length > width ? length : width;
    }
    return (int)(width < PLACE_MAX ? width : PLACE_MAX);
}

static void print_outcomes(const hf_report_sink *sink, const hf_report_sweep *sweep)
{
    const char *before = "  outcomes  ";
    for (hf_outcome i = 0; i < HF_OUTCOME_COUNT; i++) {
        if (sweep->outcomes[i] == 0)
            continue;
        hf__report_print(sink, "%s%llu %s", before, (unsigned long long)sweep->outcomes[i], hf_outcome_name(i));
        before = ", ";
    }
    if (sweep->drifted > 0)
        hf__report_print(sink, "%s%llu drifted", before, (unsigned long long)sweep->drifted);
    hf__report_put(sink, sweep->points > 0 ? "\n" : "  outcomes  none\n");
}

static void print_sweep(const hf_report_sink *sink, const hf_report_sweep *sweep)
{
    hf__report_tone(sink, HF_TONE_STRONG, "%s", sweep->caller);
    hf__report_print(sink, ": %llu finding%s; %llu point%s at %llu site%s", (unsigned long long)sweep->findings, sweep->findings == 1 ? "" : "s",
                     (unsigned long long)sweep->points, sweep->points == 1 ? "" : "s", (unsigned long long)sweep->sites,
                     sweep->sites == 1 ? "" : "s");
    if (!sweep->finished)
        hf__report_tone(sink, HF_TONE_WARNING, ", not finished");
    hf__report_print(sink, "\n  sweep     %s%s%s, begun %s\n", sweep->options, sweep->options[0] != '\0' ? ", " : "", sweep->isolation,
                     sweep->started);
    print_outcomes(sink, sweep);
}

static void print_headline(const hf_report_sink *sink, const hf_report_finding *one, int width)
{
    char *ended = hf__report_jump_place(one->ended, one->end_stack);
    char *place = hf__report_jump_place(one->place, one->stack);
    char *headline = hf__report_headline(one->outcome, ended, one->detail, one->method, place);
    size_t length = strlen(headline);
    hf__report_put(sink, " ");
    hf__report_put_linked(sink, headline);
    hf__report_print(sink, "%*s  hostfault replay %s%s\n", length < (size_t)width ? width - (int)length : 0, "", one->id,
                     hf__report_command_options());
    hf__free(headline);
    hf__free(place);
    hf__free(ended);
}

static void print_way(const hf_report_sink *sink, const hf_report_finding *one)
{
    char *place = hf__report_jump_place(one->place, one->stack);
    char *way = hf__report_way_line(one->ended, one->method, place, one->entries);
    hf__report_put(sink, "            ");
    hf__report_put_linked(sink, way);
    hf__report_put(sink, way[0] != '\0' ? "; " : "");
    hf__free(way);
    hf__free(place);
}

static void print_finding(const hf_report_sink *sink, const hf_report_finding *one, int place_width)
{
    char *results = hf__report_words_join(&one->results);
    unsigned severity = hf_outcome_severity(one->outcome);
    hf__report_put(sink, "  ");
    hf_report_tone tone = one->allowed != NULL ? HF_TONE_FAINT : severity >= 7 ? HF_TONE_BAD : HF_TONE_WARNING;
    hf__report_tone(sink, tone, "%-9s", hf_outcome_name(one->outcome));
    print_headline(sink, one, place_width);
    print_way(sink, one);
    hf__report_tone(sink, HF_TONE_FAINT, "%s; %llu point%s", results, (unsigned long long)one->points, one->points == 1 ? "" : "s");
    if (one->response != HF_RESPONSE_COUNT)
        hf__report_tone(sink, HF_TONE_FAINT, "; %s", hf_response_name(one->response));

    if (one->earlier[0] != '\0')
        hf__report_tone(sink, HF_TONE_FAINT, "; after %s", one->earlier);
    hf__report_put(sink, "\n");
    if (one->reason[0] != '\0')
        hf__report_print(sink, "            %s\n", one->reason);
    if (one->allowed != NULL)
        hf__report_print(sink, "            allowed: %s\n", one->allowed);
    hf__free(results);
}

static void print_matrix(const hf_report_sink *sink, const hf_report_points *points, size_t sweep, bool all)
{
    hf_report_matrix matrix = hf__report_matrix_of(points, sweep);
    hf__report_matrix_print(sink, &matrix, all);
    hf__report_matrix_clear(&matrix);
}

void hf__report_sweeps_print(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_points *points, bool all)
{
    const hf_report_finding **items = hf__allocate(findings->count, sizeof *items);
    for (size_t i = 0; i < findings->count; i++)
        items[i] = &findings->items[i];
    int width = hf__report_place_width(items, findings->count);
    for (size_t sweep = 0; sweep < findings->sweep_count; sweep++) {
        hf__report_put(sink, sweep > 0 ? "\n" : "");
        print_sweep(sink, &findings->sweeps[sweep]);
        print_matrix(sink, points, sweep, all);
        for (size_t i = 0; i < findings->count; i++)
            if (items[i]->sweep == sweep)
                print_finding(sink, items[i], width);
    }
    hf__free(items);
}

static json_t *json_of_ways(const hf_report_finding *one)
{
    json_t *ways = json_array();
    for (size_t i = 0; i < one->way_count; i++) {
        const hf_report_way *way = &one->ways[i];
        (void)json_array_append_new(ways, json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", way->id, "method", way->method, "place", way->place, "fault",
                                                    way->fault, "points", (json_int_t)way->points));
    }
    return ways;
}

static json_t *json_of_finding(const hf_report_finding *one)
{
    json_t *results = json_array();
    for (size_t i = 0; i < one->results.count; i++)
        (void)json_array_append_new(results, json_string(one->results.items[i]));
    char *replay = hf__format("hostfault replay %s%s", one->id, hf__report_command_options());
    json_t *object = json_object();
    (void)json_object_set_new(object, "id", json_string(one->id));
    (void)json_object_set_new(object, "outcome", json_string(hf_outcome_name(one->outcome)));
    (void)json_object_set_new(object, "severity", json_integer((json_int_t)hf_outcome_severity(one->outcome)));
    (void)json_object_set_new(object, "method", json_string(one->method));
    (void)json_object_set_new(object, "place", json_string(one->place));
    (void)json_object_set_new(object, "ended", json_string(one->ended));
    (void)json_object_set_new(object, "detail", json_string(one->detail));
    (void)json_object_set_new(object, "end_stack", json_string(one->end_stack));
    (void)json_object_set_new(object, "ways", json_of_ways(one));
    (void)json_object_set_new(object, "fingerprint", json_string(one->fingerprint));
    (void)json_object_set_new(object, "results", results);
    (void)json_object_set_new(object, "points", json_integer((json_int_t)one->points));
    (void)json_object_set_new(object, "response", one->response != HF_RESPONSE_COUNT ? json_string(hf_response_name(one->response)) : json_null());
    (void)json_object_set_new(object, "reason", json_string(one->reason));
    (void)json_object_set_new(object, "earlier", one->earlier[0] != '\0' ? json_string(one->earlier) : json_null());
    (void)json_object_set_new(object, "fault", json_string(one->fault));
    (void)json_object_set_new(object, "stack", json_string(one->stack));
    (void)json_object_set_new(object, "replay", json_string(replay));
    (void)json_object_set_new(object, "allowed", one->allowed != NULL ? json_string(one->allowed) : json_null());
    hf__free(replay);

    return object;
}

static json_t *json_of_sweep(const hf_report_findings *findings, size_t index)
{
    const hf_report_sweep *sweep = &findings->sweeps[index];
    json_t *outcomes = json_object();
    for (hf_outcome i = 0; i < HF_OUTCOME_COUNT; i++)
        (void)json_object_set_new(outcomes, hf_outcome_name(i), json_integer((json_int_t)sweep->outcomes[i]));
    json_t *array = json_array();
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].sweep == index)
            (void)json_array_append_new(array, json_of_finding(&findings->items[i]));

    json_t *object = json_object();
    (void)json_object_set_new(object, "caller", json_string(sweep->caller));
    (void)json_object_set_new(object, "isolation", json_string(sweep->isolation));
    (void)json_object_set_new(object, "options", json_string(sweep->options));
    (void)json_object_set_new(object, "started", json_string(sweep->started));
    (void)json_object_set_new(object, "finished", json_boolean(sweep->finished));
    (void)json_object_set_new(object, "sites", json_integer((json_int_t)sweep->sites));
    (void)json_object_set_new(object, "points", json_integer((json_int_t)sweep->points));
    (void)json_object_set_new(object, "drifted", json_integer((json_int_t)sweep->drifted));
    (void)json_object_set_new(object, "outcomes", outcomes);
    (void)json_object_set_new(object, "findings", array);
    return object;
}

void hf__report_sweeps_json(const hf_report_sink *sink, const hf_report_findings *findings, struct json_t *outdated_take)
{
    json_t *sweeps = json_array();
    for (size_t i = 0; i < findings->sweep_count; i++)
        (void)json_array_append_new(sweeps, json_of_sweep(findings, i));
    json_t *document = json_object();
    (void)json_object_set_new(document, "schema", json_string("hostfault-report/1"));
    (void)json_object_set_new(document, "version", json_string(HF_VERSION));
    (void)json_object_set_new(document, "sweeps", sweeps);
    (void)json_object_set_new(document, "outdated", outdated_take);
    hf__report_put_json(sink, document);
}
