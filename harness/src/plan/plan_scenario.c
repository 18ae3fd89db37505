/* SPDX-License-Identifier: MIT
 * The keys of a scenario, one row each, and the checks between them. Reads text only: whether the caller, the folder and the program exist is checked
 * when the scenario runs.
 */
#include "plan_scenario.h"
#include "base_check.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

#define ABOUT_MAX_BYTES 4096u
#define PATH_MAX_BYTES 4096u
#define TIMEOUT_MAX_US (24ull * 3600 * 1000000)

typedef enum scenario_key {
    SCENARIO_NAME,
    SCENARIO_ABOUT,
    SCENARIO_CALLER,
    SCENARIO_COMMAND,
    SCENARIO_ARGS,
    SCENARIO_ENV,
    SCENARIO_CWD,
    SCENARIO_WORKDIR,
    SCENARIO_STDIN,
    SCENARIO_SEED,
    SCENARIO_TIMEOUT,
    SCENARIO_LIMITS,
    SCENARIO_HOST,
    SCENARIO_STACK_DEPTH,
    SCENARIO_WRAPPER,
    SCENARIO_COMPARE,
    SCENARIO_FAULTS,
    SCENARIO_EXPECT,
    SCENARIO_KEY_COUNT
} scenario_key;

static void take_name(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_name(reader, entry, &((hf_scenario *)target)->name);
}

static void take_about(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, ABOUT_MAX_BYTES, &((hf_scenario *)target)->about);
}

static void take_caller(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf_text text = entry->value->text;
    if (entry->value->kind == HF_PLAN_SCALAR && text.size_bytes > 0 && memchr(text.pointer, '/', text.size_bytes) != NULL) {
        HF_NODE_ERROR(reader, entry->value, "'caller' takes the name of a caller; give your own program as a list in 'command'");
        return;
    }
    hf__plan_take_name(reader, entry, &((hf_scenario *)target)->caller);
}

static void take_command(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf_string_list *command = &((hf_scenario *)target)->command;
    if (!hf__plan_take_list(reader, entry, false, command))
        return;
    if (command->items[0][0] == '\0')
        HF_NODE_ERROR(reader, entry->value->first, "the program's name is empty");
}

static void take_args(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_list(reader, entry, false, &((hf_scenario *)target)->args);
}

static bool is_variable_name(hf_text name)
{
    for (size_t i = 0; i < name.size_bytes; i++) {
        char c = name.pointer[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        if (!letter && (i == 0 || c < '0' || c > '9'))
            return false;
    }
    return name.size_bytes > 0;
}

static bool check_variable(hf__plan_reader *reader, const hf__plan_node *map, const hf__plan_node *key)
{
    if (key->kind != HF_PLAN_SCALAR || !is_variable_name(key->text)) {
        HF_NODE_ERROR(reader, key, "a variable's name may contain only letters, digits and '_'");
        return false;
    }
    if (hf__text_equal_string(key->text, "HF_SESSION")) {
        HF_NODE_ERROR(reader, key, "HF_SESSION is set by hostfault itself");
        return false;
    }
    for (const hf__plan_node *other = map->first; other != key; other = other->next->next) {
        if (other->kind == HF_PLAN_SCALAR && hf__text_equal(other->text, key->text)) {
            HF_NODE_ERROR(reader, key, "%s is given twice; the first is on line %u", hf__plan_quoted(key->text).text, other->place.line);
            return false;
        }
    }
    return true;
}

static void take_env(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    const hf__plan_node *map = entry->value;
    if (map->kind != HF_PLAN_MAP || map->count == 0) {
        HF_NODE_ERROR(reader, map, "'env' takes a mapping: {NAME: value}");
        return;
    }

    const char **items = hf__heap_arena_take(reader->keep, (size_t)map->count + 1, sizeof *items);
    size_t count = 0;
    for (const hf__plan_node *key = map->first; key != NULL && reader->source->errors->more == 0; key = key->next->next) {
        hf__plan_entry one = {key, key->next};
        hf_text value;
        if (!check_variable(reader, map, key) || !hf__plan_take_scalar(reader, &one, key->next, &value))
            continue;
        char *item = hf__heap_arena_take(reader->keep, key->text.size_bytes + value.size_bytes + 2, 1);
        memcpy(item, key->text.pointer, key->text.size_bytes);
        item[key->text.size_bytes] = '=';
        if (value.size_bytes > 0)
            memcpy(item + key->text.size_bytes + 1, value.pointer, value.size_bytes);
        items[count++] = item;
    }

    ((hf_scenario *)target)->env = (hf_string_list){.count = count, .items = items};
}

static void take_cwd(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, PATH_MAX_BYTES, &((hf_scenario *)target)->cwd);
}

static void take_workdir(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_text(reader, entry, PATH_MAX_BYTES, &((hf_scenario *)target)->workdir);
}

static void take_stdin(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf_text text;
    if (hf__plan_take_scalar(reader, entry, entry->value, &text))
        ((hf_scenario *)target)->stdin_text = hf__heap_arena_copy_text(reader->keep, text);
}

static void take_seed(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_number(reader, entry, 0, UINT64_MAX, &((hf_scenario *)target)->seed);
}

static void take_timeout(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    uint64_t us = 0;
    if (!hf__plan_take_duration(reader, entry, TIMEOUT_MAX_US, &us))
        return;
    if (us % 1000 != 0)
        HF_NODE_ERROR(reader, entry->value, "'timeout' must be a whole number of milliseconds");
    ((hf_scenario *)target)->timeout_ms = us / 1000;
}

static void take_memory_limit(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_size(reader, entry, &((hf_scenario *)target)->memory_limit);
}

static void take_trace_limit(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_size(reader, entry, &((hf_scenario *)target)->trace_limit);
}

static void take_output_limit(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_size(reader, entry, &((hf_scenario *)target)->output_limit);
}

static void take_storm_limit(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    uint64_t storm = 0;
    if (hf__plan_take_number(reader, entry, 1, UINT32_MAX, &storm))
        ((hf_scenario *)target)->storm_limit = (uint32_t)storm;
}

static void take_limits(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    static const hf__plan_key rows[] = {
        {"memory", take_memory_limit}, {"trace", take_trace_limit}, {"output", take_output_limit}, {"storm", take_storm_limit}};
    static const hf__plan_keys keys = {"'limits'", rows, HF_COUNT_OF(rows)};
    hf__plan_read_map(reader, entry->value, &keys, NULL, target);
}

static void take_commit_limit(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_size(reader, entry, &((hf_scenario *)target)->commit_limit);
}

static void take_guard(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    static const hf__plan_words words = {.what = "guard", .count = 2, .words = {"canaries", "pages"}};
    int which = 0;
    if (hf__plan_take_word(reader, entry, entry->value, &words, &which))
        ((hf_scenario *)target)->guard_pages = which == 1;
}

static void take_host(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    static const hf__plan_key rows[] = {{"commit-limit", take_commit_limit}, {"guard", take_guard}};
    static const hf__plan_keys keys = {"'host'", rows, HF_COUNT_OF(rows)};
    hf__plan_read_map(reader, entry->value, &keys, NULL, target);
}

static void take_stack_depth(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    uint64_t depth = 0;
    if (hf__plan_take_number(reader, entry, 1, HF_STACK_MAX, &depth))
        ((hf_scenario *)target)->stack_depth = (uint32_t)depth;
}

static void take_wrapper(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_take_list(reader, entry, true, &((hf_scenario *)target)->wrappers);
}

static void take_compare(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    hf__plan_words words = {.what = "comparison", .count = 0};
    int which = 0;
    hf__plan_words_add(&words, "result");
    hf__plan_words_add(&words, "status");
    if (hf__plan_take_word(reader, entry, entry->value, &words, &which))
        ((hf_scenario *)target)->status_only = which == 1;
}

/* Read after all other keys, because what is expected names rules. */
static void take_later(hf__plan_reader *reader, const hf__plan_entry *entry, void *target)
{
    (void)reader;
    (void)entry;
    (void)target;
}

static const hf__plan_key rows[SCENARIO_KEY_COUNT] = {
    [SCENARIO_NAME] = {"name", take_name},
    [SCENARIO_ABOUT] = {"about", take_about},
    [SCENARIO_CALLER] = {"caller", take_caller},
    [SCENARIO_COMMAND] = {"command", take_command},
    [SCENARIO_ARGS] = {"args", take_args},
    [SCENARIO_ENV] = {"env", take_env},
    [SCENARIO_CWD] = {"cwd", take_cwd},
    [SCENARIO_WORKDIR] = {"workdir", take_workdir},
    [SCENARIO_STDIN] = {"stdin", take_stdin},
    [SCENARIO_SEED] = {"seed", take_seed},
    [SCENARIO_TIMEOUT] = {"timeout", take_timeout},
    [SCENARIO_LIMITS] = {"limits", take_limits},
    [SCENARIO_HOST] = {"host", take_host},
    [SCENARIO_STACK_DEPTH] = {"stack-depth", take_stack_depth},
    [SCENARIO_WRAPPER] = {"wrapper", take_wrapper},
    [SCENARIO_COMPARE] = {"compare", take_compare},
    [SCENARIO_FAULTS] = {"faults", take_later},
    [SCENARIO_EXPECT] = {"expect", take_later},
};

static void check_program(hf__plan_reader *reader, const hf__plan_node *root, const hf__plan_entry *given)
{
    bool caller = given[SCENARIO_CALLER].key != NULL;
    bool command = given[SCENARIO_COMMAND].key != NULL;
    if (!caller && !command)
        HF_NODE_ERROR(reader, root, "this scenario runs nothing; give it a 'caller' or a 'command'");
    if (given[SCENARIO_CWD].key != NULL && given[SCENARIO_WORKDIR].key != NULL)
        HF_NODE_ERROR(reader, given[SCENARIO_WORKDIR].key, "'cwd' and 'workdir' both say where to run; give only one");
    if (caller && command)
        HF_NODE_ERROR(reader, given[SCENARIO_COMMAND].key, "'caller' and 'command' both say what to run; give only one");
    if (command && !caller && given[SCENARIO_ARGS].key != NULL)
        HF_NODE_ERROR(reader, given[SCENARIO_ARGS].key, "'args' are for a caller; put a command's arguments into its list");
}

static size_t count_faults(hf__plan_reader *reader, const hf__plan_entry *faults)
{
    if (faults->key == NULL)
        return 0;
    if (faults->value->kind == HF_PLAN_BAD)
        return 0;
    if (faults->value->kind != HF_PLAN_LIST) {
        HF_NODE_ERROR(reader, faults->key, "'faults' takes a list; each fault begins with '-'");
        return 0;
    }
    if (faults->value->count <= HF_RULES_MAX)
        return faults->value->count;
    const hf__plan_node *first_too_many = faults->value->first;
    for (unsigned i = 0; i < HF_RULES_MAX; i++)
        first_too_many = first_too_many->next;
    HF_NODE_ERROR(reader, first_too_many, "more than %u faults in one scenario", HF_RULES_MAX);
    return HF_RULES_MAX;
}

void hf__plan_finish_rules(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count, hf_scenario *out)
{
    hf_scenario_rule *rules = hf__heap_arena_take(reader->keep, count, sizeof *rules);
    hf_rule *compiled = hf__heap_arena_take(reader->keep, count, sizeof *compiled);
    for (size_t i = 0; i < count; i++) {
        compiled[i] = drafts[i].rule;
        rules[i] = drafts[i].out;
        rules[i].compiled = &compiled[i];
    }
    out->rules = rules;
    out->rule_count = count;
}

void hf__plan_read_scenario(hf__plan_reader *reader, const hf__plan_node *root, hf_scenario *out)
{
    static const hf__plan_keys keys = {"a scenario", rows, SCENARIO_KEY_COUNT};
    hf__plan_entry given[SCENARIO_KEY_COUNT];
    uint32_t errors_before = reader->source->errors->count;
    memset(out, 0, sizeof *out);
    out->line = root->place.line;
    out->expect = hf__plan_default_expect();
    int unknown = hf__plan_read_map(reader, root, &keys, given, out);
    if (unknown < 0)
        return;
    if (given[SCENARIO_NAME].key == NULL && unknown == 0)
        HF_NODE_ERROR(reader, root, "this scenario has no 'name'");
    if (unknown == 0)
        check_program(reader, root, given);
    size_t count = count_faults(reader, &given[SCENARIO_FAULTS]);
    hf__heap_arena scratch = {NULL};
    hf__plan_draft *drafts = hf__heap_arena_take(&scratch, count, sizeof *drafts);
    const hf__plan_node *fault = count > 0 ? given[SCENARIO_FAULTS].value->first : NULL;

    for (size_t i = 0; i < count; i++, fault = fault->next) {
        hf__plan_read_fault(reader, fault, i, &drafts[i]);
        hf__plan_check_rule(reader, &drafts[i]);
    }

    hf__plan_check_rules(reader, drafts, count, errors_before);
    if (given[SCENARIO_EXPECT].key != NULL)
        hf__plan_read_expect(reader, given[SCENARIO_EXPECT].value, drafts, count, &out->expect);
    hf__plan_finish_rules(reader, drafts, count, out);
    hf__heap_arena_clear(&scratch);
}
