/* SPDX-License-Identifier: MIT
 * Writes and reads the committed list of findings, findings.json. results/README.md describes it.
 */
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "report_case.h"
#include "report_findings.h"
#include "report_json.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

static json_t *entry_of(const hf_report_finding *one)
{
    json_t *results = json_array();
    for (size_t i = 0; i < one->results.count; i++)
        (void)json_array_append_new(results, json_string(one->results.items[i]));
    json_t *entry = json_object();
    (void)json_object_set_new(entry, "id", json_string(one->id));
    (void)json_object_set_new(entry, "caller", json_string(one->caller));
    (void)json_object_set_new(entry, "outcome", json_string(hf_outcome_name(one->outcome)));
    (void)json_object_set_new(entry, "results", results);
    (void)json_object_set_new(entry, "fingerprint", json_string(one->fingerprint));
    (void)json_object_set_new(entry, "frames", json_string(one->frames));
    return entry;
}

void hf__report_findings_print(const hf_report_sink *sink, const hf_report_findings *findings)
{
    json_t *entries = json_array();
    for (size_t i = 0; i < findings->count; i++)
        (void)json_array_append_new(entries, entry_of(&findings->items[i]));
    json_t *document = json_object();
    (void)json_object_set_new(document, "schema", json_string(HF_REPORT_FINDINGS_SCHEMA));
    (void)json_object_set_new(document, "findings", entries);
    hf__report_put_json(sink, document);
}

static hf_status fail_at(hf_error *err, const char *name, size_t at, const char *what)
{
    return HF_FAIL(err, HF_ERROR_INPUT, "%s: finding %zu %s", name, at + 1, what);
}

static hf_status take_results(const json_t *results, hf_report_finding *to, const char *name, size_t at, hf_error *err)
{
    if (!json_is_array(results) || json_array_size(results) == 0)
        return fail_at(err, name, at, "has no list 'results'");
    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *word = json_array_get(results, i);
        if (!json_is_string(word))
            return fail_at(err, name, at, "has a result that is not text");
        hf__report_words_add(&to->results, json_string_value(word));
    }
    return HF_OK;
}

static char *clean_value(const json_t *value)
{
    return hf__report_clean(hf__text(json_string_value(value)));
}

static hf_status take_entry(const json_t *entry, hf_report_findings *out, const char *name, size_t at, hf_error *err)
{
    const json_t *id = json_object_get(entry, "id");
    const json_t *caller = json_object_get(entry, "caller");
    const json_t *outcome = json_object_get(entry, "outcome");
    const json_t *fingerprint = json_object_get(entry, "fingerprint");
    if (!json_is_string(id) || strlen(json_string_value(id)) != 16 || strspn(json_string_value(id), "0123456789abcdef") != 16)
        return fail_at(err, name, at, "has no 'id' of 16 hex digits");
    if (!json_is_string(caller) || !json_is_string(fingerprint))
        return fail_at(err, name, at, "has no text 'caller' or 'fingerprint'");

    hf_outcome known = json_is_string(outcome) ? hf_outcome_by_name(hf__text(json_string_value(outcome))) : HF_OUTCOME_COUNT;
    if (known == HF_OUTCOME_COUNT)
        return fail_at(err, name, at, "has an unknown 'outcome'; see 'hostfault list outcomes'");

    HF_GROW(out->items, out->count, out->capacity);
    hf_report_finding *to = &out->items[out->count++];
    *to =
        (hf_report_finding){.outcome = known, .caller = clean_value(caller), .fingerprint = clean_value(fingerprint), .response = HF_RESPONSE_COUNT};
    to->place = hf__copy_string(to->fingerprint);
    to->frames = json_is_string(json_object_get(entry, "frames")) ? clean_value(json_object_get(entry, "frames")) : hf__copy_string("");
    to->reason = hf__copy_string("");
    to->earlier = hf__copy_string("");
    to->fault = hf__copy_string("");
    to->stack = hf__copy_string("");
    to->method = hf__copy_string("");
    to->ended = hf__copy_string("");
    to->detail = hf__copy_string("");
    to->end_stack = hf__copy_string("");
    memcpy(to->id, json_string_value(id), sizeof to->id);
    return take_results(json_object_get(entry, "results"), to, name, at, err);
}

static hf_status take_document(const json_t *document, const char *name, hf_report_findings *out, hf_error *err)
{
    const json_t *schema = json_object_get(document, "schema");
    const json_t *entries = json_object_get(document, "findings");
    if (!json_is_string(schema) || !hf__text_starts_with(hf__text(json_string_value(schema)), "hostfault-findings/"))
        return HF_FAIL(err, HF_ERROR_INPUT, "%s is not a list of findings: it has no schema \"" HF_REPORT_FINDINGS_SCHEMA "\"", name);
    if (strcmp(json_string_value(schema), HF_REPORT_FINDINGS_SCHEMA) != 0)
        return HF_FAIL(err, HF_ERROR_VERSION, "%s is of another hostfault: schema %.40s, known is " HF_REPORT_FINDINGS_SCHEMA, name,
                       json_string_value(schema));
    if (!json_is_array(entries))
        return HF_FAIL(err, HF_ERROR_INPUT, "%s has no list 'findings'", name);
    hf_status status = HF_OK;
    for (size_t i = 0; i < json_array_size(entries) && status == HF_OK; i++)
        status = take_entry(json_array_get(entries, i), out, name, i, err);
    return status;
}

hf_status hf__report_findings_parse(const char *name, hf_text text, hf_report_findings *out, hf_error *err)
{
    *out = (hf_report_findings){0};
    json_error_t wrong;
    json_t *document = json_loadb(text.pointer, text.size_bytes, JSON_REJECT_DUPLICATES, &wrong);
    if (document == NULL)
        return HF_FAIL(err, HF_ERROR_INPUT, "%s:%d:%d: %s", name, wrong.line, wrong.column, wrong.text);
    hf_status status = take_document(document, name, out, err);
    json_decref(document);
    if (status != HF_OK)
        hf__report_findings_clear(out);
    return status;
}
