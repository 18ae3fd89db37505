/* SPDX-License-Identifier: MIT
 * A host for the shim's tests: it counts its calls, returns what the test sets, and keeps the last arguments, so that a test can check
 * that the right call was forwarded, and no other.
 */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

#include "model_rule.h"

#include <hostfault/hostfault.h>

typedef struct fake_host {
    unsigned calls[HF_METHOD_COUNT];
    HRESULT answer;   /* of every method; S_OK at first */
    uint64_t address; /* last arguments */
    uint64_t size;
    uint32_t type, protect, level;
    ICLRMemoryNotificationCallback *callback;
    unsigned char block[4096]; /* what Alloc and VirtualAlloc hand out */
} fake_host;

extern fake_host fake;
IHostMemoryManager *fake_manager(void);
IHostControl *fake_control(void);

/* Attaches with one rule, which must be valid; name "rule". */
void attach_rule(const hf_rule *rule);
/* A rule for one method that returns hr at every call. */
hf_rule failing(hf_method method, HRESULT hr);

/* Calls a method of the wrapped fake with plain arguments; *out gets the out-parameter, preset to a pattern. */
#define OUT_BEFORE 0x5A5A5A5A5A5A5A5Aull
HRESULT call_method(IHostMemoryManager *manager, IHostControl *control, hf_method method, uint64_t *out);

#endif
