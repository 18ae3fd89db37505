/* SPDX-License-Identifier: MIT
 * Finding callers: executables named hf-caller-NAME in the folders of a search path, or beside the tool.
 *
 * The search path is the given one (hf_run_options.caller_path), otherwise HF_CALLER_PATH; in both cases followed by the folder of the running
 * program. The first folder that has a name wins.
 *
 * Threads: thread-safe.
 */
#ifndef HF_RUN_CALLERS_H
#define HF_RUN_CALLERS_H

#include <hostfault/caller.h>
#include <stdbool.h>

#define HF_CALLER_PREFIX "hf-caller-"
#define HF_CALLER_SPECIMEN "specimen-" /* names that begin so are the harness's own test pieces */

/* What a caller's executable printed when it was run with --hf-about. */
typedef struct hf__run_caller_info {
    char *name; /* that scenarios use: the file's name without hf-caller- */
    char *path;
    char *about;   /* "" if it did not say */
    char *library; /* what hf_caller.library says, from the line "library: lua 5.4.4" of --hf-about; "" if it has none */
    hf_sees sees;  /* HF_SEES_HRESULT if it did not say */
    char *problem; /* why it cannot be used (does not start, says nothing, says another name); NULL: none */
} hf__run_caller_info;

typedef struct hf__run_caller_list {
    size_t count;
    hf__run_caller_info *items; /* by name */
} hf__run_caller_list;

/* Lists every caller of the search path. An empty list is no error. Errors: HF_ERROR_SYSTEM (the running program's own path is unknown). */
HF_CHECK_RESULT hf_status hf__run_callers_list(const char *caller_path, bool with_specimens, hf__run_caller_list *out, hf_error *err);
void hf__run_callers_clear(hf__run_caller_list *list);

/* The executable of caller `name`. *out: hf__free. HF_ERROR_NOT_FOUND says where it was looked for and which caller has the nearest name. */
HF_CHECK_RESULT hf_status hf__run_caller_find(const char *caller_path, const char *name, char **out, hf_error *err);

#endif
