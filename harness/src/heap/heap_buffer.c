/* SPDX-License-Identifier: MIT
 * Text that grows by doubling. It must never be used for what a program under test writes without a limit.
 */
#include "heap_buffer.h"
#include "heap_alloc.h"

#include <string.h>

#include "base_poison.h"

void hf__heap_buffer_append(hf__heap_buffer *buffer, const void *bytes, size_t size_bytes)
{
    size_t needed = buffer->size_bytes + size_bytes + 1;
    if (needed > buffer->capacity) {
        buffer->capacity = needed > buffer->capacity * 2 ? needed : buffer->capacity * 2;
        buffer->text = hf__reallocate(buffer->text, buffer->capacity, 1);
    }
    if (size_bytes > 0)
        memcpy(buffer->text + buffer->size_bytes, bytes, size_bytes);
    buffer->size_bytes += size_bytes;
    buffer->text[buffer->size_bytes] = '\0';
}

void hf__heap_buffer_write(const char *text, size_t size_bytes, void *user)
{
    hf__heap_buffer_append(user, text, size_bytes);
}
