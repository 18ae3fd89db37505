/* SPDX-License-Identifier: MIT
 * The caller `clr`: takes a host as the .NET Framework CLR does, starts, runs a managed program, stops.
 *
 * Arguments: --program app|hello|alloc|jit|domains|locks|threads|stack, --threads N, --turns, --policy ACTION, --critical-policy ACTION, --retry,
 * --start-again, --start-anyway, --domain-manager. README.md describes them.
 *
 * What a process leaves at its end stays: the original releases neither its heap nor its managers. A policy that ends the process does so through
 * the exit status, whose low byte is all that a POSIX system keeps of 0x8013102A; the fast and rude ways out do not return from main.
 */
#include "clr_program.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base_poison.h"

typedef struct clr_options {
    const clr_program *program;
    clr_program_options run;
    clr_action action[2];
    bool start_again, start_anyway, domain_manager;
} clr_options;

/* One option: true if it was understood. value is NULL if there is no next argument. */
static bool set_program(clr_options *options, const char *value)
{
    options->program = clr_program_by_name(value);
    return options->program != NULL;
}

static bool set_threads(clr_options *options, const char *value)
{
    char *end = NULL;
    unsigned long count = strtoul(value, &end, 10);
    options->run.threads = (uint32_t)count;
    return *value != '-' && end != value && *end == '\0' && count >= 1 && count <= 64;
}

static bool set_policy(clr_options *options, const char *value)
{
    options->action[0] = options->action[1] = clr_action_by_name(value);
    return options->action[0] != CLR_ACTION_NONE;
}

static bool set_critical_policy(clr_options *options, const char *value)
{
    options->action[1] = clr_action_by_name(value);
    return options->action[1] != CLR_ACTION_NONE;
}

static bool set_retry(clr_options *options, const char *value)
{
    (void)value;
    options->run.retry = true;
    return true;
}

static bool set_turns(clr_options *options, const char *value)
{
    (void)value;
    options->run.turns = true;
    return true;
}

static bool set_start_again(clr_options *options, const char *value)
{
    (void)value;
    options->start_again = true;
    return true;
}

static bool set_start_anyway(clr_options *options, const char *value)
{
    (void)value;
    options->start_anyway = true;
    return true;
}

static bool set_domain_manager(clr_options *options, const char *value)
{
    (void)value;
    options->domain_manager = true;
    return true;
}

static const struct {
    const char *name;
    bool has_value;
    bool (*set)(clr_options *options, const char *value);
} known[] = {
    {"--program", true, set_program},
    {"--threads", true, set_threads},
    {"--policy", true, set_policy},
    {"--critical-policy", true, set_critical_policy},
    {"--turns", false, set_turns},
    {"--retry", false, set_retry},
    {"--start-again", false, set_start_again},
    {"--start-anyway", false, set_start_anyway},
    {"--domain-manager", false, set_domain_manager},
};

static bool parse(int argc, char *const *argv, clr_options *options)
{
    for (int i = 0; i < argc; i++) {
        bool understood = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0] && !understood; k++) {
            if (strcmp(argv[i], known[k].name) != 0 || (known[k].has_value && i + 1 == argc))
                continue;
            i += known[k].has_value ? 1 : 0;
            understood = known[k].set(options, argv[i]);
            if (!understood)
                break;
        }
        if (!understood) {
            (void)fprintf(stderr, "clr: cannot understand '%s'; see harness/callers/clr/README.md\n", argv[i]);
            return false;
        }
    }

    return true;
}

static hf_caller_end failed(const char *step, HRESULT hr)
{
    (void)fprintf(stderr, "clr: %s failed with 0x%08X\n", step, (unsigned)hr);
    return HF_CALLER_REPORTED;
}

/* What the runtime's host does: hand itself over, ask for a policy, start. */
static hf_caller_end start(clr_runtime *clr, IHostControl *control, const clr_options *options)
{
    hf_phase("startup");
    HRESULT hr = clr_set_host_control(clr, control);
    if (FAILED(hr) && !options->start_anyway)
        return failed("SetHostControl", hr);
    for (int critical = 0; critical < 2; critical++)
        if (options->action[critical] != CLR_ACTION_NONE)
            (void)clr_policy_set(clr, critical == 1, options->action[critical]);
    clr->domain_manager = options->domain_manager;
    hr = clr_start(clr);
    if (FAILED(hr) && options->start_again)
        hr = clr_start(clr);
    return FAILED(hr) ? failed("Start", hr) : HF_CALLER_OK;
}

static const char *const exception_names[] = {
    [CLR_NO_EXCEPTION] = "none",
    [CLR_OUT_OF_MEMORY] = "System.OutOfMemoryException",
    [CLR_COM_EXCEPTION] = "System.Runtime.InteropServices.COMException",
    [CLR_THREAD_ABORTED] = "System.Threading.ThreadAbortException",
    [CLR_DOMAIN_UNLOADED] = "System.AppDomainUnloadedException",
    [CLR_EXIT] = "process exit",
};

static void give_result(const clr_runtime *clr, const clr_options *options)
{
    char text[160];
    int length = snprintf(text, sizeof text, "%s: digest %016llx, finalized %llu", options->program->name, (unsigned long long)clr->main.digest,
                          (unsigned long long)clr->gc.finalized);
    printf("%s\n", text);
    (void)fflush(stdout);
    hf_result(text, (size_t)length);
}

/* Runs the program and says how it ended, as ExecuteInDefaultAppDomain tells its host: by an HRESULT, not by a crash. */
static hf_caller_end execute(clr_runtime *clr, const clr_options *options)
{
    clr_program_run run = {.thread = &clr->main, .options = &options->run};
    hf_phase("running");
    clr_program_execute(options->program, &run);
    hf_phase("shutdown");
    clr_stop(clr);
    give_result(clr, options);
    if (clr->exiting && clr->rude_exit) {
        (void)fflush(NULL);
        _Exit(clr->exit_code & 0xFF);
    }

    if (clr->exiting)
        return (hf_caller_end)(clr->exit_code & 0xFF);
    if (clr->main.exception != CLR_NO_EXCEPTION)
        return failed(exception_names[clr->main.exception], clr->disabled ? HOST_E_CLRNOTAVAILABLE : clr->main.exception_hr);
    if (run.lost > 0)
        (void)fprintf(stderr, "clr: %u domains or threads of the program were lost\n", run.lost);
    return run.lost > 0 ? HF_CALLER_REPORTED : HF_CALLER_OK;
}

/* There is one runtime in a process, as in the original. */
static clr_runtime runtime;

static hf_caller_end run_clr(hf_caller_run *run)
{
    clr_options options = {.program = clr_program_by_name("app"), .run = {.threads = 4}};
    if (!parse(run->argc, run->argv, &options))
        return HF_CALLER_USAGE;
    clr_runtime_init(&runtime);
    hf_caller_end end = start(&runtime, run->control, &options);
    if (end == HF_CALLER_OK)
        end = execute(&runtime, &options);
    run->state = &runtime;
    return end;
}

static const char *check_code(const clr_runtime *clr)
{
    for (uint32_t i = 0; i < clr->domain_count; i++)
        for (uint32_t m = 0; m < clr->domains[i]->method_count; m++)
            if (clr_jit_checksum(clr->domains[i]->methods[m]) != clr->domains[i]->methods[m]->checksum)
                return "compiled code changed";
    return NULL;
}

/* Every object, reference and compiled method is what it was made as. A runtime that did not start has nothing to check. */
static int check_clr(hf_caller_run *run, const char **why)
{
    const clr_runtime *clr = run->state;
    *why = NULL;
    if (clr == NULL || !clr->started)
        return 1;
    *why = clr_gc_verify(&clr->gc);
    if (*why == NULL)
        *why = check_code(clr);
    if (*why == NULL)
        clr_runtime_end(&runtime);
    return *why == NULL;
}

const hf_caller clr_caller = {
    .struct_size = sizeof(hf_caller),
    .sees = HF_SEES_NULL,
    .name = "clr",
    .about = "a model of the .NET Framework CLR: loader heaps, JIT, collected heap, domains, escalation policy",
    .run = run_clr,
    .check = check_clr,
};
