/* SPDX-License-Identifier: MIT
 * Text that grows, for the tool: what is printed in pieces becomes one string.
 */
#ifndef HF_RUN_BUFFER_H
#define HF_RUN_BUFFER_H

#include <hostfault/error.h>

/* Zero-initialised: empty. */
typedef struct hf__run_buffer {
    char *text; /* NUL-terminated; NULL while empty. hf__free */
    size_t size_bytes, capacity;
} hf__run_buffer;

void hf__run_buffer_append(hf__run_buffer *buffer, const void *bytes, size_t size_bytes);
/* The same as an hf_write; user is the hf__run_buffer. */
void hf__run_buffer_write(const char *text, size_t size_bytes, void *user);

#endif
