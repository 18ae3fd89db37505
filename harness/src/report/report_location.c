/* SPDX-License-Identifier: MIT
 * Combines a place and a stack.
 */
#include "report_location.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "run_folder.h"

#include <string.h>

#include "base_poison.h"

/* Files that represent a program whose sources are missing, in search order. Code scanning rejects a whole file because of one result
 * without a location. */
static const char *const stand_ins[] = {"hostfault.yaml", "hostfault.allow", "CMakeLists.txt", "meson.build", "Makefile",
                                        "configure.ac",   "Cargo.toml",      "package.json",   "README.md",   "README"};

/* The frame of the finding's stack that its place names; empty if there is no stack, as in a list. Borrowed from the finding. */
static hf_report_frame location_of(const hf_report_finding *finding)
{
    hf_report_frame found = {.line = 0};
    char *function = hf__report_place_function(finding->place);
    hf_text rest = hf__text(finding->stack != NULL ? finding->stack : "");
    hf_text line;
    while (found.function.size_bytes == 0 && hf__report_next_line(&rest, &line)) {
        hf_report_frame frame = hf__report_frame_parse(line);
        if (hf__text_equal_string(frame.function, function))
            found = frame;
    }
    hf__free(function);
    return found;
}

char *hf__report_location_path(hf_text file)
{
    char *path = hf__copy_text(file);
    char *shown = hf__copy_string(hf__run_folder_shown(path));
    hf__free(path);
    return shown;
}

/* "build/../src/./a.c" to "src/a.c", in place. False if it leads out of the folder. */
static bool drop_dots(char *path)
{
    size_t length = 0;
    for (const char *part = path; *part != '\0';) {
        size_t size = strcspn(part, "/");
        const char *next = part + size + (part[size] == '/' ? 1 : 0);
        if (size == 2 && memcmp(part, "..", 2) == 0) {
            if (length == 0)
                return false;
            do
                length--;
            while (length > 0 && path[length - 1] != '/');
        } else if (size > 0 && !(size == 1 && part[0] == '.')) {
            memmove(path + length, part, (size_t)(next - part));
            length += (size_t)(next - part);
        }
        part = next;
    }

    path[length] = '\0';
    return length > 0;
}

/* NULL: not a file of this repository. */
static char *path_here(hf_text file)
{
    char *path = file.size_bytes > 0 ? hf__report_location_path(file) : NULL;
    bool is_here = path != NULL && path[0] != '/' && drop_dots(path) && path[0] != '/' && hf__os_file_exists(path);
    if (is_here)
        return path;
    hf__free(path);
    return NULL;
}

hf_report_spot hf__report_spot_near(const char *place, const char *stack)
{
    hf_report_spot found = {.path = NULL};
    char *function = hf__report_place_function(place != NULL ? place : "");
    hf_text rest = hf__text(stack != NULL ? stack : "");
    hf_text line;
    bool is_outside = function[0] == '\0';
    bool is_good = false;

    while (!is_good && hf__report_next_line(&rest, &line)) {
        hf_report_frame frame = hf__report_frame_parse(line);
        is_outside = is_outside || hf__text_equal_string(frame.function, function);
        char *path = frame.line > 0 ? path_here(frame.file) : NULL;
        is_good = path != NULL && is_outside;
        if (path == NULL)
            continue;
        hf__report_spot_clear(&found);
        found = (hf_report_spot){.path = path, .line = frame.line, .frame = frame};
    }

    hf__free(function);
    return found;
}

hf_report_spot hf__report_spot_of_request(const hf_report_finding *finding)
{
    return hf__report_spot_near(finding->place, finding->stack);
}

hf_report_spot hf__report_spot_of_end(const hf_report_finding *finding)
{
    return hf__report_spot_near(finding->ended, finding->end_stack);
}

static char *stand_in(void)
{
    for (size_t i = 0; i < sizeof stand_ins / sizeof stand_ins[0]; i++)
        if (hf__os_file_exists(stand_ins[i]))
            return hf__copy_string(stand_ins[i]);
    return hf__copy_string("hostfault.allow"); /* where a person would accept it */
}

hf_report_spot hf__report_spot_of(const hf_report_finding *finding, bool *is_stand_in)
{
    hf_report_spot spot = hf__report_spot_of_end(finding);
    if (spot.path == NULL)
        spot = hf__report_spot_of_request(finding);
    *is_stand_in = spot.path == NULL;
    if (*is_stand_in)
        spot = (hf_report_spot){.path = stand_in(), .line = 1, .frame = location_of(finding)};
    return spot;
}

void hf__report_spot_clear(hf_report_spot *spot)
{
    hf__free(spot->path);
    *spot = (hf_report_spot){.path = NULL};
}
