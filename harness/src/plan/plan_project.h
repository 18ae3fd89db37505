/* SPDX-License-Identifier: MIT
 * hostfault.yaml, a project's defaults, as text with positions: which options there are is the command line's to say.
 *
 *     results: out/hostfault      # for every verb that has the option
 *     sweep:                      # for one verb
 *       budget: 60s
 *       failures: [E_OUTOFMEMORY]
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_PLAN_PROJECT_H
#define HF_PLAN_PROJECT_H

#include <hostfault/plan.h>

typedef struct hf__plan_project hf__plan_project;

/* One `key: value`. Borrowed from the project. */
typedef struct hf__plan_default {
    const char *section; /* NULL: the key is at the top */
    const char *key;
    hf_string_list values; /* one, or those of a list */
    uint32_t line, column, length;
    uint32_t section_line, section_column, section_length;
} hf__plan_default;

/* On HF_ERROR_INPUT errors says every mistake of form. */
HF_CHECK_RESULT hf_status hf__plan_project_load(const char *path, hf__plan_project **out, hf_errors *errors);
void hf__plan_project_destroy(hf__plan_project *project);
/* In the order of the file; NULL behind the last. */
const hf__plan_default *hf__plan_project_at(const hf__plan_project *project, size_t index);

#endif
