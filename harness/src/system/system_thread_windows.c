/* SPDX-License-Identifier: MIT
 * The tool's own threads on Windows.
 */
#include "system_thread.h"
#include "os_text_windows.h"

#include <process.h>

#include "base_poison.h"

static unsigned __stdcall begin(void *given)
{
    hf_system_thread *thread = given;
    thread->run(thread->argument);
    return 0;
}

bool hf__system_thread_start(hf_system_thread *thread, void (*run)(void *argument), void *argument)
{
    *thread = (hf_system_thread){.run = run, .argument = argument};
    thread->handle = (void *)_beginthreadex(NULL, 0, begin, thread, 0, NULL);
    return thread->handle != NULL;
}

void hf__system_thread_join(hf_system_thread *thread)
{
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
}
