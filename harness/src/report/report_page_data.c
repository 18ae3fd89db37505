/* SPDX-License-Identifier: MIT
 * The data of the page, as JSON. Points are columns, not objects, and texts are indices into one table: a hundred thousand points are a few
 * megabytes. The block is only for the page and not a public format: its code and its data always have the same version.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "model.h"
#include "report_advice.h"
#include "report_command.h"
#include "report_case.h"
#include "report_detail.h"
#include "report_headline.h"
#include "report_page.h"
#include "report_source.h"

#include <hostfault/version.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define DETAILS_MAX 200u

typedef struct page {
    const hf_report_findings *findings;
    const hf_report_points *points;
    const char *results;
    hf_report_strings strings;
    hf_report_sources sources;
    hf_report_details details;
    json_t *runs;
} page;

static void set(json_t *object, const char *key, json_t *value_take)
{
    (void)json_object_set_new(object, key, value_take);
}

static void append(json_t *array, uint64_t number)
{
    (void)json_array_append_new(array, json_integer((json_int_t)(number & INT64_MAX)));
}

/* Vocabulary */

static json_t *outcomes_value(void)
{
    json_t *array = json_array();
    for (hf_outcome i = 0; i < HF_OUTCOME_COUNT; i++)
        (void)json_array_append_new(array, json_pack("{s:s, s:i, s:s, s:s}", "name", hf_outcome_name(i), "severity", (int)hf_outcome_severity(i),
                                                     "meaning", hf_outcome_meaning(i), "advice", hf__report_advice(i)));
    return array;
}

static json_t *responses_value(void)
{
    json_t *array = json_array();
    for (hf_response i = 0; i < HF_RESPONSE_COUNT; i++)
        (void)json_array_append_new(array, json_pack("{s:s, s:s}", "name", hf_response_name(i), "meaning", hf_response_meaning(i)));
    return array;
}

static json_t *results_value(void)
{
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        char hex[16];
        (void)snprintf(hex, sizeof hex, "0x%08" PRIX32, (uint32_t)rows[i].value);
        set(object, rows[i].name, json_pack("{s:s, s:s}", "hex", hex, "meaning", rows[i].meaning));
    }
    return object;
}

/* Sites */

static json_t *frames_value(page *self, const char *stack)
{
    json_t *array = json_array();
    hf_text rest = hf__text(stack);
    hf_text line;
    while (hf__report_next_line(&rest, &line))
        append(array, hf__report_strings_add_text(&self->strings, line));
    return array;
}

static json_t *sites_value(page *self, const hf_report_sweep_points *of)
{
    const hf_report_points *points = self->points;
    json_t *columns[5];
    for (size_t i = 0; i < 5; i++)
        columns[i] = json_array();
    for (size_t i = of->first_site; i < of->first_site + of->site_count; i++) {
        const hf_report_site *site = &points->sites[i];
        char key[17];
        (void)snprintf(key, sizeof key, "%016" PRIx64, site->key);
        append(columns[0], hf__report_strings_add(&self->strings, hf__report_points_text(points, site->method)));
        append(columns[1], hf__report_strings_add(&self->strings, hf__report_points_text(points, site->place)));
        append(columns[2], site->calls);
        (void)json_array_append_new(columns[3], json_string(key));
        (void)json_array_append_new(columns[4], frames_value(self, hf__report_points_text(points, site->stack)));
    }

    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "method", columns[0], "place", columns[1], "calls", columns[2], "key", columns[3], "frames",
                     columns[4]);
}

/* Points */

typedef enum column {
    SITE,
    ORDINAL,
    RESULT,
    ONWARDS,
    OUTCOME,
    RESPONSE,
    REASON,
    FAULT,
    STANDS,
    EARLIER,
    THREAD,
    CALLS,
    RETRIES,
    LEAKED,
    EXIT,
    SIGNAL,
    US,
    FINDING,
    COLUMN_COUNT
} column;
static const char *const column_names[COLUMN_COUNT] = {"site",    "ordinal", "result", "onwards", "outcome", "response",
                                                       "reason",  "fault",   "stands", "earlier", "thread",  "calls",
                                                       "retries", "leaked",  "exit",   "signal",  "us",      "finding"};

static json_int_t text_number(page *self, uint32_t number)
{
    return hf__report_strings_add(&self->strings, hf__report_points_text(self->points, number));
}

/* The fault with "#" for its ordinal, so that many points share the text. */
static json_int_t fault_number(page *self, const hf_report_point *point)
{
    const char *fault = hf__report_points_text(self->points, point->fault);
    char *when = hf__format("when: %" PRIu64, point->ordinal);
    const char *at = strstr(fault, when);
    const char *rest = at != NULL ? at + strlen(when) : NULL;
    bool is_whole = rest != NULL && (*rest < '0' || *rest > '9');
    char *shape = is_whole ? hf__format("%.*swhen: #%s", (int)(at - fault), fault, rest) : hf__copy_string(fault);
    json_int_t number = hf__report_strings_add(&self->strings, shape);
    hf__free(shape);
    hf__free(when);
    return number;
}

static json_int_t failure_number(page *self, const hf_report_point *point)
{
    char *failure = hf__report_point_failure(self->points, point);
    json_int_t number = hf__report_strings_add(&self->strings, failure);
    hf__free(failure);
    return number;
}

/* -1: none. */
static json_int_t finding_number(page *self, const hf_report_point *point)
{
    char id[17];
    if (!hf__report_point_is_finding(point))
        return -1;
    const hf_report_site *site = &self->points->sites[point->site];
    hf__store_finding_id(hf__report_points_text(self->points, site->fingerprint), (hf_outcome)point->outcome, id);
    return hf__report_strings_add(&self->strings, id);
}

static json_int_t value_of(page *self, const hf_report_sweep_points *of, const hf_report_point *point, column which)
{
    switch (which) {
    case SITE: return (json_int_t)(point->site - of->first_site);
    case ORDINAL: return (json_int_t)(point->ordinal & INT64_MAX);
    case RESULT: return failure_number(self, point);
    case ONWARDS: return point->onwards;
    case OUTCOME: return point->outcome;
    case RESPONSE: return point->response;
    case REASON: return text_number(self, point->reason);
    case FAULT: return fault_number(self, point);
    case STANDS: return text_number(self, point->stands);
    case EARLIER: return text_number(self, point->earlier);
    case THREAD: return text_number(self, point->thread);
    case CALLS: return (json_int_t)(point->calls & INT64_MAX);
    case RETRIES: return (json_int_t)(point->retries & INT64_MAX);
    case LEAKED: return (json_int_t)(point->leaked_bytes & INT64_MAX);
    case EXIT: return point->exit_status;
    case SIGNAL: return point->signal;
    case US: return (json_int_t)(point->elapsed_us & INT64_MAX);
    case FINDING: return finding_number(self, point);
    case COLUMN_COUNT: break;
    }

    return 0;
}

static json_t *points_value(page *self, const hf_report_sweep_points *of)
{
    json_t *object = json_object();
    for (column which = 0; which < COLUMN_COUNT; which++) {
        json_t *array = json_array();
        for (size_t i = of->first_point; i < of->first_point + of->point_count; i++)
            (void)json_array_append_new(array, json_integer(value_of(self, of, &self->points->points[i], which)));
        set(object, column_names[which], array);
    }
    set(object, "count", json_integer((json_int_t)of->point_count));
    return object;
}

/* Findings */

/* The index of the run that proved a finding; null if none can be read. */
static json_t *run_value(page *self, const hf_report_finding *finding)
{
    if (self->results == NULL || json_array_size(self->runs) >= DETAILS_MAX)
        return json_null();
    char *folder = hf__report_detail_folder(self->results, finding->example);
    hf_error err;
    json_t *detail = folder != NULL ? hf__report_detail_of(&self->details, folder, &err) : NULL;
    hf__free(folder);
    if (detail == NULL)
        return json_null();
    set(detail, "finding", json_string(finding->id));
    (void)json_array_append_new(self->runs, detail);
    return json_integer((json_int_t)json_array_size(self->runs) - 1);
}

static json_t *ways_value(const hf_report_finding *finding)
{
    json_t *ways = json_array();
    for (size_t i = 0; i < finding->way_count; i++) {
        const hf_report_way *way = &finding->ways[i];
        (void)json_array_append_new(
            ways, json_pack("{s:s, s:s, s:s, s:s}", "id", way->id, "method", way->method, "place", way->place, "fault", way->fault));
    }
    return ways;
}

static json_t *finding_value(page *self, const hf_report_finding *finding)
{
    json_t *results = json_array();
    for (size_t i = 0; i < finding->results.count; i++)
        (void)json_array_append_new(results, json_string(finding->results.items[i]));
    hf__report_sources_add(&self->sources, finding->stack);
    hf__report_sources_add(&self->sources, finding->end_stack);
    char *headline = hf__report_headline(finding->outcome, finding->ended, finding->detail, finding->method, finding->place);
    json_t *value =
        json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:o, s:o, s:o, s:o}", "id", finding->id, "outcome",
                  (int)finding->outcome, "headline", headline, "method", finding->method, "place", finding->place, "fingerprint",
                  finding->fingerprint, "reason", finding->reason, "fault", finding->fault, "earlier", finding->earlier, "results", results,
                  "entries", (json_int_t)finding->entries, "points", (json_int_t)finding->points, "frames", frames_value(self, finding->stack), "end",
                  frames_value(self, finding->end_stack), "ways", ways_value(finding), "run", run_value(self, finding));
    if (finding->allowed != NULL)
        set(value, "allowed", json_string(finding->allowed));
    hf__free(headline);

    return value;
}

static json_t *past_value(const hf_report_sweep *sweep)
{
    json_t *array = json_array();
    for (size_t i = 0; i < sweep->past_count; i++) {
        json_t *ids = json_array();
        for (size_t id = 0; id < sweep->past[i].findings.count; id++)
            (void)json_array_append_new(ids, json_string(sweep->past[i].findings.items[id]));
        (void)json_array_append_new(array, json_pack("{s:s, s:o}", "started", sweep->past[i].started, "findings", ids));
    }
    return array;
}

static json_t *sweep_value(page *self, size_t index)
{
    const hf_report_sweep *sweep = &self->findings->sweeps[index];
    const hf_report_sweep_points *of = &self->points->sweeps[index];
    json_t *findings = json_array();
    for (size_t i = 0; i < self->findings->count; i++)
        if (self->findings->items[i].sweep == index)
            (void)json_array_append_new(findings, finding_value(self, &self->findings->items[i]));

    json_t *object = json_object();
    set(object, "caller", json_string(sweep->caller));
    set(object, "isolation", json_string(sweep->isolation));
    set(object, "options", json_string(sweep->options));
    set(object, "started", json_string(sweep->started));
    set(object, "finished", json_boolean(sweep->finished));
    set(object, "script", json_string(of->script));
    set(object, "sites", sites_value(self, of));
    set(object, "points", points_value(self, of));
    set(object, "findings", findings);
    set(object, "past", past_value(sweep));
    return object;
}

static json_t *strings_value(const hf_report_strings *strings)
{
    json_t *array = json_array();
    for (size_t i = 0; i < strings->count; i++)
        (void)json_array_append_new(array, json_string(strings->items[i]));
    return array;
}

static void begin(page *self)
{
    self->runs = json_array();
    hf__report_sources_begin(&self->sources);
    hf__report_details_begin(&self->details, &self->sources);
}

static json_t *add_totals(page *self, json_t *sweeps)
{
    json_t *document = json_object();
    set(document, "version", json_string(HF_VERSION));
    set(document, "options", json_string(hf__report_command_options()));
    set(document, "outcomes", outcomes_value());
    set(document, "responses", responses_value());
    set(document, "results", results_value());
    set(document, "sweeps", sweeps);
    set(document, "runs", self->runs);
    (void)json_object_set(document, "cleans", self->details.cleans);
    (void)json_object_set(document, "sources", self->sources.excerpts);
    if (self->sources.outside != NULL)
        set(document, "outside", json_string(self->sources.outside));

    set(document, "strings", strings_value(&self->strings));
    hf__report_details_clear(&self->details);
    hf__report_sources_clear(&self->sources);
    hf__report_strings_clear(&self->strings);
    return document;
}

json_t *hf__report_page_of_sweeps(const hf_report_findings *findings, const hf_report_points *points, const char *results)
{
    page self = {.findings = findings, .points = points, .results = results};
    begin(&self);
    json_t *sweeps = json_array();
    for (size_t i = 0; i < points->sweep_count; i++)
        (void)json_array_append_new(sweeps, sweep_value(&self, i));
    return add_totals(&self, sweeps);
}

json_t *hf__report_page_of_run(const char *folder, hf_error *err)
{
    page self = {.results = NULL};
    begin(&self);
    json_t *detail = hf__report_detail_of(&self.details, folder, err);
    if (detail != NULL)
        (void)json_array_append_new(self.runs, detail);
    json_t *document = add_totals(&self, json_array());
    if (detail != NULL)
        return document;
    json_decref(document);
    return NULL;
}
