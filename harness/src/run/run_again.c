/* SPDX-License-Identifier: MIT
 * Which parts of a run repeat: always its outcome; its calls only if one thread of a program with the shim makes them and no time-out ends it.
 */
#include "run_again.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "model_rule.h"
#include "system_machine.h"
#include "run_folder.h"
#include "run_ordinal.h"
#include "trace_compare.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

/* The signals of an invalid access (system_process.h): SIGSEGV, SIGBUS. */
#define HF_SIGNAL_ACCESS 11
#define HF_SIGNAL_BUS 7

/* The address shows whether the caller used memory that it never got (misused) or just died. Only a run that is watched from outside has it. */
static bool needs_address(const hf_verdict *verdict)
{
    return verdict->fired > 0 && (verdict->signal == HF_SIGNAL_ACCESS || verdict->signal == HF_SIGNAL_BUS);
}

bool hf__run_is_finding(const hf__run_job *job, const hf_verdict *verdict, bool met)
{
    if (job->options.once || verdict->outcome == HF_OUTCOME_UNSTABLE || verdict->outcome == HF_OUTCOME_UNFIRED)
        return false;
    return !met || needs_address(verdict);
}

bool hf__run_died(const hf_verdict *verdict)
{
    return verdict->outcome == HF_OUTCOME_CRASHED || verdict->outcome == HF_OUTCOME_ABORTED || verdict->outcome == HF_OUTCOME_HUNG;
}

hf_status hf__run_again(const hf__run_job *job, const hf__run_first *first, hf__run_execution *out, hf_error *err)
{
    hf__run_job again = *job;
    again.options.stacks = 1;
    hf_plan_image *with_stacks = hf__allocate(first->plan_bytes, 1);
    memcpy(with_stacks, first->plan, first->plan_bytes);
    with_stacks->flags |= HF_PLAN_STACKS_ALWAYS;
    char *folder = hf__run_folder_file(first->execution->folder, HF_RUN_AGAIN);
    hf_status status = hf__system_folder_create_new(folder, err);
    hf__run_execution_init(out, folder);
    out->looks_at_death = hf__run_died(first->verdict);
    out->clean = first->execution->clean;
    out->clean2 = first->execution->clean2;
    if (status == HF_OK)
        status = hf__run_execute(&again, out, with_stacks, first->plan_bytes, err);
    hf__free(with_stacks);
    hf_error why;
    hf_status noted = hf__run_execution_note(&again, out, status != HF_OK ? err->message : NULL, &why);
    if (status != HF_OK || noted == HF_OK)
        return status;
    *err = why;
    return noted;
}

static bool may_repeat(const hf_trace *trace, const hf_verdict *verdict)
{
    bool is_unmodified = (trace->plan->flags & HF_PLAN_UNMODIFIED) != 0;
    return verdict->outcome != HF_OUTCOME_HUNG && !is_unmodified && !hf__run_has_threads(trace);
}

hf_run_repeat hf__run_compare(bool calls_repeat, hf__run_evidence first, hf__run_evidence again, char *note, size_t capacity)
{
    hf__builder words = hf__builder_init(note, capacity);
    hf__trace_difference difference;
    if (again.verdict->outcome != first.verdict->outcome) {
        hf__builder_print(&words, "the second run is %s: %s", hf_outcome_name(again.verdict->outcome), again.verdict->reason);
        return HF_RUN_DIFFERED;
    }
    if (!calls_repeat || !may_repeat(first.trace, first.verdict) || !hf__trace_first_difference(first.trace, again.trace, &difference))
        return HF_RUN_REPEATED;
    hf_text one = hf__text_trim(hf__text(difference.line_a)), other = hf__text_trim(hf__text(difference.line_b));
    hf__builder_print(&words, "the second run makes other calls: \"%.80s\" where the first has \"%.80s\"", other.pointer, one.pointer);
    return HF_RUN_DIFFERED;
}
