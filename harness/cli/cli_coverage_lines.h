/* SPDX-License-Identifier: MIT
 * Lines of source files that were executed, as gcov and llvm-cov say.
 *
 * Threads: any, one object each.
 */
#ifndef HF_CLI_COVERAGE_LINES_H
#define HF_CLI_COVERAGE_LINES_H

#include <hostfault/error.h>
#include <stddef.h>
#include <stdint.h>

#define HF_CLI_LINE_CODE 1u
#define HF_CLI_LINE_CLEAN 2u
#define HF_CLI_LINE_SWEPT 4u

typedef struct hf__cli_line_file {
    char *name;
    uint8_t *bits; /* of line N at N: HF_CLI_LINE_ */
    size_t capacity;
} hf__cli_line_file;
/* Zero-initialised it is empty. */
typedef struct hf__cli_lines {
    hf__cli_line_file *files;
    size_t count, capacity;
} hf__cli_lines;
void hf__cli_lines_clear(hf__cli_lines *lines);

typedef struct hf__cli_paths {
    char **items;
    size_t count, capacity;
} hf__cli_paths;
void hf__cli_paths_add(const char *path, void *paths);
void hf__cli_paths_clear(hf__cli_paths *paths);

/* bit: of executed lines. HF_ERROR_NOT_FOUND (no such tool), HF_ERROR_SYSTEM (it failed), HF_ERROR_FORMAT. */
HF_CHECK_RESULT hf_status hf__cli_lines_read_gcov(hf__cli_lines *lines, const char *data, unsigned bit, hf_error *err);
HF_CHECK_RESULT hf_status hf__cli_lines_read_llvm(hf__cli_lines *lines, const hf__cli_paths *profiles, const char *place, const char *program,
                                                  unsigned bit, hf_error *err);

typedef struct hf__cli_line_counts {
    size_t lines, clean, swept;
} hf__cli_line_counts;
hf__cli_line_counts hf__cli_lines_count(const hf__cli_line_file *file);
/* "3: 5, 17-18": lines that the sweep executed and the clean run did not. hf__free. */
char *hf__cli_lines_more(const hf__cli_line_file *file);

#endif
