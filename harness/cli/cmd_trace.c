/* SPDX-License-Identifier: MIT
 * `hostfault trace`: prints a run's record, completely or in part, as canonical text or JSON; --verify derives every decision of the run again.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_json.h"
#include "cli_picture.h"
#include "cli_trace.h"
#include "symbol_stack.h"
#include "cli_verbs.h"
#include "report_page.h"
#include "report_svg.h"
#include "report_perfetto.h"

#include <hostfault/trace.h>

#include "base_poison.h"

#define AROUND_MAX 100000u

typedef struct trace_values {
    const char *thread, *method, *perfetto, *html, *svg, *png;
    hf_cli_texts roots;
    hf_cli_number around;
    bool injected, stacks, times, verify, json;
} trace_values;

/* Foreign names, each on its own line. */
static size_t print_stack(const hf_event *event, char *buffer, size_t capacity, void *user)
{
    hf__builder line = hf__builder_init(buffer, capacity);
    hf__symbol_place *stack = NULL;
    char text[HF_PLACE_BYTES];
    size_t count = hf__symbol_stack_expand(user, event, &stack);
    for (size_t i = 0; i < count; i++) {
        (void)hf__symbol_place_print(&stack[i], text, sizeof text);
        hf__builder_print(&line, "\n      %s", text);
    }
    hf__free(stack);
    return line.length;
}

static void print_text(const hf_trace *trace, const trace_values *values)
{
    hf__symbol_places *places = hf__symbol_places_create(trace);
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.around = (uint32_t)values->around.value;
    options.with_stacks = values->stacks;
    options.print_stack = print_stack;
    options.print_stack_user = places;
    options.with_times = values->times;
    options.only_thread = values->thread;
    options.only_method = values->method;
    options.only_injected = values->injected;
    hf__cli_trace_print(trace, &options, hf__cli_out());
    hf__symbol_places_destroy(places);
}

static hf_cli_exit verify(const hf_trace *trace, const char *operand)
{
    hf_error err;
    hf_trace_summary summary;
    if (hf_trace_verify(trace, &err) != HF_OK) {
        hf__cli_complain("%s: %s", operand, err.message);
        return HF_CLI_UNMET;
    }
    hf_trace_summarize(trace, &summary);
    hf__report_print(hf__cli_out(), "verified: every decision recomputed (calls %llu, faults %llu)\n", (unsigned long long)summary.calls,
                     (unsigned long long)summary.fired);
    return HF_CLI_MET;
}

static void print_perfetto(const hf_report_sink *sink, void *user)
{
    hf__report_perfetto(sink, user);
}

static void print_page(const hf_report_sink *sink, void *user)
{
    hf__report_page_print(sink, json_incref(user));
}

static void print_svg(const hf_report_sink *sink, void *user)
{
    hf__report_svg_run(sink, user);
}

typedef hf_cli_exit write_report(const char *path, hf_cli_print *print, void *user);

/* From a run's folder: a page and a picture also show how it ended. path NULL: not requested. */
static hf_cli_exit write_page(const char *path, const char *folder, write_report *write, hf_cli_print *print)
{
    hf_error err;
    if (path == NULL)
        return HF_CLI_MET;
    json_t *page = hf__report_page_of_run(folder, &err);
    if (page == NULL)
        return hf__cli_complain_error(&err);
    hf_cli_exit worst = write(path, print, page);
    json_decref(page);
    return worst;
}

static bool is_export(const trace_values *values)
{
    return values->perfetto != NULL || values->html != NULL || values->svg != NULL || values->png != NULL;
}

static bool is_narrowed(const trace_values *values)
{
    return values->verify || values->json || values->stacks || values->times || values->around.given || values->injected || values->thread != NULL ||
           values->method != NULL;
}

static hf_cli_exit check_usage(const hf_cli_verb *verb, const trace_values *values)
{
    if (values->json && (values->stacks || values->times || values->around.given))
        return hf__cli_bad_usage(verb, "--json prints everything about each call; --around, --stacks and --times are for text");
    if (values->verify && (values->json || values->stacks || values->times || values->around.given))
        return hf__cli_bad_usage(verb, "--verify prints no calls; leave the other options out");
    if (is_export(values) && is_narrowed(values))
        return hf__cli_bad_usage(verb, "--perfetto, --html, --svg and --png write the whole run to their files; leave the other options out");
    return hf__cli_picture_check(values->png);
}

static hf_cli_exit write_exports(const trace_values *values, const char *folder, hf_trace *trace)
{
    hf_cli_exit worst = hf__cli_report_write(values->perfetto, print_perfetto, trace);
    worst = hf__cli_worse(worst, write_page(values->html, folder, hf__cli_report_write, print_page));
    worst = hf__cli_worse(worst, write_page(values->svg, folder, hf__cli_report_write, print_svg));
    return hf__cli_worse(worst, write_page(values->png, folder, hf__cli_picture_write, print_svg));
}

static hf_cli_exit run_trace(const hf_cli_arguments *arguments)
{
    const trace_values *values = arguments->values;
    hf__cli_report_roots(&values->roots);
    hf_trace *trace = NULL;
    hf_cli_exit worst = check_usage(arguments->verb, values);
    if (worst == HF_CLI_MET)
        worst = hf__cli_trace_open(arguments->operands[0], &trace);
    const hf_cli_trace_filter filter = {.thread = values->thread, .method = values->method, .only_injected = values->injected};
    if (worst == HF_CLI_MET)
        worst = hf__cli_trace_check_filter(arguments->verb, trace, &filter);

    if (worst != HF_CLI_MET) {
        hf_trace_destroy(trace);
        return worst;
    }
    if (is_export(values))
        worst = write_exports(values, arguments->operands[0], trace);
    else if (values->verify)
        worst = verify(trace, arguments->operands[0]);
    else if (values->json)
        hf__cli_print_json(hf__cli_trace_json(trace, &filter));
    else
        print_text(trace, values);
    hf_trace_destroy(trace);
    return worst;
}

static const hf_cli_option options[] = {
    {"--thread", "LABEL", HF_CLI_TEXT, offsetof(trace_values, thread), 0, 0, "only this thread's calls"},
    {"--method", "LIST", HF_CLI_TEXT, offsetof(trace_values, method), 0, 0,
     "only these methods: names or shell patterns, separated by commas, as 'Malloc.*'"},
    {"--injected", NULL, HF_CLI_FLAG, offsetof(trace_values, injected), 0, 0, "only calls that a fault was injected into"},
    {"--around", "N", HF_CLI_NUMBER, offsetof(trace_values, around), 1, AROUND_MAX, "only N lines before and after each injected one"},
    {"--stacks", NULL, HF_CLI_FLAG, offsetof(trace_values, stacks), 0, 0, "print the recorded stacks too, with function, file and line"},
    {"--times", NULL, HF_CLI_FLAG, offsetof(trace_values, times), 0, 0, "print when each call was made and how long it took"},
    {"--verify", NULL, HF_CLI_FLAG, offsetof(trace_values, verify), 0, 0, "recompute every decision of the run, and compare"},
    {"--perfetto", "FILE", HF_CLI_OUTPUT, offsetof(trace_values, perfetto), 0, 0, "write it for a trace viewer instead: calls, live bytes, faults"},
    {"--source-root", "FOLDER", HF_CLI_TEXTS, offsetof(trace_values, roots), 0, 0, HF_CLI_ROOTS_HELP},
    {"--html", "FILE", HF_CLI_OUTPUT, offsetof(trace_values, html), 0, 0,
     "write the run of a FOLDER as a page: calls around the faults, memory over time"},
    {"--svg", "FILE", HF_CLI_OUTPUT, offsetof(trace_values, svg), 0, 0, "write a picture of a FOLDER's memory and faults, for an issue or a chat"},
    {"--png", "FILE", HF_CLI_OUTPUT, offsetof(trace_values, png), 0, 0, "the same as a PNG; rsvg-convert (librsvg) draws it"},
    {"--json", NULL, HF_CLI_FLAG, offsetof(trace_values, json), 0, 0, "print JSON (hostfault-trace/1) instead of text"},
};

const hf_cli_verb hf__cmd_trace = {
    .name = "trace",
    .about = "print, filter, verify or export what a run recorded",
    .usages = (const char *const[]){"FOLDER|FILE [options]", NULL},
    .text = "Prints the trace of a run: of its folder, or the trace file itself. One call\n"
            "per line, by thread; `!` marks an injected call, `~` one that was answered\n"
            "HOST_E_CLRNOTAVAILABLE because of an earlier E_FAIL. --perfetto writes a file that\n"
            "ui.perfetto.dev, chrome://tracing and speedscope open, --html a page for a browser.\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "printed; with --verify: every decision is as recomputed",
    .unmet = "--verify: a decision differs",
    .example = "  $ hostfault trace results/runs/20260131-235959.123-commit-fails-1a2b3c --around 5\n",
    .values_bytes = sizeof(trace_values),
    .operands_min = 1,
    .operands_max = 1,
    .operand = "FOLDER or FILE",
    .run = run_trace,
};
