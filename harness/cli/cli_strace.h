/* SPDX-License-Identifier: MIT
 * One line of strace's log at a time, as written with `strace -f`, `-o`, `-k` and the options for times: which thread made which system call, and the
 * result. Calls that strace writes in two parts (<unfinished ...>, resumed) are joined.
 *
 * Threads: one reader per thread.
 */
#ifndef HF_CLI_STRACE_H
#define HF_CLI_STRACE_H

#include <hostfault/error.h>
#include <stdbool.h>

#define HF_STRACE_ARGUMENTS_MAX 8u

typedef enum hf_strace_kind {
    HF_STRACE_NOTHING, /* a signal, an exit, a first piece, something else */
    HF_STRACE_CALL,    /* a call that is complete */
    HF_STRACE_FRAME    /* of the stack of the call before it (-k) */
} hf_strace_kind;

/* Borrowed until the next line is read. */
typedef struct hf_strace_line {
    hf_strace_kind kind;
    uint64_t thread;                            /* 0: the log names none */
    hf_text name;                               /* of the system call, or of a frame's function ("" if not known) */
    hf_text module;                             /* of a frame: the file */
    hf_text arguments[HF_STRACE_ARGUMENTS_MAX]; /* as written; those beyond the last are empty */
    hf_text result;                             /* "0x7f52cdfa8000", "-1" */
    hf_text error;                              /* "ENOMEM"; empty: the call did not fail */
} hf_strace_line;

typedef struct hf_strace hf_strace;

hf_strace *hf__cli_strace_begin(void);
void hf__cli_strace_end(hf_strace *self);
void hf__cli_strace_read(hf_strace *self, hf_text text, hf_strace_line *out);

#endif
