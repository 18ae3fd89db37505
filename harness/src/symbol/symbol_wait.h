/* SPDX-License-Identifier: MIT
 * What a thread of a halted process waits for, and who has it. Linux only.
 *
 * Threads: one thread per object.
 */
#ifndef HF_SYMBOL_WAIT_H
#define HF_SYMBOL_WAIT_H

#include "symbol_death.h"

#include <elfutils/libdwfl.h>

/* dwfl: has the modules of the process. HF_WAIT_NONE: it waits for nothing that anybody holds, or that is not known. */
void hf__symbol_wait_look(Dwfl *dwfl, int64_t process, int64_t thread, hf__symbol_wait *out);

#endif
