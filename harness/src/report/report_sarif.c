/* SPDX-License-Identifier: MIT
 * SARIF through jansson. What may be in which object: the OASIS standard, section 3; the official schema checks it in the tests.
 */
#include "report_command.h"
#include "report_sarif.h"
#include "base_alloc.h"
#include "base_text.h"
#include "base_version.h"
#include "report_headline.h"
#include "report_json.h"
#include "report_location.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define FRAMES_MAX 32u
#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

static void set(json_t *object, const char *key, json_t *value_take)
{
    (void)json_object_set_new(object, key, value_take);
}

static json_t *message(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

static json_t *text_value(hf_text text)
{
    return json_stringn(text.pointer, text.size_bytes);
}

static const char *level_of(hf_outcome outcome)
{
    return hf_outcome_severity(outcome) >= 7 ? "error" : "warning";
}

/* Rules: the outcomes that are findings, in their order. */

static json_t *rule_value(hf_outcome outcome)
{
    char *id = hf__format("hostfault/%s", hf_outcome_name(outcome));
    char *description = hf__format("A host's allocation call failed as documented, and this came of it: %s.", hf_outcome_meaning(outcome));
    char *help =
        hf__format("%s Run the replay command of the result to see the calls around the fault; 'hostfault list outcomes' has the rules by which "
                   "an outcome is told.",
                   description);
    json_t *rule = json_object();
    set(rule, "id", json_string(id));
    set(rule, "name", json_string(hf_outcome_name(outcome)));
    set(rule, "shortDescription", message(hf_outcome_meaning(outcome)));
    set(rule, "fullDescription", message(description));
    set(rule, "help", message(help));
    set(rule, "defaultConfiguration", json_pack("{s:s}", "level", level_of(outcome)));
    set(rule, "properties", json_pack("{s:[s,s], s:i}", "tags", "reliability", "fault-injection", "severity", (int)hf_outcome_severity(outcome)));
    hf__free(help);
    hf__free(description);
    hf__free(id);
    return rule;
}

static json_t *rules_value(void)
{
    json_t *rules = json_array();
    for (hf_outcome i = 0; i < HF_OUTCOME_COUNT; i++)
        if (hf_outcome_severity(i) > 0)
            (void)json_array_append_new(rules, rule_value(i));
    return rules;
}

static int rule_index(hf_outcome outcome)
{
    int index = 0;
    for (hf_outcome i = 0; i < outcome; i++)
        index += hf_outcome_severity(i) > 0 ? 1 : 0;
    return index;
}

/* Locations */

/* Every byte but those that a path in a URI may hold as they are. */
static char *uri_of(const char *path)
{
    hf_report_buffer buffer = {0};
    if (path[0] == '/')
        hf__report_collect("file://", 7, &buffer);
    for (; *path != '\0'; path++) {
        unsigned char byte = (unsigned char)*path;
        char escaped[4];
        bool is_plain = isalnum(byte) || strchr("-._~/", byte) != NULL;
        if (!is_plain)
            (void)snprintf(escaped, sizeof escaped, "%%%02X", byte);
        hf__report_collect(is_plain ? path : escaped, is_plain ? 1 : 3, &buffer);
    }
    return buffer.text != NULL ? buffer.text : hf__copy_string("");
}

static json_t *artifact_value(hf_text file)
{
    char *path = hf__report_location_path(file);
    char *uri = uri_of(path);
    json_t *artifact = json_pack("{s:s}", "uri", uri);
    if (path[0] != '/')
        set(artifact, "uriBaseId", json_string("%SRCROOT%"));
    hf__free(uri);
    hf__free(path);
    return artifact;
}

static json_t *location_value(const hf_report_frame *frame)
{
    json_t *location = json_object();
    if (frame->file.size_bytes > 0 && frame->line > 0) {
        json_t *region = json_pack("{s:I}", "startLine", (json_int_t)frame->line);
        set(location, "physicalLocation", json_pack("{s:o, s:o}", "artifactLocation", artifact_value(frame->file), "region", region));
    }
    if (frame->function.size_bytes > 0) {
        json_t *logical = json_object();
        char *full =
            hf__format("%.*s!%.*s", (int)frame->module.size_bytes, frame->module.pointer, (int)frame->function.size_bytes, frame->function.pointer);
        set(logical, "name", text_value(frame->function));
        set(logical, "fullyQualifiedName", json_string(full));
        set(logical, "kind", json_string("function"));
        set(location, "logicalLocations", json_pack("[o]", logical));
        hf__free(full);
    }
    return location;
}

static json_t *stack_value(const char *stack)
{
    json_t *frames = json_array();
    hf_text rest = hf__text(stack);
    hf_text line;
    while (json_array_size(frames) < FRAMES_MAX && hf__report_next_line(&rest, &line)) {
        hf_report_frame parsed = hf__report_frame_parse(line);
        json_t *frame = json_pack("{s:o}", "location", location_value(&parsed));
        if (parsed.module.size_bytes > 0)
            set(frame, "module", text_value(parsed.module));
        (void)json_array_append_new(frames, frame);
    }
    return json_pack("{s:o, s:o}", "message", message("where the call that was failed was made"), "frames", frames);
}

/* Results */

static json_t *properties_value(const hf_report_finding *finding)
{
    char *results = hf__report_words_join(&finding->results);
    char *replay = hf__format("hostfault replay %s%s", finding->id, hf__report_command_options());
    json_t *properties = json_object();
    set(properties, "caller", json_string(finding->caller));
    set(properties, "failures", json_string(results));
    set(properties, "severity", json_integer((json_int_t)hf_outcome_severity(finding->outcome)));
    set(properties, "replay", json_string(replay));
    if (finding->fault != NULL)
        set(properties, "fault", json_string(finding->fault));
    if (finding->earlier != NULL && finding->earlier[0] != '\0')
        set(properties, "earlier", json_string(finding->earlier));
    if (finding->fault != NULL && finding->response != HF_RESPONSE_COUNT)
        set(properties, "response", json_string(hf_response_name(finding->response)));
    hf__free(replay);
    hf__free(results);
    return properties;
}

static json_t *text_of(const hf_report_finding *finding)
{
    char *results = hf__report_words_join(&finding->results);
    bool has_reason = finding->reason != NULL && finding->reason[0] != '\0';
    char *headline = hf__report_headline(finding->outcome, finding->ended, finding->detail, finding->method, finding->place);
    char *way = hf__report_way_line(finding->ended, finding->method, finding->place, finding->entries);
    char *text = hf__format("%s %s%s%s, with %s%s%s. See it again: hostfault replay %s%s", hf_outcome_name(finding->outcome), headline,
                            way[0] != '\0' ? "; " : "", way, results, has_reason ? ": " : "", has_reason ? finding->reason : "", finding->id,
                            hf__report_command_options());
    hf__free(way);
    hf__free(headline);
    json_t *value = message(text);
    hf__free(text);
    hf__free(results);
    return value;
}

static json_t *result_value(const hf_report_finding *finding, const char *baseline_state)
{
    char *rule = hf__format("hostfault/%s", hf_outcome_name(finding->outcome));
    json_t *result = json_object();
    set(result, "ruleId", json_string(rule));
    set(result, "ruleIndex", json_integer(rule_index(finding->outcome)));
    set(result, "level", json_string(level_of(finding->outcome)));
    set(result, "message", text_of(finding));
    hf_report_frame at = hf__report_location_of(finding);
    if (at.function.size_bytes > 0)
        set(result, "locations", json_pack("[o]", location_value(&at)));
    set(result, "partialFingerprints", json_pack("{s:s}", "hostfaultFinding/v1", finding->id));
    if (finding->stack != NULL && finding->stack[0] != '\0')
        set(result, "stacks", json_pack("[o]", stack_value(finding->stack)));
    if (finding->allowed != NULL) /* code scanning does not alert of what is suppressed */
        set(result, "suppressions", json_pack("[{s:s, s:s, s:s}]", "kind", "external", "status", "accepted", "justification", finding->allowed));
    if (baseline_state != NULL)
        set(result, "baselineState", json_string(baseline_state));
    set(result, "properties", properties_value(finding));
    hf__free(rule);
    return result;
}

static const char *state_of(const hf_report_diff *diff, const hf_report_finding *finding)
{
    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        if (diff->items[i].is == finding)
            return diff->items[i].kind == HF_CHANGE_NEW ? "new" : "updated";
    return diff != NULL ? "unchanged" : NULL;
}

static json_t *results_value(const hf_report_findings *findings, const hf_report_diff *diff)
{
    json_t *results = json_array();
    for (size_t i = 0; i < findings->count; i++)
        (void)json_array_append_new(results, result_value(&findings->items[i], state_of(diff, &findings->items[i])));
    for (size_t i = 0; diff != NULL && i < diff->count; i++)
        if (diff->items[i].is == NULL)
            (void)json_array_append_new(results, result_value(diff->items[i].was, "absent"));
    return results;
}

void hf__report_sarif(const hf_report_sink *sink, const hf_report_findings *findings, const hf_report_diff *diff)
{
    json_t *driver =
        json_pack("{s:s, s:s, s:s, s:o}", "name", "hostfault", "version", HF_VERSION, "semanticVersion", HF_VERSION, "rules", rules_value());
    json_t *run = json_object();
    set(run, "tool", json_pack("{s:o}", "driver", driver));
    set(run, "automationDetails", json_pack("{s:s}", "id", "hostfault/"));
    set(run, "columnKind", json_string("utf16CodeUnits"));
    set(run, "results", results_value(findings, diff));
    json_t *document = json_object();
    set(document, "$schema", json_string(SCHEMA));
    set(document, "version", json_string("2.1.0"));
    set(document, "runs", json_pack("[o]", run));
    hf__report_put_json(sink, document);
}
