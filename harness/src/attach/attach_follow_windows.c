/* SPDX-License-Identifier: MIT
 * Processes that the program starts, on request: each is started suspended, gets the hook in the same way, and continues. If one cannot be hooked, it
 * runs on without, and the reason goes to stderr.
 */
#include "attach_call_windows.h"
#include "attach_calls_windows.h"
#include "base_text.h"
#include "os_hook.h"
#include "os_thread.h"

#include <string.h>

#include "base_poison.h"

#define PATH_CHARACTERS 1024u

typedef BOOL WINAPI create_w(LPCWSTR, LPWSTR, LPSECURITY_ATTRIBUTES, LPSECURITY_ATTRIBUTES, BOOL, DWORD, LPVOID, LPCWSTR, LPSTARTUPINFOW,
                             LPPROCESS_INFORMATION);
typedef BOOL WINAPI create_a(LPCSTR, LPSTR, LPSECURITY_ATTRIBUTES, LPSECURITY_ATTRIBUTES, BOOL, DWORD, LPVOID, LPCSTR, LPSTARTUPINFOA,
                             LPPROCESS_INFORMATION);
static struct {
    create_w *CreateProcessW;
    create_a *CreateProcessA;
} real;

static wchar_t own_path[PATH_CHARACTERS];

bool hf__attach_hook_follow(HINSTANCE self)
{
    const char *under = hf__os_environment("HF_HOOK");
    DWORD length = GetModuleFileNameW(self, own_path, PATH_CHARACTERS);
    return under != NULL && strstr(under, "children") != NULL && length > 0 && length < PATH_CHARACTERS;
}

static void complain(DWORD pid, const char *why)
{
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "hostfault: process %lu is not followed: %s\n", (unsigned long)pid, why);
    hf__os_complain(text);
    hf__os_add_u32_atomic(&hf__shim.session.control->others, 1);
}

static void follow(const PROCESS_INFORMATION *made, bool stays_suspended)
{
    hf_error err;
    BOOL is_32_bit = FALSE;
    if (IsWow64Process(made->hProcess, &is_32_bit) && is_32_bit)
        complain(made->dwProcessId, "it is a 32-bit process, and the hook is for 64 bits");
    else if (hf__os_hook_load(made->hProcess, own_path, &err) != HF_OK)
        complain(made->dwProcessId, err.message);
    if (!stays_suspended)
        ResumeThread(made->hThread);
}

/* What this thread does meanwhile is ours. */
#define FOLLOWED(function, ...)                                                                                                                      \
    if (hf__attach_hook_passes_by())                                                                                                                 \
        return real.function(__VA_ARGS__, flags, environment, folder, startup, made);                                                                \
    hf__attach_hook_inside(true);                                                                                                                    \
    BOOL done = real.function(__VA_ARGS__, flags | CREATE_SUSPENDED, environment, folder, startup, made);                                            \
    DWORD last_error = GetLastError();                                                                                                               \
    if (done)                                                                                                                                        \
        follow(made, (flags & CREATE_SUSPENDED) != 0);                                                                                               \
    hf__attach_hook_inside(false);                                                                                                                   \
    SetLastError(last_error);                                                                                                                        \
    return done

/* NOLINTNEXTLINE(readability-function-size): CreateProcessW */
static BOOL WINAPI create_process_w(LPCWSTR program, LPWSTR command, LPSECURITY_ATTRIBUTES process, LPSECURITY_ATTRIBUTES thread, BOOL inherits,
                                    DWORD flags, LPVOID environment, LPCWSTR folder, LPSTARTUPINFOW startup, LPPROCESS_INFORMATION made)
{
    FOLLOWED(CreateProcessW, program, command, process, thread, inherits);
}

/* NOLINTNEXTLINE(readability-function-size): CreateProcessA */
static BOOL WINAPI create_process_a(LPCSTR program, LPSTR command, LPSECURITY_ATTRIBUTES process, LPSECURITY_ATTRIBUTES thread, BOOL inherits,
                                    DWORD flags, LPVOID environment, LPCSTR folder, LPSTARTUPINFOA startup, LPPROCESS_INFORMATION made)
{
    FOLLOWED(CreateProcessA, program, command, process, thread, inherits);
}

#define HOOKS(row) row(CreateProcessW, create_process_w) row(CreateProcessA, create_process_a)
HF_STATIC_ASSERT((HOOKS(HF_HOOK_COUNT_ROW)) == HF_HOOK_FOLLOW_COUNT, "the header says how many");

void hf__attach_hook_follow_rows(hf__attach_redirection *at)
{
    HOOKS(HF_HOOK_FILL_ROW)
}
