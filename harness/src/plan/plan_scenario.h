/* SPDX-License-Identifier: MIT
 * One scenario on its way from a document to hf_scenario.
 */
#ifndef HF_PLAN_SCENARIO_H
#define HF_PLAN_SCENARIO_H

#include "plan_fault.h"

struct hf_scenario_file {
    hf__plan_arena arena;
    char *name; /* of the file, as given */
    hf_scenario *scenarios;
    size_t count;
    size_t capacity;
};

#define HF_PLAN_FILE_MAX_BYTES (1024u * 1024)

/* An empty file; plan_file.c. */
hf_scenario_file *hf__plan_new_file(const char *name);

/* The bytes of a file that is no larger than is taken. NULL: it cannot be read (*err, which may be NULL). Give back with hf__free. */
/* One error, without a position, in the place of what errors held; HF_ERROR_MEMORY, for `return`. */
hf_status hf__plan_out_of_memory(hf_errors *errors, const char *name);
char *hf__plan_read_bytes(const char *path, size_t *size_bytes, hf_error *err);
/* The same; errors (zeroed first) says why it cannot be read. */
char *hf__plan_load_bytes(const char *path, size_t *size_bytes, hf_errors *errors);

/* Reads a document into *out. Mistakes go to the reader's errors; *out is then not to be used. */
void hf__plan_read_scenario(hf__plan_reader *reader, const hf__plan_node *root, hf_scenario *out);

/* Reads `expect`; the rules must have been read before. drafts may be NULL when count is 0. */
void hf__plan_read_expect(hf__plan_reader *reader, const hf__plan_node *node, const hf__plan_draft *drafts, size_t count, hf_scenario_expect *out);
/* What holds without `expect`. */
hf_scenario_expect hf__plan_default_expect(void);

/* Makes the rules of a scenario out of drafts. */
void hf__plan_finish_rules(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count, hf_scenario *out);

#endif
