/* SPDX-License-Identifier: MIT
 * Starting, watching and ending a process under test. For the tool only.
 *
 * A child gets a session of its own (setsid), so that everything it starts can be ended with it; it dies with the tool; its core
 * files are off; address randomisation is off where the system allows; it inherits no descriptor but its three standard ones.
 *
 * What a child starts can outlive it, fork itself into the background and leave its session. On Linux the first start therefore makes this
 * process a "child subreaper": such orphans become our children, and hf__system_process_end_all finds them there. A child of this process
 * that was not started here is only taken for an orphan if it has left this process's own session.
 *
 * Threads: distinct processes may be handled in parallel. On Linux a child dies with the thread that started it, so that thread must
 * stay until the child's end.
 */
#ifndef HF_SYSTEM_PROCESS_H
#define HF_SYSTEM_PROCESS_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stdint.h>

/* A thread of a traced process that stands still, with its registers and memory as they are. */
typedef struct hf_stall {
    int64_t process, thread; /* the system's numbers */
    int signal;              /* of which the process is dying; 0: it was halted */
    bool has_address;        /* `address` is where the access went that the signal is for */
    uint64_t address;
} hf_stall;
typedef void hf_look(const hf_stall *at, void *user);

typedef struct hf_spawn {
    const char *program;            /* a path, or a name that is looked for in PATH */
    const char *const *arguments;   /* with the program's name first; ended by NULL */
    const char *const *environment; /* NAME=VALUE, the whole of it; ended by NULL */
    const char *mark;               /* entry of the environment that only this process and what it starts have; NULL: none */
    const char *folder;             /* to start in; NULL: this process's own */
    const char *stdin_path;         /* NULL: nothing to read */
    const char *stdout_path;        /* created, appended to: whoever cuts the file while it runs leaves no hole. NULL: thrown away */
    const char *stderr_path;        /* the same */
    uint64_t memory_limit;          /* bytes that it can write and shares with nobody, touched or not; only reserved ones do not count. 0 none */
    uint64_t file_limit;            /* bytes of any file it writes, 0 none */
    const char *hook; /* a DLL that is put into it before its first instruction; NULL: none. On Windows alone, see hf__system_hook_check */
    bool keep_randomisation;
    bool pin;        /* to one CPU */
    bool foreground; /* it keeps this process's session, terminal and standard descriptors, whatever the paths above say: for a debugger */
    /* NULL, or: the process is traced, which changes nothing for it but time (signals, new threads and the ends of threads take longer). Called by
     * hf__system_process_wait when it is dying of a signal that reached it, and by hf__system_process_halt, on the thread that started the process,
     * which must be the one that waits and halts. On Linux through ptrace, on Windows as its debugger; other processes that it starts are not traced.
     */
    hf_look *look;
    void *look_user;
} hf_spawn;

typedef struct hf_process hf_process;

/* How a process ended. On Windows an exception is what a signal is here: `status` is the signal of the same meaning then. */
typedef struct hf_process_end {
    bool exited;
    int status; /* exit status, or signal number */
    bool dumped;
    uint32_t exception;         /* its number; 0: none */
    const char *exception_name; /* what the system calls it; NULL: only the number is known. Static text */
} hf_process_end;

/* HF_ERROR_NOT_FOUND: no such program or folder, or not executable; HF_ERROR_SYSTEM otherwise. When it returns HF_OK the program's exec
 * succeeded. */
HF_CHECK_RESULT hf_status hf__system_process_start(const hf_spawn *spawn, hf_process **out, hf_error *err);
int64_t hf__system_process_pid(const hf_process *process);
/* Waits up to timeout_us (0: only looks) without using the processor. True when it has ended, *end filled in. */
bool hf__system_process_wait(hf_process *process, uint64_t timeout_us, hf_process_end *end);
/* Is it traced? Not every system permits it (container profiles, kernel.yama.ptrace_scope). */
bool hf__system_process_is_traced(const hf_process *process);
/* Stops a traced process for good and shows each of its threads. It is to be ended then. */
void hf__system_process_halt(hf_process *process);
/* Ends the process and everything it started, and reaps it. Fine after its end, and twice. *end (may be NULL) is how the process itself ended. */
void hf__system_process_end_all(hf_process *process, hf_process_end *end);
/* As above, but what left its process group is only looked for if somebody is left in that: for one that has most likely started nothing. */
void hf__system_process_end_group(hf_process *process, hf_process_end *end);
/* Ends it first if that has not been done. NULL is fine. */
void hf__system_process_destroy(hf_process *process);

/* A process that another one started (on Linux: made a child of this process's, os_fork.h), to be watched and ended as if it had been started here.
 */
HF_CHECK_RESULT hf_status hf__system_process_adopt(int64_t pid, hf_process **out, hf_error *err);
/* The same of a process that is another one's child, and stays that. On Linux it is traced for it, as spawn's `look` says, since only a tracer is
 * told how such a process ends; where that is not permitted: HF_ERROR_STATE. */
HF_CHECK_RESULT hf_status hf__system_process_adopt_foreign(int64_t pid, hf_look *look, void *look_user, hf_process **out, hf_error *err);
/* Sleeps until one of them has ended, at most so long. At most HF_OS_WAIT_MAX. */
#define HF_OS_WAIT_MAX 65u
void hf__system_process_wait_any(hf_process *const *processes, size_t count, uint64_t timeout_us);
/* Bytes of it that are in memory; 0: not known. */
uint64_t hf__system_process_resident(const hf_process *process);

typedef struct hf_capture {
    uint32_t timeout_ms;
    size_t max_bytes;
    const char *input; /* what it reads from stdin, instead of spawn's stdin_path, input_bytes long; NULL: that */
    size_t input_bytes;
    char *text; /* what the program wrote to stdout, NUL-terminated; hf__free */
    size_t size_bytes;
    hf_process_end end;
} hf_capture;
/* Runs a program to its end, or ends it after timeout_ms, and fills in what it wrote, at most max_bytes, and how it ended.
 * stdout_path and file_limit of spawn are not used, nor stdin_path with an input. Errors as hf__system_process_start; HF_ERROR_LIMIT: it did not end
 * in time, or wrote more. */
HF_CHECK_RESULT hf_status hf__system_process_capture(const hf_spawn *spawn, hf_capture *capture, hf_error *err);

/* Are there hooks on this system? */
bool hf__system_has_hooks(void);
/* Can a hook be put into this program? HF_ERROR_NOT_FOUND: not into this one, or into none on this system. */
HF_CHECK_RESULT hf_status hf__system_hook_check(const char *program, hf_error *err);

/* Does the system start this program file with rights that its user has not: those of another user or group, or a file's capabilities? Always false
 * on Windows. */
bool hf__system_is_run_with_privileges(const char *program);
/* Does the system keep a process from having its calls watched by another (seccomp user notification)? 0: no; else the error code. */
int hf__system_refuses_to_watch(void);

/* Where in PATH (or as a path) a program is, absolute; HF_ERROR_NOT_FOUND. *out: hf__free. */
HF_CHECK_RESULT hf_status hf__system_program_find(const char *name, char **out, hf_error *err);
/* The running program's own path. */
HF_CHECK_RESULT hf_status hf__system_program_path(char **out, hf_error *err);

#endif
