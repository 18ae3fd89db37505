/* SPDX-License-Identifier: MIT
 * The managed programs that drive the model: tables of statements, each of which computes a value or throws. What a program computes goes into
 * its digest; where its objects lie, how often was collected and what was retried inside the runtime does not.
 *
 * Threads: a program runs on one thread; the statement that starts others waits for them.
 */
#ifndef CLR_PROGRAM_H
#define CLR_PROGRAM_H

#include "clr.h"

typedef struct clr_program_options {
    uint32_t threads; /* of the statement that starts threads */
    bool turns;       /* those threads take turns, so that runs repeat */
    bool retry;       /* a statement that ran out of memory is tried once more after GC.Collect() */
} clr_program_options;

/* One run of a program. */
typedef struct clr_program_run {
    clr_thread *thread;
    const clr_program_options *options;
    uint32_t lost; /* domains and threads that ended by exception while the program went on */
} clr_program_run;

typedef bool clr_statement_body(clr_program_run *run, uint32_t index, uint64_t *value);
typedef struct clr_statement {
    const char *name;
    clr_statement_body *body;
    uint32_t repeat;
} clr_statement;

typedef struct clr_program {
    const char *name;
    const clr_statement *statements;
    size_t count;
} clr_program;

/* The program of that name, NULL if there is none. */
const clr_program *clr_program_by_name(const char *name);
/* Runs the statements in order until one throws; the exception is then pending on the thread. */
void clr_program_execute(const clr_program *program, clr_program_run *run);

/* Managed code calling into the runtime: the same, with the escalation policy at the boundary. */
bool clr_managed(clr_thread *thread, bool done);
clr_handle clr_managed_new(clr_thread *thread, clr_type type, size_t payload_bytes);
/* Compiles and runs. */
bool clr_managed_call(clr_thread *thread, clr_domain *domain, uint32_t id, clr_method_kind kind, uint64_t *value);
uint64_t clr_mix(uint64_t digest, uint64_t value);

/* clr_statements.c, clr_statements_domain.c */
clr_statement_body clr_load_types, clr_use_huge_array;
clr_statement_body clr_say_hello, clr_build_list, clr_fill_arrays, clr_use_large_arrays, clr_keep_cache, clr_make_finalizable, clr_call_collect;
clr_statement_body clr_call_methods, clr_call_dynamic, clr_call_far, clr_handle_overflow, clr_load_assembly;
clr_statement_body clr_use_domain, clr_hold_lock, clr_hold_constrained, clr_start_threads;

#endif
