/* SPDX-License-Identifier: MIT
 * A caller's trace as the common beginning of its clones' traces: read once, while the caller runs, and shared without copying. A clone's trace is
 * the prefix up to the clone, followed by the contents of its clone slot.
 *
 * Threads: one; only one continuation exists at a time.
 */
#ifndef HF_TRACE_PREFIX_H
#define HF_TRACE_PREFIX_H

#include "session.h"

#include <hostfault/trace.h>

typedef struct hf__trace_prefix hf__trace_prefix;

/* session: the caller's, as the tool that made it has it mapped; it must stay until destroy. */
hf__trace_prefix *hf__trace_prefix_create(const hf_session *session);
void hf__trace_prefix_destroy(hf__trace_prefix *prefix);

/* The trace of a clone that has ended. Valid until the next call with the same prefix. HF_ERROR_FORMAT: what the clone slot says of its continuation
 * is not so. */
HF_CHECK_RESULT hf_status hf__trace_prefix_continuation(hf__trace_prefix *prefix, const hf_session *clone_slot, const hf_trace **out, hf_error *err);

/* Writes that continuation as a session file: hf_trace_open reads it as if the clone had been a whole run. */
HF_CHECK_RESULT hf_status hf__trace_prefix_save(hf__trace_prefix *prefix, const hf_session *clone_slot, const char *path, hf_error *err);

#endif
