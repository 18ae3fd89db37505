/* SPDX-License-Identifier: MIT
 * Short scripts of virtual-memory calls, for table rows: `B=alloc null 10000 reserve noaccess; query B`. Statements run in order; the script has
 * the result and the error of the last one. The words are those of the rows in win32_vm_oracle.def.
 */
#ifndef HOST_SCRIPT_H
#define HOST_SCRIPT_H

#include <stdint.h>

#include <hostfault/hosting.h>

typedef struct script_state {
    uintptr_t base; /* B; 0 unset */
    uintptr_t last; /* what the last alloc gave */
    DWORD old;      /* what the last protect told */
    DWORD error;
    char answer[160];
} script_state;

/* Runs the statements; an unknown one answers "?". */
void script_run(script_state *state, const char *script);

#endif
