/* SPDX-License-Identifier: MIT
 * The SARIF document around its rules and results, and the limits of GitHub's code scanning (docs.github.com, "SARIF support for code scanning", and
 * "SARIF results exceed one or more limits").
 */
#include "report_sarif.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "base_version.h"
#include "report_detail.h"
#include "report_json.h"
#include "report_sarif_parts.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
#define RUNS_MAX 20u
#define RESULTS_MAX 25000u
#define DETAILS_MAX 200u /* as many runs are read for their calls */
/* GitHub accepts 10 MB after gzip; our documents compress to a tenth or less (measured: 14 to 30 times), so this is on the safe side. */
#define BYTES_MAX (60u << 20)

/* A finding and its description. */
typedef struct entry {
    const hf_report_finding *finding;
    const char *state;
} entry;

typedef struct category {
    char *id; /* "hostfault/sqlite/" */
    entry *entries;
    size_t count, capacity;
} category;

typedef struct sarif {
    const hf_report_findings *findings;
    const char *results;
    hf_report_sources sources;
    hf_report_details details;
    size_t detail_count, bytes;
    category categories[RUNS_MAX];
    size_t category_count;
} sarif;

/* Categories */

/* Between slashes: a caller's name may contain anything. */
static char *category_of(const char *caller, const char *shard)
{
    char *id = shard[0] != '\0' ? hf__format("hostfault/%s/%s/", caller, shard) : hf__format("hostfault/%s/", caller);
    for (char *c = id + strlen("hostfault/"); *c != '\0'; c++)
        if (*c <= ' ' || *c == '"' || *c == '\\')
            *c = '-';
    return id;
}

/* The last run takes all callers that do not fit into a run of their own. */
static category *find_category(sarif *self, const char *caller, const char *shard)
{
    char *id = category_of(caller, shard);
    for (size_t i = 0; i < self->category_count; i++) {
        if (strcmp(self->categories[i].id, id) == 0) {
            hf__free(id);
            return &self->categories[i];
        }
    }

    if (self->category_count == RUNS_MAX) {
        hf__free(id);
        return &self->categories[RUNS_MAX - 1];
    }

    if (self->category_count == RUNS_MAX - 1) {
        hf__free(id);
        id = hf__copy_string("hostfault/others/");
    }

    self->categories[self->category_count] = (category){.id = id};
    return &self->categories[self->category_count++];
}

static void add_entry(sarif *self, const hf_report_finding *finding, const char *state)
{
    const hf_report_findings *findings = self->findings;
    bool is_swept = finding->sweep < findings->sweep_count && (state == NULL || strcmp(state, "absent") != 0);
    category *to = find_category(self, finding->caller, is_swept ? findings->sweeps[finding->sweep].shard : "");
    HF_GROW(to->entries, to->count, to->capacity);
    to->entries[to->count++] = (entry){finding, state};
}

static const char *state_of(const hf_report_diff *diff, const hf_report_finding *finding)
{
    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        if (diff->items[i].is == finding)
            return diff->items[i].kind == HF_CHANGE_NEW ? "new" : "updated";
    return diff != NULL ? "unchanged" : NULL;
}

/* Worst first: if there are more than a document may hold, the worst ones stay. */
static int compare_entries(const void *a, const void *b)
{
    const hf_report_finding *one = ((const entry *)a)->finding;
    const hf_report_finding *other = ((const entry *)b)->finding;
    int by_severity = hf_outcome_compare(one->outcome, other->outcome);
    int by_fingerprint = strcmp(one->fingerprint, other->fingerprint);
    return by_severity != 0 ? by_severity : by_fingerprint != 0 ? by_fingerprint : strcmp(one->id, other->id);
}

/* A caller without findings has a run too: the run closes earlier alerts. */
static void divide(sarif *self, const hf_report_diff *diff)
{
    const hf_report_findings *findings = self->findings;
    for (size_t i = 0; i < findings->sweep_count; i++) {
        char *caller = hf__report_clean_caller(findings->sweeps[i].caller);
        (void)find_category(self, caller, findings->sweeps[i].shard);
        hf__free(caller);
    }

    for (size_t i = 0; i < findings->count; i++)
        add_entry(self, &findings->items[i], state_of(diff, &findings->items[i]));
    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        if (diff->items[i].is == NULL)
            add_entry(self, diff->items[i].was, "absent");
    if (self->category_count == 0)
        self->categories[self->category_count++] = (category){.id = hf__copy_string("hostfault/")};
    for (size_t i = 0; i < self->category_count; i++)
        if (self->categories[i].count > 1)
            qsort(self->categories[i].entries, self->categories[i].count, sizeof(entry), compare_entries);
}

/* Results */

static json_t *detail_of(sarif *self, const hf_report_finding *finding)
{
    if (self->results == NULL || finding->example[0] == '\0' || self->detail_count >= DETAILS_MAX)
        return NULL;
    char *folder = hf__report_detail_folder(self->results, finding->example);
    hf_error err;
    json_t *detail = folder != NULL ? hf__report_detail_of(&self->details, folder, &err) : NULL;
    self->detail_count += detail != NULL ? 1 : 0;
    hf__free(folder);
    return detail;
}

/* The parts that a reader can do without if the document would be too large. */
static void make_light(json_t *result)
{
    (void)json_object_del(result, "codeFlows");
    (void)json_object_del(result, "stacks");
}

static json_t *results_value(sarif *self, const category *of, size_t *light)
{
    json_t *results = json_array();
    for (size_t i = 0; i < of->count && i < RESULTS_MAX; i++) {
        json_t *detail = detail_of(self, of->entries[i].finding);
        json_t *result = hf__report_sarif_result(of->entries[i].finding, of->entries[i].state, detail);
        json_decref(detail);
        size_t bytes = json_dumpb(result, NULL, 0, JSON_INDENT(2));
        if (self->bytes + bytes > BYTES_MAX) {
            make_light(result);
            bytes = json_dumpb(result, NULL, 0, JSON_INDENT(2));
            *light += 1;
        }
        if (self->bytes + bytes > 2 * (size_t)BYTES_MAX) {
            json_decref(result);
            break;
        }
        self->bytes += bytes;
        (void)json_array_append_new(results, result);
    }

    return results;
}

static json_t *notification(const char *text)
{
    return json_pack("{s:s, s:o}", "level", "warning", "message", hf__report_sarif_message(text));
}

/* A message with the omitted parts; NULL: nothing. */
static json_t *left_out_value(const category *of, size_t shown, size_t light)
{
    json_t *notifications = json_array();
    char *fewer = hf__format(
        "%zu of %zu findings are left out, those of the least severity, because code scanning limits their number. 'hostfault report' shows all.",
        of->count - shown, of->count);
    char *lighter =
        hf__format("%zu results have no stacks and calls, because code scanning limits the file's size. 'hostfault report' shows them.", light);
    if (shown < of->count)
        (void)json_array_append_new(notifications, notification(fewer));
    if (light > 0)
        (void)json_array_append_new(notifications, notification(lighter));
    hf__free(lighter);
    hf__free(fewer);
    return json_pack("[{s:b, s:o}]", "executionSuccessful", 1, "toolExecutionNotifications", notifications);
}

static json_t *run_value(sarif *self, const category *of)
{
    size_t light = 0;
    json_t *driver = json_pack("{s:s, s:s, s:s, s:o}", "name", "hostfault", "version", HF_VERSION, "semanticVersion", HF_VERSION, "rules",
                               hf__report_sarif_rules());
    if (HF_MANUAL_URL[0] != '\0')
        (void)json_object_set_new(driver, "informationUri", json_string(HF_MANUAL_URL));
    json_t *results = results_value(self, of, &light);
    json_t *run = json_object();
    (void)json_object_set_new(run, "tool", json_pack("{s:o}", "driver", driver));
    (void)json_object_set_new(run, "automationDetails", json_pack("{s:s}", "id", of->id));
    (void)json_object_set_new(run, "columnKind", json_string("utf16CodeUnits"));
    (void)json_object_set_new(run, "invocations", left_out_value(of, json_array_size(results), light));
    (void)json_object_set_new(run, "results", results);
    return run;
}

void hf__report_sarif(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_diff *diff, const char *results)
{
    sarif self = {.findings = findings, .results = results};
    hf__report_sources_begin(&self.sources);
    hf__report_details_begin(&self.details, &self.sources);
    divide(&self, diff);
    json_t *runs = json_array();

    for (size_t i = 0; i < self.category_count; i++) {
        (void)json_array_append_new(runs, run_value(&self, &self.categories[i]));
        hf__free(self.categories[i].entries);
        hf__free(self.categories[i].id);
    }

    hf__report_details_clear(&self.details);
    hf__report_sources_clear(&self.sources);
    json_t *document = json_object();
    (void)json_object_set_new(document, "$schema", json_string(SCHEMA));
    (void)json_object_set_new(document, "version", json_string("2.1.0"));
    (void)json_object_set_new(document, "runs", runs);
    hf__report_put_json(sink, document);
}
