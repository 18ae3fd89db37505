/*
 * The options --hook and --hook-heap, which several verbs have: a Windows program that knows nothing of the shim gets it by a DLL.
 *
 * Threads: from the main thread, before others are started.
 */
#ifndef HF_CLI_HOOK_H
#define HF_CLI_HOOK_H

#include <stdbool.h>

/* As given on the command line; they are variables to the rest (HF_HOOK=memory, heap), so that whatever runs the command again finds them. */
typedef struct hf_cli_hook {
    bool memory, heap;
} hf_cli_hook;

#define HF_CLI_HOOK_OPTIONS(values, member)                                                                                                          \
    {"--hook",                                                                                                                                       \
     NULL,                                                                                                                                           \
     HF_CLI_FLAG,                                                                                                                                    \
     offsetof(values, member.memory),                                                                                                                \
     0,                                                                                                                                              \
     0,                                                                                                                                              \
     "put the shim into a Windows program that knows nothing of it, under its VirtualAlloc and companions (also HF_HOOK=memory)"},                   \
    {                                                                                                                                                \
        "--hook-heap", NULL, HF_CLI_FLAG, offsetof(values, member.heap), 0, 0, "the same, and under its heap functions (also HF_HOOK=heap)"          \
    }

void hf__cli_hook_set(const hf_cli_hook *hook);
/* " --hook", " --hook-heap" or "": what repeats it on a command line. */
const char *hf__cli_hook_text(void);

#endif
