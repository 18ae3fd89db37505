/* SPDX-License-Identifier: MIT
 * Learns the calls. Clean runs are compared, and what repeats decides how calls are told apart: by the same calls; else by the same requests
 * (releases may come in any order, as from a salted hash table); else by the same sites, whose calls are then numbered there. Times, addresses and
 * stacks do not count. All runs must end the same; a result that varies is not compared.
 *
 * One clean run starts in another second than the first, so a program that is seeded from time() is noticed here and not by drifting points.
 */
#include "sweep_learn.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_text.h"
#include "model_rule.h"
#include "os_thread.h"
#include "run_children.h"
#include "run_clean.h"
#include "run_folder.h"
#include "run_ordinal.h"
#include "symbol_binary.h"
#include "system_machine.h"
#include "trace_reader.h"
#include "verdict_steady.h"

#include <limits.h>
#include <string.h>

#include "base_poison.h"

#define STARTED_SECOND 17u /* its position in "2026-01-31T23:59:59.000Z" */

static hf_status check_clean(const hf__run_job *job, const hf__run_execution *execution, hf_error *err)
{
    char *said = hf__run_execution_said(execution);
    hf_status status = hf__run_check_refusal(job, execution->trace, said, err);
    hf__free(said);
    if (status == HF_OK)
        status = hf__run_check_killed(execution->trace, err);
    if (status == HF_OK && hf__run_timed_out(execution->trace))
        status =
            HF_FAIL(err, HF_ERROR_STATE, "timeout: without any fault the caller does not end within %llu ms; give it more time with --timeout TIME",
                    (unsigned long long)job->timeout_ms);
    return status;
}

/* The run with stacks measures nothing else, so the kernel counts in this run too. */
static hf_status execute(const hf__run_job *job, const char *scratch, const char *name, bool stacks, hf__run_execution *out, hf_error *err)
{
    void *plan = NULL;
    size_t plan_bytes = 0;
    hf__run_execution_clear(out);
    char *folder = hf__format("%s%s", job->steady != NULL ? "steady-" : "", name);
    hf__run_execution_init(out, hf__run_scratch_file(scratch, folder));
    hf__free(folder);
    out->counts = stacks;
    hf_status status = hf__run_job_compile(job, true, &plan, &plan_bytes, err);
    if (status == HF_OK)
        status = hf__system_folder_create_new(out->folder, err);
    if (status == HF_OK && stacks)
        ((hf_plan_image *)plan)->flags |= HF_PLAN_STACKS_ALWAYS;
    if (status == HF_OK)
        status = hf__run_execute(job, out, plan, plan_bytes, err);
    hf__free(plan);
    return status == HF_OK ? check_clean(job, out, err) : status;
}

static uint64_t count_calls(const hf__sweep_sites *sites)
{
    uint64_t calls = 0;
    for (size_t i = 0; i < sites->count; i++)
        calls += sites->items[i].count;
    return calls;
}

/* Sleeps until the second in which that run began is over. */
static void wait_for_another_second(const hf__run_execution *first)
{
    static uint32_t never;
    for (;;) {
        hf_os_utc now = hf__system_utc_now();
        char second[] = {(char)('0' + now.second / 10), (char)('0' + now.second % 10)};
        if (memcmp(first->started + STARTED_SECOND, second, sizeof second) != 0 || hf__run_stopping())
            return;
        hf__os_wait(&never, 0, (uint32_t)(1000 - now.millisecond));
    }
}

/* A program under the hook is not pinned. */
static hf_status run_thrice(hf__run_job *job, const char *scratch, bool waits, hf__sweep_baseline *out, hf_error *err)
{
    hf_status status = execute(job, scratch, "clean", false, &out->clean, err);
    if (status == HF_OK && hf__run_has_threads(out->clean.trace) && job->options.pin == 0 && job->hook == NULL) {
        job->options.pin = 1;
        status = execute(job, scratch, "clean-pinned", false, &out->clean, err);
    }
    if (status == HF_OK)
        status = execute(job, scratch, "stacks", true, &out->stacks, err);
    if (status == HF_OK && waits)
        wait_for_another_second(&out->clean);
    return status == HF_OK ? execute(job, scratch, "clean2", false, &out->clean2, err) : status;
}

static hf_steadiness steadiness_of(const hf__verdict_steady *steady)
{
    return steady->requests_differ ? HF_STEADY_SITES : steady->calls_differ ? HF_STEADY_REQUESTS : HF_STEADY_CALLS;
}

static hf__builder add_note(hf__sweep_baseline *baseline)
{
    char *note = baseline->notes[baseline->note_count++];
    return hf__builder_init(note, sizeof baseline->notes[0]);
}

/* What differs, how calls are told apart then, and what would help. soon: of two runs that began one after the other; later: of two that began in
 * different seconds. */
static void note_steadiness(hf__sweep_baseline *baseline, const hf__verdict_steady *soon, const hf__verdict_steady *later)
{
    static const char *const what[] = {[HF_STEADY_CALLS] = "", [HF_STEADY_REQUESTS] = "calls", [HF_STEADY_SITES] = "requests"};
    static const char *const how[] = {[HF_STEADY_CALLS] = "",
                                      [HF_STEADY_REQUESTS] = "its requests are the same apart from the order of releases, so they identify its calls",
                                      [HF_STEADY_SITES] = "its calls are identified by their site and their number there"};
    hf_steadiness level = baseline->steadiness;
    const hf__verdict_steady *differs = steadiness_of(soon) == level ? soon : later;
    if (level == HF_STEADY_CALLS)
        return;
    hf__builder note = add_note(baseline);
    hf__builder_print(&note, "its %s vary (%s); %s; ", what[level], differs->how, how[level]);
    if (differs == soon)
        hf__builder_print(&note, "hash salts, random numbers and process IDs cause this; give it a fixed seed if it takes one");
    else
        hf__builder_print(&note, "runs within one second are the same, so its seed may come from time(); give it a fixed seed if it takes one");
}

static void note_result(hf__sweep_baseline *baseline, const hf__verdict_steady *soon, const hf__verdict_steady *later)
{
    const hf__verdict_steady *differs = soon->results_differ ? soon : later;
    if (!differs->results_differ)
        return;
    hf__builder note = add_note(baseline);
    hf__builder_print(&note, "its result varies (%s): runs are compared by their exit status alone", differs->how_result);
}

/* Nor must a process that it starts, if these are followed; what such a one leaks may vary. */
static hf_status check_children(hf__sweep_baseline *baseline, const hf_verdict_options *options, hf_outcome program, hf_error *err)
{
    hf__run_children *children = baseline->clean.children;
    hf__run_children_end worst;
    hf__run_children_judge(children, &(hf__run_children_before){.clean = baseline->clean2.children}, options);
    char *problem = hf__run_children_problem(children);
    hf_status status = problem != NULL ? HF_FAIL(err, HF_ERROR_STATE, "without any fault: %s", problem) : HF_OK;
    hf__free(problem);
    if (status != HF_OK || !hf__run_children_worst(children, program, &worst))
        return status;
    hf_outcome outcome = worst.verdict->outcome;
    return hf_outcome_severity(outcome) == 0 || outcome == HF_OUTCOME_LEAKED
               ? HF_OK
               : HF_FAIL(err, HF_ERROR_STATE, "without any fault a process ends %s: %s", hf_outcome_name(outcome), worst.verdict->reason);
}

/* The clean run itself must not end badly. A reported failure does not prevent a sweep, nor do varying leaks if everything else varies too.
 */
static hf_status check_end(hf__sweep_baseline *baseline, bool status_only, hf_error *err)
{
    hf_verdict *verdict = NULL;
    hf_verdict_options options = HF_VERDICT_OPTIONS_INIT;
    options.status_only = status_only;
    hf_status status = hf_verdict_judge(baseline->clean.trace, baseline->clean2.trace, NULL, &options, &verdict, err);
    if (status == HF_OK)
        status = check_children(baseline, &options, verdict->outcome, err);
    if (status != HF_OK) {
        hf_verdict_destroy(verdict);
        return status;
    }
    bool leaks_vary = verdict->outcome == HF_OUTCOME_LEAKED && baseline->steadiness == HF_STEADY_SITES;
    if (hf_outcome_severity(verdict->outcome) > 0 && !leaks_vary)
        status = HF_FAIL(err, HF_ERROR_STATE, "without any fault the caller ends %s: %s", hf_outcome_name(verdict->outcome), verdict->reason);
    if (status == HF_OK && verdict->exit_status != 0) {
        hf__builder note = add_note(baseline);
        char *said = hf__run_execution_said(&baseline->clean);
        hf__builder_print(&note, "without any fault it ends with exit status %d%s; runs are compared by their exit status alone",
                          verdict->exit_status, said);
        hf__free(said);
    }
    hf_verdict_destroy(verdict);
    return status;
}

/* A program under the hook was often built elsewhere: explains why its places will be numbers. */
static void note_names(const hf__run_job *job, hf__sweep_baseline *baseline)
{
    hf__symbol_binary *program = NULL;
    if (job->hook == NULL || hf__symbol_binary_open(job->program, &program, NULL) != HF_OK)
        return;
    const char *missing = hf__symbol_binary_missing(program);
    if (!hf__symbol_binary_has_symbols(program)) {
        hf__builder note = add_note(baseline);
        hf__builder_print(&note, "%s has no symbol table%s%s: its functions are named by its exports, or by offset", hf__symbol_binary_name(program),
                          missing != NULL ? ", and " : " and names no PDB", missing != NULL ? missing : "");
    }
    hf__symbol_binary_close(program);
}

/* Under the hook, and in several processes, calls are always identified by their site. */
static hf_status compare_runs(hf__run_job *job, hf__sweep_baseline *out, hf_error *err)
{
    hf__verdict_steady soon, later;
    hf_status status = hf__verdict_steady_look(out->clean.trace, out->stacks.trace, &soon, err);
    if (status == HF_OK)
        status = hf__verdict_steady_look(out->clean.trace, out->clean2.trace, &later, err);
    if (status != HF_OK)
        return status;
    hf_steadiness least = steadiness_of(&soon) > steadiness_of(&later) ? steadiness_of(&soon) : steadiness_of(&later);
    out->steadiness = job->hook != NULL || job->follows ? HF_STEADY_SITES : least;
    out->varies = least;
    out->calls_repeat = least == HF_STEADY_CALLS && !soon.results_differ && !later.results_differ;
    out->is_repeatable = !soon.ends_differ && !later.ends_differ;

    if (!out->is_repeatable) {
        hf__text_copy(out->difference, sizeof out->difference, hf__text("they end with different exit statuses or signals"));
        return HF_OK;
    }

    job->scenario.status_only |= soon.results_differ || later.results_differ;
    if (job->hook == NULL && !job->follows)
        note_steadiness(out, &soon, &later);
    note_result(out, &soon, &later);
    note_names(job, out);
    out->results_vary = soon.results_differ || later.results_differ;
    out->other = (out->clean.trace->plan->flags & HF_PLAN_UNMODIFIED) == 0 ? NULL : soon.requests_differ ? &out->stacks : &out->clean2;
    return check_end(out, job->scenario.status_only != 0, err);
}

/* The program and what it starts, where that is followed, in both runs with stacks. */
static void learn_processes(const hf__run_job *job, uint32_t methods, hf__sweep_baseline *out)
{
    const hf__run_children *children = out->stacks.children;
    hf__sweep_pair processes[1 + HF_FOLLOWED_MAX] = {{out->stacks.trace, out->stacks2.trace}};
    size_t count = 1;
    for (uint32_t i = 0; i < HF_FOLLOWED_MAX; i++) {
        const hf_trace *trace = hf__run_children_trace(children, i);
        if (trace != NULL)
            processes[count++] = (hf__sweep_pair){trace, hf__run_children_like(children, i, out->stacks2.children)};
    }
    hf__sweep_sites_learn_common(processes, count, methods, &job->scenario.wrappers, &out->sites);
}

static hf_status learn_sites(const hf__run_job *job, const char *scratch, uint32_t methods, hf__sweep_baseline *out, hf_error *err)
{
    if (out->steadiness != HF_STEADY_SITES) {
        hf__sweep_sites_learn(out->stacks.trace, methods, &job->scenario.wrappers, &out->sites);
        return HF_OK;
    }
    hf_status status = execute(job, scratch, "stacks2", true, &out->stacks2, err);
    if (status == HF_OK)
        learn_processes(job, methods, out);
    return status;
}

static hf_status run_and_compare(hf__run_job *job, const char *scratch, bool waits, hf__sweep_baseline *out, hf_error *err)
{
    memset(out, 0, sizeof *out);
    hf_status status = run_thrice(job, scratch, waits, out, err);
    return status == HF_OK ? compare_runs(job, out, err) : status;
}

/* How far the runs agree: 0 completely; the larger, the less. */
static unsigned disagreement(const hf__sweep_baseline *baseline)
{
    if (!baseline->is_repeatable)
        return UINT_MAX;
    return 2 * (unsigned)baseline->varies + (baseline->results_vary ? 1 : 0);
}

static void note_steady(hf__sweep_baseline *baseline, const hf__sweep_baseline *before)
{
    hf__builder note = add_note(baseline);
    const char *what = !before->is_repeatable ? "runs end differently" : before->steadiness != HF_STEADY_CALLS ? "calls differ" : "results differ";
    hf__builder_print(&note, "random numbers and clocks come from the seed (--steady), because its %s otherwise; HF_STEADY=off prevents this", what);
}

/* Random numbers and clocks from the seed: kept if this makes the runs agree better. */
static hf_status try_steady(hf__run_job *job, const char *scratch, bool waits, bool status_only, hf__sweep_baseline *out, hf_error *err)
{
    hf__sweep_baseline tried = {.note_count = 0};
    bool as_before = job->scenario.status_only;
    hf_error ignored;
    hf_status status = hf__run_job_steady(job, true, err);

    if (status == HF_OK) {
        job->scenario.status_only = status_only;
        bool helps = run_and_compare(job, scratch, waits, &tried, &ignored) == HF_OK && disagreement(&tried) < disagreement(out);
        if (helps) {
            note_steady(&tried, out);
            hf__sweep_baseline_clear(out);
            bool is_second = tried.other == &tried.clean2;
            *out = tried;
            out->other = tried.other == NULL ? NULL : is_second ? &out->clean2 : &out->stacks;
        } else {
            job->scenario.status_only = as_before;
            hf__sweep_baseline_clear(&tried);
            status = hf__run_job_steady(job, false, err);
        }
    }

    return status;
}

hf_status hf__sweep_learn(hf__run_job *job, const char *scratch, uint32_t methods, bool waits, hf__sweep_baseline *out, hf_error *err)
{
    bool status_only = job->scenario.status_only;
    hf_status status = run_and_compare(job, scratch, waits, out, err);
    if (status == HF_OK && job->may_be_steady && disagreement(out) > 0)
        status = try_steady(job, scratch, waits, status_only, out, err);
    if (status == HF_OK && out->is_repeatable)
        status = learn_sites(job, scratch, methods, out, err);
    out->calls = count_calls(&out->sites);
    return status;
}

void hf__sweep_baseline_forget(hf__sweep_baseline *baseline, bool with_stacks)
{
    if (baseline->other != &baseline->clean2)
        hf__run_execution_clear(&baseline->clean2);
    if (!with_stacks && baseline->other != &baseline->stacks)
        hf__run_execution_clear(&baseline->stacks);
    hf__run_execution_clear(&baseline->stacks2);
}

void hf__sweep_baseline_clear(hf__sweep_baseline *baseline)
{
    hf__run_execution_clear(&baseline->clean);
    hf__run_execution_clear(&baseline->clean2);
    hf__run_execution_clear(&baseline->stacks);
    hf__run_execution_clear(&baseline->stacks2);
    hf__sweep_sites_clear(&baseline->sites);
}
