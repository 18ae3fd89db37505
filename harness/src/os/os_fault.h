/* SPDX-License-Identifier: MIT
 * Faults at pages without access: the host must see them to implement guard pages. On Linux they are SIGSEGV. Windows has guard pages of its own;
 * there the host only tells of an access that it put a page in the way of, and the answer is not looked at.
 *
 * Our handler is installed before whatever handler the program has. It passes on every fault that is not the host's, and those that the host wants
 * the program to see, with the context and the signal mask that the program would have had without us.
 *
 * Threads: hf__os_watch_faults is thread-safe; `ask` runs inside a signal handler on the faulting thread.
 */
#ifndef HF_OS_FAULT_H
#define HF_OS_FAULT_H

#include <stdbool.h>
#include <stdint.h>

typedef enum hf_fault_answer {
    HF_FAULT_NOT_OURS, /* the program's own business */
    HF_FAULT_AGAIN,    /* the page may be touched now, nobody needs to know */
    HF_FAULT_TELL      /* ours: the program must be told, as of a guard page */
} hf_fault_answer;

/* is_fatal: the program has no handler, so telling it ends it. */
typedef hf_fault_answer hf_fault_question(uintptr_t address, bool is_fatal);

/* From now on asks about each touch. Calling it again puts the handler back in front if the program has set its own in between. 0 or an error
 * code. */
int hf__os_watch_faults(hf_fault_question *ask);

/* A fault of the processor's: SIGSEGV, SIGBUS, SIGILL or SIGFPE. */
typedef struct hf_fault_seen {
    int signal;
    bool has_address; /* of the access */
    bool returned;    /* the program's handler has returned; else it is about to be called */
    uintptr_t address;
} hf_fault_seen;
typedef void hf_fault_witness(const hf_fault_seen *seen);
/* From now on tells, inside the signal handler, of faults that a handler of the program's is called for. Handlers that it sets later are seen from
 * the next call on. errno stays as it was. On Windows it does nothing. */
void hf__os_witness_faults(hf_fault_witness *tell);

#endif
