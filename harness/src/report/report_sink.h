/* SPDX-License-Identifier: MIT
 * Where a report goes, and what is possible there: a function that takes pieces of text, whether colour is wanted, how wide the screen is. Nothing in
 * this layer writes to a file or a terminal by itself.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_SINK_H
#define HF_REPORT_SINK_H

#include "heap_buffer.h"

#include <hostfault/error.h>
#include <stdarg.h>
#include <stdbool.h>

typedef void hf_report_write(const char *text, size_t size_bytes, void *user);

typedef struct hf_report_sink {
    hf_report_write *write;
    void *user;
    bool colour;
    bool links;     /* a terminal that knows OSC 8: what can be opened is a link (report_jump.h) */
    unsigned width; /* columns; 0: as many as it takes */
} hf_report_sink;

/* What a piece of text is, so that a terminal can show it. */
typedef enum hf_report_tone { HF_TONE_PLAIN, HF_TONE_GOOD, HF_TONE_BAD, HF_TONE_WARNING, HF_TONE_FAINT, HF_TONE_STRONG } hf_report_tone;

/* Text of our own, or text that has been cleaned (hf__report_clean): it goes out as it is. */
void hf__report_put(const hf_report_sink *sink, const char *text);
/* Text of a stranger, as part of one line: a line end, a tab or another control in it becomes '?'. */
void hf__report_put_foreign(const hf_report_sink *sink, hf_text text);
/* As printf, but for this: whatever %s gives is a stranger's text, as above. Only the format can end a line. Conversions: c d i u x X o f s %, with
 * flags, width and precision, lengths l ll z. */
void hf__report_print(const hf_report_sink *sink, const char *format, ...) HF_PRINTF(2, 3);
void hf__report_vprint(const hf_report_sink *sink, const char *format, va_list arguments) HF_PRINTF(2, 0);
/* The same between the escape sequences of a tone, where the sink has colour. */
void hf__report_tone(const hf_report_sink *sink, hf_report_tone tone, const char *format, ...) HF_PRINTF(3, 4);

/* Untrusted text in Markdown: nothing in it is markup. */
void hf__report_put_markdown(const hf_report_sink *sink, const char *text);

#endif
