/* SPDX-License-Identifier: MIT
 * See the header. Only a note: the word may mean something else.
 */
#include "cli_files.h"
#include "heap_quote.h"
#include "heap_alloc.h"
#include "os_file.h"
#include "system_machine.h"

#include <string.h>

#include "base_poison.h"

/* "x.md", and what follows the = of "--file=x.md". */
static const char *path_in(const char *argument)
{
    const char *equals = argument[0] == '-' ? strchr(argument, '=') : NULL;
    return equals != NULL ? equals + 1 : argument;
}

static bool is_here(const char *path)
{
    return path[0] != '\0' && path[0] != '-' && !hf__system_is_absolute(path) && (hf__os_file_exists(path) || hf__os_is_folder(path));
}

void hf__cli_files_note(const char *const *command, size_t first, bool has_workdir)
{
    if (command == NULL || (first > 0 && command[0] == NULL))
        return;

    for (size_t i = first; command[i] != NULL; i++) {
        const char *path = path_in(command[i]);
        hf_error ignored;
        char *absolute = NULL;
        if (!is_here(path) || hf__system_absolute(path, &absolute, &ignored) != HF_OK)
            continue;
        hf__heap_buffer words = {0};
        hf__heap_quote(&words, absolute);
        hf__cli_complain("note: each run starts in an empty folder of its own, where the program does not find '%s'; name it %s%s", path, words.text,
                         has_workdir ? ", or give each run a copy of this folder: --workdir ." : "");
        hf__free(words.text);
        hf__free(absolute);
        return;
    }
}
