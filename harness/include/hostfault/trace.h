/* SPDX-License-Identifier: MIT
 * Reading what a run recorded: the session file of a run, or the private trace that hf_detach gave, as events in order.
 *
 * A trace is read whole and checked: a file that is damaged, cut short, or that a hostile program wrote, is refused or read as far as
 * it makes sense, never trusted. A process that died in the middle of a call leaves an event with `complete` 0.
 *
 * Threads: an hf_trace may be read by several threads at once.
 */
#ifndef HF_TRACE_H
#define HF_TRACE_H

#include <hostfault/event.h>
#include <hostfault/hosting.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_trace hf_trace;

/* One event. Pointers are borrowed from the trace. */
typedef struct hf_event {
    uint32_t kind;    /* hf_method (a call, up to HF_EVENT_CALL_MAX) or hf_event_kind */
    uint32_t thread;  /* index into the trace's threads; of end records too, which have a thread "tool" of their own */
    uint8_t complete; /* 0: the process ended inside it; hr, host_hr, out and duration then say nothing */
    uint8_t injected, sticky, paused, foreign, forwarded, in_signal;
    uint8_t level;
    uint8_t function; /* hf_function of an unmodified program that the call was made by: malloc, mmap, ...; 0 none */
    uint8_t unused[3];
    uint32_t type, protect;
    uint64_t start, duration; /* counter ticks; duration in steps of 256 */
    uint64_t address, size, out, pc;
    HRESULT host_hr, hr;
    int32_t rule;        /* rule of the plan that decided; -1 if and only if not injected */
    uint32_t number;     /* injected: 1-based index of this fault among those of the process */
    uint32_t last_error; /* injected */
    uint64_t live, site; /* injected */
    uint64_t host_out;   /* injected: what the host gave, if it was asked; else as out */
    uint32_t ticket_count;
    uint32_t frame_count;
    const struct hf_trace_ticket *tickets;
    const uint64_t *frames;                                        /* return addresses, innermost first */
    uint64_t query_base, query_allocation_base, query_region_size; /* VirtualQuery's answer, 0 if none */
    uint32_t query_allocation_protect, query_state, query_protect, query_type;
    hf_text note;  /* of phase, thread, result, check, module (path), END_HARNESS; of END_SIGNAL the exception on Windows */
    hf_text note2; /* build-id of a module */
} hf_event;

typedef struct hf_trace_ticket {
    uint64_t ordinal;
    uint32_t taken;
    uint16_t rule;
    uint16_t flags;
} hf_trace_ticket;

/* A loaded file of the process, for turning addresses into places. */
typedef struct hf_trace_module {
    uint64_t base, end;
    hf_text path;
    hf_text build_id; /* hex; empty if it has none */
} hf_trace_module;

/* Opens a session file. Errors: HF_ERROR_NOT_FOUND, HF_ERROR_SYSTEM, HF_ERROR_FORMAT, HF_ERROR_VERSION. */
HF_API HF_CHECK_RESULT hf_status hf_trace_open(const char *path, hf_trace **out, hf_error *err);
/* Reads one from memory, which is copied. Errors: HF_ERROR_FORMAT, HF_ERROR_VERSION. */
HF_API HF_CHECK_RESULT hf_status hf_trace_decode(const void *bytes, size_t size_bytes, hf_trace **out, hf_error *err);
/* NULL is fine. */
HF_API void hf_trace_destroy(hf_trace *trace);

/* Events: by thread in order of first call, each thread's in the order it made them; what its signal handlers did is merged in by time. End
 * records last, as a thread "tool". NULL for an index past the end. */
HF_API size_t hf_trace_event_count(const hf_trace *trace);
HF_API const hf_event *hf_trace_event(const hf_trace *trace, size_t index);
HF_API size_t hf_trace_thread_count(const hf_trace *trace);
/* The thread's last label; if it never got one "main" or "tN", and "tool" for end records. Empty for an index past the end. */
HF_API hf_text hf_trace_thread_label(const hf_trace *trace, size_t thread);
/* By load base. NULL for an index past the end. */
HF_API size_t hf_trace_module_count(const hf_trace *trace);
HF_API const hf_trace_module *hf_trace_module_at(const hf_trace *trace, size_t index);
/* The plan the run obeyed (model_rule.h), in the trace. Never NULL; may have no rule. */
HF_API const void *hf_trace_plan(const hf_trace *trace, size_t *size_bytes);
/* Name of rule `rule` of the trace's plan; "" if there is none. */
HF_API const char *hf_trace_rule_name(const hf_trace *trace, int rule);
/* Facts from the header: ticks per second (0 unknown), whether the process left in order, whether it attached at all; calls and faults as counted
 * in the trace. lost: something could not be recorded, or is missing from a file that was cut short. */
typedef struct hf_trace_summary {
    uint64_t counter_hz;
    uint64_t calls, fired, paused, sticky;
    uint8_t attached, ended_in_order, storm, gave_up, lost;
    uint32_t others;
    const char *caller;
} hf_trace_summary;
HF_API void hf_trace_summarize(const hf_trace *trace, hf_trace_summary *out);

/* Canonical text: the same scenario of a caller with one thread gives the same text, byte for byte. With several threads each thread's part is the
 * same as far as the thread itself does the same: pinned to one processor threads take turns alike, but when the system ends a turn is not ours to
 * say, so what they are given in common (whose is which block, who retries) may differ from run to run. One call per line, grouped by thread; regions
 * R1, R2, ... and heap blocks H1, H2, ... in the order their thread got them; foreign addresses, free extents, memory load and times masked; injected
 * lines begin with `!`, sticky ones with `~`; last line `end calls=N fired=N`. `write` gets pieces, in order. */
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
/* options NULL: the defaults. Errors: HF_ERROR_ARGUMENT (options), HF_ERROR_MEMORY; what was written until then is cut short. */
HF_API hf_status hf_trace_print(const hf_trace *trace, const hf_trace_text_options *options, hf_write *write, void *user);

/* Derives every decision of the run again from the recorded calls and tickets, and compares. HF_OK: all agree. HF_ERROR_FORMAT: err names the
 * first event that does not, and how. */
HF_API HF_CHECK_RESULT hf_status hf_trace_verify(const hf_trace *trace, hf_error *err);

#ifdef __cplusplus
}
#endif
#endif
