/* SPDX-License-Identifier: MIT
 * Arguments against a table of options. Strict: a number is read to its end and held to its range, a word too many is an error.
 * It must never guess.
 */
#include "caller_options.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base_poison.h"

static bool refuse(const char *caller, const char *what, const char *argument)
{
    fprintf(stderr, "hf-caller-%s: %s '%s'\n", caller, what, argument);
    return false;
}

static const caller_option *find(const caller_option *options, unsigned count, const char *name)
{
    for (unsigned i = 0; i < count; i++)
        if (strcmp(options[i].name, name) == 0)
            return &options[i];
    return NULL;
}

static bool read_number(const char *caller, const caller_option *option, const char *text)
{
    char *end = NULL;
    if (text == NULL)
        return refuse(caller, "a number is missing after", option->name);
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0)
        return refuse(caller, "not a number:", text);
    if (value < option->minimum || value > option->maximum) {
        fprintf(stderr, "hf-caller-%s: %s takes a number from %u to %u, not %s\n", caller, option->name, option->minimum, option->maximum, text);
        return false;
    }
    *option->number = (unsigned)value;
    return true;
}

static bool take_word(const char *caller, const char *argument, const char **word)
{
    if (argument[0] == '-')
        return refuse(caller, "unknown option", argument);
    if (word == NULL || *word != NULL)
        return refuse(caller, "one argument too many:", argument);
    *word = argument;
    return true;
}

bool caller_options_read(const char *caller, const caller_option *options, unsigned count, int argc, char *const *argv, const char **word)
{
    if (word != NULL)
        *word = NULL;
    for (int i = 0; i < argc; i++) {
        const caller_option *option = find(options, count, argv[i]);
        bool taken = true;
        if (option == NULL)
            taken = take_word(caller, argv[i], word);
        else if (option->number == NULL)
            *option->given = true;
        else
            taken = read_number(caller, option, i + 1 < argc ? argv[++i] : NULL);
        if (!taken)
            return false;
    }
    return true;
}
