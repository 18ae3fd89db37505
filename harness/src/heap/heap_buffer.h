/* SPDX-License-Identifier: MIT
 * Text that grows: what is printed in pieces becomes one string.
 *
 * Threads: one thread per buffer.
 */
#ifndef HF_HEAP_BUFFER_H
#define HF_HEAP_BUFFER_H

#include <hostfault/error.h>

/* Zero-initialised it is empty. */
typedef struct hf__heap_buffer {
    char *text; /* NUL-terminated; NULL until the first append. hf__free */
    size_t size_bytes, capacity;
} hf__heap_buffer;

void hf__heap_buffer_append(hf__heap_buffer *buffer, const void *bytes, size_t size_bytes);
/* The same as an hf_write and an hf_report_write; user is the hf__heap_buffer. */
void hf__heap_buffer_write(const char *text, size_t size_bytes, void *user);

#endif
