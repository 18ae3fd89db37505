/* SPDX-License-Identifier: MIT
 * The run as JSON, through jansson. It prints only the data of the case, and computes only counts.
 */
#include "report_json.h"
#include "heap_alloc.h"

#include <hostfault/version.h>
#include <stdlib.h>

#include "base_poison.h"

void hf__report_put_json(const hf_report_sink *sink, json_t *document_take)
{
    char *text = json_dumps(document_take, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    if (text != NULL) {
        hf__report_put(sink, text);
        hf__report_put(sink, "\n");
    }
    free(text);
    json_decref(document_take);
}

json_t *hf__report_clean_value(hf_text text)
{
    char *clean = hf__report_clean(text);
    json_t *value = json_string(clean);
    hf__free(clean);
    return value;
}

static void set(json_t *object, const char *key, json_t *value_take)
{
    (void)json_object_set_new(object, key, value_take);
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* Text, or null. */
static json_t *text_or_null(const char *text)
{
    return text != NULL ? json_string(text) : json_null();
}

static json_t *responses_of(const hf_report_case *one)
{
    json_t *array = json_array();
    for (size_t i = 0; i < one->response_count; i++) {
        const hf_report_response *from = &one->responses[i];
        json_t *object = json_object();
        set(object, "rule", from->real ? json_null() : json_string(from->rule));
        set(object, "method", json_string(from->method));
        set(object, "result", json_string(from->result));
        set(object, "response", json_string(hf_response_name(from->response)));
        set(object, "real", json_boolean(from->real));
        set(object, "calls", number(from->calls));
        set(object, "retries", number(from->retries));
        set(object, "us", number(from->us));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *violations_of(const hf_report_case *one)
{
    json_t *array = json_array();
    for (size_t i = 0; i < one->violation_count; i++) {
        json_t *object = json_object();
        set(object, "clause", json_string(one->violations[i].clause));
        set(object, "detail", json_string(one->violations[i].detail));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static void set_verdict(json_t *object, const hf_report_case *one)
{
    set(object, "outcome", json_string(hf_outcome_name(one->outcome)));
    set(object, "severity", number(hf_outcome_severity(one->outcome)));
    set(object, "reason", json_string(one->reason));
    set(object, "expected", json_string(one->expected));
    set(object, "unmet", one->unmet[0] != '\0' ? json_string(one->unmet) : json_null());
    set(object, "calls", number(one->calls));
    set(object, "fired", number(one->fired));
    set(object, "leaks", number(one->leaks));
    set(object, "leaked_bytes", number(one->leaked_bytes));
    set(object, "exit_status", one->exit_status >= 0 ? json_integer(one->exit_status) : json_null());
    set(object, "signal", one->signal > 0 ? json_integer(one->signal) : json_null());
    set(object, "responses", responses_of(one));
    set(object, "violations", violations_of(one));
    set(object, "around", json_string(one->around));
    set(object, "ended", json_string(one->ended));
    set(object, "refused", json_string(one->refused));
    set(object, "stacks", json_string(one->stacks));
    set(object, "leak_sites", json_string(one->leak_sites));
    set(object, "repeats", one->repeat == HF_RUN_ONCE ? json_null() : json_boolean(one->repeat == HF_RUN_REPEATED));
    set(object, "repeat_note", json_string(one->repeat_note));
}

static json_t *case_of(const hf_report_case *one)
{
    json_t *object = json_object();
    set(object, "scenario", json_string(one->identity));
    set(object, "file", json_string(one->file));
    set(object, "name", json_string(one->name));
    set(object, "caller", json_string(one->caller));
    set(object, "turn", number(one->turn));
    set(object, "state", json_string(hf__report_state_name(one->state)));
    set(object, "error", text_or_null(one->error));
    set(object, "seed", number(one->seed));
    set(object, "elapsed_us", number(one->elapsed_us));
    set(object, "folder", text_or_null(one->folder));
    set(object, "again", json_string(one->again));
    set(object, "golden", json_string(hf__report_golden_name(one->golden)));
    set(object, "golden_note", text_or_null(one->golden_note));
    if (one->state == HF_REPORT_MET || one->state == HF_REPORT_UNMET)
        set_verdict(object, one);

    return object;
}

static json_t *counts_of(const hf_report_totals *totals)
{
    json_t *object = json_object();
    set(object, "scenarios", number(totals->cases));
    set(object, "failed", number(totals->failed));
    for (hf_report_state state = 0; state < HF_REPORT_STATE_COUNT; state++)
        set(object, hf__report_state_name(state), number(totals->states[state]));
    set(object, "calls", number(totals->calls));
    set(object, "fired", number(totals->fired));
    return object;
}

void hf__report_json(const hf_report_sink *sink, const hf_report_case *const *cases, size_t count, const hf_report_totals *totals,
                     const char *timestamp, int exit_status)
{
    json_t *document = json_object();
    set(document, "schema", json_string(HF_REPORT_JSON_SCHEMA));
    set(document, "version", json_string(HF_VERSION));
    set(document, "ended", json_string(timestamp));
    set(document, "elapsed_us", number(totals->elapsed_us));
    set(document, "exit_status", json_integer(exit_status));
    set(document, "counts", counts_of(totals));
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(array, case_of(cases[i]));
    set(document, "scenarios", array);
    hf__report_put_json(sink, document);
}
