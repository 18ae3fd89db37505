/* SPDX-License-Identifier: MIT
 * Runs without faults. Two are made and must not differ: otherwise the caller depends on more than its operations.
 */
#include "fuzz_background.h"
#include "base_check.h"
#include "base_random.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define KEPT 32u

static hf_fuzz_background backgrounds[KEPT];

static uint64_t key_of(const hf_fuzz_work *work)
{
    uint64_t key = hf__hash(HF_HASH_START, &work->caller, sizeof work->caller);
    return hf__hash(key, work->operations, work->operation_bytes) | 1;
}

static void forget(hf_fuzz_background *self)
{
    hf_judge_destroy(self->judge);
    hf_trace_destroy(self->clean);
    hf_verdict_destroy(self->again);
    memset(self, 0, sizeof *self);
}

static hf_status run_clean(const hf_fuzz_work *work, hf_caller_end *end, hf_trace **out, hf_error *err)
{
    uint64_t plan[64];
    const hf__model_plan_parts nothing = {.rule_count = 0};
    size_t size_bytes = 0;
    hf_status status = hf__model_plan_build(&nothing, plan, sizeof plan, &size_bytes, err);
    if (status == HF_OK)
        status = hf__fuzz_run(work, plan, size_bytes, NULL, end, err);
    if (status == HF_OK)
        status = hf__fuzz_read_trace(*end, out, err);
    if (status == HF_OK)
        (void)hf__fuzz_give_back();
    return status;
}

/* Is there anything to compare with? */
static bool did_work(hf_caller_end end)
{
    return end != HF_CALLER_USAGE && end != HF_CALLER_MISSING;
}

static hf_status make(hf_fuzz_background *self, const hf_fuzz_work *work, hf_error *err)
{
    hf_caller_end again;
    hf_status status = run_clean(work, &self->end, &self->clean, err);
    if (status != HF_OK || !did_work(self->end))
        return status;
    self->judged = hf__shim.session.control->lost == 0;
    hf_trace *second = NULL;
    status = run_clean(work, &again, &second, err);
    if (status == HF_OK)
        status = hf_verdict_judge(second, self->clean, second, NULL, &self->again, err);
    if (status == HF_OK)
        status = hf_judge_create(self->clean, NULL, &self->judge, err);
    hf_trace_destroy(second);
    return status;
}

const hf_fuzz_background *hf__fuzz_background(const hf_fuzz_work *work)
{
    uint64_t key = key_of(work);
    hf_fuzz_background *self = &backgrounds[key >> 1 & (KEPT - 1)];
    if (self->key == key)
        return self;
    hf_error err;
    memset(&err, 0, sizeof err);
    forget(self);
    if (make(self, work, &err) == HF_OK) {
        self->key = key;
        return self;
    }
    fprintf(stderr, "hostfault: the run without faults failed: %s\n", err.message);
    forget(self);
    return NULL;
}
