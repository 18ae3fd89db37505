/* SPDX-License-Identifier: MIT
 * One scenario on its way from a document to hf_scenario.
 */
#ifndef HF_PLAN_SCENARIO_H
#define HF_PLAN_SCENARIO_H

#include "plan_fault.h"

struct hf_scenario_file {
    hf__heap_arena arena;
    char *name; /* of the file, as given */
    hf_scenario *scenarios;
    size_t count;
    size_t capacity;
};

/* An empty file; plan_file.c. */
hf_scenario_file *hf__plan_new_file(const char *name);

/* Reads a document into *out. Mistakes go to the reader's errors; *out is then not to be used. */
void hf__plan_read_scenario(hf__plan_reader *reader, const hf__plan_node *root, hf_scenario *out);

/* Reads `expect`; the rules must have been read before. drafts may be NULL when count is 0. */
void hf__plan_read_expect(hf__plan_reader *reader, const hf__plan_node *node, const hf__plan_draft *drafts, size_t count, hf_scenario_expect *out);
/* What holds without `expect`. */
hf_scenario_expect hf__plan_default_expect(void);

/* Makes the rules of a scenario out of drafts. */
void hf__plan_finish_rules(hf__plan_reader *reader, const hf__plan_draft *drafts, size_t count, hf_scenario *out);

#endif
