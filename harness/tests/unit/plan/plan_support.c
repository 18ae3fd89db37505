/* SPDX-License-Identifier: MIT
 * Helpers of the tests of the scenario language. Nothing here asserts what is under test.
 */
#include "plan_support.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "plan_fault.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void output_write(const char *text, size_t size_bytes, void *user)
{
    output *self = user;
    if (self->length + size_bytes + 1 > self->capacity) {
        self->capacity = 2 * (self->length + size_bytes + 1);
        self->text = hf__reallocate(self->text, self->capacity, 1);
    }
    memcpy(self->text + self->length, text, size_bytes);
    self->length += size_bytes;
    self->text[self->length] = '\0';
}

void output_clear(output *self)
{
    hf__free(self->text);
    *self = (output){0};
}

const char *output_text(const output *self)
{
    return self->text != NULL ? self->text : "";
}

output read_source_file(const char *path)
{
    output whole = {0};
    char block[4096];
    char *full = hf__format("%s/%s", HF_SOURCE_DIR, path);
    FILE *stream = fopen(full, "rb");
    cr_assert(ne(ptr, P(stream), NULL), "%s cannot be read", full);
    for (size_t got = fread(block, 1, sizeof block, stream); got > 0; got = fread(block, 1, sizeof block, stream))
        output_write(block, got, &whole);
    fclose(stream);
    hf__free(full);
    return whole;
}

hf_scenario_file *parse_good(const char *text)
{
    hf_errors errors;
    hf_scenario_file *file = NULL;
    output said = {0};
    hf_status status = hf_scenario_parse("test.yaml", hf__text(text), &file, &errors);
    hf_scenario_print_errors(&errors, hf__text(text), output_write, &said);
    cr_assert(eq(int, status, HF_OK), "%s", output_text(&said));
    output_clear(&said);
    return file;
}

output parse_bad(const char *text)
{
    hf_errors errors;
    hf_scenario_file *file = NULL;
    output said = {0};
    hf_status status = hf_scenario_parse("test.yaml", hf__text(text), &file, &errors);
    cr_assert(eq(int, status, HF_ERROR_INPUT), "this should have been refused: %.400s", text);
    cr_assert(eq(ptr, P(file), NULL));
    hf_scenario_print_errors(&errors, hf__text(text), output_write, &said);
    return said;
}

const hf_rule *rule_of(const hf_scenario_file *file, size_t index)
{
    return hf_scenario_at(file, 0)->rules[index].compiled;
}

output grammar_table(const char *path, const char *name)
{
    output file = read_source_file(path);
    output table = {0};
    char *mark = hf__format("grammar: %s\n", name);
    char *start = strstr(file.text, mark);
    if (start == NULL) {
        hf__free(mark);
        mark = hf__format("grammar: %s -->\n", name);
        start = strstr(file.text, mark);
    }
    cr_assert(ne(ptr, P(start), NULL), "%s has no table '%s'", path, name);
    for (char *line = start + strlen(mark); strncmp(line + strspn(line, " *<!-"), "end of grammar", 14) != 0;) {
        char *end = strchr(line, '\n');
        line += strspn(line, " *");
        output_write(line, (size_t)(end - line) + 1, &table);
        line = end + 1;
    }
    hf__free(mark);
    output_clear(&file);
    return table;
}

static void add_cell(table_row *row, hf_text cell)
{
    hf__builder builder = hf__builder_init(row->cells[row->count], sizeof row->cells[0]);
    cell = hf__text_trim(cell);
    for (size_t i = 0; i < cell.size_bytes; i++) {
        if (cell.pointer[i] != '`' && cell.pointer[i] != '\\')
            hf__builder_append(&builder, (hf_text){cell.pointer + i, 1});
    }
    row->count++;
}

bool next_row(const char **at, table_row *row)
{
    bool is_first = *at == NULL || **at == '\0';
    if (is_first)
        return false;
    memset(row, 0, sizeof *row);
    const char *line = *at;
    const char *end = strchr(line, '\n');
    *at = end + 1;
    const char *start = line + 1;
    for (const char *p = start; p < end && row->count < CELLS_MAX; p++) {
        if (*p != '|' || p[-1] == '\\')
            continue;
        add_cell(row, (hf_text){start, (size_t)(p - start)});
        start = p + 1;
    }
    bool is_head = memchr(line, '`', (size_t)(end - line)) == NULL;
    return is_head ? next_row(at, row) : true;
}

static bool same_string(const char *a, const char *b)
{
    return (a == NULL && b == NULL) || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_list(const hf_string_list *a, const hf_string_list *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++)
        same = strcmp(a->items[i], b->items[i]) == 0;
    return same;
}

static const char *rule_difference(const hf_scenario_rule *a, const hf_scenario_rule *b)
{
    if (memcmp(a->compiled, b->compiled, sizeof(hf_rule)) != 0)
        return "compiled";
    if (!same_string(a->name, b->name) || !same_string(a->thread, b->thread) || !same_string(a->phase, b->phase))
        return "name, thread or phase";
    return same_list(&a->from, &b->from) && same_list(&a->not_from, &b->not_from) ? NULL : "from or not-from";
}

static const char *expect_difference(const hf_scenario *a, const hf_scenario *b)
{
    const hf_scenario_expect *x = &a->expect;
    const hf_scenario_expect *y = &b->expect;
    bool same_rules = (x->rule_responses == NULL) == (y->rule_responses == NULL);
    for (size_t i = 0; same_rules && x->rule_responses != NULL && i < a->rule_count; i++)
        same_rules = x->rule_responses[i] == y->rule_responses[i];
    if (!same_rules || x->first_responses != y->first_responses)
        return "expect.response";
    if (x->outcomes != y->outcomes || x->given != y->given)
        return "expect.outcome";
    if (x->strict != y->strict)
        return "expect.after-fault";
    if (x->has_leaks != y->has_leaks || x->leaks != y->leaks)
        return "expect.leaks";
    return same_list(&x->violations, &y->violations) ? NULL : "expect.violations";
}

static const char *program_difference(const hf_scenario *a, const hf_scenario *b)
{
    if (!same_string(a->name, b->name) || !same_string(a->about, b->about))
        return "name or about";
    if (!same_string(a->caller, b->caller) || !same_list(&a->command, &b->command) || !same_list(&a->args, &b->args))
        return "caller, command or args";
    if (!same_list(&a->env, &b->env) || !same_string(a->cwd, b->cwd) || !same_string(a->stdin_text, b->stdin_text))
        return "env, cwd or stdin";
    return NULL;
}

static const char *number_difference(const hf_scenario *a, const hf_scenario *b)
{
    if (a->seed != b->seed || a->timeout_ms != b->timeout_ms || a->stack_depth != b->stack_depth || a->storm_limit != b->storm_limit)
        return "seed, timeout, stack-depth or storm";
    if (!same_list(&a->wrappers, &b->wrappers))
        return "wrapper";
    if (a->memory_limit != b->memory_limit || a->trace_limit != b->trace_limit || a->output_limit != b->output_limit)
        return "limits";
    return a->commit_limit == b->commit_limit && a->guard_pages == b->guard_pages && a->rule_count == b->rule_count
               ? NULL
               : "commit-limit or the number of faults";
}

const char *first_difference(const hf_scenario *a, const hf_scenario *b)
{
    const char *difference = program_difference(a, b);
    if (difference == NULL)
        difference = number_difference(a, b);
    for (size_t i = 0; difference == NULL && i < a->rule_count; i++)
        difference = rule_difference(&a->rules[i], &b->rules[i]);
    return difference != NULL ? difference : expect_difference(a, b);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool has_ending(const char *name, const char *ending)
{
    size_t length = strlen(name);
    return length >= strlen(ending) && strcmp(name + length - strlen(ending), ending) == 0;
}

size_t find_files(const char *folder, const char *ending, const char *skip, char **paths, size_t capacity)
{
    size_t count = 0;
    char *full = hf__format("%s/%s", HF_SOURCE_DIR, folder);
    DIR *stream = opendir(full);
    for (struct dirent *entry = stream != NULL ? readdir(stream) : NULL; entry != NULL; entry = readdir(stream)) {
        char *path = hf__format("%s/%s", folder, entry->d_name);
        bool skipped = entry->d_name[0] == '.' || (skip != NULL && strncmp(path, skip, strlen(skip)) == 0);
        if (!skipped && entry->d_type == DT_DIR)
            count += find_files(path, ending, skip, paths + count, capacity - count);
        if (!skipped && entry->d_type == DT_REG && has_ending(path, ending) && count < capacity)
            paths[count++] = hf__copy_string(path);
        hf__free(path);
    }
    if (stream != NULL)
        closedir(stream);
    hf__free(full);
    qsort(paths, count, sizeof *paths, by_text);
    return count;
}

static void rewrite(const char *full, const char *text)
{
    FILE *stream = fopen(full, "wb");
    cr_assert(ne(ptr, P(stream), NULL), "%s cannot be written", full);
    fwrite(text, 1, strlen(text), stream);
    fclose(stream);
}

size_t golden_differs(const char *path, const char *text)
{
    char *full = hf__format("%s/%s", HF_SOURCE_DIR, path);
    FILE *stream = fopen(full, "rb");
    output want = {0};
    if (stream != NULL) {
        fclose(stream);
        want = read_source_file(path);
    }
    bool differs = stream == NULL || strcmp(output_text(&want), text) != 0;
    if (differs && getenv("HF_REWRITE") != NULL)
        rewrite(full, text);
    else if (differs)
        fprintf(stderr, "--- %s: expected\n%s--- got\n%s---\n", path, output_text(&want), text);
    output_clear(&want);
    hf__free(full);
    return differs && getenv("HF_REWRITE") == NULL ? 1 : 0;
}
