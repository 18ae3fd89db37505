/* SPDX-License-Identifier: MIT
 * The text of a script as bytes: is it text at all, and where in it is a character. Knows nothing of YAML.
 *
 * libyaml counts characters and takes some of them for line ends that no editor does, so its positions are turned into ours: a line
 * ends with LF, CR LF or CR, a column counts bytes from 1.
 */
#ifndef HF_PLAN_SOURCE_H
#define HF_PLAN_SOURCE_H

#include "base_error.h"

/* A place that an error can point at. */
typedef struct hf__plan_place {
    const char *name; /* of the input */
    uint32_t line, column, length;
} hf__plan_place;

typedef struct hf__plan_position {
    size_t offset; /* into text */
    uint32_t line, column;
} hf__plan_position;

typedef struct hf__plan_source {
    const char *name;
    hf_text text; /* what YAML sees, without a byte order mark */
    size_t first; /* what the user wrote is [first, end): a --fault stands between braces of ours */
    size_t end;
    hf_errors *errors;
    size_t at_index; /* where the cursor is, in characters, and the same as a position */
    hf__plan_position at;
} hf__plan_source;

/* text without our own additions; a byte order mark is left out. */
hf__plan_source hf__plan_source_init(const char *name, hf_text text, hf_errors *errors);

/* Is it valid UTF-8 without control characters? Otherwise one error that says where and what. */
bool hf__plan_source_check(hf__plan_source *source);

/* The position of a character by its 0-based index. A cursor only moves forward between calls with growing indices, so that a whole file
 * costs one walk. */
hf__plan_position hf__plan_source_locate(hf__plan_source *source, size_t index);

/* Moves over one character of `length` bytes. CR LF is two characters and one line end. */
void hf__plan_source_step(const hf__plan_source *source, hf__plan_position *at, size_t length);

/* From one position to another, at most to the end of the first one's line. */
hf__plan_place hf__plan_source_place(const hf__plan_source *source, hf__plan_position from, hf__plan_position to);

#define HF_PLACE_ERROR(source, place, ...) HF_INPUT_ERROR((source)->errors, (place).name, (place).line, (place).column, (place).length, __VA_ARGS__)

#endif
