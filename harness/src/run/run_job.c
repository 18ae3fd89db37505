/* SPDX-License-Identifier: MIT
 * Converts a scenario to a job. Nothing here starts a process of the scenario or creates a file.
 *
 * Relative paths: `cwd` counts from the folder of the script, because it belongs to the script. A program with a '/' counts from `cwd` if there is
 * one, otherwise from the tool's working directory as in a shell, otherwise from the folder of the script.
 */
#include "run_job.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "base_options.h"
#include "base_text.h"
#include "model_rule.h"
#include "os_file.h"
#include "system_process.h"
#include "system_machine.h"
#include "os_thread.h"
#include "plan_compile.h"
#include "run_attach.h"
#include "heap_buffer.h"
#include "run_callers.h"
#include "symbol_pattern.h"

#include <string.h>

#include "base_poison.h"

/* The folder of the scenario's script with its '/'; "" for one from the command line. */
static char *script_folder(const hf_scenario *scenario)
{
    const char *slash = scenario->file != NULL && scenario->file[0] != '-' ? strrchr(scenario->file, '/') : NULL;
    return hf__copy_text((hf_text){scenario->file, slash != NULL ? (size_t)(slash + 1 - scenario->file) : 0});
}

static hf_status find_cwd(const hf_scenario *scenario, char **out, hf_error *err)
{
    if (scenario->cwd == NULL)
        return HF_OK;
    char *from = hf__system_is_absolute(scenario->cwd) ? hf__copy_string("") : script_folder(scenario);
    char *path = hf__format("%s%s", from, scenario->cwd);
    hf_status status = hf__system_absolute(path, out, err);
    hf__free(path);
    hf__free(from);
    return status;
}

/* The script that is kept with a run has the resolved folder. */
static hf_status find_workdir(hf__run_job *job, hf_error *err)
{
    bool is_given = job->scenario.workdir != NULL;
    const char *workdir = is_given ? job->scenario.workdir : job->options.workdir;
    if (workdir == NULL || (!is_given && job->scenario.cwd != NULL))
        return HF_OK;
    char *from = !is_given || hf__system_is_absolute(workdir) ? hf__copy_string("") : script_folder(&job->scenario);
    char *path = hf__format("%s%s", from, workdir);
    hf_status status = hf__system_absolute(path, &job->workdir, err);
    if (status == HF_OK && !hf__os_is_folder(job->workdir))
        status = HF_FAIL(err, HF_ERROR_INPUT, "workdir: no folder %s", path);
    job->scenario.workdir = job->workdir;
    hf__free(path);
    hf__free(from);
    return status;
}

static hf_status find_command(const hf_scenario *scenario, const char *cwd, char **out, hf_error *err)
{
    const char *name = scenario->command.items[0];
    bool relative = !hf__system_is_absolute(name) && strchr(name, '/') != NULL;
    if (!relative)
        return hf__system_program_find(name, out, err);
    char *from = cwd != NULL ? hf__format("%s/", cwd) : script_folder(scenario);
    char *beside = hf__format("%s%s", from, name);
    hf_error ignored;
    hf_status status = cwd == NULL ? hf__system_program_find(name, out, err) : HF_ERROR_NOT_FOUND;
    if (status != HF_OK && (cwd != NULL || from[0] != '\0'))
        status = hf__system_program_find(beside, out, cwd != NULL ? err : &ignored);
    hf__free(beside);
    hf__free(from);
    return status;
}

static hf_status find_program(hf__run_job *job, hf_error *err)
{
    const hf_scenario *scenario = &job->scenario;
    if (scenario->caller != NULL)
        return hf__run_caller_find(job->options.caller_path, scenario->caller, &job->program, err);
    if (scenario->command.count == 0)
        return HF_FAIL(err, HF_ERROR_INPUT, "scenario %s names neither a caller nor a command", scenario->name);
    return find_command(scenario, job->cwd, &job->program, err);
}

static void list_arguments(hf__run_job *job)
{
    const hf_scenario *scenario = &job->scenario;
    size_t count = 0;
    job->arguments = hf__allocate(scenario->command.count + scenario->args.count + 2, sizeof *job->arguments);
    if (scenario->caller != NULL)
        job->arguments[count++] = job->program;
    for (size_t i = 0; scenario->caller == NULL && i < scenario->command.count; i++)
        job->arguments[count++] = scenario->command.items[i];
    for (size_t i = 0; i < scenario->args.count; i++)
        job->arguments[count++] = scenario->args.items[i];
}

static bool sets_same(const char *one, const char *other)
{
    size_t length = strcspn(one, "=");
    return strncmp(one, other, length) == 0 && (other[length] == '=' || other[length] == '\0');
}

static bool is_replaced(const hf_string_list *by, const char *entry)
{
    for (size_t i = 0; i < by->count; i++) {
        if (sets_same(by->items[i], entry))
            return true;
    }
    return sets_same("HF_SESSION=", entry);
}

static void list_environment(hf__run_job *job)
{
    const char *const *own = hf__system_environment_all();
    const hf_string_list *added = &job->scenario.env;
    size_t count = 0;
    while (own[count] != NULL)
        count++;
    job->environment = hf__allocate(count + added->count + 5, sizeof *job->environment);
    count = 0;
    for (size_t i = 0; own[i] != NULL; i++) {
        if (!is_replaced(added, own[i]))
            job->environment[count++] = own[i];
    }
    for (size_t i = 0; i < added->count; i++)
        job->environment[count++] = added->items[i];
    job->environment_count = count;
}

static void key_text(hf__heap_buffer *key, const char *text)
{
    hf__heap_buffer_append(key, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
}

static void key_list(hf__heap_buffer *key, const char *const *items)
{
    for (size_t i = 0; items[i] != NULL; i++)
        key_text(key, items[i]);
    hf__heap_buffer_append(key, "\1", 2);
}

/* Everything that can make one clean run differ from another. */
static void make_key(hf__run_job *job)
{
    const hf_scenario *scenario = &job->scenario;
    hf__heap_buffer key = {0};
    key_text(&key, job->program);
    key_list(&key, job->arguments);
    key_list(&key, job->environment);
    key_text(&key, job->cwd);
    key_text(&key, job->workdir);
    key_text(&key, scenario->stdin_text != NULL ? "given" : NULL);
    key_text(&key, scenario->stdin_text);
    uint64_t numbers[] = {job->timeout_ms,       scenario->memory_limit, scenario->trace_limit, job->output_limit, scenario->commit_limit,
                          scenario->storm_limit, scenario->stack_depth,  job->options.stacks,   job->options.pin};
    hf__heap_buffer_append(&key, numbers, sizeof numbers);
    job->key = key.text;
    job->key_bytes = key.size_bytes;
}

/* From here on, the tool's own setting for attaching is part of the scenario, so that its script, wherever it is kept, has everything that a replay
 * needs. */
static void keep_settings(hf__run_job *job)
{
    static const char *const variables[] = {HF_HOOK_VARIABLE, HF_ATTACH_VARIABLE, HF_STEADY_VARIABLE};
    const hf_string_list *given = &job->scenario.env;
    job->settings = hf__allocate(given->count + HF_COUNT_OF(variables) + 2, sizeof *job->settings);
    if (given->count > 0)
        memcpy(job->settings, given->items, given->count * sizeof *job->settings);
    size_t count = given->count;
    for (size_t i = 0; i < HF_COUNT_OF(variables) && job->scenario.caller == NULL; i++) {
        const char *value = hf__os_environment(variables[i]);
        job->kept[i] = value != NULL ? hf__format("%s=%s", variables[i], value) : NULL;
        if (job->kept[i] != NULL && !is_replaced(given, job->kept[i]))
            job->settings[count++] = job->kept[i];
    }
    job->scenario.env = (hf_string_list){.items = job->settings, .count = count};
}

static const char *hook_value(const hf__run_job *job)
{
    for (size_t i = 0; job->scenario.caller == NULL && i < job->environment_count; i++) {
        if (sets_same(HF_HOOK_VARIABLE "=", job->environment[i]))
            return job->environment[i] + strlen(HF_HOOK_VARIABLE "=");
    }
    return NULL;
}

/* It is beside the tool. */
static hf_status find_hook(hf__run_job *job, hf_error *err)
{
    char *tool = NULL;
    const char *value = hook_value(job);
    if (value == NULL)
        return HF_OK;
    job->follows = strcmp(value, HF_HOOK_CHILDREN) == 0;
    if (!job->follows && strcmp(value, HF_HOOK_MEMORY) != 0)
        return HF_FAIL(err, HF_ERROR_INPUT, HF_HOOK_VARIABLE " is " HF_HOOK_MEMORY " or " HF_HOOK_CHILDREN ", not '%s'", value);
    if (job->follows && !hf__system_has_hooks()) /* the library for unmodified programs does it */
        return HF_OK;
    hf_status status = hf__system_hook_check(job->program, err);
    if (status == HF_OK)
        status = hf__system_program_path(&tool, err);
    if (status != HF_OK)
        return status;
    const char *slash = strrchr(tool, '/');
    job->hook = hf__format("%.*shostfault-hook.dll", slash != NULL ? (int)(slash + 1 - tool) : 0, tool);
    hf__free(tool);
    return HF_OK;
}

static const char *value_in(const hf__run_job *job, const char *entry)
{
    for (size_t i = 0; i < job->environment_count; i++) {
        if (sets_same(entry, job->environment[i]))
            return job->environment[i] + strlen(entry);
    }
    return NULL;
}

/* Replaces the environment's entry for NAME with NAME=VALUE, or appends it at the end, where list_environment has left room. */
static void set_entry(hf__run_job *job, const char *entry)
{
    size_t at = 0;
    while (at < job->environment_count && !sets_same(entry, job->environment[at]))
        at++;
    job->environment[at] = entry;
    job->environment_count += at == job->environment_count;
}

/* Memcheck puts its own malloc in the place of every library's that has one, so that nobody would ask ours; told so, it takes the C library's alone,
 * which ours asks (valgrind(1), --soname-synonyms). Its search for leaks reads all that is mapped: the session too, for minutes. Leaks are found from
 * the trace. What the user says comes later, and so counts. */
static void prepare_valgrind(hf__run_job *job)
{
    const char *slash = strrchr(job->program, '/');
    const char *users = value_in(job, "VALGRIND_OPTS=");
    if (strncmp(slash != NULL ? slash + 1 : job->program, "valgrind", strlen("valgrind")) != 0)
        return;
    job->valgrind = hf__format("VALGRIND_OPTS=--soname-synonyms=somalloc=nouserintercepts --memcheck:leak-check=no %s", users != NULL ? users : "");
    set_entry(job, job->valgrind);
}

/* Our library comes before the user's preloads. */
static hf_status prepare_preload(hf__run_job *job, const hf__run_attach_choice *choice, hf_error *err)
{
    char *library = NULL;
    const char *users = value_in(job, "LD_PRELOAD=");
    const char *options = value_in(job, "ASAN_OPTIONS=");
    hf_status status = hf__run_attach_library(HF_ATTACH_SHIM, &library, err);
    if (status != HF_OK)
        return status;
    job->preload = hf__format("LD_PRELOAD=%s%s%s", library, users != NULL && users[0] != '\0' ? ":" : "", users != NULL ? users : "");
    set_entry(job, job->preload);
    prepare_valgrind(job);
    if (choice->has_sanitizer) {
        job->asan =
            hf__format("ASAN_OPTIONS=%s%sverify_asan_link_order=0", options != NULL ? options : "", options != NULL && options[0] != '\0' ? ":" : "");
        set_entry(job, job->asan);
    }
    hf__free(library);
    return HF_OK;
}

/* For --attach trap, or to count beside the library; if the system does not allow the count, the run continues without it. */
static hf_status prepare_watcher(hf__run_job *job, hf_error *err)
{
    if (!job->is_trapped && hf__system_refuses_to_watch() != 0)
        return HF_OK;
    size_t count = 0;
    while (job->arguments[count] != NULL)
        count++;
    job->watched_arguments = hf__allocate(count + 4, sizeof *job->watched_arguments);
    hf_status status = hf__run_attach_library(HF_ATTACH_WATCHER, &job->watcher, err);
    if (status != HF_OK && !job->is_trapped)
        return HF_OK;
    job->watched_arguments[0] = job->watcher;
    job->watched_arguments[1] = job->is_trapped ? "watch" : "count";
    job->watched_arguments[2] = job->program;
    memcpy(job->watched_arguments + 3, job->arguments, count * sizeof *job->arguments);
    return status;
}

#define STEADY_WHY ", random numbers and clocks from the seed"

/* Loads its library in addition to the shim's. */
static hf_status load_steady(hf__run_job *job, hf_error *err)
{
    char *library = NULL;
    hf_status status = hf__run_attach_library(HF_ATTACH_STEADY, &library, err);
    if (status != HF_OK)
        return status;
    job->steady = hf__format("%s:%s", job->preload, library);
    job->seed = hf__format(HF_STEADY_VARIABLE "=%llu", (unsigned long long)job->scenario.seed);
    set_entry(job, job->steady);
    set_entry(job, job->seed);
    hf__free(library);

    size_t length = strlen(job->attach_why);
    hf__text_copy(job->attach_why + length, sizeof job->attach_why - length, hf__text(STEADY_WHY));
    return HF_OK;
}

static void unload_steady(hf__run_job *job)
{
    set_entry(job, job->preload);
    job->environment[--job->environment_count] = NULL; /* the seed, which was added last */
    job->attach_why[strlen(job->attach_why) - strlen(STEADY_WHY)] = '\0';
    hf__free(job->steady);
    hf__free(job->seed);
    job->steady = job->seed = NULL;
}

/* From here on it is part of the scenario, so that its script repeats the run. */
hf_status hf__run_job_steady(hf__run_job *job, bool steady, hf_error *err)
{
    hf_status status = steady ? load_steady(job, err) : HF_OK;
    if (status != HF_OK)
        return status;
    size_t count = job->scenario.env.count;
    if (steady) {
        job->settings[count++] = HF_STEADY_VARIABLE "=on";
    } else {
        unload_steady(job);
        job->settings[--count] = NULL;
    }
    job->scenario.env = (hf_string_list){.items = job->settings, .count = count};
    hf__free(job->key);
    make_key(job);
    return HF_OK;
}

/* As the environment says. */
static hf_status choose_steady(hf__run_job *job, hf_error *err)
{
    const char *value = value_in(job, HF_STEADY_VARIABLE "=");
    bool is_on = value != NULL && strcmp(value, "on") == 0;
    job->may_be_steady = value == NULL && job->preload != NULL;
    if (value != NULL && !is_on && strcmp(value, "off") != 0)
        return HF_FAIL(err, HF_ERROR_INPUT, "--steady (" HF_STEADY_VARIABLE ") is on or off, not '%s'", value);
    if (is_on && job->preload == NULL)
        return HF_FAIL(err, HF_ERROR_INPUT,
                       "--steady works on unmodified programs that take its library, and %s is run otherwise (%s): give it a fixed seed of its own",
                       job->program, job->attach_why);
    return is_on ? load_steady(job, err) : HF_OK;
}

static hf_status choose_attach(hf__run_job *job, hf_error *err)
{
    static const char *const words[] = {[HF_ATTACH_LINKED] = "linked", [HF_ATTACH_PRELOAD] = "preload", [HF_ATTACH_TRAP] = "trap"};
    hf__run_attach_choice choice;
    if (job->scenario.caller != NULL || job->hook != NULL)
        return HF_OK;
    hf_status status = hf__run_attach_choose(job->program, job->environment, value_in(job, HF_ATTACH_VARIABLE "="), &choice, err);
    if (status != HF_OK)
        return status;
    hf__builder why = hf__builder_init(job->attach_why, sizeof job->attach_why);
    hf__builder_print(&why, "%s: %s", words[choice.how], choice.why);
    status = hf__run_attach_check_rules(&job->scenario, job->program, &choice, err);
    if (status != HF_OK)
        return status;
    if (job->follows && choice.how != HF_ATTACH_PRELOAD)
        return HF_FAIL(
            err, HF_ERROR_INPUT,
            "--follow-children follows what unmodified programs start, by the library that is loaded into them, and %s is run otherwise (%s)",
            job->program, job->attach_why);
    job->is_trapped = choice.how == HF_ATTACH_TRAP;
    if (choice.how == HF_ATTACH_PRELOAD)
        status = prepare_preload(job, &choice, err);
    if (status == HF_OK && choice.how != HF_ATTACH_LINKED)
        status = prepare_watcher(job, err);
    return status == HF_OK ? choose_steady(job, err) : status;
}

hf_status hf__run_job_create(const hf_scenario *scenario, const hf_run_options *options, hf__run_job *out, hf_error *err)
{
    memset(out, 0, sizeof *out);
    out->options = (hf_run_options)HF_RUN_OPTIONS_INIT;
    hf_status status = hf__options_import(&out->options, options, err);
    if (status != HF_OK)
        return status;
    out->scenario = *scenario;
    if (out->options.has_seed)
        out->scenario.seed = out->options.seed;
    uint64_t fallback_ms = out->options.timeout_ms != 0 ? out->options.timeout_ms : HF_RUN_TIMEOUT_DEFAULT_MS;
    out->timeout_ms = scenario->timeout_ms != 0 ? scenario->timeout_ms : fallback_ms;
    out->has_timeout = scenario->timeout_ms != 0 || out->options.timeout_ms != 0;
    out->output_limit = scenario->output_limit != 0 ? scenario->output_limit : HF_RUN_OUTPUT_DEFAULT;
    status = find_cwd(scenario, &out->cwd, err);
    if (status == HF_OK)
        status = find_workdir(out, err);
    if (status == HF_OK)
        status = find_program(out, err);
    if (status == HF_OK) {
        list_arguments(out);
        keep_settings(out);
        list_environment(out);
        status = find_hook(out, err);
    }

    if (status == HF_OK)
        status = choose_attach(out, err);
    if (status != HF_OK) {
        hf__run_job_clear(out);
        return status;
    }

    make_key(out);
    return HF_OK;
}

void hf__run_job_clear(hf__run_job *job)
{
    hf__free(job->program);
    hf__free(job->arguments);
    hf__free(job->environment);
    hf__free(job->cwd);
    hf__free(job->workdir);
    hf__free(job->hook);
    hf__free(job->preload);
    hf__free(job->watcher);
    hf__free(job->watched_arguments);
    hf__free(job->steady);
    hf__free(job->seed);
    hf__free(job->asan);
    hf__free(job->valgrind);
    for (size_t i = 0; i < HF_COUNT_OF(job->kept); i++)
        hf__free(job->kept[i]);
    hf__free(job->settings);
    hf__free(job->key);
    memset(job, 0, sizeof *job);
}

static bool names_code(const hf_scenario *scenario)
{
    for (size_t i = 0; i < scenario->rule_count; i++) {
        if (scenario->rules[i].from.count > 0 || scenario->rules[i].not_from.count > 0)
            return true;
    }
    return false;
}

/* For a caller of the hosting interfaces, E_FAIL means that all later calls fail. A program that only calls VirtualAlloc cannot see that. */
static void make_unmodified(hf_plan_image *plan)
{
    hf_rule *rules = (hf_rule *)(uintptr_t)hf__model_plan_rules(plan);
    plan->flags |= HF_PLAN_UNMODIFIED;
    for (uint32_t i = 0; i < plan->rule_count; i++)
        rules[i].sticks = 0;
}

hf_status hf__run_job_compile(const hf__run_job *job, bool clean, void **out, size_t *size_bytes, hf_error *err)
{
    *out = NULL;
    hf_scenario scenario = job->scenario;
    if (clean) {
        scenario.rule_count = 0;
        scenario.rules = NULL;
    }

    hf__symbol_table *symbols = NULL;
    hf_status status = names_code(&scenario) ? hf__symbol_symbols_open(job->program, job->environment, &symbols, err) : HF_OK;
    if (status != HF_OK)
        return status;
    hf_plan_image *plan = hf__reallocate(NULL, 1, HF_PLAN_BYTES_MAX); /* not zeroed: a plan is usually small, and contains its size */
    const hf__plan_compilation compilation = {
        &scenario, symbols != NULL ? hf__symbol_symbols_resolve : NULL, symbols, plan, HF_PLAN_BYTES_MAX, size_bytes, err};
    status = hf__plan_compile(&compilation);
    hf__symbol_symbols_destroy(symbols);

    if (status != HF_OK) {
        hf__free(plan);
        return status;
    }

    if (job->options.stacks)
        plan->flags |= HF_PLAN_STACKS_ALWAYS;
    if (job->hook != NULL || job->preload != NULL || job->is_trapped)
        make_unmodified(plan);
    if (job->is_trapped)
        plan->flags |= HF_PLAN_TRAPPED;
    *out = hf__reallocate(plan, 1, *size_bytes);
    return HF_OK;
}
