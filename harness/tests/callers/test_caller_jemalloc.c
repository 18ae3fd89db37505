/* SPDX-License-Identifier: MIT
 * jemalloc under faults: checks what the caller's README says about failed requests. Rules name a thread, because a thread's calls do not depend on
 * the others.
 */
#include "caller_jemalloc.h"
#include "caller_probe.h"

static const caller_case cases[] = {
    {.label = "no fault", .args = "", .same_result = true, .calls = 1200},
    {.label = "no fault, extents given back at once", .args = "--decommit", .same_result = true, .calls = 2000},
    {.label = "no fault, one arena for eight threads", .args = "--shared --threads 8 --scale 50", .same_result = true, .calls = 200},
    {.label = "unknown option", .args = "--decomit", .end = HF_CALLER_USAGE},
    {.label = "no thread", .args = "--threads 0", .end = HF_CALLER_USAGE},
    {.label = "too many threads", .args = "--threads 33", .end = HF_CALLER_USAGE},
    {.label = "no arena can be made",
     .args = "",
     .fault = "call: VirtualAlloc, phase: startup, when: 3, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "one commit fails: another extent is taken",
     .args = "--decommit",
     .fault = "call: VirtualAlloc, where: {type: commit}, thread: worker-2, when: 40, return: E_OUTOFMEMORY",
     .same_result = true},
    {.label = "one worker gets nothing any more",
     .args = "",
     .fault = "call: VirtualAlloc, where: {type: commit}, thread: worker-3, when: 9+, return: HOST_E_TIMEOUT",
     .end = HF_CALLER_REPORTED},
    {.label = "a resize is refused and leaves the block as it was",
     .args = "--threads 1",
     .fault = "call: VirtualAlloc, where: {type: commit}, when: 25+, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "no reset works: extents are given back instead",
     .args = "",
     .fault = "call: VirtualAlloc, where: {type: reset}, return: E_OUTOFMEMORY",
     .same_result = true},
    {.label = "no decommit of a worker works: extents are kept",
     .args = "--decommit",
     .fault = "call: VirtualFree, thread: worker-1, return: HOST_E_TIMEOUT",
     .same_result = true},
    {.label = "one release fails and is tried again",
     .args = "",
     .fault = "call: VirtualFree, where: {free: release}, when: 2, return: HOST_E_TIMEOUT",
     .same_result = true},
    {.label = "the host is gone",
     .args = "--threads 1",
     .fault = "call: VirtualAlloc, when: 30, return: E_FAIL",
     .end = HF_CALLER_REPORTED,
     .blocks = ANY_LEFT},
};

int main(void)
{
    return caller_cases_run(&hf_caller_jemalloc, cases, sizeof cases / sizeof cases[0]);
}
