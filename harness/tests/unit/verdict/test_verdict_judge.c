/* SPDX-License-Identifier: MIT
 * The inputs that the judge rejects, and its options.
 */
#include "scene.h"

#include "hf_rows.h"

TestSuite(verdict_judge, .timeout = 120);

static hf_status judge_status(const char *script)
{
    hf_verdict *verdict = NULL;
    hf_error err = {0};
    hf_trace *trace = scene_play(script);
    hf_status status = hf_verdict_judge(trace, NULL, NULL, NULL, &verdict, &err);
    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
    return status;
}

Test(verdict_judge, a_trace_without_an_end_is_refused)
{
    cr_assert(eq(int, judge_status("map 10000 1000"), HF_ERROR_FORMAT));
    cr_assert(eq(int, judge_status("map 10000 1000; harness; exit"), HF_ERROR_FORMAT));
    cr_assert(eq(int, judge_status("exit"), HF_OK));
}

Test(verdict_judge, rule_that_fired_in_another_process_is_not_unfired)
{
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.fired_elsewhere = 1;
    hf_trace *trace = scene_play("must; exit");
    hf_verdict *verdict = NULL;
    hf_error err;
    cr_assert(eq(int, hf_verdict_judge(trace, NULL, NULL, &options, &verdict, &err), HF_OK));
    cr_assert(eq(int, verdict->outcome, HF_OUTCOME_OK));
    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
}

Test(verdict_judge, options_of_another_size_are_refused)
{
    hf_verdict_options options = {.struct_size = 4};
    hf_verdict *verdict = NULL;
    hf_error err = {0};
    hf_trace *trace = scene_play("exit");
    hf_status status = hf_verdict_judge(trace, NULL, NULL, &options, &verdict, &err);
    hf_trace_destroy(trace);
    cr_assert(all(eq(int, status, HF_ERROR_ARGUMENT), eq(ptr, verdict, NULL)));
}

Test(verdict_judge, storm_limit_can_be_set)
{
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.storm_limit = 3;
    hf_verdict *verdict = NULL;
    hf_error err = {0};
    hf_trace *trace = scene_play("times 3 fail map 0 1000; exit 1");
    hf_status status = hf_verdict_judge(trace, NULL, NULL, &options, &verdict, &err);
    cr_assert(all(eq(int, status, HF_OK), eq(int, verdict->outcome, HF_OUTCOME_STORM)));
    hf_verdict_destroy(verdict);
    hf_trace_destroy(trace);
}
