/*
 * Where a report goes, and what may be done there: a function that takes pieces of text, whether colour is wanted, how wide the screen is.
 * Nothing in this layer writes to a file or a terminal by itself.
 *
 * Threads: distinct sinks may be used in parallel.
 */
#ifndef HF_REPORT_SINK_H
#define HF_REPORT_SINK_H

#include <hostfault/error.h>
#include <stdbool.h>

typedef void hf_report_write(const char *text, size_t size_bytes, void *user);

typedef struct hf_report_sink {
    hf_report_write *write;
    void *user;
    bool colour;
    unsigned width; /* columns; 0: as many as it takes */
} hf_report_sink;

/* What a piece of text is, so that a terminal can show it. */
typedef enum hf_report_tone { HF_TONE_PLAIN, HF_TONE_GOOD, HF_TONE_BAD, HF_TONE_WARNING, HF_TONE_FAINT, HF_TONE_STRONG } hf_report_tone;

void hf__report_put(const hf_report_sink *sink, const char *text);
void hf__report_print(const hf_report_sink *sink, const char *format, ...) HF_PRINTF(2, 3);
/* The same between the escape sequences of a tone, where the sink has colour. */
void hf__report_tone(const hf_report_sink *sink, hf_report_tone tone, const char *format, ...) HF_PRINTF(3, 4);

/* Text of strangers in Markdown: nothing in it is markup. */
void hf__report_put_markdown(const hf_report_sink *sink, const char *text);

/* A sink that collects text in memory. */
typedef struct hf_report_buffer {
    char *text; /* NUL-terminated, or NULL while empty; hf__free */
    size_t length, capacity;
} hf_report_buffer;
/* An hf_report_write; user: the hf_report_buffer. Also fits hf_trace_write and hf_plan_write. */
void hf__report_collect(const char *text, size_t size_bytes, void *user);

#endif
