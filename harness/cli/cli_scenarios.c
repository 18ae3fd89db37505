/* SPDX-License-Identifier: MIT
 * From operands to parsed scenarios. Must never skip what it cannot read. A folder without scenarios, an unknown name and an unreadable file are all
 * errors, because a run that tested nothing would look like one that found nothing.
 */
#include "cli_scenarios.h"
#include "heap_alloc.h"
#include "base_choice.h"
#include "base_text.h"
#include "os_file.h"
#include "run_callers.h"
#include "system_tool.h"

#include <string.h>

#include "base_poison.h"

#define FOLDER_DEPTH_MAX 32u

/* scenarios/heap/oom.yaml -> heap/oom, followed by #name if the file has several. */
static char *family_of(const hf_scenario_file *file, const hf_scenario *scenario)
{
    const char *path = scenario->file;
    const char *slash = strrchr(path, '/');
    const char *start = path;
    for (const char *c = path; c < slash; c++)
        if (*c == '/')
            start = c + 1;
    const char *dot = strrchr(slash != NULL ? slash : path, '.');
    size_t length = dot != NULL ? (size_t)(dot - start) : strlen(start);
    bool is_one = hf_scenario_count(file) == 1;
    return hf__format("%.*s%s%s", (int)length, start, is_one ? "" : "#", is_one ? "" : scenario->name);
}

static char *identity_of(const hf_scenario *scenario)
{
    if (strncmp(scenario->file, "--", 2) == 0)
        return hf__format("%s %s", scenario->caller != NULL ? scenario->caller : scenario->command.items[0], scenario->file);
    return hf__format("%s#%s", scenario->file, scenario->name);
}

/* Takes the scenarios of a file: all, or the one called `name`. */
static size_t add_scenarios(hf_cli_scenarios *self, hf_scenario_file *file, const char *name)
{
    size_t added = 0;
    HF_GROW(self->files, self->file_count, self->file_capacity);
    self->files[self->file_count++] = file;
    for (size_t i = 0; i < hf_scenario_count(file); i++) {
        const hf_scenario *scenario = hf_scenario_at(file, i);
        if (name != NULL && strcmp(name, scenario->name) != 0)
            continue;
        HF_GROW(self->items, self->count, self->capacity);
        self->items[self->count++] = (hf_cli_scenario){.scenario = scenario, .identity = identity_of(scenario), .family = family_of(file, scenario)};
        added++;
    }
    return added;
}

static hf_cli_exit complain_name(const hf_scenario_file *file, const char *path, const char *name)
{
    size_t count = hf_scenario_count(file);
    const char **names = hf__allocate(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = hf_scenario_at(file, i)->name;
    const char *nearest = hf__cli_nearest(name, names);
    if (nearest == NULL && count > 0)
        nearest = names[0];
    hf__cli_complain("%s has no scenario '%s'; it has '%s'%s", path, name, nearest != NULL ? nearest : "", count > 1 ? " and others" : "");
    hf__free(names);
    return HF_CLI_USAGE;
}

static hf_cli_exit load_file(const char *path, const char *name, hf_cli_scenarios *out)
{
    hf_scenario_file *file = NULL;
    hf_errors errors = {0};
    hf_status status = hf_scenario_load(path, &file, &errors);
    if (status != HF_OK) {
        hf_scenario_print_file_errors(path, &errors, hf__cli_err()->write, hf__cli_err()->user);
        return HF_CLI_USAGE;
    }
    if (add_scenarios(out, file, name) == 0 && name != NULL)
        return complain_name(file, path, name);
    return HF_CLI_MET;
}

static bool is_script(const char *name)
{
    return hf__glob_match(hf__text("*.yaml"), hf__text(name)) || hf__glob_match(hf__text("*.yml"), hf__text(name));
}

static hf_cli_exit load_folder(const char *path, unsigned depth, size_t *found, hf_cli_scenarios *out);

static hf_cli_exit load_entry(const char *folder, const hf_folder_entry *entry, unsigned depth, size_t *found, hf_cli_scenarios *out)
{
    size_t length = strlen(folder);
    char *path = hf__format("%s%s%s", folder, length > 0 && folder[length - 1] == '/' ? "" : "/", entry->name);
    hf_cli_exit worst = HF_CLI_MET;
    if (entry->is_folder && entry->name[0] != '.' && strcmp(entry->name, "invalid") != 0) {
        worst = load_folder(path, depth + 1, found, out);
    } else if (!entry->is_folder && entry->name[0] != '.' && is_script(entry->name)) {
        (*found)++;
        worst = load_file(path, NULL, out);
    }
    hf__free(path);
    return worst;
}

static hf_cli_exit load_folder(const char *path, unsigned depth, size_t *found, hf_cli_scenarios *out)
{
    if (depth > FOLDER_DEPTH_MAX) {
        hf__cli_complain("folders in %s are nested more than %u levels deep", path, FOLDER_DEPTH_MAX);
        return HF_CLI_USAGE;
    }
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    hf_error err;
    if (hf__system_folder_list(path, &entries, &count, &err) != HF_OK) {
        (void)hf__cli_complain_error(&err);
        return HF_CLI_USAGE;
    }

    hf_cli_exit worst = HF_CLI_MET;
    for (size_t i = 0; i < count; i++)
        worst = hf__cli_worse(worst, load_entry(path, &entries[i], depth, found, out));
    hf__system_folder_list_free(entries, count);
    return worst;
}

/* The script in the folder with the most similar name; NULL. hf__free. */
static char *nearest_script(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash != NULL ? hf__copy_text((hf_text){path, (size_t)(slash - path) + 1}) : hf__copy_string("");
    hf_folder_entry *entries = NULL;
    size_t count = 0, scripts = 0;
    hf_error err;
    char *found = NULL;
    if (hf__system_folder_list(folder[0] != '\0' ? folder : ".", &entries, &count, &err) == HF_OK) {
        const char **names = hf__allocate(count + 1, sizeof *names);
        for (size_t i = 0; i < count; i++)
            if (is_script(entries[i].name) || entries[i].is_folder)
                names[scripts++] = entries[i].name;
        const char *nearest = hf__choice_nearest(hf__text(slash != NULL ? slash + 1 : path), names);
        found = nearest != NULL ? hf__format("%s%s", folder, nearest) : NULL;
        hf__free(names);
        hf__system_folder_list_free(entries, count);
    }
    hf__free(folder);

    return found;
}

static hf_cli_exit complain_missing(const char *path)
{
    char *script = nearest_script(path);
    char *program = NULL;
    hf_error err;
    if (hf__run_caller_find(NULL, path, &program, &err) == HF_OK)
        hf__cli_complain("no file %s; to use the caller of that name: 'hostfault sweep --caller %s', or 'hostfault run --caller %s --fault RULE'",
                         path, path, path);
    else if (script != NULL)
        hf__cli_complain("no file %s; did you mean %s?", path, script);
    else
        hf__cli_complain("no file or folder %s", path);
    hf__free(program);
    hf__free(script);
    return HF_CLI_USAGE;
}

/* path#name, unless a file really has this name. */
static hf_cli_exit load_named(const char *operand, hf_cli_scenarios *out)
{
    const char *hash = strrchr(operand, '#');
    if (hf__os_file_exists(operand))
        return load_file(operand, NULL, out);
    if (hash == NULL)
        return complain_missing(operand);
    char *path = hf__copy_text((hf_text){operand, (size_t)(hash - operand)});
    hf_cli_exit worst = hf__os_file_exists(path) ? load_file(path, hash + 1, out) : complain_missing(path);
    hf__free(path);
    return worst;
}

static hf_cli_exit load_operand(const char *operand, hf_cli_scenarios *out)
{
    if (!hf__os_is_folder(operand))
        return load_named(operand, out);
    size_t found = 0;
    hf_cli_exit worst = load_folder(operand, 0, &found, out);
    if (worst == HF_CLI_MET && found == 0) {
        hf__cli_complain("no scenario in the folder %s: no *.yaml in it or below it", operand);
        return HF_CLI_USAGE;
    }
    return worst;
}

hf_cli_exit hf__cli_scenarios_load(const char *const *operands, size_t count, hf_cli_scenarios *out)
{
    *out = (hf_cli_scenarios){0};
    hf_cli_exit worst = HF_CLI_MET;
    for (size_t i = 0; i < count; i++)
        worst = hf__cli_worse(worst, load_operand(operands[i], out));
    return worst;
}

hf_cli_exit hf__cli_scenarios_from_faults(const char *caller, const char *const *command, const hf_cli_texts *faults, hf_cli_scenarios *out)
{
    *out = (hf_cli_scenarios){0};
    hf_scenario_file *file = NULL;
    hf_errors errors = {0};
    if (hf_scenario_from_faults(caller, command, faults->items, faults->count, &file, &errors) != HF_OK) {
        hf_scenario_print_fault_errors(faults->items, faults->count, &errors, hf__cli_err()->write, hf__cli_err()->user);
        return HF_CLI_USAGE;
    }
    (void)add_scenarios(out, file, NULL);
    return HF_CLI_MET;
}

static bool matches(const hf_cli_scenario *one, const char *pattern)
{
    return hf__choice_has(pattern, one->identity) || hf__choice_has(pattern, one->family) || hf__choice_has(pattern, one->scenario->name);
}

static void clear_scenario(hf_cli_scenario *one)
{
    if (one->own != NULL)
        hf__free((void *)(uintptr_t)one->own->env.items);
    hf__free(one->own);
    hf__free(one->identity);
    hf__free(one->family);
}

static hf_cli_exit check_filter(const hf_cli_verb *verb, const hf_cli_scenarios *self, const char *choice)
{
    hf_error err;
    const char **names = hf__allocate(3 * self->count + 1, sizeof *names);
    for (size_t i = 0; i < self->count; i++) {
        names[3 * i] = self->items[i].scenario->name;
        names[3 * i + 1] = self->items[i].family;
        names[3 * i + 2] = self->items[i].identity;
    }
    hf_status status = hf__choice_check(choice, names, "scenario", NULL, &err);
    hf__free(names);
    return status == HF_OK ? HF_CLI_MET : hf__cli_bad_usage(verb, "--filter: %s", err.message);
}

hf_cli_exit hf__cli_scenarios_filter(const hf_cli_verb *verb, hf_cli_scenarios *self, const char *choice)
{
    hf_cli_exit worst = check_filter(verb, self, choice);
    if (worst != HF_CLI_MET)
        return worst;
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (matches(&self->items[i], choice)) {
            self->items[kept++] = self->items[i];
        } else {
            clear_scenario(&self->items[i]);
        }
    }
    self->count = kept;
    return HF_CLI_MET;
}

static bool is_set_by(const char *variable, const hf_cli_texts *settings)
{
    size_t length = strcspn(variable, "=") + 1;
    for (size_t i = 0; i < settings->count; i++)
        if (strncmp(variable, settings->items[i], length) == 0)
            return true;
    return false;
}

static hf_string_list join_env(const hf_string_list *own, const hf_cli_texts *settings)
{
    const char **items = hf__allocate(own->count + settings->count + 1, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < own->count; i++)
        if (!is_set_by(own->items[i], settings))
            items[count++] = own->items[i];
    for (size_t i = 0; i < settings->count; i++)
        items[count++] = settings->items[i];
    return (hf_string_list){.items = items, .count = count};
}

/* The scenario with the command line's changes; it has its own list of variables. */
static void change_scenario(hf_cli_scenario *one, const hf_cli_texts *settings, bool strict)
{
    one->own = hf__allocate(1, sizeof *one->own);
    *one->own = *one->scenario;
    one->own->env = join_env(&one->scenario->env, settings);
    one->own->expect.given |= strict;
    one->own->expect.strict |= strict;
    one->scenario = one->own;
}

void hf__cli_scenarios_change(hf_cli_scenarios *self, const hf_cli_texts *settings, bool strict)
{
    for (size_t i = 0; i < self->count && (settings->count > 0 || strict); i++)
        change_scenario(&self->items[i], settings, strict);
}

void hf__cli_scenarios_clear(hf_cli_scenarios *self)
{
    for (size_t i = 0; i < self->count; i++)
        clear_scenario(&self->items[i]);
    for (size_t i = 0; i < self->file_count; i++)
        hf_scenario_destroy(self->files[i]);
    hf__free(self->items);
    hf__free(self->files);
    *self = (hf_cli_scenarios){0};
}
