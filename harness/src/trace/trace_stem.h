/*
 * A caller's trace as the common beginning of its clones' traces: read once, as the caller runs on, and shared without copying. A clone's trace is
 * the stem up to where it branched off, and what its berth holds.
 *
 * Threads: one; only one branch is there at a time.
 */
#ifndef HF_TRACE_STEM_H
#define HF_TRACE_STEM_H

#include "session.h"

#include <hostfault/trace.h>

typedef struct hf__trace_stem hf__trace_stem;

/* session: the caller's, as the tool that made it has it mapped; it must stay until destroy. */
hf__trace_stem *hf__trace_stem_create(const hf_session *session);
void hf__trace_stem_destroy(hf__trace_stem *stem);

/* The trace of a clone that has ended. Valid until the next call with the same stem. HF_ERROR_FORMAT: what the berth says of its branch is not so. */
HF_CHECK_RESULT hf_status hf__trace_stem_branch(hf__trace_stem *stem, const hf_session *berth, const hf_trace **out, hf_error *err);

/* Writes that branch as a session file: hf_trace_open reads it as if the clone had been a whole run. */
HF_CHECK_RESULT hf_status hf__trace_stem_save(hf__trace_stem *stem, const hf_session *berth, const char *path, hf_error *err);

#endif
