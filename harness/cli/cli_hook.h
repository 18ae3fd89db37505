/*
 * The option --hook, which several verbs have: a Windows program that knows nothing of the shim gets it by a DLL.
 *
 * Threads: from the main thread, before others are started.
 */
#ifndef HF_CLI_HOOK_H
#define HF_CLI_HOOK_H

#include <stdbool.h>

#define HF_CLI_HOOK_OPTION(values, member)                                                                                                           \
    {                                                                                                                                                \
        "--hook", NULL, HF_CLI_FLAG, offsetof(values, member), 0, 0,                                                                                 \
            "put the shim into a Windows program that knows nothing of it, under its VirtualAlloc and heap (also HF_HOOK=memory)"                    \
    }

#define HF_CLI_FOLLOW_OPTION(values, member)                                                                                                         \
    {                                                                                                                                                \
        "--follow-children", NULL, HF_CLI_FLAG, offsetof(values, member), 0, 0,                                                                      \
            "with --hook: put it into processes that the program starts, too; without, they are left alone (also HF_HOOK=memory,children)"           \
    }

/* As given on the command line. It is a variable to the rest (HF_HOOK), so that whatever runs the command again finds it. */
void hf__cli_hook_set(bool wanted, bool follows);
/* " --hook" or "": what repeats it on a command line. */
const char *hf__cli_hook_text(void);

#endif
