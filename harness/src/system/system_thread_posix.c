/* SPDX-License-Identifier: MIT
 * The tool's own threads on POSIX systems.
 */
#include "system_thread.h"

#include <pthread.h>

#include "base_poison.h"

#define STACK_ENOUGH ((size_t)1 << 20)

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
    pthread_attr_t with_stack;
    size_t stack_bytes = 0;
    if (pthread_attr_init(&with_stack) != 0)
        return false;
    if (pthread_attr_getstacksize(&with_stack, &stack_bytes) == 0 && stack_bytes < STACK_ENOUGH)
        (void)pthread_attr_setstacksize(&with_stack, STACK_ENOUGH); /* the default is the limit of the stack: see hf__system_tool_with_stack */
    bool is_started = pthread_create((pthread_t *)(void *)&thread->handle, &with_stack, begin, thread) == 0;
    (void)pthread_attr_destroy(&with_stack);
    return is_started;
}

void hf__system_thread_join(hf_system_thread *thread)
{
    (void)pthread_join((pthread_t)thread->handle, NULL);
}
