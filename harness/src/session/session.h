/* SPDX-License-Identifier: MIT
 * Making and joining a session: the file that tool and process under test share (session_format.h). The tool creates it and makes room ahead
 * of the writers; the process under test joins it.
 *
 * Threads: one thread creates or joins; the control words are atomic.
 */
#ifndef HF_SESSION_H
#define HF_SESSION_H

#include "os_file.h"
#include "session_format.h"

/* A session as mapped here. */
typedef struct hf_session {
    hf_session_header *header;
    hf_session_control *control;
    const hf_plan_image *plan;
    const hf_fork_point *points;
    char *chunks;
    void *map;
    uint64_t map_bytes;
    uint64_t created_us; /* for the tool: when it made the session, by clock and by counter */
    uint64_t created_counter;
    /* For the tool, which must not believe what a wild pointer of the other side may have written over: */
    hf_session_header laid_out; /* the header as it was made */
    uint32_t made_ready;        /* chunks that the file has room for */
    uint32_t ring_chunks;       /* 0: it is no ring */
    uint32_t ring_ready;        /* chunks handed out so far */
    uint32_t *held;             /* places of chunks, the oldest first; memory of the tool's own */
    uint32_t held_count;
    uint64_t dropped;  /* events */
    uint64_t stuck_us; /* since when no chunk can be emptied; 0: one could */
    uint32_t *order;   /* the table of a ring, which both sides see; NULL: it is none */
    bool is_private;   /* memory of this process only: chunks_ready never grows */
} hf_session;

#define HF_SESSION_TRACE_DEFAULT (1ull << 30) /* bytes of trace at most */
#define HF_SESSION_CHUNKS_FIRST 2u            /* chunks ready at the start: what a small caller needs, and the tool's own */
#define HF_SESSION_CHUNKS_AHEAD 256u          /* chunks that are kept ready for a caller that needs more */

/* Fork points of a caller, sorted by rule and ordinal; none: count 0. The clone slots are sessions of their own, made by the caller of this under
 * hf__session_clone_slot_path, with the same plan. */
typedef struct hf_session_points {
    const hf_fork_point *items;
    uint32_t count;
    uint32_t clone_slots;
} hf_session_points;

typedef struct hf_session_request {
    const char *path, *caller;
    const void *plan;
    size_t plan_bytes;
    uint64_t trace_bytes; /* 0: the default */
    hf_session_points points;
    bool is_ring; /* keeps the last trace_bytes; without fork points */
} hf_session_request;

/* Creates the file and maps it. Room is made for HF_SESSION_CHUNKS_FIRST chunks. The plan is checked. HF_ERROR_ARGUMENT if the points are not sorted,
 * or name a rule that is not there or looks at more than the call's arguments. */
HF_CHECK_RESULT hf_status hf__session_create(const hf_session_request *wanted, hf_session *out, hf_error *err);
/* The plan of the clone that is made at a fork point: its rules alone, in a buffer of HF_PLAN_FEW_BYTES. */
HF_CHECK_RESULT hf_status hf__session_fork_point_plan(const hf_plan_image *plan, const hf_fork_point *point, void *buffer, size_t *size_bytes,
                                                      hf_error *err);
/* False: it does not fit. */
bool hf__session_clone_slot_path(const char *path, uint32_t clone_slot, const char *suffix, char *buffer, size_t capacity);
/* A clone slot whose clone is gone is made as new, but for the room it has. all: clears every chunk that there is room for, not only as far as the
 * trace goes: of a clone that may have scribbled. */
void hf__session_clone_slot_clear(hf_session *clone_slot, bool all);
/* Makes room ahead of the writers: the more they have taken, the further, up to HF_SESSION_CHUNKS_AHEAD chunks; and wakes those that wait. Call it
 * every few milliseconds while the process runs. HF_ERROR_SYSTEM (disk full) or HF_ERROR_LIMIT (trace limit): control->gave_up is set and the writers
 * are woken. */
HF_CHECK_RESULT hf_status hf__session_feed(hf_session *session, const char *path, hf_error *err);
/* How the run ended, in a record of the tool's. */
typedef struct hf_session_end {
    hf_event_kind kind;
    uint32_t type;
    uint64_t address, size;
    const char *note; /* NULL: none; cut at 2240 bytes */
    const uint64_t *frames;
    uint32_t frame_count;
} hf_session_end;
/* After the process has ended: appends an end record in a chunk of the tool's own (HF_THREAD_TOOL). */
HF_CHECK_RESULT hf_status hf__session_append_end(hf_session *session, const char *path, const hf_session_end *end, hf_error *err);
/* Writes down how fast the time stamp counter ran, unmaps, and cuts the file behind the last chunk taken. */
HF_CHECK_RESULT hf_status hf__session_close(hf_session *session, const char *path, hf_error *err);

/* The other side: maps (at an address that is wanted; NULL: anywhere) and checks a session file. HF_ERROR_FORMAT, HF_ERROR_VERSION, HF_ERROR_SYSTEM,
 * HF_ERROR_NOT_FOUND. */
HF_CHECK_RESULT hf_status hf__session_join(const char *path, void *wanted, hf_session *out, hf_error *err);
/* A private session in memory, with a plan that is copied. */
HF_CHECK_RESULT hf_status hf__session_private(const void *plan, size_t plan_bytes, size_t trace_bytes, hf_session *out, hf_error *err);
/* The same in memory that forked children share, so that this process reads what a child recorded before it died. */
HF_CHECK_RESULT hf_status hf__session_shared(const void *plan, size_t plan_bytes, size_t trace_bytes, hf_session *out, hf_error *err);
/* Has the file less than was made ready in it? Its pages are gone then, and with them what was recorded. */
bool hf__session_was_cut(const hf_session *session, const char *path);
void hf__session_leave(hf_session *session);

#endif
