/* SPDX-License-Identifier: MIT
 * `hostfault sweep`: fails every memory request of a caller, in every documented way. Findings are printed as they occur, each with the
 * command that repeats it. Progress goes to stderr, and only to a terminal.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_allow.h"
#include "cli_coverage.h"
#include "cli_files.h"
#include "cli_hook.h"
#include "cli_json.h"
#include "cli_results.h"
#include "cli_runner.h"
#include "cli_shard.h"
#include "cli_sweep.h"
#include "cli_verbs.h"
#include "os_thread.h"
#include "system_tool.h"
#include "report_command.h"
#include "report_case.h"
#include "report_findings.h"
#include "report_headline.h"
#include "report_jump.h"
#include "report_points.h"
#include "run_folder.h"
#include "run_json.h"

#include <hostfault/sweep.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define JOBS_MAX 1024u
#define TIMEOUT_MAX_MS (24u * 60 * 60 * 1000)
#define PROGRESS_US 200000u
#define BAR_WIDTH 24u
#define BAR_FROM_COLUMNS 90u   /* a terminal with room for the bar and the text after it */
#define LEFT_AFTER_US 3000000u /* before this time and this number of points, an estimate is a guess: "1963 s left" for a sweep of 40 s */
#define LEFT_AFTER_POINTS 20u

typedef struct sweep_values {
    const char *caller, *results, *callers, *methods, *failures, *sites, *shard, *isolate, *workdir;
    hf_cli_number jobs, timeout, stack_depth, depth, budget, points, storm;
    hf_cli_texts wrappers, env;
    bool every_call, lies, strict, guard_pages, resume, json, quiet, no_proof;
    bool hook, follow_children;
    const char *attach, *allow, *write_allow;
    bool steady, coverage;
} sweep_values;

typedef struct sweep_view {
    bool silent; /* JSON only, or --quiet */
    bool shows_progress;
    uint64_t shown_us;
    json_t *findings, *notes; /* NULL unless --json */
    char *caller;             /* in the form that known findings use */
    hf_cli_allow allow;
    hf__heap_buffer *entries; /* --write-allow; else NULL */
} sweep_view;

static void print_clean(const char *text)
{
    char *clean = hf__report_clean(hf__text(text));
    hf__report_put(hf__cli_out(), clean);
    hf__free(clean);
}

/* Nothing is printed before an empty text. */
static void print_taken(char *text_take, const char *before)
{
    if (text_take[0] != '\0')
        hf__report_put(hf__cli_out(), before);
    print_clean(text_take);
    hf__free(text_take);
}

static void print_linked(char *text_take)
{
    char *clean = hf__report_clean(hf__text(text_take));
    hf__report_put_linked(hf__cli_out(), clean);
    hf__free(clean);
    hf__free(text_take);
}

static void collect_finding(json_t *list, const hf_sweep_finding *finding, const char *allowed)
{
    char *place = hf__report_clean(hf__text(finding->place));
    char *reason = hf__report_clean(hf__text(finding->reason));
    char *ended = hf__report_clean(hf__text(finding->ended));
    char *detail = hf__report_clean(hf__text(finding->detail));
    char *cause = hf__report_clean(hf__text(finding->cause));
    json_t *object = json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s?}", "id", finding->id, "outcome",
                               hf_outcome_name(finding->outcome), "severity", (int)finding->severity, "method", finding->method, "place", place,
                               "earlier", finding->earlier, "fault", finding->fault, "reason", reason, "cause", cause, "ended", ended, "detail",
                               detail, "ways", (json_int_t)finding->ways, "points", (json_int_t)finding->points, "allowed", allowed);
    json_array_append_new(list, object);
    hf__free(cause);
    hf__free(detail);
    hf__free(ended);
    hf__free(reason);
    hf__free(place);
}

/* As compilers tell it, "src/a.c:7: error: crashed: in f, through a null pointer", where the file is here: editors and terminals jump there. Else
 * with the outcome first and the file's name. */
static void print_headline(const hf_sweep_finding *finding, bool is_allowed)
{
    const hf_report_sink *out = hf__cli_out();
    bool has_end = finding->ended[0] != '\0';
    const char *outcome = hf_outcome_name(finding->outcome);
    hf_report_tone tone = is_allowed ? HF_TONE_FAINT : HF_TONE_BAD;
    char *jump = has_end ? hf__report_jump(finding->ended, finding->end_stack) : hf__report_jump(finding->place, finding->stack);
    if (jump == NULL) {
        hf__report_tone(out, tone, "%-9s", outcome);
        hf__report_put(out, " ");
        print_taken(hf__report_headline(finding->outcome, finding->ended, finding->detail, finding->method, finding->place), "");
        return;
    }
    print_linked(hf__format("%s: ", jump));
    hf__report_tone(out, tone, "%s: %s", is_allowed ? "note" : "error", outcome);
    hf__report_put(out, ": ");
    char *function = hf__report_place_function(has_end ? finding->ended : finding->place);
    print_taken(hf__report_headline(finding->outcome, has_end ? function : "", finding->detail, finding->method, function), "");
    hf__free(function);
    hf__free(jump);
}

/* The place of the refused request, if the headline does not say it. */
static void print_way(const hf_sweep_finding *finding)
{
    char *jump = finding->ended[0] != '\0' ? hf__report_jump(finding->place, finding->stack) : NULL;
    char *function = jump != NULL ? hf__report_place_function(finding->place) : hf__copy_string(finding->place);
    char *way = hf__report_way_line(finding->ended, finding->method, function, finding->ways);
    if (jump != NULL)
        print_linked(hf__format("\n%s: note: ", jump));
    print_taken(way, jump != NULL ? "" : "\n          ");
    hf__free(function);
    hf__free(jump);
}

static void print_finding(const hf_sweep_finding *finding, const char *allowed)
{
    const hf_report_sink *out = hf__cli_out();
    print_headline(finding, allowed != NULL);
    print_way(finding);
    if (finding->earlier[0] != '\0')
        hf__report_print(out, "\n          %s", finding->earlier);
    hf__report_print(out, "\n          %s\n          ", finding->fault);
    print_clean(finding->reason);
    if (allowed != NULL)
        hf__report_print(out, "\n          allowed: %s", allowed);
    hf__report_print(out, "\n          hostfault replay %s%s\n", finding->id, hf__report_command_options());
}

static void found(const hf_sweep_finding *finding, void *user)
{
    sweep_view *view = user;
    const hf_allow_finding known = {
        .caller = view->caller, .fingerprint = finding->cause, .place = finding->place, .ended = finding->ended, .outcome = finding->outcome};
    char *allowed = hf__cli_allow_why(&view->allow, &known);
    if (view->findings != NULL)
        collect_finding(view->findings, finding, allowed);
    if (view->entries != NULL)
        hf__cli_allow_add(view->entries, &known);
    if (!view->silent) {
        hf__cli_progress_clear();
        print_finding(finding, allowed);
        (void)hf__cli_flush();
    }
    hf__free(allowed);
}

/* Printed before all findings: how the caller is swept, and why. */
static void print_note(const char *text, void *user)
{
    sweep_view *view = user;
    if (view->notes != NULL)
        json_array_append_new(view->notes, hf__run_json_text(text));
    if (view->silent)
        return;
    hf__report_tone(hf__cli_out(), HF_TONE_FAINT, "note      ");
    print_clean(text);
    hf__report_put(hf__cli_out(), "\n");
    (void)hf__cli_flush();
}

static void show_stage(const hf_sweep_progress *now)
{
    if (now->total > 0)
        hf__cli_progress("  %s: %llu of %llu", now->doing, (unsigned long long)now->done, (unsigned long long)now->total);
    else
        hf__cli_progress("  %s", now->doing);
}

/* ", 12 s left", once it is meaningful: the first points of a sweep do not represent the others. */
static void print_left(char *buffer, size_t capacity, const hf_sweep_progress *now)
{
    double rate = now->elapsed_us > 0 ? (double)now->made * 1e6 / (double)now->elapsed_us : 0;
    bool is_measured = now->elapsed_us >= LEFT_AFTER_US && now->made >= LEFT_AFTER_POINTS && rate > 0;
    buffer[0] = '\0';
    if (is_measured)
        (void)snprintf(buffer, capacity, ", %.0f/s, %.0f s left", rate, (double)(now->total - now->done) / rate);
}

/* The most important part comes first: a narrow terminal cuts the line, and has no room for the bar. */
static void show_points(const hf_sweep_progress *now)
{
    char left[64];
    char bar[BAR_WIDTH + 4] = "";
    unsigned width = hf__system_terminal_width(2);
    print_left(left, sizeof left, now);
    if (width == 0 || width >= BAR_FROM_COLUMNS) {
        memset(bar, '.', BAR_WIDTH + 2);
        memset(bar + 1, '#', (size_t)(now->done * BAR_WIDTH / now->total));
        bar[0] = '[';
        bar[BAR_WIDTH + 1] = ']';
        bar[BAR_WIDTH + 2] = ' ';
    }
    hf__cli_progress("  %s%llu of %llu points, %llu finding%s%s", bar, (unsigned long long)now->done, (unsigned long long)now->total,
                     (unsigned long long)now->findings, now->findings == 1 ? "" : "s", left);
}

static void progress(const hf_sweep_progress *now, void *user)
{
    sweep_view *view = user;
    uint64_t at = hf__os_now_us();
    if (!view->shows_progress)
        return;
    if (now->doing != NULL) {
        show_stage(now);
        return;
    }
    if (at - view->shown_us < PROGRESS_US || now->total == 0)
        return;
    view->shown_us = at;
    show_points(now);
}

/* The command that continues an unfinished sweep. */
static void tell_resume(const hf_sweep_summary *summary, const char *again)
{
    (void)hf__cli_flush();
    if (summary->points == 0)
        hf__cli_complain("interrupted before the first point: nothing was swept");
    else
        hf__cli_complain("interrupted after %llu of %llu points; the rest:\n  %s", (unsigned long long)summary->done,
                         (unsigned long long)summary->points, again);
}

static hf_cli_exit tell_unstable(const hf_sweep_summary *summary)
{
    char *clean = hf__report_clean(hf__text(summary->difference));
    hf__report_tone(hf__cli_out(), HF_TONE_BAD, "unstable");
    hf__report_print(hf__cli_out(), "  two runs without faults differ, so nothing can be compared: %s\n", clean);
    hf__free(clean);
    return HF_CLI_UNMET;
}

static hf_cli_exit parse_isolation(const hf_cli_arguments *arguments, const char *text, hf_sweep_options *options)
{
    static const char *const names[] = {[HF_ISOLATION_AUTO] = "auto", [HF_ISOLATION_FORK] = "fork", [HF_ISOLATION_RERUN] = "rerun"};
    for (uint8_t i = 0; text != NULL && i < HF_COUNT_OF(names); i++) {
        if (strcmp(text, names[i]) == 0) {
            options->isolation = i;
            return HF_CLI_MET;
        }
    }
    return text == NULL ? HF_CLI_MET : hf__cli_bad_usage(arguments->verb, "--isolate takes auto, fork or rerun, not '%s'", text);
}

/* Why a known finding that did not occur may still exist; NULL: the sweep was complete. */
static const char *unfinished(const hf_sweep_summary *summary, const sweep_values *values)
{
    if (summary->stopped || summary->left > 0 || summary->points == 0)
        return "not every point was tested";
    if (values->shard != NULL)
        return "this is one shard; 'hostfault report --allow' judges them after a merge";
    return values->sites != NULL ? "--sites chose some of the sites" : NULL;
}

/* What fails the sweep: findings that are not allowed, and entries that are out of date. */
static hf_cli_exit exit_for_summary(const hf_sweep_summary *summary, const sweep_values *values, sweep_view *view, const char *again)
{
    const char *const callers[] = {view->caller, NULL};
    const char *rest = unfinished(summary, values);
    hf_cli_exit worst = summary->findings > view->allow.allowed || summary->unstable ? HF_CLI_UNMET : HF_CLI_MET;
    if (values->json) {
        json_t *entries = hf__cli_allow_json(&view->allow, callers, rest);
        worst = json_array_size(entries) > 0 ? HF_CLI_UNMET : worst;
        hf__cli_print_json(hf__cli_sweep_json(summary, view->findings, view->notes, entries));
        return worst;
    }
    if (summary->unstable)
        return tell_unstable(summary);
    if (summary->points > 0) {
        hf__cli_sweep_print(summary, view->allow.allowed, again);
        worst = hf__cli_worse(worst, hf__cli_allow_check(&view->allow, callers, rest));
    }
    return worst;
}

static hf_cli_exit sweep_with(const hf_scenario *scenario, const hf_cli_arguments *arguments, hf_sweep_options *options, sweep_view *view)
{
    const sweep_values *values = arguments->values;
    const hf_sweep_listener listener = {.found = found, .note = print_note, .progress = progress, .user = view};
    char *again = hf__cli_again(arguments, "--resume");
    hf_sweep_summary summary;
    hf_error err;
    hf__system_on_interrupt(hf_run_stop);
    hf_status status = hf_sweep_run(scenario, options, &listener, &summary, &err);
    hf__cli_progress_clear();
    bool failed = status != HF_OK && !hf__run_stopping();
    hf_cli_exit worst = failed ? hf__cli_complain_error(&err) : exit_for_summary(&summary, values, view, again);
    if (hf__run_stopping())
        tell_resume(&summary, again);
    if (!failed && view->entries != NULL && !hf__run_stopping())
        worst = hf__cli_worse(worst, hf__cli_allow_write(values->write_allow, view->entries));
    hf__free(again);
    return worst;
}

static hf_cli_exit sweep(const hf_scenario *scenario, const hf_cli_arguments *arguments, hf_sweep_options *options)
{
    const sweep_values *values = arguments->values;
    hf__heap_buffer entries = {0};
    sweep_view view = {.silent = values->json, .shows_progress = hf__system_is_terminal(2) && !values->quiet};
    view.findings = values->json ? json_array() : NULL;
    view.notes = values->json ? json_array() : NULL;
    view.entries = values->write_allow != NULL ? &entries : NULL;
    view.caller = hf__report_clean_caller(scenario->caller != NULL ? scenario->caller : scenario->command.items[0]);
    if (view.entries != NULL)
        hf__cli_allow_begin(view.entries);
    hf_cli_exit worst = hf__cli_allow_load(values->allow, &view.allow);
    if (worst == HF_CLI_MET)
        worst = sweep_with(scenario, arguments, options, &view);
    hf__cli_allow_clear(&view.allow);
    json_decref(view.findings);
    json_decref(view.notes);
    hf__free(entries.text);
    hf__free(view.caller);
    return worst;
}

static hf_cli_exit run_sweep(const hf_cli_arguments *arguments)
{
    const sweep_values *values = arguments->values;
    if (values->caller == NULL && arguments->command == NULL)
        return hf__cli_bad_usage(arguments->verb, "'sweep' needs --caller NAME, or a command after '--'");
    if (values->allow != NULL && values->write_allow != NULL)
        return hf__cli_bad_usage(arguments->verb, "--write-allow starts a file of known findings, and --allow reads one; give one of them");
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.timeout_ms = (uint32_t)values->timeout.value;
    options.caller_path = values->callers;
    options.results = values->results;
    options.methods = values->methods;
    options.failures = values->failures;
    options.sites = values->sites;
    options.workdir = values->workdir;
    options.jobs = (uint32_t)values->jobs.value;
    options.stack_depth = (uint32_t)values->stack_depth.value;
    options.budget_ms = (uint32_t)values->budget.value;
    options.storm_limit = (uint32_t)values->storm.value;
    options.points_max = (uint32_t)values->points.value;
    options.every_call = values->every_call;
    options.lies = values->lies;
    options.strict = values->strict;
    options.guard_pages = values->guard_pages;
    options.depth = (uint8_t)values->depth.value;
    options.resume = values->resume;
    options.no_proof = values->no_proof;
    hf_cli_exit worst = hf__cli_shard_parse(arguments->verb, values->shard, &options.shard, &options.shards);
    if (worst == HF_CLI_MET)
        worst = hf__cli_allow_check_new(values->write_allow);
    if (worst == HF_CLI_MET)
        worst = parse_isolation(arguments, values->isolate, &options);
    if (worst != HF_CLI_MET)
        return worst;
    hf__cli_hook_set(values->hook, values->follow_children);
    hf__report_command_set(values->results, values->callers);
    hf__cli_attach_set(values->attach);
    hf__cli_steady_set(values->steady);
    const hf_cli_texts none = {0};
    hf_cli_scenarios scenarios;
    worst = hf__cli_scenarios_from_faults(values->caller, arguments->command, &none, &scenarios);
    if (worst == HF_CLI_MET)
        worst = hf__cli_runner_check_callers(&scenarios, values->callers);
    if (worst == HF_CLI_MET)
        worst = hf__cli_results_probe(values->results);
    hf__cli_scenarios_change(&scenarios, &values->env, false);
    hf__cli_files_note(worst == HF_CLI_MET && values->workdir == NULL ? arguments->command : NULL, values->caller == NULL, true);
    if (worst == HF_CLI_MET) {
        hf_scenario scenario = *scenarios.items[0].scenario;
        scenario.wrappers = (hf_string_list){.count = values->wrappers.count, .items = values->wrappers.items};
        worst = hf__cli_coverage_begin(values->coverage, &scenario, values->results);
        if (worst == HF_CLI_MET) {
            worst = sweep(&scenario, arguments, &options);
            worst = hf__cli_worse(worst, hf__cli_coverage_end(values->coverage, &scenario, values->json));
        }
    }
    hf__cli_scenarios_clear(&scenarios);
    return worst;
}

#define OFFSET(field) offsetof(sweep_values, field), 0, 0
#define TEXT_OPTION(field) HF_CLI_TEXT, OFFSET(field)
#define FLAG(field) HF_CLI_FLAG, offsetof(sweep_values, field), 0, 0
static const hf_cli_option options[] = {
    {"--caller", "NAME", TEXT_OPTION(caller), "the caller to sweep (see 'hostfault list callers')"},
    {"--methods", "LIST", TEXT_OPTION(methods), "methods to fail: names or shell patterns, separated by commas (default: those that acquire memory)"},
    {"--failures", "LIST", TEXT_OPTION(failures),
     "failures to inject: names of results, separated by commas (default: every documented one; under --hook: those of the system's own functions)"},
    {"--sites", "LIST", TEXT_OPTION(sites), "only sites whose fingerprint or place matches a pattern"},
    {"--every-call", NULL, FLAG(every_call), "fail every call of each site, not only the first, middle and last"},
    {"--lies", NULL, FLAG(lies), "also inject false successes that a caller can notice, and out-parameters other than null"},
    {"--strict", NULL, FLAG(strict),
     "a thread that was refused memory must not ask for more before the failure has surfaced (excuses: hostfault/expect.h, or an allow file)"},
    HF_CLI_COVERAGE_OPTION(sweep_values, coverage),
    {"--guard-pages", NULL, FLAG(guard_pages),
     "end each block of the built-in host's heap at an inaccessible page, to see reads and writes past it (scenarios: host: { guard: pages })"},
    {"--depth", "N", HF_CLI_NUMBER, offsetof(sweep_values, depth), 1, 2,
     "2: also inject a second fault into each call that the first one leads to (default 1)"},
    {"--stack-depth", "N", HF_CLI_NUMBER, offsetof(sweep_values, stack_depth), 1, 64, "stack frames that distinguish sites (default 16)"},
    {"--wrapper", "PATTERN", HF_CLI_TEXTS, offsetof(sweep_values, wrappers), 0, 0,
     "a wrapper, as FUNCTION or MODULE!FUNCTION: its caller is named instead; may be repeated (scenarios: 'wrapper')"},
    {"-j, --jobs", "N", HF_CLI_NUMBER, offsetof(sweep_values, jobs), 1, JOBS_MAX, "points at once (default: one per processor)"},
    {"--timeout", "TIME", HF_CLI_DURATION, offsetof(sweep_values, timeout), 1, TIMEOUT_MAX_MS,
     "time limit for each run (default: 1m for a clean run; for a point 20 clean runs plus a second, at most 10s or 3 clean runs)"},
    {"--budget", "TIME", HF_CLI_DURATION, offsetof(sweep_values, budget), 1, TIMEOUT_MAX_MS,
     "start no more points after this long; each site gets one point before any gets two, new sites first"},
    {"--points", "N", HF_CLI_NUMBER, offsetof(sweep_values, points), 1, UINT32_MAX,
     "make at most this many points, spread over the sites as by --budget"},
    {"--env", "NAME=VALUE", HF_CLI_SETTINGS, offsetof(sweep_values, env), 0, 0, "set a variable in the program's environment; may be repeated"},
    {"--workdir", "FOLDER", HF_CLI_FOLDER, offsetof(sweep_values, workdir), 0, 0,
     "run each point in a private copy of this folder, so that the program may write"},
    {"--storm", "N", HF_CLI_NUMBER, offsetof(sweep_values, storm), 1, UINT32_MAX,
     "this many failed requests in a row from one place are a storm (default 1000)"},
    {"--shard", "I/N", TEXT_OPTION(shard),
     "only shard I of N; 'hostfault merge' merges shards. auto: take I and N from the job system's variables; auto/N: only I"},
    {"--allow", "FILE", TEXT_OPTION(allow),
     "known findings, which do not make the exit status 1; entries that did not happen, or whose last day has passed, do"},
    {"--write-allow", "FILE", HF_CLI_OUTPUT, OFFSET(write_allow), "write the findings of this sweep as such a file"},
    {"--resume", NULL, FLAG(resume), "skip the points that the database already has"},
    {"--isolate", "HOW", TEXT_OPTION(isolate),
     "fork (points are clones of one run), rerun (each runs from the start) or auto (default: fork where it gives the same results)"},
    HF_CLI_ATTACH_OPTION(sweep_values, attach),
    HF_CLI_STEADY_OPTION(sweep_values, steady),
    HF_CLI_HOOK_OPTION(sweep_values, hook),
    HF_CLI_FOLLOW_OPTION(sweep_values, follow_children),
    {"--no-proof", NULL, FLAG(no_proof), "do not rerun each finding in full at the end"},
    {"--results", "FOLDER", HF_CLI_FOLDER, OFFSET(results), "results folder for hostfault.db and the findings' run folders (default: results)"},
    {"--callers", "FOLDERS", HF_CLI_FOLDERS, OFFSET(callers), "folders to search for callers first (also HF_CALLER_PATH)"},
    {"--json", NULL, FLAG(json), "print JSON (hostfault-sweep/1) instead of text"},
    {"-q, --quiet", NULL, FLAG(quiet), "no progress"},
};

const hf_cli_verb hf__cmd_sweep = {
    .name = "sweep",
    .about = "fail every place that requests memory, in every documented way",
    .usages = (const char *const[]){"--caller NAME [options] [-- ARGS...]", "[options] -- COMMAND ARGS...", NULL},
    .text = "Runs the caller without faults to learn where it requests memory, and whether it\n"
            "repeats itself. Then fails the first, middle and last call from every such place:\n"
            "in every way that is documented for the method, once and from then on. Every result\n"
            "goes into a database. Findings are printed at the end, grouped by cause: where the\n"
            "caller ended, the shortest way there, and the command that reproduces it.\n"
            "--depth 2 continues where a failure was handled well: it also fails each call that\n"
            "the caller made because of it (a retry, a fallback, an error path).\n"
            "--workdir gives a program that writes files a private copy of a folder for each run;\n"
            "its points then run from the start.\n"
            "A caller need not repeat itself exactly. A call is identified by its number where\n"
            "clean runs make the same calls or the same requests (releases in any order), else\n"
            "by its site and its number there; a result that varies is not compared. A note says\n"
            "what differs and what would help. One clean run starts in another second than the\n"
            "first (not with --no-proof), to detect a seed from time().\n"
            "Where the clean runs of an unmodified Linux program differ, they are made again as\n"
            "with --steady, and the sweep goes on so if they then agree better; HF_STEADY=off\n"
            "prevents that. --steady answers getrandom, getentropy, arc4random, /dev/urandom,\n"
            "time and the other clocks from the seed, but not the process id.\n"
            "Under --hook a call is always identified by its site and its number there; only\n"
            "sites that two runs have in common are swept, and 'from then on' means the calls of\n"
            "that site. Calls fail as the system's own functions do: out of memory, VirtualAlloc\n"
            "also at the commit limit.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "no findings but allowed ones",
    .unmet = "findings, or an entry of --allow that is out of date, or two runs without faults differ",
    .can_interrupt = true,
    .example = "  $ hostfault sweep --caller lua\n"
               "  $ hostfault sweep --caller lua --depth 2\n"
               "  $ hostfault sweep --failures E_OUTOFMEMORY -- ./my-program --selftest\n"
               "  > hostfault sweep --hook --methods VirtualAlloc -- 7za.exe a x.7z notes.txt\n",
    .values_bytes = sizeof(sweep_values),
    .operands_max = 0,
    .operand = "CALLER",
    .takes_command = true,
    .run = run_sweep,
};
