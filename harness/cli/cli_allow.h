/* SPDX-License-Identifier: MIT
 * Known findings on the command line: --allow and --write-allow. A finding with an entry does not make the exit status 1. An entry without a finding
 * does, and so does one that has expired.
 *
 * Threads: one thread.
 */
#ifndef HF_CLI_ALLOW_H
#define HF_CLI_ALLOW_H

#include "cli.h"
#include "report_findings.h"

#include <hostfault/allow.h>
#include <jansson.h>

/* Zero-initialised: no file, nothing is allowed. */
typedef struct hf_cli_allow {
    const char *path;
    hf_allow *file;
    uint64_t *uses; /* of each entry: findings that it was for */
    char today[16];
    uint64_t allowed; /* findings */
} hf_cli_allow;

/* Reads the file; path NULL: none is wanted. The exit status after all its mistakes were printed. hf__cli_allow_clear in either case. */
hf_cli_exit hf__cli_allow_load(const char *path, hf_cli_allow *out);
void hf__cli_allow_clear(hf_cli_allow *self);

/* Why the finding is allowed, as it is printed: "fixed upstream (hostfault.allow:3)"; NULL: it is not. Counts it. hf__free. */
char *hf__cli_allow_why(hf_cli_allow *self, const hf_allow_finding *finding);
/* The same for each finding of a report, in its `allowed`. */
void hf__cli_allow_apply(hf_cli_allow *self, hf_report_findings *findings);

/* Entries for one of these callers (ended by NULL) that no finding was for, or that have passed, one line each. unfinished: why an entry without a
 * finding says nothing, half a sentence; NULL: everything was tried. HF_CLI_UNMET if there is one. */
hf_cli_exit hf__cli_allow_check(const hf_cli_allow *self, const char *const *callers, const char *unfinished);
/* The same as a list of objects. */
json_t *hf__cli_allow_json(const hf_cli_allow *self, const char *const *callers, const char *unfinished);

/* --write-allow: may the file be made? Nothing that a person wrote is overwritten. */
hf_cli_exit hf__cli_allow_check_new(const char *path);
/* Begins the text of a new file; one more finding; writes it. */
void hf__cli_allow_begin(hf__heap_buffer *text);
void hf__cli_allow_add(hf__heap_buffer *text, const hf_allow_finding *finding);
hf_cli_exit hf__cli_allow_write(const char *path, hf__heap_buffer *text_take);

#endif
