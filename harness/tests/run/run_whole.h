/* SPDX-License-Identifier: MIT
 * Shared code of the tests of complete runs: a scenario from text, and its run in the test's own folder.
 */
#ifndef HF_RUN_WHOLE_H
#define HF_RUN_WHOLE_H

#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "system_tool.h"
#include "run_folder.h"
#include "session_format.h"

#include <hostfault/run.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A new folder for results, which remove_results removes with all that is in it. */
static inline char *make_results(void)
{
    char *path = hf__format("%s/hostfault-test-XXXXXX", hf__system_temporary_folder());
    if (mkdtemp(path) == NULL)
        abort();
    return path;
}

static inline void remove_results(char *path)
{
    if (hf__system_folder_remove(path, NULL) != HF_OK)
        abort();
    hf__free(path);
}

typedef struct whole {
    char *results;
    hf_scenario_file *file;
    hf_run *run;
    hf_status status;
    hf_error err;
} whole;

/* Runs `command` of the misbehaving program with more keys of a scenario. */
static inline whole run_whole(const char *results, const char *mode, const char *more)
{
    whole self = {.results = hf__copy_string(results)};
    char *text = hf__format("name: %s\ncommand: [%s, %s]\n%s\n", mode, HF_MISBEHAVES, mode, more);
    hf_errors errors = {0};
    self.status = hf_scenario_parse("test.yaml", hf__text(text), &self.file, &errors);
    self.err = errors.items[0];
    hf__free(text);
    if (self.status != HF_OK)
        return self;
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    options.results = self.results;
    self.status = hf_run_scenario(hf_scenario_at(self.file, 0), &options, &self.run, &self.err);
    return self;
}

static inline void end_whole(whole *self)
{
    hf_run_destroy(self->run);
    hf_scenario_destroy(self->file);
    hf__free(self->results);
}

/* The kind of the last end record but the output's; 0 if there is none. */
static inline uint32_t end_kind(const hf_trace *trace)
{
    uint32_t kind = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        uint32_t one = hf_trace_event(trace, i)->kind;
        if (one >= HF_EVENT_END_EXIT && one < HF_EVENT_END_OUTPUT)
            kind = one;
    }
    return kind;
}

static inline size_t call_count(const hf_trace *trace)
{
    hf_trace_summary summary;
    hf_trace_summarize(trace, &summary);
    return summary.calls;
}

/* Path of the only run folder in a results folder; NULL if there is none. hf__free. */
static inline char *only_run(const char *results)
{
    char *runs = hf__run_folder_file(results, "runs");
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    char *found = NULL;
    if (hf__system_folder_list(runs, &entries, &count, NULL) == HF_OK && count == 1)
        found = hf__run_folder_file(runs, entries[0].name);
    hf__system_folder_list_free(entries, count);
    hf__free(runs);
    return found;
}

#endif
