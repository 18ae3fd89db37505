/*
 * Callers under schedules of faults, in this process: contract kept, nothing left, own check passed, no success with another result, no storm. The
 * oracle is the verdict of `hostfault run` itself (harness/src/fuzz). HF_FUZZ_CALLER=NAME runs that caller alone.
 */
#include "caller_lua.h"
#include "caller_planted.h"
#include "caller_sqlite.h"

#include <hostfault/fuzz.h>

extern const hf_caller clr_caller;

/* In the order of the codec (fuzz_plan.c): an input's caller is its number here. */
static const hf_caller *const callers[] = {&clr_caller, &hf_caller_lua, &hf_caller_sqlite, &hf_caller_planted};

/* What is known of them, and no news. */
static const hf_fuzz_accepted accepted[] = {
    {"clr", "request after E_FAIL"}, /* the real CLR never enforced it */
    {"clr", "storm"},                /* where code must lie near other code it asks for each address of 2 GiB in turn */
};

static const hf_fuzz_target target = {sizeof target, sizeof callers / sizeof callers[0], callers, accepted, sizeof accepted / sizeof accepted[0], 1};
HF_FUZZ_TARGET(target)
