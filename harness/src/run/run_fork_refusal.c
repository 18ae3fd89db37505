/* SPDX-License-Identifier: MIT
 * The messages that say why a caller cannot be cloned.
 */
#include "base_text.h"
#include "run_fork.h"

#include "base_poison.h"

void hf__run_fork_print_refusal(const hf__run_fork_result *result, char *buffer, size_t capacity)
{
    static const struct {
        const char *before, *after; /* of the number; after NULL: there is none */
    } words[] = {
        [HF_FORK_FINE] = {"it made every clone", NULL},
        [HF_FORK_PARENT] = {"its parent is process ", ", not the tool itself"},
        [HF_FORK_THREADS] = {"it has ", " threads, and a clone would have only one of them"},
        [HF_FORK_DESCRIPTOR] = {"its descriptor ", " is a file open for writing, a pipe or a socket, which clones would share"},
        [HF_FORK_FILES] = {"it has ", " files open, more than a clone opens again"},
        [HF_FORK_MAPPING] = {"it shares the writable memory at ", " with other processes"},
        [HF_FORK_SIGNALS] = {"its signal handlers make hosting calls", NULL},
        [HF_FORK_CLONE] = {"the system refused a clone with error ", ""},
        [HF_FORK_CLONE_SLOTS] = {"it could not map the session files of its clones", NULL},
        [HF_FORK_TIMER] = {"it has a timer running, which would not interrupt a clone", NULL},
        [HF_FORK_LOCK] = {"it holds a lock on the file of its descriptor ", ", which a clone would not have"},
        [HF_FORK_TRAPPED] = {"its system calls are watched from outside (--attach trap), where no clone can be made", NULL},
    };
    hf__builder builder = hf__builder_init(buffer, capacity);
    unsigned long long value = result->refused_value;

    if (result->is_large)
        hf__builder_print(&builder,
                          "it has %llu MiB in memory, and to clone that takes longer than to run it again; --isolate fork clones it all the same",
                          (unsigned long long)(result->resident_bytes >> 20));
    else if (words[result->refused].after == NULL)
        hf__builder_print(&builder, "%s", words[result->refused].before);
    else if (result->refused == HF_FORK_MAPPING)
        hf__builder_print(&builder, "%s0x%llX%s", words[result->refused].before, value, words[result->refused].after);
    else
        hf__builder_print(&builder, "%s%llu%s", words[result->refused].before, value, words[result->refused].after);
}
