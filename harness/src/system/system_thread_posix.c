/* SPDX-License-Identifier: MIT
 * Threads of the tool's own on POSIX systems.
 */
#include "system_thread.h"

#include <pthread.h>

#include "base_poison.h"

_Static_assert(sizeof(pthread_t) == sizeof(void *), "a pthread_t fits the handle");

static void *begin(void *given)
{
    hf_system_thread *thread = given;
    thread->run(thread->argument);
    return NULL;
}

bool hf__system_thread_start(hf_system_thread *thread, void (*run)(void *argument), void *argument)
{
    *thread = (hf_system_thread){.run = run, .argument = argument};
    return pthread_create((pthread_t *)(void *)&thread->handle, NULL, begin, thread) == 0;
}

void hf__system_thread_join(hf_system_thread *thread)
{
    (void)pthread_join((pthread_t)thread->handle, NULL);
}
