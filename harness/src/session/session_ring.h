/* SPDX-License-Identifier: MIT
 * A trace that keeps its last chunks only, for a program that runs for days. The chunks go round: the tool empties the oldest and hands it out again,
 * by its place in a table that stands where fork points would. So the process under test has no more to do than to look a chunk up.
 *
 * What must stay is never emptied: a chunk that has the attachment, a module, or the label of a thread that lives. Nor is one that is still written
 * to: that has an empty slot before its end, or a call that has not returned.
 *
 * Threads: the tool's one thread.
 */
#ifndef HF_SESSION_RING_H
#define HF_SESSION_RING_H

#include "session.h"

/* Makes all chunks ready; the file has room for them. HF_ERROR_MEMORY. */
HF_CHECK_RESULT hf_status hf__session_ring_begin(hf_session *session, hf_error *err);
/* hf__session_feed of a ring. HF_ERROR_LIMIT: no chunk can be emptied. */
HF_CHECK_RESULT hf_status hf__session_ring_feed(hf_session *session, hf_error *err);
/* After the process has ended: what readers are told, in the control words. */
void hf__session_ring_end(hf_session *session);
void hf__session_ring_clear(hf_session *session);

#endif
