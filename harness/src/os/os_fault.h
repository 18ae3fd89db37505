/* SPDX-License-Identifier: MIT
 * Touches of memory that may not be touched, as the host must see them for its guard pages. On Linux SIGSEGV, on Windows not needed: the
 * system has guard pages itself.
 *
 * The handler is put in front of whatever the program has set, and passes on to it what is not the host's, and what the host says that
 * the program shall see, in the same context and with the same mask as if it had never been there.
 *
 * Threads: hf__os_watch_faults is thread-safe; `ask` runs inside a signal handler on the touching thread.
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

#endif
