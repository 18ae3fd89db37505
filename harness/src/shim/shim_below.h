/* SPDX-License-Identifier: MIT
 * A host between two shims. The program is linked with one, which its host is wrapped by; under the host, in a DLL of its own, is the hook (attach),
 * which has the session: it fails what the host asks of the system. Then the upper shim decides nothing. It tells the lower one of each call that its
 * caller makes, before and after the host has answered, and the lower one compares the answer with what the system did.
 *
 * The two are built by themselves, perhaps by different compilers: this struct is all that they share.
 */
#ifndef HF_SHIM_BELOW_H
#define HF_SHIM_BELOW_H

#include "shim_call.h"

/* The hook's file and the function of it that is called. */
#define HF_BELOW_MODULE "hostfault-hook.dll"
#define HF_BELOW_NAME "hf__attach_host_call"
#define HF_BELOW_VERSION 1u
#define HF_BELOW_TAKEN_MAX 8u

/* One call of the host's caller, on the stack of the upper shim. What the lower one learns about it in between is kept in it as well. */
typedef struct hf_below_call {
    uint32_t version; /* HF_BELOW_VERSION; other versions are ignored */
    uint32_t method;  /* hf_method */
    uint64_t address, size;
    uint32_t type, protect;
    uint64_t pc; /* where the caller of the host calls from */
    /* after the call */
    uint32_t is_answered;
    int32_t hr;
    uint64_t out; /* what its out-parameter holds, 0 if it has none */
    /* the lower shim's own */
    struct hf_below_call *outer;
    uint32_t was_bad;                   /* the system would have refused it */
    uint32_t taken_count;               /* regions that the host took from the system during the call, and did not give back in it */
    uint64_t taken[HF_BELOW_TAKEN_MAX]; /* their bases */
} hf_below_call;
typedef void hf_below_function(hf_below_call *call);

/* Looks for a hook in this process. From then on, hf__shim_run tells it. */
bool hf__shim_find_below(void);
/* A call of a process whose session the hook has. */
extern hf_below_function *hf__shim_below;
HRESULT hf__shim_run_above(hf_shim_call *call);

#endif
