/* SPDX-License-Identifier: MIT
 * Compares scenarios/schema.json with the parser's own tables, so that both have the same words. check_schema.py checks that valid scripts pass
 * and others fail.
 */
#include "base_text.h"
#include "hf_rows.h"
#include "plan_fault.h"
#include "plan_support.h"

#include <jansson.h>
#include <string.h>

#include <hostfault/verdict.h>

TestSuite(plan_schema, .timeout = 120);

static json_t *load_schema(void)
{
    json_error_t error;
    output text = read_source_file("scenarios/schema.json");
    json_t *schema = json_loadb(text.text, text.length, 0, &error);
    cr_assert(ne(ptr, P(schema), NULL), "scenarios/schema.json:%d: %s", error.line, error.text);
    output_clear(&text);
    return schema;
}

/* The node under a path of keys and array indices, such as "definitions/fault/properties/lie/enum". */
static json_t *find_node(json_t *from, const char *path)
{
    char key[64];
    for (const char *at = path; at != NULL && from != NULL;) {
        const char *slash = strchr(at, '/');
        hf__text_copy(key, sizeof key, (hf_text){at, slash != NULL ? (size_t)(slash - at) : strlen(at)});
        from = json_is_array(from) ? json_array_get(from, (size_t)(key[0] - '0')) : json_object_get(from, key);
        at = slash != NULL ? slash + 1 : NULL;
    }
    cr_assert(ne(ptr, P(from), NULL), "the schema has no %s", path);
    return from;
}

static bool enum_has(const json_t *words, const char *word)
{
    size_t index;
    json_t *value;
    bool found = false;
    json_array_foreach(words, index, value) found = found || (json_is_string(value) && strcmp(json_string_value(value), word) == 0);
    return found;
}

/* Words of `want` that the enum lacks, and words that it has beyond them. */
static size_t differing_words(const json_t *words, const hf__plan_words *want)
{
    size_t index;
    json_t *value;
    size_t wrong = 0;
    for (size_t i = 0; i < want->count; i++) {
        wrong += !enum_has(words, want->words[i]);
        if (!enum_has(words, want->words[i]))
            cr_log_error("the schema lacks '%s'", want->words[i]);
    }
    json_array_foreach(words, index, value)
    {
        bool is_null = json_is_null(value) || strcmp(json_string_value(value), "~") == 0;
        bool known = is_null || hf__plan_words_find(want, hf__text(json_string_value(value))) >= 0;
        wrong += !known;
        if (!known)
            cr_log_error("the parser does not know '%s'", json_string_value(value));
    }
    return wrong;
}

static hf__plan_words outcomes(void)
{
    hf__plan_words words = {.what = "outcome"};
    for (unsigned i = 0; i < HF_OUTCOME_COUNT; i++)
        hf__plan_words_add(&words, hf_outcome_name((hf_outcome)i));
    return words;
}

static hf__plan_words responses(void)
{
    hf__plan_words words = {.what = "response"};
    for (unsigned i = 0; i < HF_RESPONSE_COUNT; i++)
        hf__plan_words_add(&words, hf_response_name((hf_response)i));
    return words;
}

static hf__plan_words types(void)
{
    return hf__plan_flag_words(HF_FIELD_TYPE);
}

static hf__plan_words protections(void)
{
    return hf__plan_flag_words(HF_FIELD_PROTECT);
}

static hf__plan_words levels(void)
{
    return hf__plan_flag_words(HF_FIELD_LEVEL);
}

static hf__plan_words frees(void)
{
    return hf__plan_flag_words(HF_FIELD_FREE);
}

static hf__plan_words mallocs(void)
{
    return hf__plan_flag_words(HF_FIELD_MALLOC);
}

#define FAULT "definitions/fault/properties/"
static const struct {
    const char *path;
    hf__plan_words (*words)(void);
} enums[] = {
    {FAULT "call/anyOf/0/anyOf/0/enum", hf__plan_method_words},
    {FAULT "return/anyOf/0/enum", hf__plan_hresult_words},
    {FAULT "lie/enum", hf__plan_lie_words},
    {FAULT "where/properties/type/anyOf/0/anyOf/0/enum", types},
    {FAULT "where/properties/protect/anyOf/0/anyOf/0/enum", protections},
    {FAULT "where/properties/level/anyOf/0/anyOf/0/enum", levels},
    {FAULT "where/properties/free/anyOf/0/anyOf/0/enum", frees},
    {FAULT "where/properties/malloc/anyOf/0/anyOf/0/enum", mallocs},
    {"definitions/expect/properties/outcome/anyOf/0/enum", outcomes},
    {"definitions/expect/properties/response/anyOf/0/enum", responses},
};
HF_ROWS(plan_schema, words_are_the_model_s, enums)
{
    json_t *schema = load_schema();
    hf__plan_words want = enums[*number].words();
    cr_assert(eq(sz, differing_words(find_node(schema, enums[*number].path), &want), 0), "%s", enums[*number].path);
    cr_assert(lt(sz, 1, want.count));
    json_decref(schema);
}

static const char *const fault_keys[] = {
#define HF_FAULT_KEY(id, word, kind, member, given, unset, least, most, sentence) word,
#define HF_FAULT_KEY_OWN(id, word, name) word,
#include "model_fault_key.def"
#undef HF_FAULT_KEY
#undef HF_FAULT_KEY_OWN
};

Test(plan_schema, keys_of_a_fault_are_the_parser_s)
{
    json_t *schema = load_schema();
    json_t *properties = find_node(schema, "definitions/fault/properties");
    size_t missing = 0;
    for (size_t i = 0; i < HF_FAULT_KEY_COUNT; i++)
        missing += json_object_get(properties, fault_keys[i]) == NULL;
    cr_assert(eq(sz, missing, 0));
    cr_assert(eq(sz, json_object_size(properties), HF_FAULT_KEY_COUNT));
    json_decref(schema);
}

Test(plan_schema, every_key_is_in_the_reference)
{
    char cell[64];
    output reference = read_source_file("scenarios/README.md");
    size_t missing = 0;
    for (size_t i = 0; i < HF_FAULT_KEY_COUNT; i++) {
        hf__builder builder = hf__builder_init(cell, sizeof cell);
        hf__builder_print(&builder, "\n| `%s` |", fault_keys[i]);
        missing += strstr(reference.text, cell) == NULL;
    }
    cr_assert(eq(sz, missing, 0));
    output_clear(&reference);
}

/* The first indented block of the reference, without its indentation. */
Test(plan_schema, example_of_the_reference_is_a_script)
{
    output reference = read_source_file("scenarios/README.md");
    output example = {0};
    for (char *line = strstr(reference.text, "    name: "); strncmp(line, "    ", 4) == 0; line = strchr(line, '\n') + 1)
        output_write(line + 4, strcspn(line, "\n") - 3, &example);
    hf_scenario_file *file = parse_good(example.text);
    cr_assert(eq(sz, hf_scenario_at(file, 0)->rule_count, 1));
    cr_assert(eq(u8, hf_scenario_at(file, 0)->expect.given, 1));
    hf_scenario_destroy(file);
    output_clear(&example);
    output_clear(&reference);
}

/* The keys that the schema knows and the parser does not, and the other way round: each is tried on the parser with a value that no key takes. */
Test(plan_schema, keys_of_a_scenario_are_the_parser_s)
{
    const char *key;
    json_t *value;
    json_t *schema = load_schema();
    json_t *properties = find_node(schema, "properties");
    size_t unknown = 0;
    json_object_foreach(properties, key, value)
    {
        char text[128];
        hf__builder builder = hf__builder_init(text, sizeof text);
        hf__builder_print(&builder, "%s: {}\n", key);
        output said = parse_bad(text);
        unknown += strstr(said.text, "unknown key") != NULL;
        output_clear(&said);
    }
    output said = parse_bad("nonsense: 1\n");
    const char *known = strstr(said.text, "known are ");
    size_t commas = 0;
    for (const char *at = known; *at != '\n'; at++)
        commas += *at == ',';
    cr_assert(eq(sz, unknown, 0));
    cr_assert(eq(sz, commas + 1, json_object_size(properties)));
    output_clear(&said);
    json_decref(schema);
}
