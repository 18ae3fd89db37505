/* SPDX-License-Identifier: MIT
 * Processes under test on Windows. Each is started suspended and put into its own job before its first instruction, so that everything it starts
 * belongs to it, ends with it, and ends with this process, even if this process is killed. It inherits only its three standard handles.
 *
 * Windows cannot switch off address randomisation for a single process, or limit the size of a file.
 */
#include "system_process.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_error.h"
#include "system_command_windows.h"
#include "os_file.h"
#include "os_hook.h"
#include "os_text_windows.h"
#include "os_thread.h"
#include "system_tool.h"
#include "system_tracer_windows.h"

#include <errno.h>
#include <psapi.h>
#include <string.h>

#include "base_poison.h"

#ifndef ERROR_ELEVATION_REQUIRED /* not in the oldest headers of mingw-w64 */
#define ERROR_ELEVATION_REQUIRED 740
#endif
#define KILL_WAIT_MS 5000u
#define CAPTURE_STEP_MS 20u
#define PLAIN_HEAP "_NO_DEBUG_HEAP=1" /* a debugged process would get a different heap */
#define ENDED_BY_US 197u
#define SHARE_ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

struct hf_process {
    HANDLE process, job;
    DWORD pid;
    hf_tracer *tracer; /* NULL: it is not traced */
    bool ended;
    hf_process_end end;
};

/* Everything that CreateProcess needs. */
typedef struct launch {
    const hf_spawn *spawn;
    char *program;
    wchar_t *command, *environment;
    hf_wide path, folder;
    HANDLE streams[3];
    LPPROC_THREAD_ATTRIBUTE_LIST attributes;
} launch;

static HANDLE open_stream(const char *path, DWORD access, DWORD how)
{
    SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
    hf_wide wide;
    if (hf__os_wide_path(path != NULL ? path : "NUL", &wide))
        return CreateFileW(wide.text, access, SHARE_ALL, &inherited, path != NULL ? how : OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);
    SetLastError(ERROR_INVALID_NAME);
    return INVALID_HANDLE_VALUE;
}

static hf_status open_output(const char *path, HANDLE *out, hf_error *err)
{
    *out = open_stream(path, FILE_APPEND_DATA | SYNCHRONIZE, OPEN_ALWAYS);
    if (*out != INVALID_HANDLE_VALUE)
        return HF_OK;
    return HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "%s cannot be opened for writing", path != NULL ? path : "NUL");
}

static hf_status open_streams(launch *with, HANDLE captured, hf_error *err)
{
    const hf_spawn *spawn = with->spawn;
    with->streams[0] = open_stream(spawn->stdin_path, GENERIC_READ, OPEN_EXISTING);
    if (with->streams[0] == INVALID_HANDLE_VALUE)
        return HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "%s cannot be read", spawn->stdin_path != NULL ? spawn->stdin_path : "NUL");
    hf_status status = HF_OK;
    if (captured == NULL)
        status = open_output(spawn->stdout_path, &with->streams[1], err);
    else if (!DuplicateHandle(GetCurrentProcess(), captured, GetCurrentProcess(), &with->streams[1], 0, TRUE, DUPLICATE_SAME_ACCESS))
        status = HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "its output cannot be kept");
    return status == HF_OK ? open_output(spawn->stderr_path, &with->streams[2], err) : status;
}

static void clear_launch(launch *with)
{
    for (int i = 0; i < 3; i++) {
        if (with->streams[i] != INVALID_HANDLE_VALUE)
            CloseHandle(with->streams[i]);
    }
    if (with->attributes != NULL)
        DeleteProcThreadAttributeList(with->attributes);
    hf__free(with->attributes);
    hf__free(with->command);
    hf__free(with->environment);
    hf__free(with->program);
}

/* Only the three streams are inherited, whatever other threads have open at this time. */
static bool list_handles(launch *with)
{
    SIZE_T bytes = 0;
    (void)InitializeProcThreadAttributeList(NULL, 1, 0, &bytes);
    with->attributes = hf__allocate(bytes, 1);
    return InitializeProcThreadAttributeList(with->attributes, 1, 0, &bytes) &&
           UpdateProcThreadAttribute(with->attributes, 0, PROC_THREAD_ATTRIBUTE_HANDLE_LIST, (void *)with->streams, sizeof with->streams, NULL, NULL);
}

static hf_status prepare(launch *with, hf_error *err)
{
    const hf_spawn *spawn = with->spawn;
    with->command = hf__system_command_line(spawn->arguments);
    with->environment = hf__system_environment_block(spawn->environment, spawn->look != NULL ? PLAIN_HEAP : NULL);
    bool sound = with->command != NULL && with->environment != NULL && hf__os_wide_path(with->program, &with->path);
    if (!sound)
        return HF_FAIL(err, HF_ERROR_ARGUMENT, "%s: its path, arguments or environment are not UTF-8, or too long", with->program);
    if (spawn->folder != NULL && (!hf__os_is_folder(spawn->folder) || !hf__os_wide_path(spawn->folder, &with->folder)))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s cannot start: its working directory %s is not a directory", with->program, spawn->folder);
    return list_handles(with) ? HF_OK : HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "cannot start a process");
}

static hf_status fail_start(const char *program, DWORD error, hf_error *err)
{
    switch (error) {
    case ERROR_BAD_EXE_FORMAT:
    case ERROR_EXE_MACHINE_TYPE_MISMATCH:
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s is not a program for this machine; put a script's interpreter before it (cmd /c, node)", program);
    case ERROR_ELEVATION_REQUIRED: return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s needs an administrator: start hostfault as one", program);
    case ERROR_ACCESS_DENIED: return HF_FAIL(err, HF_ERROR_NOT_FOUND, "%s may not be run by this user", program);
    default: return HF_FAIL_SYSTEM(err, hf__os_code_of(error), "%s cannot start (Windows error %lu)", program, (unsigned long)error);
    }
}

static HANDLE make_job(const hf_spawn *spawn)
{
    HANDLE job = CreateJobObjectW(NULL, NULL);
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits;
    memset(&limits, 0, sizeof limits);
    /* DIE_ON_UNHANDLED_EXCEPTION: no error dialog that waits for a user (documentation: JOBOBJECT_BASIC_LIMIT_INFORMATION). */
    limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    if (spawn->memory_limit != 0)
        limits.BasicLimitInformation.LimitFlags |= JOB_OBJECT_LIMIT_PROCESS_MEMORY;
    limits.ProcessMemoryLimit = (SIZE_T)spawn->memory_limit;
    if (job == NULL || SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits))
        return job;
    CloseHandle(job);
    return NULL;
}

/* The next processor that this process may use, in turn. */
static DWORD_PTR choose_cpu(void)
{
    static LONG turn;
    DWORD_PTR own = 0, all = 0;
    if (!GetProcessAffinityMask(GetCurrentProcess(), &own, &all) || own == 0)
        return 0;
    LONG skip = (InterlockedIncrement(&turn) - 1) % (LONG)hf__system_cpu_count();
    for (; skip > 0; skip--)
        own &= own - 1;
    return own & (~own + 1);
}

static hf_status put_hook(const launch *with, HANDLE process, hf_error *err)
{
    hf_wide path;
    if (with->spawn->hook == NULL)
        return HF_OK;
    if (!hf__os_file_exists(with->spawn->hook) || !hf__os_wide_path(with->spawn->hook, &path))
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "there is no hook at %s; it belongs beside hostfault.exe", with->spawn->hook);
    return hf__os_hook_load(process, path.text, err);
}

static bool is_looked_at(const hf_spawn *spawn)
{
    return spawn->look != NULL && !spawn->foreground;
}

/* With a hook, it is debugged only from here on: while the hook is loaded, nothing would continue the process after its events. */
static hf_status take_process(hf_process *process, const launch *with, const PROCESS_INFORMATION *made, hf_error *err)
{
    process->process = made->hProcess;
    process->pid = made->dwProcessId;
    process->job = make_job(with->spawn);
    bool held = process->job != NULL && AssignProcessToJobObject(process->job, made->hProcess);
    if (held && with->spawn->pin)
        (void)SetProcessAffinityMask(made->hProcess, choose_cpu());
    DWORD error = GetLastError();
    hf_status status = held ? put_hook(with, made->hProcess, err) : HF_OK;
    if (status == HF_OK && is_looked_at(with->spawn) && (with->spawn->hook == NULL || DebugActiveProcess(made->dwProcessId)))
        process->tracer = hf__system_tracer_create(made->dwProcessId, with->spawn->look, with->spawn->look_user);
    if (held && status == HF_OK && ResumeThread(made->hThread) != (DWORD)-1)
        return HF_OK;
    TerminateProcess(made->hProcess, ENDED_BY_US);
    return status != HF_OK ? status : HF_FAIL_SYSTEM(err, hf__os_code_of(error), "%s cannot be put into a job of its own", with->program);
}

static hf_status start_with(launch *with, hf_process **out, hf_error *err)
{
    STARTUPINFOEXW facts = {.StartupInfo = {.cb = sizeof facts, .dwFlags = STARTF_USESTDHANDLES}, .lpAttributeList = with->attributes};
    facts.StartupInfo.hStdInput = with->streams[0];
    facts.StartupInfo.hStdOutput = with->streams[1];
    facts.StartupInfo.hStdError = with->streams[2];
    /* CREATE_NEW_PROCESS_GROUP: Ctrl-C in the console does not reach the program (documentation: process creation flags). */
    DWORD flags = CREATE_SUSPENDED | CREATE_UNICODE_ENVIRONMENT | CREATE_NEW_PROCESS_GROUP | EXTENDED_STARTUPINFO_PRESENT;
    if (is_looked_at(with->spawn) && with->spawn->hook == NULL)
        flags |= DEBUG_ONLY_THIS_PROCESS;
    PROCESS_INFORMATION made;
    const wchar_t *folder = with->spawn->folder != NULL ? with->folder.text : NULL;
    if (!CreateProcessW(with->path.text, with->command, NULL, NULL, TRUE, flags, with->environment, folder, &facts.StartupInfo, &made))
        return fail_start(with->program, GetLastError(), err);
    hf_process *process = hf__allocate(1, sizeof *process);
    hf_status status = take_process(process, with, &made, err);
    CloseHandle(made.hThread);

    if (status == HF_OK)
        *out = process;
    else
        hf__system_process_destroy(process);
    return status;
}

static hf_status start(const hf_spawn *spawn, HANDLE captured, hf_process **out, hf_error *err)
{
    launch with = {.spawn = spawn, .streams = {INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE, INVALID_HANDLE_VALUE}};
    *out = NULL;
    hf_status status = hf__system_program_find(spawn->program, &with.program, err);
    if (status == HF_OK)
        status = open_streams(&with, captured, err);
    if (status == HF_OK)
        status = prepare(&with, err);
    if (status == HF_OK)
        status = start_with(&with, out, err);
    clear_launch(&with);
    return status;
}

hf_status hf__system_process_start(const hf_spawn *spawn, hf_process **out, hf_error *err)
{
    return start(spawn, NULL, out, err);
}

int64_t hf__system_process_pid(const hf_process *process)
{
    return (int64_t)process->pid;
}

static void learn_end(hf_process *process)
{
    DWORD status = 0;
    const char *name = NULL;
    process->ended = true;
    (void)GetExitCodeProcess(process->process, &status);
    int signal = hf__system_exception_of(status, &name);
    process->end = (hf_process_end){.exited = signal == 0, .status = signal != 0 ? signal : (int)status};
    process->end.exception = signal != 0 ? status : 0;
    process->end.exception_name = name;
}

bool hf__system_process_wait(hf_process *process, uint64_t timeout_us, hf_process_end *end)
{
    uint64_t timeout = (timeout_us + 999) / 1000;
    DWORD timeout_ms = timeout < INFINITE ? (DWORD)timeout : INFINITE - 1;
    bool lets_end = process->ended || process->tracer == NULL || hf__system_tracer_wait(process->tracer, timeout_ms);
    if (lets_end && process->tracer != NULL) /* it ends as soon as its last event is answered */
        timeout_ms = KILL_WAIT_MS;
    if (!process->ended && lets_end && WaitForSingleObject(process->process, timeout_ms) == WAIT_OBJECT_0)
        learn_end(process);
    if (process->ended)
        *end = process->end;
    return process->ended;
}

bool hf__system_process_is_traced(const hf_process *process)
{
    return process->tracer != NULL;
}

void hf__system_process_halt(hf_process *process)
{
    if (process->tracer != NULL)
        hf__system_tracer_halt(process->tracer);
}

static DWORD active_processes(HANDLE job)
{
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION facts;
    return QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &facts, sizeof facts, NULL) ? facts.ActiveProcesses : 0;
}

void hf__system_process_end_all(hf_process *process, hf_process_end *end)
{
    hf_process_end ignored;
    if (process->job != NULL) {
        if (!hf__system_process_wait(process, 0, &ignored) || active_processes(process->job) > 0)
            (void)TerminateJobObject(process->job, ENDED_BY_US);
        (void)hf__system_process_wait(process, KILL_WAIT_MS * 1000u, &ignored);
        for (unsigned i = 0; i < KILL_WAIT_MS && active_processes(process->job) > 0; i++)
            Sleep(1);
        CloseHandle(process->job);
        process->job = NULL;
    } else if (process->process != NULL && !hf__system_process_wait(process, 0, &ignored)) { /* adopted */
        (void)TerminateProcess(process->process, ENDED_BY_US);
        (void)hf__system_process_wait(process, KILL_WAIT_MS * 1000u, &ignored);
    }
    if (end != NULL)
        *end = process->end;
}

void hf__system_process_end_group(hf_process *process, hf_process_end *end)
{
    hf__system_process_end_all(process, end);
}

void hf__system_process_destroy(hf_process *process)
{
    if (process == NULL)
        return;
    hf__system_process_end_all(process, NULL);
    if (process->process != NULL)
        CloseHandle(process->process);
    hf__system_tracer_destroy(process->tracer);
    hf__free(process);
}

hf_status hf__system_process_adopt(int64_t pid, hf_process **out, hf_error *err)
{
    *out = NULL;
    HANDLE handle = OpenProcess(SYNCHRONIZE | PROCESS_TERMINATE | PROCESS_QUERY_LIMITED_INFORMATION, FALSE, (DWORD)pid);
    if (handle == NULL)
        return HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "process %lld cannot be watched", (long long)pid);
    hf_process *process = hf__allocate(1, sizeof *process);
    process->process = handle;
    process->pid = (DWORD)pid;
    *out = process;
    return HF_OK;
}

/* How it ends is seen through its handle. */
hf_status hf__system_process_adopt_foreign(int64_t pid, hf_look *look, void *look_user, hf_process **out, hf_error *err)
{
    (void)look;
    (void)look_user;
    return hf__system_process_adopt(pid, out, err);
}

void hf__system_process_wait_any(hf_process *const *processes, size_t count, uint64_t timeout_us)
{
    HANDLE watched[MAXIMUM_WAIT_OBJECTS];
    DWORD watched_count = 0;
    HF_ASSERT(count <= HF_OS_WAIT_MAX);
    for (size_t i = 0; i < count && watched_count < MAXIMUM_WAIT_OBJECTS; i++)
        watched[watched_count++] = processes[i]->process;
    (void)WaitForMultipleObjects(watched_count, watched, FALSE, (DWORD)((timeout_us + 999) / 1000));
}

uint64_t hf__system_process_resident(const hf_process *process)
{
    PROCESS_MEMORY_COUNTERS facts = {.cb = sizeof facts};
    return K32GetProcessMemoryInfo(process->process, &facts, sizeof facts) ? facts.WorkingSetSize : 0;
}

/* A file that is deleted when its handle is closed. *path_out: hf__free. */
static HANDLE make_captured(char **path_out)
{
    static LONG captures;
    hf_wide wide;
    char *path = hf__format("%s/hostfault-%lu-%ld", hf__system_temporary_folder(), (unsigned long)GetCurrentProcessId(),
                            (long)InterlockedIncrement(&captures));
    HANDLE file = INVALID_HANDLE_VALUE;
    if (hf__os_wide_path(path, &wide))
        file = CreateFileW(wide.text, GENERIC_READ | GENERIC_WRITE | DELETE, SHARE_ALL, NULL, CREATE_ALWAYS,
                           FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    *path_out = path;
    return file;
}

/* The program's input as a file; NULL: not requested. */
static HANDLE make_input(const hf_capture *capture, char **path_out)
{
    if (capture->input == NULL)
        return NULL;
    DWORD written = 0;
    HANDLE file = make_captured(path_out);
    if (file == INVALID_HANDLE_VALUE ||
        (WriteFile(file, capture->input, (DWORD)capture->input_bytes, &written, NULL) && written == capture->input_bytes))
        return file;
    DWORD why = GetLastError();
    CloseHandle(file);
    SetLastError(why);
    return INVALID_HANDLE_VALUE;
}

static hf_status fail_capture(const char *program, size_t max_bytes, hf_error *err)
{
    return HF_FAIL(err, HF_ERROR_LIMIT, "%s wrote more than %zu bytes", program, max_bytes);
}

static hf_status read_captured(HANDLE file, const char *program, hf_capture *capture, hf_error *err)
{
    LARGE_INTEGER length, start = {.QuadPart = 0};
    if (!GetFileSizeEx(file, &length) || (uint64_t)length.QuadPart > capture->max_bytes)
        return fail_capture(program, capture->max_bytes, err);
    char *text = hf__allocate((size_t)length.QuadPart + 1, 1);
    DWORD got = 0;
    if (!SetFilePointerEx(file, start, NULL, FILE_BEGIN) || !ReadFile(file, text, (DWORD)length.QuadPart, &got, NULL)) {
        hf__free(text);
        return HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "the output of %s cannot be read", program);
    }
    capture->text = text;
    capture->size_bytes = got;
    return HF_OK;
}

static bool wrote_more(HANDLE file, size_t max_bytes)
{
    LARGE_INTEGER length;
    return GetFileSizeEx(file, &length) && (uint64_t)length.QuadPart > max_bytes;
}

/* The size of a file cannot be limited, so it is checked regularly. */
static hf_status wait_captured(hf_process *process, const char *program, HANDLE file, hf_capture *capture, hf_error *err)
{
    for (uint32_t spent = 0; spent < capture->timeout_ms; spent += CAPTURE_STEP_MS) {
        if (hf__system_process_wait(process, CAPTURE_STEP_MS * 1000u, &capture->end))
            return HF_OK;
        if (wrote_more(file, capture->max_bytes))
            return fail_capture(program, capture->max_bytes, err);
    }
    return HF_FAIL(err, HF_ERROR_LIMIT, "%s did not end within %u ms", program, capture->timeout_ms);
}

static void close_file(HANDLE file)
{
    if (file != NULL && file != INVALID_HANDLE_VALUE)
        CloseHandle(file);
}

hf_status hf__system_process_capture(const hf_spawn *spawn, hf_capture *capture, hf_error *err)
{
    capture->text = NULL;
    capture->size_bytes = 0;
    char *input_path = NULL, *path = NULL;
    HANDLE file = make_captured(&path);
    HANDLE input = file != INVALID_HANDLE_VALUE ? make_input(capture, &input_path) : NULL;
    hf_process *process = NULL;
    hf_spawn with = *spawn;
    with.stdin_path = input_path != NULL ? input_path : spawn->stdin_path;
    hf_status status = HF_OK;
    if (file == INVALID_HANDLE_VALUE || input == INVALID_HANDLE_VALUE)
        status = HF_FAIL_SYSTEM(err, hf__os_code_of(GetLastError()), "not enough memory for the input and output of %s", spawn->program);

    if (status == HF_OK)
        status = start(&with, file, &process, err);
    if (status == HF_OK)
        status = wait_captured(process, spawn->program, file, capture, err);
    hf__system_process_destroy(process);
    if (status == HF_OK)
        status = read_captured(file, spawn->program, capture, err);
    close_file(input);
    close_file(file);
    hf__free(input_path);
    hf__free(path);
    return status;
}
