/* SPDX-License-Identifier: MIT
 * Lists callers. Our own four are listed even if they were not built, each with what the build needs: a missing caller must be visible.
 */
#include "cli_callers.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "os_file.h"
#include "system_process.h"
#include "run_callers.h"

#include <string.h>

#include "base_poison.h"

#define LIBRARY_COLUMNS 24u /* some libraries report a full commit hash as their version */

/* Our own callers, and what the build needs for each. */
static const struct {
    const char *name, *needs;
} ours[] = {
    {"clr", "no dependency; build the target hf-caller-clr"},
    {"jemalloc", "it needs jemalloc 5 at build time (Debian: libjemalloc-dev)"},
    {"lua", "it needs Lua 5.4's static library at build time (Debian: liblua5.4-dev)"},
    {"sqlite", "it needs SQLite 3 at build time (Debian: libsqlite3-dev)"},
};

static bool is_listed(const hf__run_caller_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i].name, name) == 0)
            return true;
    return false;
}

static void add_found(hf_report_table *table, const hf__run_caller_info *info, size_t *missing)
{
    const char *sees = info->sees == HF_SEES_NULL ? "null" : "hresult";
    if (info->problem == NULL) {
        char library[LIBRARY_COLUMNS + 1];
        bool is_cut = hf__text_copy(library, sizeof library, hf__text(info->library)) < strlen(info->library);
        if (is_cut)
            hf__text_copy(library + LIBRARY_COLUMNS - 3, sizeof "...", hf__text("..."));
        hf__report_table_add(table, (const char *const[]){info->name, library, sees, info->about});
        return;
    }
    char *text = hf__format("cannot be used: %s", info->problem);
    hf__report_table_add(table, (const char *const[]){info->name, "-", "-", text});
    hf__free(text);
    (*missing)++;
}

hf_cli_exit hf__cli_callers_table(const char *caller_path, bool with_specimens, hf_report_table *out, size_t *missing)
{
    hf_error err;
    hf__run_caller_list list = {0};
    *missing = 0;
    *out = hf__report_table_init((const char *const[]){"caller", "library", "sees", "about", NULL});
    if (hf__run_callers_list(caller_path, with_specimens, &list, &err) != HF_OK)
        return hf__cli_complain_error(&err);
    for (size_t i = 0; i < list.count; i++)
        add_found(out, &list.items[i], missing);

    for (size_t i = 0; i < HF_COUNT_OF(ours); i++) {
        if (is_listed(&list, ours[i].name))
            continue;
        char *text = hf__format("missing: %s", ours[i].needs);
        hf__report_table_add(out, (const char *const[]){ours[i].name, "-", "-", text});
        hf__free(text);
        (*missing)++;
    }
    hf__run_callers_clear(&list);
    return HF_CLI_MET;
}

static bool has_option(const hf_cli_verb *verb, const char *name)
{
    for (size_t i = 0; i < verb->option_count; i++)
        if (strcmp(hf__cli_option_name(&verb->options[i]), name) == 0)
            return true;
    return false;
}

char *hf__cli_callers_advice(const hf_cli_verb *verb, const char *word)
{
    char *path = NULL;
    hf_error err;
    if (!verb->takes_command && has_option(verb, "--results") && hf__os_file_exists(word))
        return hf__format("; did you mean '--results %s'?", word);
    if (has_option(verb, "--caller") && hf__run_caller_find(NULL, word, &path, &err) == HF_OK) {
        hf__free(path);
        return hf__format("; did you mean '--caller %s'?", word);
    }
    if (verb->takes_command && strchr(word, '/') != NULL && hf__system_program_find(word, &path, &err) == HF_OK) {
        hf__free(path);
        return hf__format("; a command follows '--', as in 'hostfault %s -- %s'", verb->name, word);
    }
    return hf__copy_string("");
}
