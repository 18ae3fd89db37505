/* SPDX-License-Identifier: MIT
 * Hosts with one known bug each, on top of our host.
 */
#ifndef HF_CONTRACT_BROKEN_H
#define HF_CONTRACT_BROKEN_H

#include <hostfault/hosting.h>

typedef struct broken_host {
    const char *name;
    const char *clause; /* that must fail */
    const char *got;    /* what must be said of it; NULL: anything */
    void (*breaks)(IHostMemoryManagerVtbl *vtable);
} broken_host;

extern const broken_host broken_hosts[];
extern const unsigned broken_host_count;
/* The host of that row: our own, with the row's methods. One at a time. */
IHostMemoryManager *broken_host_make(const broken_host *row);

#endif
