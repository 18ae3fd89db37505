/* SPDX-License-Identifier: MIT
 * Prints the page around its data.
 */
#include "report_page.h"
#include "report_page_text.h"

#include <string.h>

#include "base_poison.h"

/* JSON has these characters only in strings, and may always escape them. */
static void put_unable_to_end(const hf_report_sink *sink, const char *text)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "<>&");
        sink->write(text, plain, sink->user);
        text += plain;
        if (*text != '\0')
            hf__report_print(sink, "\\u%04x", (unsigned)(unsigned char)*text++);
    }
}

static int put_piece(const char *piece, size_t size, void *user)
{
    const hf_report_sink *sink = user;
    char text[4096];
    while (size > 0) {
        size_t part = size < sizeof text - 1 ? size : sizeof text - 1;
        memcpy(text, piece, part);
        text[part] = '\0';
        put_unable_to_end(sink, text);
        piece += part;
        size -= part;
    }
    return 0;
}

void hf__report_page_print(const hf_report_sink *sink, json_t *document_take)
{
    hf_report_sink to = *sink;
    sink->write((const char *)hf_report_page_head, hf_report_page_head_bytes, sink->user);
    (void)json_dump_callback(document_take, put_piece, &to, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));
    sink->write((const char *)hf_report_page_tail, hf_report_page_tail_bytes, sink->user);
    json_decref(document_take);
}
