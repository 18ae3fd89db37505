/* SPDX-License-Identifier: MIT
 * SQLite under faults: checks what the caller's README says about failed requests. Every case includes the caller's own check (committed rows,
 * integrity).
 */
#include "caller_probe.h"
#include "caller_sqlite.h"

static const caller_case cases[] = {
    {.label = "no fault", .args = "", .same_result = true, .calls = 26000},
    {.label = "no fault, in a file", .args = "--file", .same_result = true, .calls = 20000},
    {.label = "unknown option", .args = "--fyle", .end = HF_CALLER_USAGE},
    {.label = "a word that is no option", .args = "file.db", .end = HF_CALLER_USAGE},
    {.label = "scale out of range", .args = "--scale 10001", .end = HF_CALLER_USAGE},
    {.label = "one heap request fails",
     .args = "--scale 5",
     .fault = "call: Malloc.Alloc, when: 2500, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "nothing comes any more, not even for the rollback",
     .args = "--scale 5",
     .fault = "call: Malloc.Alloc, when: 2500+, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "nothing comes any more, and the transaction stays open",
     .args = "--scale 5",
     .fault = "call: Malloc.Alloc, when: 930+, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "nothing comes any more, in a file",
     .args = "--scale 5 --file",
     .fault = "call: Malloc.Alloc, when: 2300+, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "the host is gone",
     .args = "--scale 5",
     .fault = "call: Malloc.Alloc, when: 930, return: E_FAIL",
     .end = HF_CALLER_REPORTED,
     .blocks = ANY_LEFT},
    {.label = "a page in memory cannot be committed",
     .args = "--scale 5",
     .fault = "call: VirtualAlloc, where: {type: commit}, when: 8, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "a page of a file cannot be committed: SQLite asks again",
     .args = "--scale 30 --file",
     .fault = "call: VirtualAlloc, where: {type: commit}, when: 8, return: E_OUTOFMEMORY",
     .same_result = true},
    {.label = "twelve pages of a file cannot be committed: old ones are used again",
     .args = "--scale 30 --file",
     .fault = "call: VirtualAlloc, where: {type: commit}, when: 8..19, return: E_OUTOFMEMORY",
     .same_result = true},
    {.label = "a slab's head cannot be committed: its reservation goes back",
     .args = "--scale 5",
     .fault = "call: VirtualAlloc, where: {type: commit, size: \">4K\"}, when: 2, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "no decommit works",
     .args = "--scale 5",
     .fault = "call: VirtualFree, where: {free: decommit}, return: HOST_E_TIMEOUT",
     .same_result = true},
    {.label = "one release fails",
     .args = "--scale 5",
     .fault = "call: VirtualFree, where: {free: release}, when: 3, return: HOST_E_TIMEOUT",
     .same_result = true,
     .regions = 1},
    {.label = "no heap at all", .args = "", .fault = "call: CreateMalloc, return: E_OUTOFMEMORY", .end = HF_CALLER_REPORTED},
};

int main(void)
{
    return caller_cases_run(&hf_caller_sqlite, cases, sizeof cases / sizeof cases[0]);
}
