/* SPDX-License-Identifier: MIT
 * See the header. The whole file is checked each time, so a mistake is found before its verb is used.
 */
#include "cli_project.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_check.h"
#include "base_error.h"
#include "base_text.h"
#include "cli_values.h"
#include "os_file.h"
#include "plan_project.h"
#include "run_folder.h"
#include "system_machine.h"
#include "os_names.h"

#include <string.h>

#include "base_poison.h"

/* What another person's file must not do: run a database's command, put a private file into a page that is shared, write files. */
bool hf__cli_project_may_have(const hf_cli_option *option)
{
    const char *name = hf__cli_option_name(option);
    return option->kind != HF_CLI_OUTPUT && strcmp(name, "--trust") != 0 && strcmp(name, "--source-root") != 0;
}

/* The option with this name without dashes; NULL. *index: its index in the verb's options. */
static const hf_cli_option *find_option(const hf_cli_verb *verb, const char *key, size_t *index)
{
    for (*index = 0; *index < verb->option_count; (*index)++)
        if (strcmp(hf__cli_option_name(&verb->options[*index]) + 2, key) == 0)
            return &verb->options[*index];
    return NULL;
}

static void complain_option(hf_errors *errors, const char *path, const hf__plan_default *one, const hf_cli_verb *verb)
{
    const char *names[64] = {NULL};
    size_t count = 0;
    for (size_t i = 0; i < verb->option_count && count + 1 < HF_COUNT_OF(names); i++)
        if (hf__cli_project_may_have(&verb->options[i]))
            names[count++] = hf__cli_option_name(&verb->options[i]) + 2;
    const char *nearest = hf__cli_nearest(one->key, names);
    HF_INPUT_ERROR(errors, path, one->line, one->column, one->length, "'%s' has no option '%s'%s%s%s", verb->name, one->key,
                   nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

/* Does any verb have this option? */
static const hf_cli_option *find_common(const char *key)
{
    size_t index = 0;
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++) {
        const hf_cli_option *option = find_option(*verb, key, &index);
        if (option != NULL)
            return option;
    }
    return NULL;
}

static void check_default(hf_errors *errors, const char *path, const hf__plan_default *one)
{
    size_t index = 0;
    const hf_cli_verb *verb = one->section != NULL ? hf__cli_verb_by_name(one->section) : NULL;
    if (one->section != NULL && verb == NULL) {
        HF_INPUT_ERROR(errors, path, one->section_line, one->section_column, one->section_length, "hostfault has no verb '%s'", one->section);
        return;
    }

    const hf_cli_option *option = verb != NULL ? find_option(verb, one->key, &index) : find_common(one->key);
    if (option == NULL && verb != NULL)
        complain_option(errors, path, one, verb);
    else if (option == NULL)
        HF_INPUT_ERROR(errors, path, one->line, one->column, one->length, "'%s' is neither a verb nor an option of a verb", one->key);
    else if (!hf__cli_project_may_have(option))
        HF_INPUT_ERROR(errors, path, one->line, one->column, one->length, "%s can only be given on the command line", hf__cli_option_name(option));
    else if (option->kind == HF_CLI_FLAG && (one->values.count != 1 || strcmp(one->values.items[0], "true") != 0))
        HF_INPUT_ERROR(errors, path, one->line, one->column, one->length, "'%s' takes only true; to leave the option off, remove the key", one->key);
    else if (option->kind != HF_CLI_TEXTS && option->kind != HF_CLI_SETTINGS && option->kind != HF_CLI_TEXT && option->kind != HF_CLI_FOLDERS &&
             one->values.count != 1)
        HF_INPUT_ERROR(errors, path, one->line, one->column, one->length, "'%s' takes one value", one->key);
}

/* Texts that options point to, kept until the process ends, as argv is. */
typedef struct kept_text {
    struct kept_text *next;
    char *text;
} kept_text;
static kept_text *kept_texts;

static char *keep(char *text)
{
    kept_text *one = hf__heap_keep(hf__allocate(1, sizeof *one));
    *one = (kept_text){.next = kept_texts, .text = hf__heap_keep(text)};
    kept_texts = one;
    return text;
}

/* Paths are relative to the file's folder. hf__free. */
static char *value_from(const hf_cli_option *option, const char *folder, const char *text)
{
    bool is_path = option->value != NULL && (strstr(option->value, "FILE") != NULL || strstr(option->value, "FOLDER") != NULL);
    if (!is_path || hf__system_is_absolute(text) || strcmp(folder, ".") == 0)
        return hf__copy_string(text);
    return hf__format("%s/%s", folder, text);
}

/* A list for an option that takes one text becomes a text with commas, or a search path. */
static char *join_values(const hf_cli_option *option, const char *folder, const hf_string_list *values)
{
    char *whole = hf__copy_string("");
    for (size_t i = 0; i < values->count; i++) {
        const char *between = i == 0 ? "" : option->kind == HF_CLI_FOLDERS ? HF_OS_LIST_SEPARATOR : ",";
        char *value = value_from(option, folder, values->items[i]);
        char *longer = hf__format("%s%s%s", whole, between, value);
        hf__free(whole);
        hf__free(value);
        whole = longer;
    }
    return whole;
}

static bool apply_default(const hf_cli_verb *verb, void *values, const hf__plan_default *one, const hf_cli_option *option, const char *folder)
{
    bool repeats = option->kind == HF_CLI_TEXTS || option->kind == HF_CLI_SETTINGS;
    bool good = true;
    for (size_t i = 0; repeats && good && i < one->values.count; i++)
        good = hf__cli_value_read(values, option, keep(value_from(option, folder, one->values.items[i])), verb);
    return repeats ? good : hf__cli_value_read(values, option, keep(join_values(option, folder, &one->values)), verb);
}

/* A verb's own section takes precedence over the top level. */
static bool is_overruled(const hf__plan_project *project, const hf_cli_verb *verb, const hf__plan_default *one)
{
    const hf__plan_default *other = NULL;
    for (size_t i = 0; one->section == NULL && (other = hf__plan_project_at(project, i)) != NULL; i++)
        if (other->section != NULL && strcmp(other->section, verb->name) == 0 && strcmp(other->key, one->key) == 0)
            return true;
    return false;
}

static bool apply_all(const hf__plan_project *project, const char *path, const hf_cli_verb *verb, void *values, const unsigned char *given)
{
    char *folder =
        strcmp(path, HF_CLI_PROJECT_FILE) == 0 ? hf__copy_string(".") : hf__copy_text((hf_text){path, strlen(path) - sizeof HF_CLI_PROJECT_FILE});
    const hf__plan_default *one = NULL;
    size_t applied = 0;
    bool good = true;
    for (size_t i = 0; good && (one = hf__plan_project_at(project, i)) != NULL; i++) {
        size_t index = 0;
        const hf_cli_option *option = find_option(verb, one->key, &index);
        bool is_mine = one->section == NULL || strcmp(one->section, verb->name) == 0;
        if (option == NULL || !is_mine || given[index] != 0 || !hf__cli_project_may_have(option) || is_overruled(project, verb, one))
            continue;
        good = apply_default(verb, values, one, option, folder);
        applied++;
    }

    if (applied > 0 || !good)
        hf__report_print(hf__cli_err(), "hostfault: defaults from %s\n", path);
    hf__free(folder);
    return good;
}

/* hf__free; NULL: there is none. */
static char *find_file(void)
{
    char *up = hf__copy_string("");
    char *found = NULL;
    for (unsigned depth = 0; depth < 64 && found == NULL; depth++) {
        char *path = hf__format("%s" HF_CLI_PROJECT_FILE, up);
        char *top = hf__format("%s.git", up);
        bool is_there = hf__os_file_exists(path);
        bool is_top = hf__os_file_exists(top);
        hf__free(top);
        if (is_there)
            found = path;
        else
            hf__free(path);
        if (is_there || is_top)
            break;
        char *higher = hf__format("../%s", up);
        hf__free(up);
        up = higher;
    }
    hf__free(up);

    return found;
}

/* Above the working directory, a file counts only inside a repository. */
static bool is_in_repository(const char *path)
{
    if (strcmp(path, HF_CLI_PROJECT_FILE) == 0)
        return true;
    char *up = hf__copy_text((hf_text){path, strlen(path) - strlen(HF_CLI_PROJECT_FILE)});
    bool is_in = false;
    for (unsigned depth = 0; depth < 64 && !is_in; depth++) {
        char *top = hf__format("%s.git", up);
        is_in = hf__os_file_exists(top);
        hf__free(top);
        char *higher = hf__format("../%s", up);
        hf__free(up);
        up = higher;
    }
    hf__free(up);
    return is_in;
}

static bool check_and_apply(const char *path, const hf_cli_verb *verb, void *values, const unsigned char *given)
{
    hf__plan_project *project = NULL;
    static hf_errors errors;
    const hf__plan_default *one = NULL;
    bool good = hf__plan_project_load(path, &project, &errors) == HF_OK;
    for (size_t i = 0; good && (one = hf__plan_project_at(project, i)) != NULL && errors.more == 0; i++)
        check_default(&errors, path, one);
    if (errors.count > 0)
        hf_scenario_print_file_errors(path, &errors, hf__cli_err()->write, hf__cli_err()->user);
    good = good && errors.count == 0 && apply_all(project, path, verb, values, given);
    hf__plan_project_destroy(project);
    return good;
}

bool hf__cli_project_apply(const hf_cli_verb *verb, void *values, const unsigned char *given)
{
    char *path = find_file();
    bool good = true;
    if (path != NULL && is_in_repository(path)) {
        good = hf__system_file_is_own(path);
        if (good)
            good = check_and_apply(path, verb, values, given);
        else
            hf__cli_complain("%s belongs to another user, so its defaults are ignored; remove it, or run hostfault elsewhere", path);
    }
    hf__free(path);
    return good;
}
