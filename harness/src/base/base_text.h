/* SPDX-License-Identifier: MIT
 * Text without the heap: a builder over a buffer of fixed size, and strict parsing of numbers. A builder never writes past its
 * end, always ends with NUL, and says whether something was cut.
 */
#ifndef HF_BASE_TEXT_H
#define HF_BASE_TEXT_H

#include <hostfault/error.h>
#include <stdarg.h>
#include <stdbool.h>

typedef struct hf__builder {
    char *buffer;
    size_t capacity; /* with the NUL */
    size_t length;   /* without it */
    bool cut;
} hf__builder;

/* capacity at least 1. */
hf__builder hf__builder_init(char *buffer, size_t capacity);
void hf__builder_append(hf__builder *builder, hf_text text);
void hf__builder_print(hf__builder *builder, const char *format, ...) HF_PRINTF(2, 3);
void hf__builder_vprint(hf__builder *builder, const char *format, va_list arguments) HF_PRINTF(2, 0);

/* The text of a C string. */
hf_text hf__text(const char *string);
bool hf__text_equal(hf_text a, hf_text b);
bool hf__text_equal_string(hf_text a, const char *string);
bool hf__text_starts_with(hf_text text, const char *prefix);
/* Without white space at both ends. */
hf_text hf__text_trim(hf_text text);
/* Copies as much as fits into a buffer of `capacity` bytes, with a NUL. Returns the bytes copied. */
size_t hf__text_copy(char *buffer, size_t capacity, hf_text text);

/* Whole text as a number: decimal, or hexadecimal after 0x. False for empty, trailing characters, overflow. */
bool hf__parse_u64(hf_text text, uint64_t *out);
/* The same with a size suffix K, M, G, T (1024 each), or none. */
bool hf__parse_size(hf_text text, uint64_t *out);
/* The same with a suffix us, ms, s, m; result in microseconds. A bare number is refused, but 0. */
bool hf__parse_duration_us(hf_text text, uint64_t *out);

/* Does `text` match the shell pattern: `*` any run, `?` one byte; all else itself. Linear in both but for stars; no recursion. */
bool hf__glob_match(hf_text pattern, hf_text text);

/* Steps of insertion, deletion, change and swap that lead from a to b, at most `limit` (then limit + 1): for "did you mean". */
unsigned hf__edit_distance(hf_text a, hf_text b, unsigned limit);
/* How many such steps a word of `length` bytes may be off and still be offered as what was meant. */
unsigned hf__edits_max(size_t length);

#endif
