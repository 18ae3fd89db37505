/* SPDX-License-Identifier: MIT
 * What all parsers of YAML files share: reading the file, the limit on its size, and errors about the input as a whole.
 *
 * Threads: distinct outputs may be used in parallel.
 */
#ifndef HF_PLAN_INPUT_H
#define HF_PLAN_INPUT_H

#include <hostfault/error.h>

#define HF_PLAN_FILE_MAX_BYTES (1024u * 1024)
#define HF_PLAN_TOO_LARGE "larger than 1 MiB, the limit for a script"

/* Parses a whole text. It allocates freely: an attempt is around it. HF_OK with *out, or HF_ERROR_INPUT with errors. */
typedef hf_status hf__plan_parse(const char *name, hf_text text, void **out, hf_errors *errors);

/* Runs the parser in an attempt. errors may be NULL, and is cleared first. *out is NULL if it fails: HF_ERROR_INPUT, HF_ERROR_MEMORY. */
HF_CHECK_RESULT hf_status hf__plan_input_parse(hf__plan_parse *parse, const char *name, hf_text text, void **out, hf_errors *errors);
/* The same with the bytes of a file. */
HF_CHECK_RESULT hf_status hf__plan_input_load(hf__plan_parse *parse, const char *path, void **out, hf_errors *errors);

/* Adds an error about the input as a whole, without a position. */
void hf__plan_input_error(hf_errors *errors, const char *name, const char *message);
/* Replaces what errors held by one error, and returns HF_ERROR_MEMORY. */
hf_status hf__plan_out_of_memory(hf_errors *errors, const char *name);

/* The bytes of a file of at most HF_PLAN_FILE_MAX_BYTES; the caller frees them by hf__free. NULL: it cannot be read, and *err says why (may be NULL).
 */
char *hf__plan_read_bytes(const char *path, size_t *size_bytes, hf_error *err);
/* The same; errors is cleared first and says why the file cannot be read. */
char *hf__plan_load_bytes(const char *path, size_t *size_bytes, hf_errors *errors);

#endif
