/* SPDX-License-Identifier: MIT
 * The session file and the trace in it, byte by byte. One file, mapped by the tool and by the process under test: header and plan
 * (written before the start, read-only for the shim), control words (both), and the trace's chunks (written by the shim).
 *
 * A session may have fork points: calls at which the shim clones the process, so that the clone alone takes a fault there and lives out its run
 * while the caller goes on unharmed (shim_fork.c, run_fork.c). Each clone records into a clone slot, which is a session file of its own beside this
 * one; its trace is this trace up to the clone, and what the clone slot holds.
 *
 * A trace is made of slots of 64 bytes. Each thread fills chunks of its own; the first slot of a chunk is its head. An event is
 * a main slot and the extra slots after it, in the same chunk. The main slot's last word is its state: nothing before it counts until the
 * state says so, so a process may die at any instruction and what is there can be read. A slot is written once; the state goes
 * EMPTY -> STARTED -> DONE.
 *
 * It must never hold a pointer that only makes sense in one process, except as a number to be translated by the module events.
 */
#ifndef HF_SESSION_FORMAT_H
#define HF_SESSION_FORMAT_H

#include "model_rule.h"

#define HF_SESSION_MAGIC 0x315353454E4F4953ull
#define HF_SESSION_VERSION 4u
#define HF_SESSION_VERSION_RING 5u /* of a ring: a shim that does not look chunks up would write past the file */
#define HF_SLOT_BYTES 64u
#define HF_CHUNK_SLOTS 1024u /* 64 KiB */
#define HF_CHUNK_BYTES (HF_CHUNK_SLOTS * HF_SLOT_BYTES)
#define HF_NAME_BYTES 48u

/* At file offset 0. */
typedef struct hf_session_header {
    uint64_t magic;
    uint32_t version;
    uint32_t header_bytes; /* sizeof: another build of the same version is refused too */
    uint64_t plan_offset;  /* hf_plan_image; page-aligned */
    uint64_t plan_bytes;
    uint64_t chunks_offset; /* page-aligned */
    uint64_t file_bytes;    /* what is mapped; the file may be shorter while the tool makes room ahead of the writers */
    uint32_t chunk_count_max;
    uint32_t clone_slot_count; /* files NAME-0, NAME-1, ... beside this one; 0: no fork points */
    uint64_t points_offset;    /* hf_fork_point, sorted by rule and ordinal; page-aligned */
    uint32_t point_count;
    uint32_t execs;      /* programs that the process is before the one that is meant: a shell or env, which ends by exec */
    uint64_t counter_hz; /* ticks of the time stamp counter per second, 0 unknown */
    int64_t tool_pid;
    char caller[HF_NAME_BYTES]; /* what is run, for people */
} hf_session_header;

/* A call at which the process is cloned, and what is to happen to the clone there and, perhaps, at a later call. */
typedef struct hf_fork_point {
    uint64_t ordinal;        /* among the calls that the rule counts, 1-based */
    uint32_t rule;           /* of the plan; it decides nothing in the caller itself */
    uint32_t onwards;        /* 1: that call and all that the rule counts after it */
    uint64_t second_ordinal; /* the same of a second fault in the clone; 0: none */
    uint32_t second_rule, second_onwards;
} hf_fork_point;

/* Why a caller makes no (more) clones. */
typedef enum hf_fork_refusal {
    HF_FORK_FINE,
    HF_FORK_PARENT,      /* the tool is not its parent: a shell or a wrapper is in between. value: who is */
    HF_FORK_THREADS,     /* it has so many threads */
    HF_FORK_DESCRIPTOR,  /* this descriptor would be shared: a file open for writing, a pipe, a socket */
    HF_FORK_FILES,       /* so many open files, more than are looked after */
    HF_FORK_MAPPING,     /* a writable mapping at this address is shared */
    HF_FORK_SIGNALS,     /* its signal handlers make hosting calls */
    HF_FORK_CLONE,       /* the system refused, with this error code */
    HF_FORK_CLONE_SLOTS, /* it could not map what its clones are to record to */
    HF_FORK_TIMER,       /* a timer of its runs */
    HF_FORK_LOCK,        /* it holds a lock on the file of this descriptor */
    HF_FORK_TRAPPED      /* its calls are recorded by another process, which cannot clone it */
} hf_fork_refusal;

/* Who has a clone slot. FREE -> (the caller) CLAIMED -> RUNNING -> (the tool, when the clone is gone) ENDED -> (when all is read) FREE */
typedef enum hf_clone_slot_state { HF_CLONE_SLOT_FREE, HF_CLONE_SLOT_CLAIMED, HF_CLONE_SLOT_RUNNING, HF_CLONE_SLOT_ENDED } hf_clone_slot_state;
typedef struct hf_session_clone {
    uint32_t state;           /* hf_clone_slot_state */
    int32_t pid;              /* of the clone; 0 none yet */
    uint32_t point;           /* index into the points */
    uint32_t failed;          /* the clone could not be made ready, and ended: step and error code */
    uint32_t chunk, slot;     /* where the clone left the caller: its chunk, and the slot in it that it would have written next */
    uint64_t output_bytes[2]; /* what the caller had written to stdout and stderr by then */
} hf_session_clone;

/* At file offset 4096, one page. Words are changed with atomic operations only. */
#define HF_SESSION_CONTROL_OFFSET 4096u
typedef struct hf_session_control {
    uint32_t claimed;      /* pid of the process that has the session, 0 none */
    uint32_t attached;     /* 1 once attach succeeded; 2 after an orderly detach or exit */
    uint32_t chunks_taken; /* chunks handed to threads */
    uint32_t chunks_ready; /* chunks that the file has room for; futex */
    uint32_t gave_up;      /* the tool cannot make more room: the shim ends the process with HF_EXIT_HARNESS */
    uint32_t threads;      /* thread indices given out */
    uint32_t fired;        /* faults injected */
    uint32_t others;       /* processes that found the session claimed */
    uint32_t storm;        /* 1: the shim ended the process for a retry storm (HF_EXIT_HARNESS) */
    uint32_t lost;         /* the shim could not record (never silent: the run is a harness failure) */
    uint32_t launched;     /* clones so far; futex */
    uint32_t sees;         /* what the program can tell apart when a request fails (hf_sees); 0: it did not say */
    uint64_t live_bytes;   /* committed and heap bytes as the shim counts them */
    uint64_t started_at;   /* counter at attach */
    /* of a caller with fork points */
    uint64_t refused_value;
    uint32_t refused;           /* hf_fork_refusal */
    uint32_t stop_points;       /* the tool wants no more clones */
    uint32_t clone_slots_freed; /* so often; futex */
    uint32_t execs;             /* so often the process that has the session became another program */
    uint32_t is_linked;         /* 1: it attached by the shim that it is linked with, and is no unmodified program */
    uint32_t watched;           /* of a process that the program started: 1 once the tool watches it, until when it waits */
    /* which files stdout and stderr are, written by the tool */
    uint64_t output_device[2], output_file[2];
    /* of a clone slot */
    hf_session_clone clone;
    /* of a ring (session_ring.h), which has a table of so many words where fork points would be: number N of the chunks taken is table[N %
     * ring_chunks] */
    uint32_t ring_chunks;    /* 0: it is none */
    uint32_t is_forked;      /* of no ring: 1: it was forked by a process that is followed too, and is the same program */
    uint64_t dropped_events; /* that were in chunks which went round; written at the end */
    /* of an unmodified program whose mapping calls the kernel counts as well (attach_trap_posix.h): those before and after it attached */
    uint32_t is_counted, mapped_before, mapped_since;
} hf_session_control;

#define HF_CLONE_SLOTS_MAX 64u
#define HF_CLONES_MAX (HF_CLONE_SLOTS_MAX - 1) /* at once: one clone slot is for a clone that has ended and is being read */

/* A program with this ELF note is linked with the shim: it joins a session by itself. */
#define HF_SHIM_NOTE "hostfault"

/* Sessions that are kept for processes that an unmodified program starts, beside its own, where that is asked for: PATH-1, PATH-2, ... */
#define HF_FOLLOWED_MAX 64u

/* Exit status of a process that the shim ended because the harness failed or stopped it. */
#define HF_EXIT_HARNESS 197

/* Slot states: the low 3 bits of the last word; the other 29 bits of a DONE main slot are how long the call took, in units of 256 ticks, saturating.
 */
#define HF_SLOT_EMPTY 0u
#define HF_SLOT_STARTED 1u /* the call was about to be forwarded */
#define HF_SLOT_DONE 2u    /* complete */
#define HF_SLOT_EXTRA 3u   /* belongs to the main slot before it */
#define HF_SLOT_HEAD 4u    /* first of a chunk */
#define HF_SLOT_PAD 5u     /* the rest of the chunk is not used */
#define HF_SLOT_STATE_MASK 7u

/* A main slot records a method's number, HF_EVENT_FUNCTION and an hf_function (a call that was made by a function's own name), or an hf_event_kind.
 */
#define HF_EVENT_FUNCTION 32u
HF_STATIC_ASSERT(HF_METHOD_COUNT <= HF_EVENT_FUNCTION && HF_EVENT_FUNCTION + HF_FUNCTION_COUNT <= HF_EVENT_CALL_MAX + 1, "kinds of calls");
/* Flags of a call. */
#define HF_CALL_INJECTED 1u   /* a rule decided it: its fault happened */
#define HF_CALL_STICKY 2u     /* answered HOST_E_CLRNOTAVAILABLE because of an earlier E_FAIL */
#define HF_CALL_PAUSED 4u     /* under hf_pause: not counted, not faulted */
#define HF_CALL_FOREIGN 8u    /* VirtualQuery or VirtualProtect on memory that the host never gave out */
#define HF_CALL_FORWARDED 16u /* the host was asked: host_hr and the effect are real */
#define HF_CALL_SIGNAL 32u    /* made by a signal handler that interrupted a hosting call of the same thread */

typedef struct hf_slot_main {
    uint64_t start;   /* time stamp counter */
    uint64_t address; /* the address argument; pointer to free; callback */
    uint64_t size;    /* the size argument */
    uint64_t out;     /* what the out-parameter held on return; GetMemoryLoad: the load, and the available bytes in size */
    uint64_t pc;      /* return address into the caller */
    uint32_t type;    /* flAllocationType, dwFreeType, dwMallocType */
    uint32_t protect; /* flProtect, flNewProtect; eMemoryAvailable; dwAppDomainID; Malloc.*: which IHostMalloc */
    HRESULT host_hr;  /* what the host answered, if forwarded */
    uint8_t kind;     /* hf_method, HF_EVENT_FUNCTION and up, or hf_event_kind */
    uint8_t level;    /* eCriticalLevel, 255 for anything above 254 */
    uint8_t flags;    /* HF_CALL_ */
    uint8_t extras;   /* slots after this one that belong to it */
    HRESULT hr;       /* what the caller got */
    uint32_t state;   /* HF_SLOT_ and duration */
} hf_slot_main;
HF_STATIC_ASSERT(sizeof(hf_slot_main) == HF_SLOT_BYTES, "a slot has 64 bytes");

/* Extra slots: `what` in byte 59, state in the last word. */
typedef enum hf_extra { HF_EXTRA_TICKETS = 1, HF_EXTRA_STACK = 2, HF_EXTRA_NOTE = 3, HF_EXTRA_QUERY = 4, HF_EXTRA_DECISION = 5 } hf_extra;
typedef struct hf_slot_extra {
    union {
        struct { /* up to three tickets of matched rules */
            uint64_t ordinal;
            uint32_t taken;
            uint16_t rule;
            uint16_t flags;
        } tickets[3];
        uint64_t frames[7]; /* return addresses, innermost first; of end records the first is where the processor was, one byte on */
        char text[56];      /* a piece of a note, not ended */
        struct {            /* VirtualQuery's answer */
            uint64_t base, allocation_base, region_size;
            uint32_t allocation_protect, state, protect, type;
        } query;
        struct { /* with every injected call */
            uint64_t live;
            uint64_t site;
            uint64_t host_out; /* what the host gave, where the caller did not get to see it (done: true); else as out */
            uint32_t rule;
            uint32_t last_error;
            uint32_t number; /* 1-based index of this fault in the process */
        } decision;
    } u;
    uint16_t part;  /* HF_EXTRA_NOTE: 0 a piece of the first note, 1 of the second */
    uint8_t count;  /* tickets, frames or bytes in use */
    uint8_t what;   /* hf_extra */
    uint32_t state; /* HF_SLOT_EXTRA */
} hf_slot_extra;
HF_STATIC_ASSERT(sizeof(hf_slot_extra) == HF_SLOT_BYTES, "a slot has 64 bytes");

/* First slot of a chunk. */
typedef struct hf_slot_head {
    uint32_t thread; /* index of the thread, 0-based in order of first call; HF_THREAD_SIGNAL set: calls of its signal handlers; HF_THREAD_TOOL: end
                        records */
    uint32_t number; /* 0-based index among the thread's chunks */
    uint64_t reserved[6];
    uint32_t system_thread; /* the system's id */
    uint32_t state;         /* HF_SLOT_HEAD */
} hf_slot_head;
HF_STATIC_ASSERT(sizeof(hf_slot_head) == HF_SLOT_BYTES, "a slot has 64 bytes");
#define HF_THREAD_SIGNAL 0x80000000u
#define HF_THREAD_TOOL 0x7FFFFFFFu

#endif
