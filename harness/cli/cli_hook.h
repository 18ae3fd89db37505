/* SPDX-License-Identifier: MIT
 * The option --hook, which several verbs have: a Windows program that does not know the shim gets it through a DLL.
 *
 * Threads: from the main thread, before others are started.
 */
#ifndef HF_CLI_HOOK_H
#define HF_CLI_HOOK_H

#include <stdbool.h>

#define HF_CLI_HOOK_OPTION(values, member)                                                                                                           \
    {                                                                                                                                                \
        "--hook", NULL, HF_CLI_FLAG, offsetof(values, member), 0, 0,                                                                                 \
            "hook the VirtualAlloc and heap calls of an unmodified Windows program (also HF_HOOK=memory)"                                            \
    }

#define HF_CLI_FOLLOW_OPTION(values, member)                                                                                                         \
    {                                                                                                                                                \
        "--follow-children", NULL, HF_CLI_FLAG, offsetof(values, member), 0, 0,                                                                      \
            "also follow the processes that the program starts, each in a session of its own (on Windows with --hook; also HF_HOOK=memory,children)" \
    }

#define HF_CLI_ATTACH_OPTION(values, member)                                                                                                         \
    {                                                                                                                                                \
        "--attach", "HOW", HF_CLI_TEXT, offsetof(values, member), 0, 0,                                                                              \
            "how the shim sees a program's calls: linked (the program contains the shim), preload (a library, Linux), trap "                         \
            "(system calls only, watched from outside, Linux; for static programs), auto (chosen by the program's file; default)"                    \
    }

#define HF_CLI_STEADY_OPTION(values, member)                                                                                                         \
    {                                                                                                                                                \
        "--steady", NULL, HF_CLI_FLAG, offsetof(values, member), 0, 0,                                                                               \
            "derive an unmodified program's random numbers and clocks from the seed, so that its runs agree (Linux; also HF_STEADY=on)"              \
    }
/* --steady, for this process and what it runs. */
void hf__cli_steady_set(bool wanted);

/* --attach, for this process, what it runs and the commands that it prints; NULL: as the environment has it (HF_ATTACH). */
void hf__cli_attach_set(const char *how);

/* As given on the command line. It is a variable to the rest (HF_HOOK), so that whatever runs the command again finds it. */
void hf__cli_hook_set(bool wanted, bool follows);
/* " --hook", " --steady" or "": what repeats it on a command line. */
const char *hf__cli_hook_text(void);

#endif
