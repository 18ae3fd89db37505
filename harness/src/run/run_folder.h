/* SPDX-License-Identifier: MIT
 * The folder that a run leaves: RESULTS/runs/TIME-SCENARIO-UNIQUE/, its files' names, and its manifest.
 *
 * Folders are created exclusively, so parallel runs, also of several tools, never share one. README.md describes the files.
 *
 * Threads: thread-safe.
 */
#ifndef HF_RUN_FOLDER_H
#define HF_RUN_FOLDER_H

#include "heap_attempt.h"

#include <hostfault/run.h>

#define HF_RUN_TRACE "trace"            /* the session file: hf_trace_open, hostfault trace */
#define HF_RUN_MANIFEST "manifest.json" /* what was run */
#define HF_RUN_VERDICT "verdict.json"   /* what it showed; not there if the harness failed */
#define HF_RUN_STDIN "stdin"            /* only if the scenario gives text to read */
#define HF_RUN_STDOUT "stdout"
#define HF_RUN_STDERR "stderr"
#define HF_RUN_WORK "work"   /* folder that the program starts in, unless the scenario says where */
#define HF_RUN_CLEAN "clean" /* folder of the clean run, as this one but without verdict; other runs' manifests may point at it */
#define HF_RUN_CLEAN2 "clean2"
#define HF_RUN_AGAIN "again"                         /* folder of the second run of a finding */
#define HF_RUN_GOLDEN "golden.txt"                   /* its canonical text, where that is not the golden or recorded one */
#define HF_RUN_GOLDEN_EXPECTED "golden-expected.txt" /* the recorded one, where that is packed */
#define HF_RUN_VERSION 1                             /* of manifest.json and verdict.json */

/* Makes a new folder under `results` (NULL: results). *out is its absolute path: hf__free. HF_ERROR_SYSTEM says which folder could not be made. */
HF_CHECK_RESULT hf_status hf__run_folder_create(const char *results, const char *scenario_name, char **out, hf_error *err);
/* A folder of the same kind that is removed again (hf__run_scratch_remove): for runs that nobody looks at afterwards. What tools that were killed
 * left of theirs under `results` is removed first. */
#define HF_RUN_OWNER "owner" /* file in it that its maker holds */
typedef struct hf__run_scratch {
    char *folder; /* absolute; NULL: none */
    intptr_t held;
    hf_heap_guard guard; /* lets go of the file; the folder is then removed by the next who makes one */
} hf__run_scratch;
HF_CHECK_RESULT hf_status hf__run_scratch_create(const char *results, const char *name, hf__run_scratch *out, hf_error *err);
/* The path of a run's folder in it. All are of one length: a program that asks where it runs may ask for as many bytes (jq 1.6 does). hf__free. */
char *hf__run_scratch_file(const char *scratch, const char *name);
HF_CHECK_RESULT hf_status hf__run_scratch_remove(hf__run_scratch *scratch, hf_error *err);
/* folder/name: hf__free. */
char *hf__run_folder_file(const char *folder, const char *name);
/* The same folder as a person here writes it: without the folder that the tool runs in, if it lies below that. Part of `folder`. */
const char *hf__run_folder_shown(const char *folder);

/* What was run, on its way to and from HF_RUN_MANIFEST. The same scenario on the same machine gives the same but for times and folders. */
typedef struct hf__run_manifest {
    const char *version;  /* of hostfault */
    const char *scenario; /* path#name */
    const char *name;     /* of the scenario */
    const char *caller;   /* NULL: a command */
    const char *script;   /* the scenario as YAML, with the seed that was used: hf_scenario_parse gives it back, a replay needs no other file */
    uint64_t seed;
    hf_string_list command;     /* program's path and arguments */
    hf_string_list environment; /* NAME=VALUE that the run added to the tool's own */
    const char *cwd;
    const char *started; /* UTC, 2024-01-31T12:01:02.345Z */
    const char *kernel;  /* "Linux 6.1.0 x86_64" */
    uint64_t page_bytes;
    uint64_t timeout_ms;
    uint64_t elapsed_us; /* spawn to end of the process; 0 if the tool did not live to see it */
    const char *clean;   /* folder of the clean run, absolute; NULL: none */
    const char *clean2;  /* of the second one; NULL: none was made */
    const char *attach;  /* "preload: why", "linked: why"; "" for a caller of ours and under the hook */
    const char *failure; /* what failed of the harness; NULL: nothing */
    uint8_t stacks, pin; /* as in hf_run_options */
    uint8_t stdout_cut;  /* 1: more was written than the output limit keeps */
    uint8_t stderr_cut;
} hf__run_manifest;

/* Reads a folder's manifest. HF_ERROR_NOT_FOUND (no such folder, no manifest in it), HF_ERROR_FORMAT, HF_ERROR_VERSION. */
HF_CHECK_RESULT hf_status hf__run_manifest_read(const char *folder, hf__run_manifest **out, hf_error *err);
HF_CHECK_RESULT hf_status hf__run_manifest_write(const char *folder, const hf__run_manifest *manifest, hf_error *err);
void hf__run_manifest_destroy(hf__run_manifest *manifest);

/* 1 once hf_run_stop was called. */
int hf__run_stopping(void);

#endif
