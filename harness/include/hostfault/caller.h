/* SPDX-License-Identifier: MIT
 * A caller: code under test, described by one constant.
 *
 * A caller is a const hf_caller and a main of one line (HF_CALLER_MAIN), linked into its own executable. `hostfault run` starts it; without a session
 * it is an ordinary program. Tests and fuzz targets link the same constant and call hf_caller_run_with_host.
 *
 * With the single argument --hf-about the executable prints one line for each field of the constant, for `hostfault list callers`.
 *
 * Threads: run may start threads, and must join them before it returns.
 */
#ifndef HF_CALLER_H
#define HF_CALLER_H

#include <hostfault/hostfault.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a caller sees of a request that fails: the HRESULT, or only a null pointer. Sweeps do not test results that it cannot tell apart. */
typedef enum hf_sees { HF_SEES_HRESULT = 1, HF_SEES_NULL = 2 } hf_sees;

/* How a run ended; also the executable's exit status. Any other value is a failure too. */
typedef enum hf_caller_end {
    HF_CALLER_OK = 0,       /* the work is done */
    HF_CALLER_REPORTED = 1, /* the work failed; the caller reported that and cleaned up */
    HF_CALLER_USAGE = 2,    /* unknown arguments; no hosting call was made */
    HF_CALLER_MISSING = 77  /* it cannot run on this machine; the reason is on stderr */
} hf_caller_end;

/* What a run gets. Everything in it is borrowed for the run. */
typedef struct hf_caller_run {
    IHostMemoryManager *manager; /* the wrapped host */
    IHostControl *control;       /* its GetHostManager returns the same manager */
    int argc;                    /* number of arguments in argv, which has no program name */
    char *const *argv;
    void *state;         /* free for the caller's use, from run to check; NULL at first */
    const uint8_t *data; /* in a fuzz target: the input without its fault schedule; otherwise NULL */
    size_t data_bytes;
} hf_caller_run;

/* One caller. The constant and its texts must live as long as the process. */
typedef struct hf_caller {
    uint32_t struct_size; /* sizeof(hf_caller) */
    hf_sees sees;
    const char *name;  /* as scenarios and --caller name it */
    const char *about; /* one sentence */
    /* Does the work. Sets its result by hf_result(), and frees everything that it allocated. */
    hf_caller_end (*run)(hf_caller_run *run);
    /* Checks what run left behind; called under hf_pause, and only if run returned HF_CALLER_OK or HF_CALLER_REPORTED. Returns 1 if the check passed,
     * or 0 with *why set to static text. NULL: the caller has no check. */
    int (*check)(hf_caller_run *run, const char **why);
    /* Name and version, at run time, of the library that the caller drives: "lua 5.4.4" (static text). Golden traces record it, because traces of two
     * versions cannot be compared. NULL: it drives none. */
    const char *(*library)(void);
} hf_caller;

/* Attaches, wraps the built-in host, names the thread "main", runs the caller, reports its check by hf_check, and releases everything. argv has no
 * program name. Returns what run returned. Call it from one thread at a time. */
HF_API hf_caller_end hf_caller_run_with_host(const hf_caller *caller, int argc, char *const *argv);

/* The main function of a caller's executable. Returns its exit status: hf_caller_end, or with --hf-about 0, and 1 if stdout cannot be written. */
HF_API int hf_caller_main(const hf_caller *caller, int argc, char **argv);

/* Defines main for an executable with this caller. */
#define HF_CALLER_MAIN(caller)                                                                                                                       \
    int main(int argc, char **argv)                                                                                                                  \
    {                                                                                                                                                \
        return hf_caller_main(&(caller), argc, argv);                                                                                                \
    }

#ifdef __cplusplus
}
#endif
#endif
