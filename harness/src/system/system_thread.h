/* SPDX-License-Identifier: MIT
 * Threads of the tool's own. Waiting for each other is in os_thread.h.
 */
#ifndef HF_SYSTEM_THREAD_H
#define HF_SYSTEM_THREAD_H

#include <stdbool.h>

typedef struct hf_system_thread {
    void (*run)(void *argument);
    void *argument;
    void *handle; /* HANDLE, or pthread_t */
} hf_system_thread;

/* Starts a thread that calls run(argument); *thread must stay where it is until it is joined. False: the system starts no thread. */
bool hf__system_thread_start(hf_system_thread *thread, void (*run)(void *argument), void *argument);
void hf__system_thread_join(hf_system_thread *thread);

#endif
