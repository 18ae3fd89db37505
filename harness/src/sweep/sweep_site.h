/* SPDX-License-Identifier: MIT
 * The sites of a caller: the places that call, learnt from a clean run with a stack at every call. A site is a method and the exact stack of the
 * call, so it is the same in every run of one build. Its fingerprint consists of names and holds across builds.
 *
 * Threads: read-only once learnt.
 */
#ifndef HF_SWEEP_SITE_H
#define HF_SWEEP_SITE_H

#include "model.h"

#include <hostfault/plan.h>
#include <hostfault/trace.h>
#include <stdbool.h>

/* One site. Its calls are told by their ordinal among the calls of the method: of the whole run where one thread makes all calls, else of the
 * thread. In an unmodified program, whose calls need not repeat from run to run, by their ordinal among the calls of the site. */
typedef struct hf__sweep_site {
    uint64_t key; /* hf__engine_site_key */
    hf_method method;
    hf_function function; /* of an unmodified program: its calls are told by this */
    uint32_t trace;       /* index of the trace that it was learnt from: 0 the program's, else of a process that it started */
    uint64_t *frames;     /* innermost first, as addresses of that trace */
    uint32_t frame_count;
    char *thread;           /* label; "" where one thread makes all calls */
    uint64_t *ordinals;     /* in order */
    size_t count, capacity; /* 0: only a fault leads here */
    size_t *events;         /* of the same calls, in that trace */
    size_t event_capacity;
    char *fingerprint; /* "Malloc.Alloc main<luaH_resize<luaH_new#2": innermost first, without wrappers; "~2" of one that only a fault leads to */
    char *place;       /* "luaH_resize at ltable.c:512", "7za.exe+0x4bfe": the innermost frame that is no wrapper */
    char *stack;       /* one frame a line */
} hf__sweep_site;

typedef struct hf__sweep_sites {
    size_t count, capacity;
    hf__sweep_site *items; /* in order of their first call */
    bool has_threads;      /* ordinals are of the thread */
    bool by_site;          /* ordinals are of the site */
    size_t varying;        /* by_site: sites that only one of the two runs came to, which are left out */
} hf__sweep_sites;

/* methods: bit per hf_method that is learnt. A call that a rule does not count (paused, from a signal handler, on foreign memory) has no site.
 * wrapping: functions that the user calls wrappers; NULL: none. */
void hf__sweep_sites_learn(const hf_trace *trace, uint32_t methods, const hf_string_list *wrapping, hf__sweep_sites *out);
/* One process of an unmodified program, in two runs. */
typedef struct hf__sweep_pair {
    const hf_trace *trace;
    const hf_trace *other; /* NULL: it was not there in the other run */
} hf__sweep_pair;
/* The same of an unmodified program: what both runs have in common, of all its processes. A place that several processes call from is one site. */
void hf__sweep_sites_learn_common(const hf__sweep_pair *processes, size_t count, uint32_t methods, const hf_string_list *wrapping,
                                  hf__sweep_sites *out);
void hf__sweep_sites_clear(hf__sweep_sites *sites);

/* Adds a site that only a fault leads to; it has no names yet. thread: its label, "" where one thread makes all calls. */
size_t hf__sweep_sites_add(hf__sweep_sites *sites, hf_method method, uint64_t key, hf_text thread, const uint64_t *frames, uint32_t frame_count);
/* Names the sites from that one on; all of them have calls, or none has. traces: those that the sites were learnt from. */
typedef struct hf__sweep_traces {
    size_t count;
    const hf_trace *const *items;
} hf__sweep_traces;
void hf__sweep_sites_name(hf__sweep_traces traces, const hf_string_list *wrapping, hf__sweep_sites *sites, size_t from);
/* The site key of a call that has a stack. */
uint64_t hf__sweep_site_key(const hf_trace *trace, const hf_event *event);

#endif
