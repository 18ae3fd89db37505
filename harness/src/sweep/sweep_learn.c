/*
 * Learning. That a caller repeats itself is shown by its canonical calls and by how it ends; times, addresses and stacks do not count. An unmodified
 * program was not written to repeat its calls: it must end the same, and its sites are those that two runs have in common.
 */
#include "sweep_learn.h"
#include "base_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "model_rule.h"
#include "system_machine.h"
#include "run_ordinal.h"
#include "run_clean.h"
#include "trace_compare.h"

#include <string.h>

#include "base_poison.h"

static hf_status execute(const hf__job *job, const char *scratch, const char *name, bool stacks, hf__execution *out, hf_error *err)
{
    void *plan = NULL;
    size_t plan_bytes = 0;
    hf__execution_clear(out);
    hf__execution_init(out, hf__format("%s/%s", scratch, name));
    hf_status status = hf__job_compile(job, true, &plan, &plan_bytes, err);
    if (status == HF_OK)
        status = hf__os_folder_create_new(out->folder, err);
    if (status == HF_OK && stacks)
        ((hf_plan_image *)plan)->flags |= HF_PLAN_STACKS_ALWAYS;
    if (status == HF_OK)
        status = hf__execute(job, out, plan, plan_bytes, err);
    hf__free(plan);
    if (status != HF_OK)
        return status;
    char *said = hf__execution_said(out);
    status = hf__run_check_refusal(job, out->trace, said, err);
    hf__free(said);
    return status;
}

static hf_status check_end(const hf__sweep_lesson *lesson, hf_error *err)
{
    hf_verdict *verdict = NULL;
    hf_status status = hf_verdict_judge(lesson->clean.trace, lesson->clean2.trace, NULL, NULL, &verdict, err);
    if (status == HF_OK && hf_outcome_severity(verdict->outcome) > 0)
        status = HF_FAIL(err, HF_ERROR_STATE, "without any fault the caller ends %s: %s", hf_outcome_name(verdict->outcome), verdict->reason);
    hf_verdict_destroy(verdict);
    return status;
}

/* Where two runs part, in words. */
static bool differ(const hf_trace *a, const hf_trace *b, char *out, size_t capacity)
{
    hf__trace_difference difference;
    if (!hf__trace_first_difference(a, b, &difference))
        return false;
    hf__builder builder = hf__builder_init(out, capacity);
    hf__builder_print(&builder, "one run has '%s' where another has '%s'", difference.line_a[0] != '\0' ? difference.line_a : "nothing more",
                      difference.line_b[0] != '\0' ? difference.line_b : "nothing more");
    return true;
}

static uint64_t count_calls(const hf__sweep_sites *sites)
{
    uint64_t calls = 0;
    for (size_t i = 0; i < sites->count; i++)
        calls += sites->items[i].count;
    return calls;
}

/* An unmodified program is left as it is: not pinned, and stacks are taken in two runs. */
static hf_status run_unmodified(const hf__job *job, const char *scratch, hf__sweep_lesson *out, hf_error *err)
{
    hf_status status = execute(job, scratch, "clean", false, &out->clean, err);
    if (status == HF_OK)
        status = execute(job, scratch, "clean2", true, &out->clean2, err);
    return status == HF_OK ? execute(job, scratch, "stacks", true, &out->stacks, err) : status;
}

static hf_status learn_unmodified(const hf__job *job, const char *scratch, uint32_t methods, hf__sweep_lesson *out, hf_error *err)
{
    hf_verdict *verdict = NULL;
    hf_status status = run_unmodified(job, scratch, out, err);
    if (status == HF_OK)
        status = hf_verdict_judge(out->clean.trace, out->clean2.trace, out->stacks.trace, NULL, &verdict, err);
    if (status != HF_OK)
        return status;
    out->is_repeatable = verdict->outcome != HF_OUTCOME_UNSTABLE && verdict->outcome != HF_OUTCOME_SWALLOWED;
    bool differs = differ(out->clean.trace, out->clean2.trace, out->difference, sizeof out->difference);
    out->other = differs ? out->clean2.trace : out->stacks.trace;
    out->calls_repeat = !differs && !differ(out->clean.trace, out->stacks.trace, out->difference, sizeof out->difference);
    if (!out->is_repeatable)
        hf__text_copy(out->difference, sizeof out->difference, hf__text(verdict->reason));
    else if (hf_outcome_severity(verdict->outcome) > 0 && verdict->outcome != HF_OUTCOME_LEAKED) /* what is left may vary like all else */
        status = HF_FAIL(err, HF_ERROR_STATE, "without any fault the program ends %s: %s", hf_outcome_name(verdict->outcome), verdict->reason);
    else
        hf__sweep_sites_learn_common(out->stacks.trace, out->clean2.trace, methods, &job->scenario.wrappers, &out->sites);
    out->calls = count_calls(&out->sites);
    hf_verdict_destroy(verdict);
    return status;
}

static hf_status run_thrice(hf__job *job, const char *scratch, hf__sweep_lesson *out, hf_error *err)
{
    hf_status status = execute(job, scratch, "clean", false, &out->clean, err);
    if (status == HF_OK && hf__run_has_threads(out->clean.trace) && job->options.pin == 0) {
        job->options.pin = 1;
        status = execute(job, scratch, "clean-pinned", false, &out->clean, err);
    }
    if (status == HF_OK)
        status = execute(job, scratch, "clean2", false, &out->clean2, err);
    if (status == HF_OK)
        status = execute(job, scratch, "stacks", true, &out->stacks, err);
    return status;
}

hf_status hf__sweep_learn(hf__job *job, const char *scratch, uint32_t methods, hf__sweep_lesson *out, hf_error *err)
{
    memset(out, 0, sizeof *out);
    if (job->hook != NULL)
        return learn_unmodified(job, scratch, methods, out, err);
    hf_status status = run_thrice(job, scratch, out, err);
    if (status != HF_OK)
        return status;
    out->calls_repeat = out->is_repeatable = !differ(out->clean.trace, out->clean2.trace, out->difference, sizeof out->difference) &&
                                             !differ(out->clean.trace, out->stacks.trace, out->difference, sizeof out->difference);
    if (!out->is_repeatable)
        return HF_OK;
    status = check_end(out, err);
    if (status != HF_OK)
        return status;
    hf__sweep_sites_learn(out->stacks.trace, methods, &job->scenario.wrappers, &out->sites);
    out->calls = count_calls(&out->sites);
    return HF_OK;
}

void hf__sweep_lesson_clear(hf__sweep_lesson *lesson)
{
    hf__execution_clear(&lesson->clean);
    hf__execution_clear(&lesson->clean2);
    hf__execution_clear(&lesson->stacks);
    hf__sweep_sites_clear(&lesson->sites);
}
