/* SPDX-License-Identifier: MIT
 * Finds the file of a place, and makes links to it. It links the printed text: it parses the words of a line again, so that no printer
 * has to pass two texts.
 */
#include "report_jump.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "report_location.h"
#include "report_source.h"
#include "system_machine.h"
#include "system_tool.h"

#include <string.h>

#include "base_poison.h"

/* The characters around a place in our lines, "(src/a.c:7)", "at src/a.c:7, through"; a path with a blank in it is not linked. */
static const char around[] = " ()[],;\t\n";

static const char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

char *hf__report_jump_path(const char *file)
{
    if (file == NULL || file[0] == '\0' || !hf__os_file_exists(file))
        return NULL;
    return hf__report_location_path(hf__text(file));
}

/* The first frame of the stack whose file has this name and whose line is this. */
static char *find_in_stack(hf_text name, uint64_t line, const char *stack)
{
    hf_text rest = hf__text(stack != NULL ? stack : "");
    hf_text text;
    while (hf__report_next_line(&rest, &text)) {
        hf_report_frame frame = hf__report_frame_parse(text);
        if (frame.line != line || frame.file.size_bytes == 0)
            continue;
        char *file = hf__copy_text(frame.file);
        char *found = hf__text_equal_string(name, name_of(file)) ? hf__report_jump_path(file) : NULL;
        hf__free(file);
        if (found != NULL)
            return found;
    }
    return NULL;
}

/* The last " at ": a C++ name may contain one. */
static const char *file_in(const char *place)
{
    const char *found = NULL;
    for (const char *at = strstr(place, " at "); at != NULL; at = strstr(at + 1, " at "))
        found = at + strlen(" at ");
    return found;
}

char *hf__report_jump(const char *place, const char *stack)
{
    const char *file = file_in(place);
    const char *colon = file != NULL ? strrchr(file, ':') : NULL;
    uint64_t line = 0;
    if (colon == NULL || !hf__parse_u64(hf__text(colon + 1), &line))
        return NULL;
    char *path = find_in_stack((hf_text){file, (size_t)(colon - file)}, line, stack);
    char *found = path != NULL ? hf__format("%s:%llu", path, (unsigned long long)line) : NULL;
    hf__free(path);
    return found;
}

char *hf__report_jump_place(const char *place, const char *stack)
{
    char *jump = hf__report_jump(place, stack);
    if (jump == NULL)
        return hf__copy_string(place);
    char *whole = hf__format("%.*s%s", (int)(file_in(place) - place), place, jump);
    hf__free(jump);
    return whole;
}

/* Links */

static bool is_plain(unsigned char byte)
{
    bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return is_letter || (byte >= '0' && byte <= '9') || strchr("/-._~", byte) != NULL;
}

/* "file://HOST/home/a%20b/c.c": the host name prevents a terminal on another machine from opening its own file (RFC 8089). */
static void put_uri(const hf_report_sink *sink, const char *path)
{
    char host[256];
    hf__system_host_name(host, sizeof host);
    hf__report_print(sink, "file://%s%s", path[0] == '/' ? host : "", path[0] == '/' ? "" : "/");
    for (const char *at = path; *at != '\0'; at++) {
        bool is_drive = at == path + 1 && *at == ':';
        if (is_plain((unsigned char)*at) || is_drive)
            sink->write(at, 1, sink->user);
        else
            hf__report_print(sink, "%%%02X", (unsigned)(unsigned char)*at);
    }
}

/* The file that can be opened for "path:line"; NULL: not such a word. *line is borrowed from it. */
static char *path_in(hf_text word, hf_text *line)
{
    const char *colon = NULL;
    for (size_t i = word.size_bytes; i > 0 && colon == NULL; i--)
        colon = word.pointer[i - 1] == ':' && i < word.size_bytes ? word.pointer + i - 1 : NULL;
    uint64_t number = 0;
    if (colon == NULL || colon == word.pointer)
        return NULL;
    *line = (hf_text){colon + 1, (size_t)(word.pointer + word.size_bytes - colon - 1)};
    if (line->pointer[line->size_bytes - 1] == ':') /* of "path:line: message" */
        line->size_bytes--;

    if (!hf__parse_u64(*line, &number) || number == 0)
        return NULL;
    char *name = hf__copy_text((hf_text){word.pointer, (size_t)(colon - word.pointer)});
    char *path = NULL;
    hf_error err;
    if (!hf__os_file_exists(name) || hf__system_absolute(name, &path, &err) != HF_OK)
        path = NULL;
    hf__free(name);
    return path;
}

static void put_word(const hf_report_sink *sink, hf_text word)
{
    hf_text line = {word.pointer, 0};
    char *path = path_in(word, &line);
    if (path == NULL) {
        sink->write(word.pointer, word.size_bytes, sink->user);
        return;
    }

    size_t shown = (size_t)(line.pointer + line.size_bytes - word.pointer);
    hf__report_put(sink, "\x1b]8;;");
    put_uri(sink, path);
    hf__report_put(sink, "#");
    sink->write(line.pointer, line.size_bytes, sink->user);
    hf__report_put(sink, "\x1b\\");
    sink->write(word.pointer, shown, sink->user);
    hf__report_put(sink, "\x1b]8;;\x1b\\");
    sink->write(word.pointer + shown, word.size_bytes - shown, sink->user);
    hf__free(path);
}

void hf__report_put_linked(const hf_report_sink *sink, const char *text)
{
    if (!sink->links) {
        hf__report_put(sink, text);
        return;
    }
    while (*text != '\0') {
        size_t word = strcspn(text, around);
        size_t gap = strspn(text + word, around);
        if (word > 0)
            put_word(sink, (hf_text){text, word});
        sink->write(text + word, gap, sink->user);
        text += word + gap;
    }
}
