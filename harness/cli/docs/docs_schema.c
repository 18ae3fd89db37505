/* SPDX-License-Identifier: MIT
 * The JSON Schema of hostfault.yaml: each verb with the options that a project's file may set.
 */
#include "cli_json.h"
#include "cli_project.h"
#include "docs.h"
#include "report_json.h"

#include "base_poison.h"

static json_t *type_of(const hf_cli_option *option)
{
    switch (option->kind) {
    case HF_CLI_FLAG: return json_pack("{s:b}", "const", 1);
    case HF_CLI_NUMBER:
        return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum", (json_int_t)option->low, "maximum", (json_int_t)option->high);
    case HF_CLI_DURATION: return json_pack("{s:s, s:s}", "type", "string", "pattern", "^[0-9]+(us|ms|s|m)$");
    case HF_CLI_FOLDER: return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
    case HF_CLI_TEXT:
    case HF_CLI_FOLDERS:
    case HF_CLI_TEXTS:
    case HF_CLI_SETTINGS:
    case HF_CLI_OUTPUT:
    case HF_CLI_KIND_COUNT: break;
    }
    json_t *text = json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
    return json_pack("{s:[O, {s:s, s:o, s:i}]}", "oneOf", text, "type", "array", "items", text, "minItems", 1);
}

static void add_option(json_t *properties, const hf_cli_option *option)
{
    const char *name = hf__cli_option_name(option) + 2;
    if (!hf__cli_project_may_have(option) || json_object_get(properties, name) != NULL)
        return;
    json_t *type = type_of(option);
    (void)json_object_set_new(type, "description", json_string(option->help));
    (void)json_object_set_new(properties, name, type);
}

void hf__docs_schema(const hf_report_sink *sink)
{
    json_t *top = json_object();
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++) {
        json_t *properties = json_object();
        for (size_t i = 0; i < (*verb)->option_count; i++)
            add_option(properties, &(*verb)->options[i]);
        json_t *section =
            json_pack("{s:s, s:s, s:b, s:o}", "type", "object", "description", (*verb)->about, "additionalProperties", 0, "properties", properties);
        (void)json_object_set_new(top, (*verb)->name, section);
    }

    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++)
        for (size_t i = 0; i < (*verb)->option_count; i++)
            add_option(top, &(*verb)->options[i]);
    json_t *schema =
        json_pack("{s:s, s:s, s:s, s:s, s:b, s:o}", "$schema", "http://json-schema.org/draft-07/schema#", "$id", "hostfault-project-1.schema.json",
                  "title", "hostfault.yaml: a project's defaults", "type", "object", "additionalProperties", 0, "properties", top);
    hf__report_put_json(sink, schema);
}
