/* SPDX-License-Identifier: MIT
 * Ends the process when the harness finds a bug of its own. Writes by the system call alone, because it may run inside any program, in any state.
 */
#include "base_check.h"
#include "base_text.h"

#include <stdlib.h>
#include <unistd.h>

#include "base_poison.h"

_Noreturn void hf__assert_failed(const char *condition, const char *file, int line)
{
    char text[512];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "hostfault: internal error: %s does not hold (%s:%d)\n", condition, file, line);
    if (write(2, text, (unsigned)builder.length) < 0)
        abort();
    abort();
}
