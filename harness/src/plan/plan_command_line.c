/* SPDX-License-Identifier: MIT
 * A scenario from the command line: each --fault is a mapping in flow style without its braces. Each text is an input of its own, so an error's
 * position counts within the text that the user typed.
 */
#include "plan_scenario.h"
#include "plan_spaces.h"
#include "plan_input.h"
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

#define SCENARIO_NAME "command-line"

/* What one call of from_faults works on. */
typedef struct command_line {
    hf_scenario_file *file;
    hf_errors *errors;
    hf__heap_arena nodes;
    hf__plan_draft *drafts;
    const char **names;
    size_t count;
} command_line;

static const char *name_of(hf_scenario_file *file, size_t index, size_t count)
{
    char name[32];
    hf__builder builder = hf__builder_init(name, sizeof name);
    hf__builder_print(&builder, "--fault");
    if (count > 1)
        hf__builder_print(&builder, "[%zu]", index + 1);
    return hf__heap_arena_copy_text(&file->arena, hf__text(name));
}

static void read_mapping(command_line *self, hf__plan_source *source, size_t index)
{
    hf__plan_node *root = NULL;
    hf__plan_node *more = NULL;
    hf__plan_reader reader = {source, &self->file->arena};
    hf__plan_yaml *yaml = hf__plan_yaml_open(source);
    bool has_root = hf__plan_yaml_next(yaml, &self->nodes, &root) == HF_PLAN_NEXT_DOCUMENT;
    hf__plan_next after = has_root ? hf__plan_yaml_next(yaml, &self->nodes, &more) : HF_PLAN_NEXT_STOP;
    if (after == HF_PLAN_NEXT_DOCUMENT)
        HF_NODE_ERROR(&reader, more, "--fault takes one fault; repeat the option for more");
    if (after == HF_PLAN_NEXT_END) {
        hf__plan_read_fault(&reader, root, index, &self->drafts[index]);
        hf__plan_check_rule(&reader, &self->drafts[index]);
    }
    hf__plan_yaml_close(yaml);
}

/* The braces are the user's, or ours around what was written. The closing one stands on a line of its own, behind any comment. */
static void read_fault(command_line *self, const char *text, size_t index)
{
    bool has_braces = hf__text_starts_with(hf__text_trim(hf__text(text)), "{");
    char *wrapped = hf__format(has_braces ? "%s%s%s" : "%s%s\n%s", has_braces ? "" : "{", text, has_braces ? "" : "}");
    hf__plan_source source = hf__plan_source_init(self->names[index], hf__text(wrapped), self->errors);
    source.first = has_braces ? 0 : 1;
    source.end = source.first + strlen(text);
    uint32_t first = self->errors->count;
    if (strlen(text) > HF_PLAN_FILE_MAX_BYTES)
        HF_INPUT_ERROR(self->errors, source.name, 0, 0, 1, "larger than 1 MiB, the limit for a fault");
    else if (hf__text_trim(hf__text(text)).size_bytes == 0)
        HF_INPUT_ERROR(self->errors, source.name, 0, 0, 1, "is empty; write 'call: METHOD, return: HRESULT'");
    else if (hf__plan_source_check(&source))
        read_mapping(self, &source, index);
    hf__plan_name_spaces(&source, first);
    hf__free(wrapped);
}

static size_t input_of(const command_line *self, const hf_error *error)
{
    size_t index = 0;
    while (index + 1 < self->count && strcmp(self->names[index], error->input_name) != 0)
        index++;
    return index;
}

/* Mistakes that were found when all faults were known go to those of the same fault. At most HF_ERRORS_MAX, and stable. */
static void sort_by_input(const command_line *self)
{
    hf_error *items = self->errors->items;
    for (uint32_t i = 1; i < self->errors->count; i++) {
        hf_error one = items[i];
        uint32_t at = i;
        for (; at > 0 && input_of(self, &one) < input_of(self, &items[at - 1]); at--)
            items[at] = items[at - 1];
        items[at] = one;
    }
}

static hf_string_list copy_list(hf__heap_arena *arena, const char *const *items)
{
    size_t count = 0;
    while (items != NULL && items[count] != NULL)
        count++;
    const char **copies = hf__heap_arena_take(arena, count + 1, sizeof *copies);
    for (size_t i = 0; i < count; i++)
        copies[i] = hf__heap_arena_copy_text(arena, hf__text(items[i]));
    return (hf_string_list){.count = count, .items = copies};
}

static void make_scenario(command_line *self, const char *caller, const char *const *command)
{
    hf__plan_source source = {.name = self->file->name, .errors = self->errors};
    hf__plan_reader reader = {&source, &self->file->arena};
    hf__plan_check_rules(&reader, self->drafts, self->count, 0);
    sort_by_input(self);
    self->file->scenarios = hf__allocate(1, sizeof(hf_scenario));
    self->file->count = 1;
    hf_scenario *scenario = &self->file->scenarios[0];
    scenario->file = self->file->name;
    scenario->name = SCENARIO_NAME;
    scenario->line = 1;
    scenario->expect = hf__plan_default_expect();
    if (caller != NULL)
        scenario->caller = hf__heap_arena_copy_text(&self->file->arena, hf__text(caller));
    *(caller != NULL ? &scenario->args : &scenario->command) = copy_list(&self->file->arena, command);
    hf__plan_finish_rules(&reader, self->drafts, self->count, scenario);
}

typedef struct request {
    const char *caller;
    const char *const *command;
    const char *const *faults;
    size_t fault_count;
    hf_scenario_file **out;
    hf_errors *errors;
} request;

static hf_status make_file(void *given)
{
    const request *asked = given;
    size_t fault_count = asked->fault_count;
    command_line self = {.file = hf__plan_new_file("--fault"), .errors = asked->errors, .count = fault_count};
    self.drafts = hf__heap_arena_take(&self.nodes, fault_count, sizeof *self.drafts);
    self.names = hf__heap_arena_take(&self.nodes, fault_count + 1, sizeof *self.names);
    for (size_t i = 0; i < fault_count; i++)
        self.names[i] = name_of(self.file, i, fault_count);
    for (size_t i = 0; i < fault_count; i++) {
        self.drafts[i].rule = hf__model_rule_init();
        read_fault(&self, asked->faults[i], i);
        if (self.drafts[i].out.name == NULL)
            self.drafts[i].out.name = self.names[i]; /* of no mapping at all; it is not going to be a rule */
    }

    make_scenario(&self, asked->caller, asked->command);
    hf__heap_arena_clear(&self.nodes);
    if (asked->errors->count > 0) {
        hf_scenario_destroy(self.file);
        return HF_ERROR_INPUT;
    }

    *asked->out = self.file;
    return HF_OK;
}

hf_status hf_scenario_from_faults(const char *caller, const char *const *command, const char *const *faults, size_t fault_count,
                                  hf_scenario_file **out, hf_errors *errors)
{
    hf_errors own;
    errors = errors != NULL ? errors : &own;
    memset(errors, 0, sizeof *errors);
    *out = NULL;
    bool has_program = caller != NULL || (command != NULL && command[0] != NULL);
    if (!has_program || fault_count > HF_RULES_MAX) {
        HF_INPUT_ERROR(errors, "--fault", 0, 0, 1, has_program ? "more than %u faults" : "nothing to run: give a caller or a command", HF_RULES_MAX);
        return has_program ? HF_ERROR_LIMIT : HF_ERROR_ARGUMENT;
    }
    request asked = {caller, command, faults, fault_count, out, errors};
    hf_status status = hf__heap_attempt(make_file, &asked, NULL);
    return status == HF_ERROR_MEMORY ? hf__plan_out_of_memory(errors, "--fault") : status;
}
