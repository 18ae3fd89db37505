/* SPDX-License-Identifier: MIT
 * How a process died, observed from outside while it is halted (system_process.h): the signal, the address of the access, stacks.
 *
 * Threads: one thread per object.
 */
#ifndef HF_SYMBOL_DEATH_H
#define HF_SYMBOL_DEATH_H

#include "model_rule.h"
#include "system_process.h"

#define HF_DEATH_STACKS_MAX 16u

/* What a thread waits for. */
typedef struct hf__symbol_wait {
    uint32_t kind;  /* HF_WAIT_ */
    int64_t holder; /* the thread that has it, or that is to end */
    char name[96];  /* of a mutex: its variable, or where it is */
} hf__symbol_wait;

/* Frames as in a trace: what stands where the processor was, one byte on, as if it were the return address of that instruction. */
typedef struct hf__symbol_death_stack {
    int64_t thread;
    hf__symbol_wait wait;
    uint32_t count;
    uint64_t frames[HF_STACK_MAX];
} hf__symbol_death_stack;

/* Zero-initialised: nothing is known. */
typedef struct hf__symbol_death {
    int signal; /* 0: it was halted, or nothing is known */
    bool has_address;
    uint64_t address;
    size_t count;
    hf__symbol_death_stack stacks[HF_DEATH_STACKS_MAX]; /* the dying thread's; after a halt every thread's, the first thread's first */
} hf__symbol_death;

/* An hf_look; user is an hf__symbol_death. */
void hf__symbol_death_look(const hf_stall *at, void *user);
/* Appends the frames of one halted thread, as many as can be unwound; one implementation for each system. */
void hf__symbol_death_unwind(const hf_stall *at, hf__symbol_death_stack *stack);

#endif
