/* SPDX-License-Identifier: MIT
 * Threads, waiting, errors and time on Windows. Must never take a lock or use the heap.
 */
#include "os_thread.h"
#include "os_atomic.h"
#include "os_text_windows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <synchapi.h>

#include "base_poison.h"

uint32_t hf__os_thread_id(void)
{
    return GetCurrentThreadId();
}

bool hf__os_thread_alive(uint32_t id)
{
    HANDLE thread = OpenThread(SYNCHRONIZE | THREAD_QUERY_LIMITED_INFORMATION, FALSE, id);
    if (thread == NULL)
        return GetLastError() == ERROR_ACCESS_DENIED;
    bool is_alive = GetProcessIdOfThread(thread) == GetCurrentProcessId() && WaitForSingleObject(thread, 0) == WAIT_TIMEOUT;
    CloseHandle(thread);
    return is_alive;
}

int64_t hf__os_process_id(void)
{
    return (int64_t)GetCurrentProcessId();
}

bool hf__os_process_alive(int64_t pid)
{
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD)pid);
    bool alive = process != NULL ? WaitForSingleObject(process, 0) == WAIT_TIMEOUT : GetLastError() == ERROR_ACCESS_DENIED;
    if (process != NULL)
        CloseHandle(process);
    return alive;
}

bool hf__os_foreign_thread_alive(uint32_t thread)
{
    HANDLE opened = OpenThread(SYNCHRONIZE, FALSE, thread);
    bool alive = opened != NULL ? WaitForSingleObject(opened, 0) == WAIT_TIMEOUT : GetLastError() == ERROR_ACCESS_DENIED;
    if (opened != NULL)
        CloseHandle(opened);
    return alive;
}

/* WaitOnAddress is woken by threads of its own process alone; a word that another process changes has to be looked at. */
#define WAIT_STEP_MS 1u

void hf__os_wait(const uint32_t *word, uint32_t expected, uint32_t timeout_ms)
{
    DWORD kept = GetLastError();
    WaitOnAddress((volatile VOID *)(uintptr_t)word, &expected, sizeof expected, timeout_ms < WAIT_STEP_MS ? timeout_ms : WAIT_STEP_MS);
    SetLastError(kept);
}

void hf__os_wake(const uint32_t *word)
{
    WakeByAddressAll((PVOID)(uintptr_t)word);
}

void hf__os_yield(void)
{
    SwitchToThread();
}

void hf__os_sleep_us(uint64_t microseconds)
{
    DWORD kept = GetLastError();
    Sleep((DWORD)((microseconds + 999) / 1000));
    SetLastError(kept);
}

_Noreturn void hf__os_exit_now(int status)
{
    TerminateProcess(GetCurrentProcess(), (UINT)status);
    for (;;)
        Sleep(INFINITE);
}

void hf__os_complain(const char *text)
{
    DWORD kept = GetLastError(), written = 0;
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), text, (DWORD)strlen(text), &written, NULL);
    SetLastError(kept);
}

#define VARIABLES_MAX 16u
#define VARIABLE_BYTES 4096u

/* Read once, in UTF-8: the C library has it in the program's code page, which has no letters for most paths. */
const char *hf__os_environment(const char *name)
{
    static char names[VARIABLES_MAX][32], values[VARIABLES_MAX][VARIABLE_BYTES];
    static uint32_t count;
    uint32_t known = hf__os_load_u32(&count);

    for (uint32_t i = 0; i < known; i++) {
        if (strcmp(names[i], name) == 0)
            return values[i];
    }

    hf_wide wide, value;
    if (known == VARIABLES_MAX || strlen(name) >= sizeof names[0] || !hf__os_wide(name, &wide))
        return NULL;
    DWORD length = GetEnvironmentVariableW(wide.text, value.text, HF_WIDE_MAX);
    if (length == 0 || length >= HF_WIDE_MAX || hf__os_narrow(value.text, values[known], VARIABLE_BYTES) == 0)
        return NULL;
    memcpy(names[known], name, strlen(name) + 1);
    hf__os_store_u32(&count, known + 1);
    return values[known];
}

/* Windows has no program that gets more than its user from its file alone. */
bool hf__os_is_privileged(void)
{
    return false;
}

uint64_t hf__os_now_us(void)
{
    static uint64_t rate;
    LARGE_INTEGER now, hz;
    uint64_t per_second = hf__os_load_u64_relaxed(&rate);
    if (per_second == 0) {
        QueryPerformanceFrequency(&hz);
        per_second = (uint64_t)hz.QuadPart;
        hf__os_store_u64(&rate, per_second);
    }
    QueryPerformanceCounter(&now);
    uint64_t ticks = (uint64_t)now.QuadPart;
    return ticks / per_second * 1000000 + ticks % per_second * 1000000 / per_second;
}

uint64_t hf__os_counter_hz(void)
{
    static uint64_t known;
    uint64_t hz = hf__os_load_u64_relaxed(&known);
    if (hz != 0)
        return hz;
    uint64_t from_us = hf__os_now_us(), from = hf__os_counter();
    hf__os_sleep_us(10000);
    uint64_t ticks = hf__os_counter() - from, spent = hf__os_now_us() - from_us;
    hz = spent != 0 ? ticks * 1000000 / spent : 0;
    hf__os_store_u64(&known, hz);
    return hz;
}

/* Windows has no fork. */
void hf__os_on_fork_child(void (*handler)(void))
{
    (void)handler;
}

void hf__os_on_exit(void (*handler)(void))
{
    atexit(handler);
}

DWORD hf__os_last_error(void)
{
    return GetLastError();
}

void hf__os_set_last_error(DWORD code)
{
    SetLastError(code);
}

int hf__os_errno(void)
{
    return errno;
}

void hf__os_set_errno(int code)
{
    errno = code;
}

static void (*exit_handler)(void *);

static void NTAPI run_exit_handler(void *value)
{
    if (value != NULL)
        exit_handler(value);
}

/* Fiber-local storage calls back when a thread ends, without a DLL's entry point; a thread that never becomes a fiber has one slot all its life. */
bool hf__os_on_thread_exit(void (*handler)(void *), void *value)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    static DWORD slot = FLS_OUT_OF_INDEXES;
    BOOL is_first = FALSE;
    if (InitOnceBeginInitialize(&once, 0, &is_first, NULL) && is_first) {
        exit_handler = handler;
        slot = FlsAlloc(run_exit_handler);
        InitOnceComplete(&once, 0, NULL);
    }
    return slot != FLS_OUT_OF_INDEXES && FlsSetValue(slot, value);
}
