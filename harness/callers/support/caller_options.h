/* SPDX-License-Identifier: MIT
 * The arguments of a caller of ours: a few numbers and switches by name, then at most one word of its own.
 *
 * Anything else is refused in words on stderr, before the first hosting call (HF_CALLER_USAGE): a caller that ignored a misspelt
 * option would be tested with another workload than was meant.
 *
 * Threads: none yet when arguments are read.
 */
#ifndef CALLER_OPTIONS_H
#define CALLER_OPTIONS_H

#include <stdbool.h>

/* One option. With `number`, it takes a value from minimum to maximum, and `number` keeps its default if the option is absent. Without,
 * it is a switch, and `given` becomes true. */
typedef struct caller_option {
    const char *name; /* "--scale" */
    unsigned minimum, maximum;
    unsigned *number;
    bool *given;
} caller_option;

/* Reads argv (without the program's name). *word is the one argument that is no option, NULL if there is none; word == NULL: there may be
 * none. False: refused, and said why. */
bool caller_options_read(const char *caller, const caller_option *options, unsigned count, int argc, char *const *argv, const char **word);

#endif
