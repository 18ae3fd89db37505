/* SPDX-License-Identifier: MIT
 * Splits frames into their parts, and reads excerpts of the files that they name.
 */
#include "report_source.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "system_file.h"
#include "report_case.h"
#include "system_machine.h"

#include <string.h>

#include "base_poison.h"

#define FILE_BYTES_MAX (4u << 20)
#define LINE_BYTES_MAX 160u
#define LINES_AROUND 4u
#define FRAMES_SHOWN 8u

static const char *last_of(hf_text text, char wanted)
{
    for (size_t i = text.size_bytes; i > 0; i--) {
        if (text.pointer[i - 1] == wanted)
            return text.pointer + i - 1;
    }
    return NULL;
}

/* The first " (". */
static const char *opening_of(hf_text text)
{
    for (size_t i = 0; i + 1 < text.size_bytes; i++) {
        if (text.pointer[i] == ' ' && text.pointer[i + 1] == '(')
            return text.pointer + i;
    }
    return NULL;
}

static hf_text before(hf_text text, const char *end)
{
    return end != NULL ? (hf_text){text.pointer, (size_t)(end - text.pointer)} : text;
}

static hf_text after(hf_text text, const char *from)
{
    return (hf_text){from, text.size_bytes - (size_t)(from - text.pointer)};
}

/* " (FILE:LINE)" at the end. */
static void parse_source(hf_text *frame, hf_report_frame *out)
{
    const char *open = opening_of(*frame);
    if (open == NULL || frame->pointer[frame->size_bytes - 1] != ')')
        return;
    hf_text inside = after(*frame, open + 2);
    inside.size_bytes--;
    const char *colon = last_of(inside, ':');
    if (colon != NULL && hf__parse_u64(after(inside, colon + 1), &out->line))
        out->file = before(inside, colon);
    *frame = before(*frame, open);
}

hf_report_frame hf__report_frame_parse(hf_text frame)
{
    hf_report_frame out = {.line = 0};
    frame = hf__text_trim(frame);
    parse_source(&frame, &out);
    const char *bang = frame.size_bytes > 0 ? memchr(frame.pointer, '!', frame.size_bytes) : NULL;
    hf_text inlined = hf__text(" [inlined]");
    bool is_inlined = frame.size_bytes > inlined.size_bytes &&
                      memcmp(frame.pointer + frame.size_bytes - inlined.size_bytes, inlined.pointer, inlined.size_bytes) == 0;
    if (is_inlined)
        frame.size_bytes -= inlined.size_bytes;
    else
        frame = before(frame, last_of(frame, '+'));
    out.module = bang != NULL ? before(frame, bang) : frame;
    if (bang != NULL)
        out.function = after(frame, bang + 1);
    return out;
}

bool hf__report_next_line(hf_text *text, hf_text *line)
{
    if (text->size_bytes == 0)
        return false;
    const char *end = memchr(text->pointer, '\n', text->size_bytes);
    *line = before(*text, end);
    *text = end != NULL ? after(*text, end + 1) : (hf_text){text->pointer, 0};
    return true;
}

static bool is_source(hf_text file)
{
    static const char *const patterns[] = {"*.c",   "*.h",   "*.cc", "*.cpp", "*.cxx", "*.hh", "*.hpp", "*.hxx", "*.inc",
                                           "*.inl", "*.ipp", "*.m",  "*.mm",  "*.rs",  "*.go", "*.zig", "*.S",   "*.def"};
    for (size_t i = 0; i < HF_COUNT_OF(patterns); i++)
        if (hf__glob_match(hf__text(patterns[i]), file))
            return true;
    return false;
}

#define ROOTS_MAX 16u
static const char *roots[ROOTS_MAX] = {"."};
static size_t root_count = 1;

void hf__report_source_root(const char *folder)
{
    if (root_count < ROOTS_MAX)
        roots[root_count++] = folder;
}

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);
    return length > 1 && strncmp(path, folder, length) == 0 && path[length] == '/';
}

/* The length of the common folder; 0: none, or only the root or a folder in it, which would contain more than the sources. */
static size_t common_folder(const char *a, const char *b)
{
    size_t length = 0, folders = 0;
    for (size_t i = 0; a[i] == b[i] || (a[i] == '\0' && b[i] == '/') || (a[i] == '/' && b[i] == '\0'); i++) {
        bool is_end = a[i] == '\0' || b[i] == '\0';
        if (i > 0 && (is_end || a[i] == '/')) {
            length = i;
            folders++;
        }
        if (is_end)
            break;
    }
    return folders >= 2 ? length : 0;
}

/* path: of an available source file, without links. */
static void note_outside(hf_report_sources *self, const char *path)
{
    char *folder = hf__copy_text((hf_text){path, (size_t)(strrchr(path, '/') - path)});
    if (self->outside == NULL) {
        self->outside = folder;
        return;
    }
    size_t length = common_folder(self->outside, folder);
    if (length > 0)
        self->outside[length] = '\0';
    hf__free(folder);
}

/* The file without links, if it lies below a root; NULL. hf__free. */
static char *find_below_roots(hf_report_sources *self, hf_text file)
{
    char *named = hf__copy_text(file);
    char *path = NULL;
    bool found = false;
    bool is_there = hf__system_absolute(named, &path, NULL) == HF_OK;
    for (size_t i = 0; i < root_count && is_there && !found; i++) {
        char *root = NULL;
        found = hf__system_absolute(roots[i], &root, NULL) == HF_OK && is_below(path, root);
        hf__free(root);
    }
    hf__free(named);
    if (is_there && !found && is_source(hf__text(path)))
        note_outside(self, path);
    if (!found)
        hf__free(path);
    return found ? path : NULL;
}

static const char *text_of(hf_report_sources *self, hf_text file)
{
    uint32_t number = hf__report_strings_add_text(&self->names, file);
    if (number < self->text_count)
        return self->texts[number];
    HF_GROW(self->texts, self->text_count, self->text_capacity);
    char *path = is_source(file) ? find_below_roots(self, file) : NULL;
    char *text = NULL;
    size_t size = 0;
    hf_error err;
    if (path == NULL || !is_source(hf__text(path)) || hf__system_file_read(path, FILE_BYTES_MAX, &text, &size, &err) != HF_OK)
        text = NULL;
    hf__free(path);
    return self->texts[self->text_count++] = text;
}

static json_t *excerpt_of(const char *text, uint64_t line)
{
    uint64_t first = line > LINES_AROUND ? line - LINES_AROUND : 1;
    hf_text rest = hf__text(text);
    hf_text one;
    json_t *lines = json_array();
    for (uint64_t number = 1; number <= line + LINES_AROUND && hf__report_next_line(&rest, &one); number++) {
        if (number < first)
            continue;
        char *clean = hf__report_clean((hf_text){one.pointer, one.size_bytes < LINE_BYTES_MAX ? one.size_bytes : LINE_BYTES_MAX});
        (void)json_array_append_new(lines, json_string(clean));
        hf__free(clean);
    }
    return json_pack("{s:I, s:o}", "first", (json_int_t)first, "lines", lines);
}

static void add_frame(hf_report_sources *self, hf_text text)
{
    hf_report_frame frame = hf__report_frame_parse(text);
    if (frame.file.size_bytes == 0 || frame.line == 0)
        return;
    char *key = hf__format("%.*s:%llu", (int)frame.file.size_bytes, frame.file.pointer, (unsigned long long)frame.line);
    const char *source = json_object_get(self->excerpts, key) == NULL ? text_of(self, frame.file) : NULL;
    if (source != NULL)
        (void)json_object_set_new(self->excerpts, key, excerpt_of(source, frame.line));
    hf__free(key);
}

void hf__report_sources_begin(hf_report_sources *sources)
{
    *sources = (hf_report_sources){.excerpts = json_object()};
}

void hf__report_sources_add(hf_report_sources *sources, const char *stack)
{
    hf_text rest = hf__text(stack);
    hf_text line;
    for (unsigned i = 0; i < FRAMES_SHOWN && hf__report_next_line(&rest, &line); i++)
        add_frame(sources, line);
}

void hf__report_sources_clear(hf_report_sources *sources)
{
    json_decref(sources->excerpts);
    for (size_t i = 0; i < sources->text_count; i++)
        hf__free(sources->texts[i]);
    hf__free(sources->texts);
    hf__free(sources->outside);
    hf__report_strings_clear(&sources->names);
    *sources = (hf_report_sources){0};
}
