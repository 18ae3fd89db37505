/*
 * Starting, watching and ending a process under test. For the tool only.
 *
 * A child gets a session of its own (setsid), so that everything it starts can be ended with it; it dies with the tool; its core
 * files are off; address randomisation is off where the system allows.
 *
 * Threads: distinct processes may be handled in parallel.
 */
#ifndef HF_OS_PROCESS_H
#define HF_OS_PROCESS_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct hf_spawn {
    const char *program;            /* a path, or a name that is looked for in PATH */
    const char *const *arguments;   /* with the program's name first; ended by NULL */
    const char *const *environment; /* NAME=VALUE, the whole of it; ended by NULL */
    const char *folder;             /* to start in */
    const char *stdin_path;         /* NULL: nothing to read */
    const char *stdout_path;        /* created */
    const char *stderr_path;
    uint64_t memory_limit; /* bytes of address space, 0 none */
    uint64_t output_limit; /* bytes of any file it writes, 0 none */
    bool keep_randomisation;
    bool pin; /* to one CPU */
} hf_spawn;

typedef struct hf_process hf_process;

/* How a process ended. */
typedef struct hf_process_end {
    bool exited;
    int status; /* exit status, or signal number */
    bool dumped;
} hf_process_end;

/* HF_ERROR_NOT_FOUND: no such program, or not executable; HF_ERROR_SYSTEM otherwise. When it returns HF_OK the program's exec succeeded. */
HF_CHECK_RESULT hf_status hf__os_process_start(const hf_spawn *spawn, hf_process **out, hf_error *err);
int64_t hf__os_process_pid(const hf_process *process);
/* Waits up to timeout_ms (0: only looks). True when it has ended, *end filled in. */
bool hf__os_process_wait(hf_process *process, uint32_t timeout_ms, hf_process_end *end);
/* Ends the process and everything it started, and reaps it. Fine after its end. */
void hf__os_process_end_all(hf_process *process);
void hf__os_process_destroy(hf_process *process);

/* Where in PATH (or as a path) a program is; HF_ERROR_NOT_FOUND. *out: hf__free. */
HF_CHECK_RESULT hf_status hf__os_program_find(const char *name, char **out, hf_error *err);
/* The running program's own path. */
HF_CHECK_RESULT hf_status hf__os_program_path(char **out, hf_error *err);

#endif
