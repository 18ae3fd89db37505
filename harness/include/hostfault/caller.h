/* SPDX-License-Identifier: MIT
 * Writing a caller: the code under test, as one constant.
 *
 * A caller is a const hf_caller and a main of one line (HF_CALLER_MAIN), linked into an executable of its own. `hostfault run`
 * starts it; without a session it is a plain program. Tests and fuzz targets link the same constant and call hf_caller_run.
 *
 * The executable answers --hf-about with one line per field, so that `hostfault list callers` can show it.
 *
 * Threads: run may start threads; it must have joined them when it returns.
 */
#ifndef HF_CALLER_H
#define HF_CALLER_H

#include <hostfault/hostfault.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a caller can tell apart when a request fails: the HRESULT, or only that nothing came. */
typedef enum hf_sees { HF_SEES_HRESULT = 1, HF_SEES_NULL = 2 } hf_sees;

/* How a caller's run ended, and the executable's exit status. Any other value is a failure too. */
typedef enum hf_caller_end {
    HF_CALLER_OK = 0,       /* did its work */
    HF_CALLER_REPORTED = 1, /* could not, said so and cleaned up */
    HF_CALLER_USAGE = 2,    /* arguments it does not know; no call was made */
    HF_CALLER_MISSING = 77  /* cannot run on this machine; said why on stderr */
} hf_caller_end;

/* What a run is given. */
typedef struct hf_caller_run {
    IHostMemoryManager *manager; /* wrapped; borrowed for the run */
    IHostControl *control;       /* hands out the same; borrowed */
    int argc;                    /* the caller's own arguments, without the program's name */
    char *const *argv;
    void *state;         /* for the caller, from run to check; NULL at first */
    const uint8_t *data; /* in a fuzz target: the input without its schedule of faults; NULL otherwise */
    size_t data_bytes;
} hf_caller_run;

typedef struct hf_caller {
    uint32_t struct_size; /* sizeof(hf_caller) */
    hf_sees sees;
    const char *name;  /* the name that scenarios use */
    const char *about; /* one sentence */
    /* The work. Gives its result by hf_result(). Everything it took it gives back. */
    hf_caller_end (*run)(hf_caller_run *run);
    /* Its own check of what run left behind, made under hf_pause: 1 passed, 0 failed and *why says what (static text). NULL: none. */
    int (*check)(hf_caller_run *run, const char **why);
    /* Name and version of the library it drives, as it is at run time: "lua 5.4.4" (static text). NULL: none but ours. Traces of two versions are
     * not comparable, so golden traces carry it. */
    const char *(*library)(void);
} hf_caller;

/* Attaches, makes our host and wraps it, labels the thread "main", runs the caller, makes its check (hf_check), gives everything
 * back. argc and argv without the program's name. Returns what run returned. */
HF_API hf_caller_end hf_caller_run_with_host(const hf_caller *caller, int argc, char *const *argv);

/* The whole main of a caller's executable. Exit status: hf_caller_end. */
HF_API int hf_caller_main(const hf_caller *caller, int argc, char **argv);

#define HF_CALLER_MAIN(caller)                                                                                                                       \
    int main(int argc, char **argv)                                                                                                                  \
    {                                                                                                                                                \
        return hf_caller_main(&(caller), argc, argv);                                                                                                \
    }

#ifdef __cplusplus
}
#endif
#endif
