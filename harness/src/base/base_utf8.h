/* SPDX-License-Identifier: MIT
 * The one reader of UTF-8. Well-formed is what Unicode's table 3-7 has: no overlong forms, no surrogates, nothing above U+10FFFF.
 *
 * Threads: thread-safe. Nothing is allocated.
 */
#ifndef HF_BASE_UTF8_H
#define HF_BASE_UTF8_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes of the well-formed character at the offset, 1 to 4; 0 if there is none, or the text ends. */
size_t hf__utf8_length(hf_text text, size_t offset);
/* That character; length as hf__utf8_length gave it. */
uint32_t hf__utf8_value(hf_text text, size_t offset, size_t length);
/* Is the byte one of a character's later ones? Text is cut before a byte that is not. */
static inline bool hf__utf8_is_tail(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}
/* May the character be shown as it is? Not controls, C1 among them, which a terminal may obey; nor what is not seen, or changes the direction of
 * writing (U+200B to U+200F, U+2028 to U+202E, U+2060 to U+206F, U+FEFF); nor noncharacters. */
bool hf__utf8_is_shown(uint32_t value);

#endif
