/* SPDX-License-Identifier: MIT
 * A host that answers from a table and keeps a log: real memory below, scripted answers on top. It shows what the CLR model concludes from each
 * answer; a well-behaved host would never give some of them.
 *
 * Threads: several threads may call the methods; script and read the log only while no thread does.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "model.h"

#define FAKE_LOG_MAX 65536u
#define FAKE_RULES_MAX 4u
#define FAKE_REGIONS_MAX 4096u

/* What happens to the out-parameter of a scripted answer. */
typedef enum fake_out {
    FAKE_NULL,      /* written with null or 0 */
    FAKE_UNTOUCHED, /* not written */
    FAKE_VALUE,     /* written with `value` */
    FAKE_DONE       /* the call is really made; only the HRESULT is scripted */
} fake_out;

/* When: the calls of a method whose type has all bits of `type`, numbers first..last (0: no end). What: hr and the out-parameter. */
typedef struct fake_rule {
    hf_method method;
    uint32_t type;
    uint32_t first, last;
    HRESULT hr;
    fake_out out;
    uint64_t value;
    uint32_t seen;
} fake_rule;

typedef struct fake_call {
    hf_method method;
    uint64_t address, size, out;
    uint32_t type, protect, level;
    HRESULT hr;
} fake_call;

typedef struct fake_region {
    char *base; /* NULL: not in use */
    size_t size;
} fake_region;

typedef struct fake_host {
    IHostMemoryManager manager;
    IHostMalloc heap;
    IHostControl control;
    fake_rule rules[FAKE_RULES_MAX];
    uint32_t rule_count;
    fake_call *log;
    uint32_t call_count;
    fake_region regions[FAKE_REGIONS_MAX];
    uint32_t blocks;          /* heap blocks alive */
    int32_t manager_releases; /* Release minus AddRef */
    IID asked[16];
    uint32_t asked_count;
    DWORD memory_load;
    ICLRMemoryNotificationCallback *callback;
    void (*on_register)(void *user); /* called inside RegisterMemoryNotificationCallback */
    void (*on_needs)(void *user);    /* called inside NeedsVirtualAddressSpace */
    void *user;
} fake_host;

void fake_host_init(fake_host *host);
/* Unmaps what is left, heap blocks excepted. */
void fake_host_end(fake_host *host);
void fake_host_script(fake_host *host, fake_rule rule);
/* Calls of a method in the log from call `since` on; with all bits of `type` set. */
uint32_t fake_host_count(const fake_host *host, uint32_t since, hf_method method, uint32_t type);
/* The last such call; an all-zero one with method HF_METHOD_COUNT if there is none. */
fake_call fake_host_last(const fake_host *host, hf_method method, uint32_t type);
/* Reservations alive. */
uint32_t fake_host_regions(const fake_host *host);

#endif
