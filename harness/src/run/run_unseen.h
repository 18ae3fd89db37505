/* SPDX-License-Identifier: MIT
 * What of an unmodified program the shim did not see: the kernel's count of its mapping calls against those in the trace.
 *
 * Threads: thread-safe.
 */
#ifndef HF_RUN_UNSEEN_H
#define HF_RUN_UNSEEN_H

#include "session_format.h"

#include <hostfault/trace.h>
#include <stdbool.h>

/* The kernel's count until the shim was in place, and from then on. */
typedef struct hf__run_unseen {
    bool is_counted;
    uint32_t before, since;
} hf__run_unseen;

/* Reads the count of a session whose process has ended. */
void hf__run_unseen_count(hf__run_unseen *out, const hf_session_control *control);
/* In words; "" if nothing was counted, or there is no trace (NULL). */
void hf__run_unseen_print(const hf__run_unseen *self, const hf_trace *trace, char *buffer, size_t capacity);

#endif
