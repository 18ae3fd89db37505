/* SPDX-License-Identifier: MIT
 * A runtime over the scripted host, started as far as a test needs it.
 */
#ifndef CLR_FIXTURE_H
#define CLR_FIXTURE_H

#include "clr_program.h"
#include "fake_host.h"

typedef struct fixture {
    fake_host host;
    clr_runtime clr;
    clr_thread *thread;
    uint32_t mark; /* calls in the log when the arrangement was done */
} fixture;

/* Hosted, not started: only the wrappers and the heaps work. */
fixture *fixture_hosted(void);
/* Started, in its default domain. */
fixture *fixture_started(void);
/* Says that the arrangement is done: counts begin here. Gives the reservations that are alive. */
uint32_t fixture_mark(fixture *f);
uint32_t fixture_count(const fixture *f, hf_method method, uint32_t type);

#endif
