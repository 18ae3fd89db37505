/* SPDX-License-Identifier: MIT
 * A debugger that passes everything on. An exception is reported twice: before the process's own handlers, when we ignore it, and again if none
 * of them handled it. Then the process dies of it, and the thread's registers and memory are still those of that moment.
 *
 * It answers only one exception: the break that the system itself makes when a debugged process starts.
 */
#include "system_tracer_windows.h"
#include "heap_alloc.h"
#include "system_command_windows.h"

#include "base_poison.h"

#define STATUS_BREAK 0x80000003u
#define STATUS_GUARD_PAGE 0x80000001u
#define STATUS_ACCESS 0xC0000005u
#define STATUS_IN_PAGE 0xC0000006u

struct hf_tracer {
    DWORD process;
    hf_look *look;
    void *user;
    bool shown, broke_in; /* a process dies once; the system's own break has come */
    DWORD *threads;       /* live threads, the first one first */
    size_t count, capacity;
};

hf_tracer *hf__system_tracer_create(DWORD process, hf_look *look, void *user)
{
    hf_tracer *self = hf__allocate(1, sizeof *self);
    *self = (hf_tracer){.process = process, .look = look, .user = user};
    return self;
}

static void add_thread(hf_tracer *self, DWORD id)
{
    HF_GROW(self->threads, self->count, self->capacity);
    self->threads[self->count++] = id;
}

static void drop_thread(hf_tracer *self, DWORD id)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->threads[i] != id)
            self->threads[kept++] = self->threads[i];
    }
    self->count = kept;
}

/* Only an access has an address, except one that no pointer can have: the processor does not report that. */
static bool has_address(const EXCEPTION_RECORD *exception)
{
    DWORD code = exception->ExceptionCode;
    bool is_access = code == STATUS_ACCESS || code == STATUS_IN_PAGE || code == STATUS_GUARD_PAGE;
    return is_access && exception->NumberParameters >= 2 && exception->ExceptionInformation[1] != (ULONG_PTR)-1;
}

static void show_death(hf_tracer *self, DWORD thread, const EXCEPTION_RECORD *exception)
{
    const char *name = NULL;
    if (self->shown)
        return;
    self->shown = true;
    hf_stall at = {.process = self->process, .thread = thread, .signal = hf__system_exception_of(exception->ExceptionCode, &name)};
    at.has_address = has_address(exception);
    if (at.has_address)
        at.address = exception->ExceptionInformation[1];
    self->look(&at, self->user);
}

static DWORD answer_exception(hf_tracer *self, DWORD thread, const EXCEPTION_DEBUG_INFO *info)
{
    if (info->dwFirstChance == 0)
        show_death(self, thread, &info->ExceptionRecord);
    if (self->broke_in || info->ExceptionRecord.ExceptionCode != STATUS_BREAK)
        return DBG_EXCEPTION_NOT_HANDLED;
    self->broke_in = true;
    return DBG_CONTINUE;
}

/* How the process continues after an event. */
static DWORD answer(hf_tracer *self, const DEBUG_EVENT *event)
{
    switch (event->dwDebugEventCode) {
    case EXCEPTION_DEBUG_EVENT: return answer_exception(self, event->dwThreadId, &event->u.Exception);
    case CREATE_PROCESS_DEBUG_EVENT:
        CloseHandle(event->u.CreateProcessInfo.hFile);
        add_thread(self, event->dwThreadId);
        break;
    case CREATE_THREAD_DEBUG_EVENT: add_thread(self, event->dwThreadId); break;
    case EXIT_THREAD_DEBUG_EVENT: drop_thread(self, event->dwThreadId); break;
    case LOAD_DLL_DEBUG_EVENT: CloseHandle(event->u.LoadDll.hFile); break;
    default: break;
    }
    return DBG_CONTINUE;
}

bool hf__system_tracer_wait(hf_tracer *self, DWORD timeout_ms)
{
    ULONGLONG until = GetTickCount64() + timeout_ms;
    for (;;) {
        DEBUG_EVENT event;
        ULONGLONG now = GetTickCount64();
        if (!WaitForDebugEvent(&event, now < until ? (DWORD)(until - now) : 0))
            return false;
        DWORD how = answer(self, &event);
        bool ended = event.dwProcessId == self->process && event.dwDebugEventCode == EXIT_PROCESS_DEBUG_EVENT;
        (void)ContinueDebugEvent(event.dwProcessId, event.dwThreadId, how);
        if (ended)
            return true;
    }
}

void hf__system_tracer_halt(hf_tracer *self)
{
    for (size_t i = 0; i < self->count; i++) {
        HANDLE thread = OpenThread(THREAD_SUSPEND_RESUME, FALSE, self->threads[i]);
        if (thread == NULL)
            continue;
        (void)SuspendThread(thread);
        CloseHandle(thread);
    }
    for (size_t i = 0; i < self->count && !self->shown; i++)
        self->look(&(hf_stall){.process = self->process, .thread = self->threads[i]}, self->user);
    self->shown = true;
}

void hf__system_tracer_destroy(hf_tracer *tracer)
{
    if (tracer == NULL)
        return;
    hf__free(tracer->threads);
    hf__free(tracer);
}
