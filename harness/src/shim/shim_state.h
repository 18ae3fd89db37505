/* SPDX-License-Identifier: MIT
 * The shim's state: one for the process, one for each thread. Everything is allocated at attach; nothing here grows after that.
 *
 * The word that says "attached" lies in a page that reads as zero in a forked child, so a child is detached without any action.
 *
 * Threads: members of hf_shim are changed by atomic operations; an hf_shim_thread belongs to its thread and to signal handlers on it.
 */
#ifndef HF_SHIM_STATE_H
#define HF_SHIM_STATE_H

#include "shim_storm.h"
#include "engine_filter.h"
#include "os_stack.h"
#include "session_record.h"

#include <hostfault/hostfault.h>

/* The number of calls of the thread after a fault that have stacks: the verdict determines the response from them. */
#define HF_SHIM_STACKS_AFTER_FAULT 32u
/* Failed requests of one thread without a success between that end the run, unless the plan says otherwise. */
#define HF_SHIM_STORM_LIMIT 1000u
#define HF_SHIM_SITES_MAX 65536u

/* How often a rule counted calls of one site; a slot of an open-addressing table, keyed by site and rule. */
typedef struct hf_site_count {
    uint64_t key; /* 0 free */
    uint64_t count;
} hf_site_count;

typedef struct hf_shim {
    const uint32_t *alive; /* 1 while attached; wiped in a forked child. Never NULL; read and written as one, and the first member */
    hf_session session;
    uint32_t generation;     /* counts attaches, so that a thread's state of an earlier session is not used */
    const hf_filter *filter; /* of the session's plan */
    uint32_t sticky;         /* 1 after an injected E_FAIL that sticks */
    uint32_t threads_many;   /* 1 once a second thread made a call */
    uint32_t phase;          /* 1-based index into the plan's phases */
    uint32_t storm_limit;
    uint32_t tracks_live; /* some rule looks at live bytes */
    uint32_t has_points;  /* the session has fork points, and this is not a clone: no rule fires */
    uint64_t live;
    uint64_t fired_rules[HF_RULES_MAX / 64];
    uint64_t counts[HF_RULES_MAX]; /* tickets of rules per run */
    uint32_t taken[HF_RULES_MAX];  /* how often each rule fired */
    hf_site_count *sites;          /* NULL unless a rule counts per site */
    char *poison;                  /* 64 KiB without access, NULL if there is none */
    void (*on_storm)(void);        /* of a private session: called when it is a storm, and may not return; NULL: it goes on */
} hf_shim;

typedef struct hf_shim_thread {
    uint32_t generation;
    uint32_t index;
    uint32_t depth;     /* hosting calls of this thread that are under way */
    uint32_t recording; /* inside the recorder: a signal handler's call uses the other stream */
    uint32_t paused;
    uint32_t stacks_due;              /* calls still to come with a stack */
    uint32_t notifying;               /* inside a notification that the shim sends */
    uint32_t failures;                /* requests that failed: 0, and there is no row below */
    hf_storm_row rows[HF_STORM_ROWS]; /* places whose requests failed */
    uint32_t stamps;                  /* heap calls still to be recorded without reading the counter */
    uint64_t stamp;                   /* the last time recorded */
    uint8_t label;                    /* 1-based index into the plan's labels, 0 none of them */
    uintptr_t code_start, code_bytes; /* the module that the last call came from, which has been recorded */
    hf_stream streams[2];
    uint64_t counts[HF_RULES_MAX]; /* tickets of rules per thread; the last member: clearing the rest is cheap */
} hf_shim_thread;

/* Set before hf_attach by what puts the shim under a program that knows nothing of it. */
extern bool hf__shim_is_guest;
/* Called before the process stops recording in order, with what is left still in place; may be NULL. */
extern void (*hf__shim_on_leave)(void);
/* Records that a host answered what is not so: HF_HOST_ of event.h. pc: who called it, 0 if that is long ago. Only while attached. */
void hf__shim_note_host(uint32_t wrong, uint32_t method, uint64_t address, uint64_t size, uintptr_t pc);

/* A process that records the calls of another one says here what is that one's and not its own. */
typedef struct hf_shim_subject {
    /* Return addresses, innermost first, beginning with pc; how many. */
    uint32_t (*take_stack)(uintptr_t pc, uint64_t *addresses, uint32_t capacity);
    int (*module_at)(uintptr_t address, hf_os_module *out); /* as hf__os_module_at */
    void (*end)(void);                                      /* ends it, before this process ends for a storm */
} hf_shim_subject;
/* Set before hf_attach; NULL: the calls are this process's own. */
extern const hf_shim_subject *hf__shim_subject;

extern hf_shim hf__shim;
extern HF_THREAD_LOCAL hf_shim_thread hf__shim_thread;

static inline bool hf__shim_attached(void)
{
    return hf__os_load_u32_relaxed(hf__os_load_pointer(&hf__shim.alive)) != 0;
}

/* This thread's state, made ready at its first use in a session. Only while attached. */
void hf__shim_enter_thread(hf_shim_thread *thread);
/* The calling thread, which made no hosting call, was only there to attach: the next thread that comes is the session's first in its place. */
void hf__shim_pass_on(void);
static inline hf_shim_thread *hf__shim_here(void)
{
    hf_shim_thread *thread = &hf__shim_thread;
    if (thread->generation != hf__shim.generation)
        hf__shim_enter_thread(thread);
    return thread;
}

/* hf_attach, in a process that another one started: a session that somebody has already is passed over for the first free one of those kept for the
 * processes that its program starts. HF_ERROR_STATE: there is none. */
HF_CHECK_RESULT hf_status hf__shim_attach_followed(hf_error *err);
/* In the child of a fork, which is detached: it may attach once more, as a process of its own. */
void hf__shim_forget_session(void);
/* hf_attach by another way of joining; path: HF_SESSION's. */
HF_CHECK_RESULT hf_status hf__shim_attach_by(hf_status (*join_one)(const char *path, hf_error *err), hf_error *err);
/* Joins the session at this path. HF_ERROR_STATE: it is not for this program. *is_own: this process has it, and is another program meanwhile. */
HF_CHECK_RESULT hf_status hf__shim_join(const char *path, bool *is_own, hf_error *err);

/* Attaches to a session in memory that the caller has made (hf__session_shared) and keeps; hf_attach does nothing from then on. Errors:
 * HF_ERROR_STATE, HF_ERROR_MEMORY. */
HF_CHECK_RESULT hf_status hf__shim_attach_session(const hf_session *session, hf_error *err);
/* Records that the process leaves by exit(), for a handler that knows the return address into what calls it. is_inside: from inside a call for sure;
 * false: the stack says. */
void hf__shim_leave_by_exit(uintptr_t first, bool is_inside);

/* The stream to record to now: the signal handlers' if the thread is inside the recorder already. */
static inline hf_stream *hf__shim_stream(hf_shim_thread *thread)
{
    return &thread->streams[thread->recording > 1];
}

/* Records an event that is no call, with a stack. Only while attached. */
void hf__shim_record(const hf_slot_main *event, const uint64_t *frames, uint32_t count);
/* Records what is still open. Only while attached. */
void hf__shim_note_descriptors(void);
/* After an injected fault, by its number: from now on, calls of handlers for processor exceptions are recorded. */
void hf__shim_watch_handlers(uint32_t fault);

/* Makes the shim obey this plan from the next match on. */
void hf__shim_use_plan(const hf_plan_image *plan);
/* In a clone that the shim made itself: it is attached as the caller was. */
void hf__shim_revive(void);

/* Records an event that is no call. Does nothing when not attached. */
void hf__shim_note(hf_event_kind kind, uint64_t address, uint64_t size, hf_text note, hf_text note2);

#endif
