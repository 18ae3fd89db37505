/* SPDX-License-Identifier: MIT
 * Parsing stack frames, and the choice of files to read source lines from.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "hf_rows.h"
#include "report_examples.h"
#include "report_source.h"

#include <stdio.h>

TestSuite(report_source, .timeout = 120);

static const struct {
    const char *label, *frame, *parts;
} frames[] = {
    {"all that can be known", "lua!luaH_resize+0x1c (/src/lua/ltable.c:512)", "lua|luaH_resize|/src/lua/ltable.c|512"},
    {"no source", "libc.so.6!abort+0x3", "libc.so.6|abort||0"},
    {"no function", "libc.so.6+0x29d90", "libc.so.6|||0"},
    {"no module", "0x7f0012345678", "0x7f0012345678|||0"},
    {"a file with a blank and a colon", "a!f+0x1 (/my src/a:b.c:7)", "a|f|/my src/a:b.c|7"},
    {"a line that is no number", "a!f+0x1 (/src/a.c:x)", "a|f||0"},
    {"nothing", "", "|||0"},
    {"only brackets", " ()", "()|||0"},
};

HF_ROWS(report_source, takes_a_frame_apart, frames)
{
    char got[256];
    const hf_report_frame frame = hf__report_frame_parse(hf__text(frames[*number].frame));
    (void)snprintf(got, sizeof got, "%.*s|%.*s|%.*s|%llu", (int)frame.module.size_bytes, frame.module.pointer, (int)frame.function.size_bytes,
                   frame.function.size_bytes > 0 ? frame.function.pointer : "", (int)frame.file.size_bytes,
                   frame.file.size_bytes > 0 ? frame.file.pointer : "", (unsigned long long)frame.line);
    cr_assert(eq(str, got, TEXT(frames[*number].parts)), "%s", frames[*number].label);
}

Test(report_source, shows_the_lines_around_a_place_of_a_source_file_and_of_no_other)
{
    hf_report_sources sources;
    hf__report_source_root(HF_SOURCE_DIR);
    hf__report_sources_begin(&sources);
    hf__report_sources_add(&sources, "a!f+0x1 (" __FILE__ ":5)\nb!g+0x1 (/etc/passwd:1)\nc!h+0x1 (" HF_SOURCE_DIR "/README.md:1)\n");
    json_t *excerpt = json_object_get(sources.excerpts, __FILE__ ":5");
    cr_assert(eq(sz, json_object_size(sources.excerpts), 1));
    cr_assert(eq(int, (int)json_integer_value(json_object_get(excerpt, "first")), 1));
    cr_assert(eq(str, TEXT(json_string_value(json_array_get(json_object_get(excerpt, "lines"), 4))), TEXT("#include \"base_text.h\"")));
    hf__report_sources_clear(&sources);
}

Test(report_source, names_the_folder_of_sources_that_are_here_and_are_not_quoted)
{
    hf_report_sources sources;
    hf__report_sources_begin(&sources);
    hf__report_sources_add(&sources, "a!f+0x1 (/no/such/file.c:5)\nb!g+0x1 (/etc/passwd:1)\n");
    cr_assert(eq(ptr, sources.outside, NULL));
    hf__report_sources_add(&sources, "a!f+0x1 (/usr/include/linux/errno.h:5)\n");
    cr_assert(eq(str, sources.outside, TEXT("/usr/include/linux")));
    hf__report_sources_add(&sources, "a!f+0x1 (/usr/include/stdio.h:5)\n");
    cr_assert(eq(str, sources.outside, TEXT("/usr/include")), "the folder above both");
    hf__report_sources_add(&sources, "a!f+0x1 (/usr/include/linux/types.h:5)\n");
    cr_assert(eq(str, sources.outside, TEXT("/usr/include")));
    cr_assert(eq(sz, json_object_size(sources.excerpts), 0));
    hf__report_sources_clear(&sources);
    hf__report_source_root("/usr/include");
    hf__report_sources_begin(&sources);
    hf__report_sources_add(&sources, "a!f+0x1 (/usr/include/stdio.h:5)\n");
    cr_assert(eq(ptr, sources.outside, NULL), "with the root it is quoted");
    cr_assert(eq(sz, json_object_size(sources.excerpts), 1));
    hf__report_sources_clear(&sources);
}
