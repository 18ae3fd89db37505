/* SPDX-License-Identifier: MIT
 * The command of an execve as strace prints it.
 *
 * Threads: distinct commands may be used in parallel.
 */
#ifndef HF_CLI_STRACE_COMMAND_H
#define HF_CLI_STRACE_COMMAND_H

#include <hostfault/plan.h>
#include <stdbool.h>

/* Zero-initialised it is empty. */
typedef struct hf_strace_command {
    hf_string_list words;
    bool is_cut; /* strace cut one of them (its option -s) */
} hf_strace_command;

/* Fills an empty command from execve's second argument: ["python3", "-c", "import"...]. */
void hf__cli_strace_command_take(hf_strace_command *of, hf_text list);
/* Replaces the first word by the file of execve's first argument: argv[0] may be anything. */
void hf__cli_strace_command_take_program(hf_strace_command *of, hf_text path);
void hf__cli_strace_command_clear(hf_strace_command *of);

#endif
