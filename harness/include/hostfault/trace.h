/* SPDX-License-Identifier: MIT
 * Reading what a run recorded: the session file of a run, or the private trace from hf_detach, as events in order.
 *
 * A trace is read whole and checked. A file that is damaged, truncated or written by a hostile program is refused, or read as far as it makes sense;
 * nothing in it is trusted. A process that died in the middle of a call leaves an event with `complete` 0.
 *
 * Ownership: an hf_trace owns everything that is reached through it; pointers into it are borrowed until hf_trace_destroy.
 * Threads: an hf_trace may be read by several threads at once. hf_trace_destroy only when no other thread uses it.
 */
#ifndef HF_TRACE_H
#define HF_TRACE_H

#include <hostfault/event.h>
#include <hostfault/hosting.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_trace hf_trace;

/* What few events have. All of it is 0 or empty for the others. */
typedef struct hf_event_more {
    uint64_t live, site;                                           /* injected: committed and heap bytes, and where the call came from */
    uint64_t host_out;                                             /* injected: what the host gave, if it was asked; see hf_event_host_out */
    uint32_t number;                                               /* injected: 1-based index of this fault among those of the process */
    uint32_t last_error;                                           /* injected */
    uint64_t query_base, query_allocation_base, query_region_size; /* VirtualQuery's answer, 0 if none */
    uint32_t query_allocation_protect, query_state, query_protect, query_type;
    hf_text note;  /* of phase, thread, result, check, module (path), END_HARNESS; of END_SIGNAL the exception on Windows */
    hf_text note2; /* build-id of a module */
} hf_event_more;

/* One event. Pointers are borrowed from the trace. A trace may hold millions of these: what few of them have is in `more`. */
typedef struct hf_event {
    uint32_t thread;  /* index into the trace's threads; of end records too, which have a thread "tool" of their own */
    uint16_t kind;    /* hf_method (a call, up to HF_EVENT_CALL_MAX) or hf_event_kind */
    uint8_t complete; /* 0: the process ended inside it; hr, host_hr, out and duration then say nothing */
    uint8_t injected, sticky, paused, foreign, forwarded, in_signal;
    uint8_t level;
    uint8_t function; /* hf_function of an unmodified program that the call was made by: malloc, mmap, ...; 0 none */
    uint8_t unused;
    uint32_t type, protect;
    uint64_t start, duration; /* counter ticks; duration in steps of 256 */
    uint64_t address, size, out, pc;
    HRESULT host_hr, hr;
    int32_t rule; /* rule of the plan that decided; -1 if and only if not injected */
    uint16_t ticket_count;
    uint16_t frame_count;
    const struct hf_trace_ticket *tickets;
    const uint64_t *frames;    /* return addresses, innermost first */
    const hf_event_more *more; /* never NULL */
} hf_event;

/* What the host gave: as the caller was told, unless a rule decided otherwise. */
static inline uint64_t hf_event_host_out(const hf_event *event)
{
    return event->injected ? event->more->host_out : event->out;
}

typedef struct hf_trace_ticket {
    uint64_t ordinal; /* 1-based number of the call among those that the rule counts */
    uint32_t taken;   /* how often the rule had fired by then */
    uint16_t rule;    /* index in the plan */
    uint16_t flags;   /* 1: it fired; others are the library's own */
} hf_trace_ticket;

/* A loaded file of the process, for turning addresses into places. */
typedef struct hf_trace_module {
    uint64_t base, end; /* [base, end) */
    hf_text path;       /* as the loader named it */
    hf_text build_id;   /* hex; empty if it has none */
} hf_trace_module;

/* Opens a session file. The file is copied: it may change or go afterwards. *out belongs to the caller (hf_trace_destroy) and is NULL after every
 * error. err may be NULL. Errors: HF_ERROR_NOT_FOUND (no such file), HF_ERROR_SYSTEM (it cannot be read), HF_ERROR_FORMAT (no session file, or
 * damaged), HF_ERROR_VERSION (of another version), HF_ERROR_MEMORY. */
HF_API HF_CHECK_RESULT hf_status hf_trace_open(const char *path, hf_trace **out, hf_error *err);
/* Reads one from memory, which is copied. Ownership as hf_trace_open. Errors: HF_ERROR_FORMAT, HF_ERROR_VERSION, HF_ERROR_MEMORY, for the same
 * reasons. */
HF_API HF_CHECK_RESULT hf_status hf_trace_decode(const void *bytes, size_t size_bytes, hf_trace **out, hf_error *err);
/* NULL is fine. */
HF_API void hf_trace_destroy(hf_trace *trace);

/* Events, by thread in the order of their first calls, each thread's in the order in which it made them; events of its signal handlers are merged in
 * by time. End records come last, as a thread "tool". NULL for an index past the end. */
HF_API size_t hf_trace_event_count(const hf_trace *trace);
HF_API const hf_event *hf_trace_event(const hf_trace *trace, size_t index);
/* Threads with events; a trace with end records counts "tool" too. */
HF_API size_t hf_trace_thread_count(const hf_trace *trace);
/* The thread's last label; if it never got one "main" or "tN", and "tool" for end records. Empty for an index past the end. */
HF_API hf_text hf_trace_thread_label(const hf_trace *trace, size_t thread);
/* Modules, sorted by load base. NULL for an index past the end. */
HF_API size_t hf_trace_module_count(const hf_trace *trace);
HF_API const hf_trace_module *hf_trace_module_at(const hf_trace *trace, size_t index);
/* The compiled plan that the run obeyed, as hf_scenario_compile makes it: bytes of a private form that hf_attach_plan of this version takes, to run
 * under the same rules again. size_bytes may be NULL. Borrowed, 8-aligned. Never NULL; the plan may have no rule. */
HF_API const void *hf_trace_plan(const hf_trace *trace, size_t *size_bytes);
/* Name of a rule of the trace's plan, by its index (hf_event.rule). Borrowed; "" if there is none. */
HF_API const char *hf_trace_rule_name(const hf_trace *trace, int rule);
/* What the trace says as a whole. */
typedef struct hf_trace_summary {
    uint64_t counter_hz;    /* ticks of hf_event.start per second; 0: not known */
    uint64_t calls;         /* complete or not, paused ones included */
    uint64_t fired;         /* faults */
    uint64_t paused;        /* calls between hf_pause and hf_resume */
    uint64_t sticky;        /* calls answered because of an E_FAIL before */
    uint8_t attached;       /* 1: a process joined the session */
    uint8_t ended_in_order; /* 1: it left by exit or hf_detach */
    uint8_t storm;          /* 1: the shim ended it, because one place repeated a failing request too often */
    uint8_t gave_up;        /* 1: the shim ended it, because the tool could make no more room (disk full, trace limit) */
    uint8_t lost;           /* 1: something could not be recorded, or is missing from a truncated file */
    uint32_t others;        /* other processes that wanted to join the session */
    const char *caller;     /* the caller's name; "" if it is none. Borrowed from the trace */
    uint64_t dropped;       /* events that came before, of a trace that keeps its last part only (hostfault record --ring) */
} hf_trace_summary;
/* Fills *out. Never fails. */
HF_API void hf_trace_summarize(const hf_trace *trace, hf_trace_summary *out);

/* Canonical text: the same scenario of a caller with one thread gives the same text, byte for byte. With several threads, a thread's part is the same
 * as long as the thread itself does the same. Threads are pinned to one processor, but the system decides when it switches, so who gets which block
 * and who retries may differ from run to run.
 *
 * One call per line, grouped by thread. Regions are R1, R2, ... and heap blocks H1, H2, ... in the order in which their thread got them. Foreign
 * addresses, free extents, memory load and times are masked. Injected lines begin with `!`, sticky ones with `~`. The last line is
 * `end calls=N fired=N`. */
typedef struct hf_trace_text_options {
    uint32_t struct_size;
    uint32_t around; /* 0: everything. N: only N lines before and after each injected one, "..." for what is left out, and a hash of all lines at the
                        end */
    uint8_t with_stacks; /* every recorded stack, indented; not canonical across builds */
    uint8_t with_times;  /* microseconds since attach, and duration; not canonical */
    uint8_t reserved[2];
    const char *only_thread; /* NULL: all */
    const char *only_method; /* names or shell patterns, commas between; NULL: all */
    uint8_t only_injected;
    uint8_t reserved2[7];
    /* With with_stacks: writes the places of a stack, one a line with "\n" before each, into `buffer` of `capacity` bytes and returns how many bytes;
     * NULL: they are printed as module+offset. */
    size_t (*print_stack)(const hf_event *event, char *buffer, size_t capacity, void *user);
    void *print_stack_user;
} hf_trace_text_options;
#define HF_TRACE_TEXT_OPTIONS_INIT                                                                                                                   \
    {                                                                                                                                                \
        sizeof(hf_trace_text_options), 0, 0, 0, {0, 0}, NULL, NULL, 0, {0}, NULL, NULL                                                               \
    }
/* Prints the text. `write` gets it in pieces, in order, on the calling thread. options NULL: the defaults. Errors: HF_ERROR_ARGUMENT (options with a
 * member that this version does not know), HF_ERROR_MEMORY; the text that was written until then is incomplete. */
HF_API hf_status hf_trace_print(const hf_trace *trace, const hf_trace_text_options *options, hf_write *write, void *user);

/* Derives every decision of the run again from the recorded calls and tickets, and compares. HF_OK: all agree. Errors: HF_ERROR_FORMAT (err, which
 * may be NULL, names the first event that disagrees, and how), HF_ERROR_MEMORY. */
HF_API HF_CHECK_RESULT hf_status hf_trace_verify(const hf_trace *trace, hf_error *err);

#ifdef __cplusplus
}
#endif
#endif
