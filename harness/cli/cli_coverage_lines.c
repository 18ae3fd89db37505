/* SPDX-License-Identifier: MIT
 * gcov's JSON (gcov --json-format, GCC 10 and newer) and the tracefile format of lcov, which llvm-cov export writes.
 */
#include "cli_coverage_lines.h"
#include "base_error.h"
#include "heap_alloc.h"
#include "heap_buffer.h"
#include "system_machine.h"
#include "system_process.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define TIMEOUT_MS 120000u
#define ANSWER_BYTES_MAX (256u << 20)
#define LINE_MAX 10000000u

void hf__cli_paths_add(const char *path, void *paths)
{
    hf__cli_paths *self = paths;
    HF_GROW(self->items, self->count, self->capacity);
    self->items[self->count++] = hf__copy_string(path);
}

void hf__cli_paths_clear(hf__cli_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        hf__free(paths->items[i]);
    hf__free(paths->items);
}

void hf__cli_lines_clear(hf__cli_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++) {
        hf__free(lines->files[i].name);
        hf__free(lines->files[i].bits);
    }
    hf__free(lines->files);
}

static hf__cli_line_file *file_of(hf__cli_lines *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++) {
        if (strcmp(self->files[i].name, name) == 0)
            return &self->files[i];
    }
    HF_GROW(self->files, self->count, self->capacity);
    self->files[self->count] = (hf__cli_line_file){.name = hf__copy_string(name)};
    return &self->files[self->count++];
}

static void note(hf__cli_line_file *file, uint64_t line, bool is_executed, unsigned bit)
{
    if (line >= LINE_MAX)
        return;
    if (line >= file->capacity) {
        size_t wanted = (size_t)line * 2 + 64;
        file->bits = hf__reallocate(file->bits, wanted, 1);
        memset(file->bits + file->capacity, 0, wanted - file->capacity);
        file->capacity = wanted;
    }
    file->bits[line] = (uint8_t)(file->bits[line] | HF_CLI_LINE_CODE | (is_executed ? bit : 0));
}

static hf_status ask(const char *const *arguments, hf_capture *got, hf_error *err)
{
    const hf_spawn spawn = {.program = arguments[0], .arguments = arguments, .environment = hf__system_environment_all()};
    *got = (hf_capture){.timeout_ms = TIMEOUT_MS, .max_bytes = ANSWER_BYTES_MAX};
    hf_status status = hf__system_process_capture(&spawn, got, err);
    if (status == HF_OK && (!got->end.exited || got->end.status != 0))
        status = HF_FAIL(err, HF_ERROR_SYSTEM, "%s %s failed with %d: use the one of the compiler that built the program", arguments[0], arguments[1],
                         got->end.status);
    return status;
}

static void take_gcov_file(hf__cli_lines *self, const json_t *one, unsigned bit)
{
    const char *name = json_string_value(json_object_get(one, "file"));
    const json_t *lines = json_object_get(one, "lines");
    hf__cli_line_file *file = name != NULL && json_array_size(lines) > 0 ? file_of(self, name) : NULL;
    for (size_t i = 0; file != NULL && i < json_array_size(lines); i++) {
        const json_t *line = json_array_get(lines, i);
        note(file, (uint64_t)json_integer_value(json_object_get(line, "line_number")), json_integer_value(json_object_get(line, "count")) > 0, bit);
    }
}

hf_status hf__cli_lines_read_gcov(hf__cli_lines *lines, const char *data, unsigned bit, hf_error *err)
{
    const char *const arguments[] = {"gcov", "--json-format", "--stdout", data, NULL};
    hf_capture got;
    hf_status status = ask(arguments, &got, err);
    json_t *answer = status == HF_OK ? json_loadb(got.text, got.size_bytes, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    if (status == HF_OK && answer == NULL)
        status = HF_FAIL(err, HF_ERROR_FORMAT, "gcov reports nothing for %s: use the gcov of the compiler that built the program", data);
    const json_t *files = json_object_get(answer, "files");
    for (size_t i = 0; i < json_array_size(files); i++)
        take_gcov_file(lines, json_array_get(files, i), bit);
    json_decref(answer);
    hf__free(got.text);
    return status;
}

static void take_tracefile(hf__cli_lines *self, char *text, unsigned bit)
{
    hf__cli_line_file *file = NULL;
    for (char *line = text; line != NULL && *line != '\0';) {
        char *next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (strncmp(line, "SF:", 3) == 0)
            file = file_of(self, line + 3);
        char *comma = strchr(line, ',');
        if (strncmp(line, "DA:", 3) == 0 && file != NULL && comma != NULL)
            note(file, strtoull(line + 3, NULL, 10), strtoull(comma + 1, NULL, 10) > 0, bit);
        line = next;
    }
}

hf_status hf__cli_lines_read_llvm(hf__cli_lines *lines, const hf__cli_paths *profiles, const char *place, const char *program, unsigned bit,
                                  hf_error *err)
{
    char *merged = hf__format("%s.profdata", place);
    char *option = hf__format("-instr-profile=%s", merged);
    const char **words = hf__allocate(profiles->count + 6, sizeof *words);
    const char *const first[] = {"llvm-profdata", "merge", "-sparse", "-o", merged};
    memcpy(words, first, sizeof first);
    memcpy(words + 5, profiles->items, profiles->count * sizeof *words);

    hf_capture got = {.text = NULL};
    hf_status status = ask(words, &got, err);
    hf__free(got.text);
    got.text = NULL;
    const char *const arguments[] = {"llvm-cov", "export", "-format=lcov", option, program, NULL};
    if (status == HF_OK)
        status = ask(arguments, &got, err);
    if (status == HF_OK)
        take_tracefile(lines, got.text, bit);
    hf__free(got.text);
    hf__free(words);
    hf__free(option);
    hf__free(merged);
    return status;
}

hf__cli_line_counts hf__cli_lines_count(const hf__cli_line_file *file)
{
    hf__cli_line_counts out = {0};
    for (size_t i = 0; i < file->capacity; i++) {
        out.lines += (file->bits[i] & HF_CLI_LINE_CODE) != 0;
        out.clean += (file->bits[i] & HF_CLI_LINE_CLEAN) != 0;
        out.swept += (file->bits[i] & HF_CLI_LINE_SWEPT) != 0;
    }
    return out;
}

static bool is_more(const hf__cli_line_file *file, size_t line)
{
    return line < file->capacity && (file->bits[line] & (HF_CLI_LINE_CLEAN | HF_CLI_LINE_SWEPT)) == HF_CLI_LINE_SWEPT;
}

char *hf__cli_lines_more(const hf__cli_line_file *file)
{
    hf__heap_buffer text = {0};
    size_t count = 0;
    for (size_t line = 0; line < file->capacity; line++) {
        size_t end = line;
        while (is_more(file, end))
            end++;
        if (end == line)
            continue;
        char *piece =
            end - line > 1 ? hf__format("%s%zu-%zu", count > 0 ? ", " : "", line, end - 1) : hf__format("%s%zu", count > 0 ? ", " : "", line);
        hf__heap_buffer_append(&text, piece, strlen(piece));
        hf__free(piece);
        count += end - line;
        line = end - 1;
    }

    char *out = count > 0 ? hf__format("%zu: %s", count, text.text) : hf__copy_string("");
    hf__free(text.text);
    return out;
}
