/* SPDX-License-Identifier: MIT
 * Keeps what a sweep has in memory small: large blocks lie in files (heap_spill.h), and a thread lets them rest several times a second. So what is in
 * memory is what was used in the last moments, whichever code goes through an array and in whichever order.
 *
 * Threads: one at a time in a process takes effect; a second one only changes the folder.
 */
#ifndef HF_SYSTEM_REST_H
#define HF_SYSTEM_REST_H

#include "heap_attempt.h"
#include "system_thread.h"

#include <stdbool.h>
#include <stdint.h>

/* Zeroed: not begun. */
typedef struct hf_system_rest {
    hf_system_thread thread;
    bool has_thread;
    uint32_t is_over;
    hf_heap_guard guard;
} hf_system_rest;

/* It must stay where it is. If the system starts no thread, blocks lie in memory. */
void hf__system_rest_begin(hf_system_rest *rest, const char *folder);
/* Fine if it has not begun. */
void hf__system_rest_end(hf_system_rest *rest);

#endif
