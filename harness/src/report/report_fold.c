/* SPDX-License-Identifier: MIT
 * Shortens repeated lines to one line and the number of further ones. The number of a rule's last call, "#12" at a line's end, is not
 * compared.
 */
#include "report_fold.h"

#include "heap_alloc.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

#define SHOWN_MAX 3u /* this many equal lines are shown unchanged */

/* The line that begins there, without its line end. */
static hf_text line_at(const hf__heap_buffer *buffer, size_t at)
{
    const char *end = memchr(buffer->text + at, '\n', buffer->size_bytes - at);
    return (hf_text){buffer->text + at, end != NULL ? (size_t)(end - buffer->text) - at : buffer->size_bytes - at};
}

static hf_text without_number(hf_text line)
{
    size_t length = line.size_bytes;
    while (length > 0 && line.pointer[length - 1] >= '0' && line.pointer[length - 1] <= '9')
        length--;
    bool has_number = length < line.size_bytes && length > 0 && line.pointer[length - 1] == '#';
    return has_number ? (hf_text){line.pointer, length} : line;
}

void hf__report_fold(hf__heap_buffer *buffer)
{
    hf__heap_buffer folded = {0};
    for (size_t at = 0; at < buffer->size_bytes;) {
        hf_text first = line_at(buffer, at);
        size_t next = at, count = 0, end_of_shown = at;
        while (next < buffer->size_bytes && hf__text_equal(without_number(line_at(buffer, next)), without_number(first))) {
            next += line_at(buffer, next).size_bytes + 1;
            count++;
            end_of_shown = count == 1 ? next : end_of_shown;
        }
        bool is_folded = count > SHOWN_MAX;
        size_t end = is_folded ? end_of_shown : next;
        hf__heap_buffer_append(&folded, buffer->text + at, (end < buffer->size_bytes ? end : buffer->size_bytes) - at);
        if (is_folded) {
            char *more = hf__format("  ... %zu more like this\n", count - 1);
            hf__heap_buffer_append(&folded, more, strlen(more));
            hf__free(more);
        }
        at = next;
    }
    hf__free(buffer->text);
    *buffer = folded;
}
