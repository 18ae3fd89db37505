/* SPDX-License-Identifier: MIT
 * verdict.json. Addresses, sites and other 64-bit numbers that are not counts are text in hex: a JSON number need not keep them.
 */
#include "run_result.h"
#include "heap_alloc.h"
#include "model.h"
#include "run_folder.h"
#include "run_json.h"
#include "symbol_stack.h"

#include <inttypes.h>
#include <string.h>

#include "base_poison.h"

static json_t *count_value(uint64_t count)
{
    return json_integer((json_int_t)(count & INT64_MAX));
}

static json_t *event_value(size_t event)
{
    return event == SIZE_MAX ? json_null() : count_value(event);
}

static void set_response(json_t *value, const hf_run_result *result, const hf_verdict_response *response)
{
    const hf_event *event = hf_trace_event(result->trace, response->event);
    hf__run_json_set(value, "event", event_value(response->event));
    hf__run_json_set(value, "method",
                     event->kind < HF_METHOD_COUNT ? hf__run_json_text(hf__model_call_name(event->kind, event->function)) : json_null());
    hf__run_json_set(value, "hresult", json_sprintf("0x%08" PRIX32, (uint32_t)event->hr));
    hf__run_json_set(value, "rule", response->real ? json_null() : hf__run_json_text(hf_trace_rule_name(result->trace, response->rule)));
    hf__run_json_set(value, "site", hf__run_json_hex(event->more->site));
    hf__run_json_set(value, "response", hf__run_json_text(hf_response_name(response->response)));
    hf__run_json_set(value, "calls", count_value(response->calls));
    hf__run_json_set(value, "retries", count_value(response->retries));
    hf__run_json_set(value, "ticks", count_value(response->ticks));
}

static void fill_responses(json_t *array, const hf_run_result *result)
{
    for (size_t i = 0; i < result->verdict->response_count; i++)
        set_response(hf__run_json_set(array, NULL, json_object()), result, &result->verdict->responses[i]);
}

static void fill_stack(json_t *array, hf__symbol_places *places, const hf_event *event)
{
    char text[HF_PLACE_BYTES];
    hf__symbol_place *stack = NULL;
    size_t count = hf__symbol_stack_expand(places, event, &stack);
    for (size_t i = 0; i < count; i++) {
        (void)hf__symbol_place_print(&stack[i], text, sizeof text);
        hf__run_json_set(array, NULL, hf__run_json_text(text));
    }
    hf__free(stack);
}

static void fill_violations(json_t *array, const hf_run_result *result, hf__symbol_places *places)
{
    const hf_verdict *verdict = result->verdict;
    for (size_t i = 0; i < verdict->violation_count; i++) {
        json_t *value = hf__run_json_set(array, NULL, json_object());
        hf__run_json_set(value, "event", event_value(verdict->violations[i].event));
        hf__run_json_set(value, "clause", hf__run_json_text(verdict->violations[i].clause));
        hf__run_json_set(value, "detail", hf__run_json_text(verdict->violations[i].detail));
        fill_stack(hf__run_json_set(value, "stack", json_array()), places, hf_trace_event(result->trace, verdict->violations[i].event));
    }
}

static void fill_stacks(json_t *array, const hf_run_result *result, hf__symbol_places *places)
{
    for (size_t i = 0; i < hf_trace_event_count(result->trace); i++) {
        const hf_event *event = hf_trace_event(result->trace, i);
        if (hf__symbol_stack_is_of_end(event))
            fill_stack(hf__run_json_set(array, NULL, json_array()), places, event);
    }
}

static void fill_leaks(json_t *array, const hf_run_result *result, hf__symbol_places *places)
{
    const hf_verdict *verdict = result->verdict;
    for (size_t i = 0; i < verdict->leak_count; i++) {
        json_t *value = hf__run_json_set(array, NULL, json_object());
        hf__run_json_set(value, "event", event_value(verdict->leaks[i].event));
        hf__run_json_set(value, "kind",
                         json_string(verdict->leaks[i].heap == HF_LEAK_DESCRIPTOR ? "descriptor"
                                     : verdict->leaks[i].heap == HF_LEAK_OBJECT   ? "object"
                                     : verdict->leaks[i].heap                     ? "block"
                                                                                  : "region"));
        hf__run_json_set(value, "address", hf__run_json_hex(verdict->leaks[i].address));
        hf__run_json_set(value, "bytes", count_value(verdict->leaks[i].bytes));
        fill_stack(hf__run_json_set(value, "stack", json_array()), places, hf_trace_event(result->trace, verdict->leaks[i].event));
    }
}

static void fill_lines(json_t *array, const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, "\n");
        hf__run_json_set(array, NULL, json_stringn(text, length));
        text += length + (text[length] == '\n');
    }
}

/* "repeated", "differed", or null: it was not run again. */
static json_t *repeat_value(const hf_run_result *result)
{
    static const char *const names[] = {[HF_RUN_ONCE] = NULL, [HF_RUN_REPEATED] = "repeated", [HF_RUN_DIFFERED] = "differed"};
    return hf__run_json_text(names[result->repeat]);
}

static json_t *trace_value(const hf_run_result *result)
{
    const char *folder = result->repeat == HF_RUN_REPEATED ? HF_RUN_AGAIN "/" : "";
    return result->process == 0 ? json_sprintf("%s" HF_RUN_TRACE, folder) : json_sprintf("%s" HF_RUN_TRACE "-%u", folder, (unsigned)result->process);
}

hf_status hf__run_result_write(const hf_run_result *result, hf_error *err)
{
    const hf_verdict *verdict = result->verdict;
    hf__symbol_places *places = hf__symbol_places_create(result->trace);
    hf__run_json document;
    hf__run_json_begin(&document);
    json_t *root = document.root;
    hf__run_json_set(root, "format", json_string("hostfault verdict"));
    hf__run_json_set(root, "version", json_integer(HF_RUN_VERSION));
    hf__run_json_set(root, "outcome", hf__run_json_text(hf_outcome_name(verdict->outcome)));
    hf__run_json_set(root, "reason", hf__run_json_text(verdict->reason));
    hf__run_json_set(root, "severity", count_value(hf_outcome_severity(verdict->outcome)));
    hf__run_json_set(root, "met", json_boolean(result->met));
    hf__run_json_set(root, "unmet", result->met ? json_null() : hf__run_json_text(result->unmet));
    hf__run_json_set(root, "elapsed_us", count_value(result->elapsed_us));
    hf__run_json_set(root, "calls", count_value(verdict->calls));
    hf__run_json_set(root, "fired", count_value(verdict->fired));
    hf__run_json_set(root, "exit_status", verdict->exit_status >= 0 ? json_integer(verdict->exit_status) : json_null());
    hf__run_json_set(root, "signal", verdict->signal != 0 ? json_integer(verdict->signal) : json_null());
    hf__run_json_set(root, "last_fault", event_value(verdict->last_fault));
    hf__run_json_set(root, "leaked_bytes", count_value(verdict->leaked_bytes));
    fill_responses(hf__run_json_set(root, "responses", json_array()), result);
    fill_violations(hf__run_json_set(root, "violations", json_array()), result, places);
    fill_leaks(hf__run_json_set(root, "leaks", json_array()), result, places);
    hf__run_json_set(root, "trace", trace_value(result));
    hf__run_json_set(root, "again", repeat_value(result));
    hf__run_json_set(root, "again_note", result->repeat_note[0] != '\0' ? hf__run_json_text(result->repeat_note) : json_null());
    fill_stacks(hf__run_json_set(root, "stacks", json_array()), result, places);
    fill_lines(hf__run_json_set(root, "followed", json_array()), result->followed);
    hf__symbol_places_destroy(places);
    return hf__run_json_write(&document, result->folder, HF_RUN_VERDICT, err);
}
