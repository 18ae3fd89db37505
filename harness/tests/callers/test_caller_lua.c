/* SPDX-License-Identifier: MIT
 * Lua under faults: checks what the caller's README says about failed requests.
 */
#include "caller_lua.h"
#include "caller_probe.h"

static const caller_case cases[] = {
    {.label = "no fault", .args = "", .same_result = true, .calls = 40000},
    {.label = "no fault, a tenth of the work", .args = "--scale 10", .same_result = true, .calls = 5000},
    {.label = "unknown option", .args = "--skale 10", .end = HF_CALLER_USAGE},
    {.label = "scale without its number", .args = "--scale", .end = HF_CALLER_USAGE},
    {.label = "scale that is no number", .args = "--scale 5x", .end = HF_CALLER_USAGE},
    {.label = "scale out of range", .args = "--scale 0", .end = HF_CALLER_USAGE},
    {.label = "two scripts", .args = "one.lua two.lua", .end = HF_CALLER_USAGE},
    {.label = "a script that is not there", .args = "no-such-script.lua", .end = HF_CALLER_USAGE},
    {.label = "one request fails: collected and asked again",
     .args = "--scale 10",
     .fault = "call: Malloc.Alloc, when: 1500, return: E_OUTOFMEMORY",
     .same_result = true},
    {.label = "each seventh request fails once the state is there",
     .args = "--scale 10",
     .fault = "call: Malloc.Alloc, when: 60+7, return: HOST_E_TIMEOUT",
     .same_result = true},
    {.label = "one request fails before there is a state",
     .args = "--scale 10",
     .fault = "call: Malloc.Alloc, when: 30, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "nothing comes any more",
     .args = "--scale 10",
     .fault = "call: Malloc.Alloc, when: 1500+, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "a lack of memory is not taken for the syntax error that the script waits for",
     .args = "--scale 1",
     .fault = "call: Malloc.Alloc, when: 1278..1279, return: E_OUTOFMEMORY",
     .end = HF_CALLER_REPORTED},
    {.label = "the host is gone",
     .args = "--scale 10",
     .fault = "call: Malloc.Alloc, when: 1500, return: E_FAIL",
     .end = HF_CALLER_REPORTED,
     .blocks = ANY_LEFT},
    {.label = "no heap at all", .args = "", .fault = "call: CreateMalloc, return: E_OUTOFMEMORY", .end = HF_CALLER_REPORTED},
    {.label = "one block cannot be given back",
     .args = "--scale 10",
     .fault = "call: Malloc.Free, when: 700, return: HOST_E_INVALIDOPERATION",
     .same_result = true,
     .blocks = 1},
    {.label = "success with nothing in it is a failure",
     .args = "--scale 10",
     .fault = "call: Malloc.Alloc, when: 1500, lie: null",
     .same_result = true},
};

int main(void)
{
    return caller_cases_run(&hf_caller_lua, cases, sizeof cases / sizeof cases[0]);
}
