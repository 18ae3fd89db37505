/* SPDX-License-Identifier: MIT
 * A second implementation of the design's counting and firing rules: a table over (rule, call) that is filled by looking at everything
 * that came before. It is deliberately slow and obvious. It may share only the type of the call with the engine, and no functions.
 */
#ifndef NAIVE_MODEL_H
#define NAIVE_MODEL_H

#include "engine.h"

#define NAIVE_RULES 3
#define NAIVE_CALLS 4

/* One call with its surroundings. */
typedef struct naive_call {
    hf_call call;
    char site; /* 'A' or 'B' */
} naive_call;

/* A rule, described by what it lets pass. */
typedef struct naive_rule {
    bool (*passes)(const naive_call *call); /* NULL: all of them */
    const char *ordinals;                   /* digits: the ordinals that fire */
    char per;                               /* 'r' run, 't' thread, 's' site */
    unsigned times;                         /* 0 any */
    int after, until;                       /* rule index, -1 none */
    uint64_t live_above;                    /* with has_live */
    bool has_live;
} naive_rule;

/* What the model says about one rule at one call. */
typedef struct naive_cell {
    bool counts, wants, fires;
    unsigned ordinal; /* if counts */
} naive_cell;

typedef struct naive_table {
    naive_cell cells[NAIVE_RULES][NAIVE_CALLS];
} naive_table;

/* Fills the table for these rules and calls. */
void naive_run(const naive_rule *rules, int rule_count, const naive_call *calls, int call_count, naive_table *table);

#endif
