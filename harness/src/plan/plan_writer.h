/* SPDX-License-Identifier: MIT
 * Output piece by piece through a function of the user's, for everything that prints scenarios.
 */
#ifndef HF_PLAN_WRITER_H
#define HF_PLAN_WRITER_H

#include "base_text.h"

#include <hostfault/plan.h>

typedef struct hf__plan_writer {
    hf_write *write;
    void *user;
} hf__plan_writer;

/* Formatted text of at most 1 KiB; longer text goes by put_text. */
void hf__plan_put(const hf__plan_writer *to, const char *format, ...) HF_PRINTF(2, 3);
/* The same as one line, whatever untrusted text is in it: controls and line ends become '?'. */
void hf__plan_put_line(const hf__plan_writer *to, const char *format, ...) HF_PRINTF(2, 3);
void hf__plan_put_text(const hf__plan_writer *to, hf_text text);

/* Text for a terminal: characters that it would obey, or that hide what they are, become '?'. Line ends and tabs stay. */
void hf__plan_put_shown(const hf__plan_writer *to, hf_text text);
/* Text as a YAML scalar, in quotes where it needs them; a list of them in flow style. */
void hf__plan_put_string(const hf__plan_writer *to, const char *string);
void hf__plan_put_list(const hf__plan_writer *to, const hf_string_list *list);

#endif
