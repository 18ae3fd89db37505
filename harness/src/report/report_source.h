/* SPDX-License-Identifier: MIT
 * Lines of source code around the places in a report, if the files are on this machine. The file names come from the debug information of the
 * program, which anybody may have written. So only files with the name of source code are read, and only below the folders that the user named
 * (--source-root) or works in, after links are followed.
 *
 * Threads: one thread per object.
 */
#ifndef HF_REPORT_SOURCE_H
#define HF_REPORT_SOURCE_H

#include "report_strings.h"

#include <jansson.h>
#include <stdbool.h>

/* A frame of a stack as text, taken apart: "lua!luaH_resize+0x1c (/src/ltable.c:512)". Borrowed from the frame. */
typedef struct hf_report_frame {
    hf_text module, function, file; /* empty where it is not known */
    uint64_t line;                  /* 0: not known */
} hf_report_frame;
hf_report_frame hf__report_frame_parse(hf_text frame);
/* The next line of a text, which is moved behind it. False at the end. */
bool hf__report_next_line(hf_text *text, hf_text *line);

typedef struct hf_report_sources {
    json_t *excerpts; /* {"FILE:LINE": {"first": 508, "lines": [...]}} */
    hf_report_strings names;
    char **texts; /* by number of the name; NULL: not readable */
    size_t text_count, text_capacity;
    char *outside; /* a folder that has sources which are here and are not quoted, for no root is above them; NULL: none */
} hf_report_sources;

/* One more folder that sources may be quoted from; the working directory always is, unless it is the root. Set before others are started. Borrowed
 * until the process ends. */
void hf__report_source_root(const char *folder);
void hf__report_sources_begin(hf_report_sources *sources);
/* Adds what is around the places of a stack. */
void hf__report_sources_add(hf_report_sources *sources, const char *stack);
void hf__report_sources_clear(hf_report_sources *sources);

#endif
