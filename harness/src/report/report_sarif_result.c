/* SPDX-License-Identifier: MIT
 * A result of a SARIF document. Every location has a file: code scanning rejects a whole document because of one location without.
 */
#include "report_sarif_parts.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "report_advice.h"
#include "report_command.h"
#include "report_headline.h"
#include "report_location.h"
#include "report_sink.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define FRAMES_MAX 32u
#define FLOW_MAX 64u

static void set(json_t *object, const char *key, json_t *value_take)
{
    (void)json_object_set_new(object, key, value_take);
}

static json_t *text_value(hf_text text)
{
    return json_stringn(text.pointer, text.size_bytes);
}

/* Locations */

/* Escapes every byte except those that a URI path may contain unchanged. */
static char *uri_of(const char *path)
{
    hf__heap_buffer buffer = {0};
    if (path[0] == '/')
        hf__heap_buffer_write("file://", 7, &buffer);
    for (; *path != '\0'; path++) {
        unsigned char byte = (unsigned char)*path;
        char escaped[4];
        bool is_plain = isalnum(byte) || strchr("-._~/", byte) != NULL;
        if (!is_plain)
            (void)snprintf(escaped, sizeof escaped, "%%%02X", byte);
        hf__heap_buffer_write(is_plain ? path : escaped, is_plain ? 1 : 3, &buffer);
    }
    return buffer.text != NULL ? buffer.text : hf__copy_string("");
}

static json_t *physical_value(const char *path, uint64_t line)
{
    char *uri = uri_of(path);
    json_t *artifact = json_pack("{s:s}", "uri", uri);
    if (path[0] != '/')
        set(artifact, "uriBaseId", json_string("%SRCROOT%"));
    hf__free(uri);
    json_t *region = json_pack("{s:I}", "startLine", (json_int_t)(line > 0 ? line : 1));
    return json_pack("{s:o, s:o}", "artifactLocation", artifact, "region", region);
}

static void set_function(json_t *location, const hf_report_frame *frame)
{
    if (frame->function.size_bytes == 0)
        return;
    json_t *logical = json_object();
    char *full =
        hf__format("%.*s!%.*s", (int)frame->module.size_bytes, frame->module.pointer, (int)frame->function.size_bytes, frame->function.pointer);
    set(logical, "name", text_value(frame->function));
    set(logical, "fullyQualifiedName", json_string(full));
    set(logical, "kind", json_string("function"));
    set(location, "logicalLocations", json_pack("[o]", logical));
    hf__free(full);
}

static json_t *spot_value(const hf_report_spot *spot)
{
    json_t *location = json_pack("{s:o}", "physicalLocation", physical_value(spot->path, spot->line));
    set_function(location, &spot->frame);
    return location;
}

/* For a stack: a frame may be in a file that is not available. */
static json_t *frame_value(const hf_report_frame *frame)
{
    json_t *location = json_object();
    if (frame->file.size_bytes > 0 && frame->line > 0) {
        char *path = hf__report_location_path(frame->file);
        set(location, "physicalLocation", physical_value(path, frame->line));
        hf__free(path);
    }
    set_function(location, frame);
    return location;
}

static json_t *stack_value(const char *stack, const char *what)
{
    json_t *frames = json_array();
    hf_text rest = hf__text(stack);
    hf_text line;
    while (json_array_size(frames) < FRAMES_MAX && hf__report_next_line(&rest, &line)) {
        hf_report_frame parsed = hf__report_frame_parse(line);
        json_t *frame = json_pack("{s:o}", "location", frame_value(&parsed));
        if (parsed.module.size_bytes > 0)
            set(frame, "module", text_value(parsed.module));
        (void)json_array_append_new(frames, frame);
    }
    return json_pack("{s:o, s:o}", "message", hf__report_sarif_message(what), "frames", frames);
}

static json_t *stacks_value(const hf_report_finding *finding)
{
    json_t *stacks = json_array();
    if (finding->stack != NULL && finding->stack[0] != '\0')
        (void)json_array_append_new(stacks, stack_value(finding->stack, "where the refused request was made"));
    if (finding->end_stack != NULL && finding->end_stack[0] != '\0')
        (void)json_array_append_new(stacks, stack_value(finding->end_stack, "where it ended"));
    return stacks;
}

/* The refused request and the end, if their sources are available; ids from 1, which the message names. */
static json_t *related_value(const hf_report_finding *finding)
{
    hf_report_spot spots[] = {hf__report_spot_of_request(finding), hf__report_spot_of_end(finding)};
    static const char *const texts[] = {"the refused request", "where it ended"};
    json_t *related = json_array();
    for (size_t i = 0; i < 2; i++) {
        if (spots[i].path != NULL) {
            json_t *location = spot_value(&spots[i]);
            set(location, "id", json_integer((json_int_t)json_array_size(related) + 1));
            set(location, "message", hf__report_sarif_message(texts[i]));
            (void)json_array_append_new(related, location);
        }
        hf__report_spot_clear(&spots[i]);
    }
    return related;
}

/* The calls around the fault whose places are available. The last step is the location of the result. */

static json_t *step_value(json_t *location_take, const char *text, const char *importance)
{
    set(location_take, "message", hf__report_sarif_message(text));
    return json_pack("{s:o, s:s}", "location", location_take, "importance", importance);
}

static json_t *call_step(const json_t *call)
{
    const char *text = json_string_value(json_object_get(call, "text"));
    const char *mark = json_string_value(json_object_get(call, "mark"));
    hf_report_spot spot = hf__report_spot_near("", json_string_value(json_object_get(call, "at")));
    json_t *step = NULL;
    if (spot.path != NULL && text != NULL && mark != NULL)
        step = step_value(spot_value(&spot), text, strcmp(mark, "!") == 0 ? "essential" : "important");
    hf__report_spot_clear(&spot);
    return step;
}

/* NULL: there is nothing to follow. */
static json_t *flow_value(const hf_report_finding *finding, const hf_report_spot *at, const json_t *detail)
{
    const json_t *calls = json_object_get(detail, "calls");
    json_t *steps = json_array();
    for (size_t i = 0; i < json_array_size(calls) && json_array_size(steps) < FLOW_MAX; i++) {
        json_t *step = call_step(json_array_get(calls, i));
        if (step != NULL)
            (void)json_array_append_new(steps, step);
    }
    bool is_flow = json_array_size(steps) > 0;
    (void)json_array_append_new(steps, step_value(spot_value(at), finding->reason != NULL ? finding->reason : "", "essential"));
    if (is_flow)
        return json_pack("[{s:[{s:o}]}]", "threadFlows", "locations", steps);
    json_decref(steps);
    return NULL;
}

/* Text */

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

/* " See [the refused request](1) and [where it ended](2)." Links to related locations. */
static char *links_of(const json_t *related)
{
    size_t count = json_array_size(related);
    const char *texts[2] = {"", ""};
    for (size_t i = 0; i < count; i++)
        texts[i] = json_string_value(json_object_get(json_object_get(json_array_get(related, i), "message"), "text"));
    if (count == 0)
        return hf__copy_string("");
    return count == 1 ? hf__format(" See [%s](1).", texts[0]) : hf__format(" See [%s](1) and [%s](2).", texts[0], texts[1]);
}

static json_t *text_of(const hf_report_finding *finding, const json_t *related, bool is_stand_in)
{
    char *results = hf__report_words_join(&finding->results);
    bool has_reason = finding->reason != NULL && finding->reason[0] != '\0';
    char *headline = hf__report_headline(finding->outcome, finding->ended, finding->detail, finding->method, finding->place);
    char *way = hf__report_way_line(finding->ended, finding->method, finding->place, finding->entries);
    char *links = links_of(related);
    char *text = hf__format("%s %s. %s %s%s%s%s%s%s.%s%s Reproduce it: hostfault replay %s%s.", hf_outcome_name(finding->outcome), headline,
                            hf__report_advice(finding->outcome), way, way[0] != '\0' ? ", " : "Failed ", "with ", results, has_reason ? ": " : "",
                            has_reason ? finding->reason : "", links,
                            is_stand_in ? " No source of its stack is in this folder, so it is shown at this file." : "", finding->id,
                            hf__report_command_options());
    json_t *value = hf__report_sarif_message(text);
    char *const texts[] = {text, links, way, headline, results};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hf__free(texts[i]);
    return value;
}

json_t *hf__report_sarif_result(const hf_report_finding *finding, const char *state, const json_t *detail)
{
    char *rule = hf__format("hostfault/%s", hf_outcome_name(finding->outcome));
    char *hash = hf__format("%s:1", finding->id);
    bool is_stand_in = false;
    hf_report_spot at = hf__report_spot_of(finding, &is_stand_in);
    json_t *related = related_value(finding);
    json_t *flow = flow_value(finding, &at, detail);
    json_t *result = json_object();
    set(result, "ruleId", json_string(rule));
    set(result, "ruleIndex", json_integer(hf__report_sarif_rule_index(finding->outcome)));
    set(result, "level", json_string(hf__report_sarif_level(finding->outcome)));
    set(result, "message", text_of(finding, related, is_stand_in));
    set(result, "locations", json_pack("[o]", spot_value(&at)));
    set(result, "relatedLocations", related);
    /* Two findings in one line stay two: without a hash, code scanning merges them. */
    set(result, "partialFingerprints", json_pack("{s:s, s:s}", "primaryLocationLineHash", hash, "hostfaultFinding/v1", finding->id));
    set(result, "stacks", stacks_value(finding));
    if (flow != NULL)
        set(result, "codeFlows", flow);

    if (finding->allowed != NULL) /* code scanning does not alert for suppressed results */
        set(result, "suppressions", json_pack("[{s:s, s:s, s:s}]", "kind", "external", "status", "accepted", "justification", finding->allowed));
    if (state != NULL)
        set(result, "baselineState", json_string(state));
    set(result, "properties", properties_value(finding));
    hf__report_spot_clear(&at);
    hf__free(hash);
    hf__free(rule);
    return result;
}
