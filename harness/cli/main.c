/* SPDX-License-Identifier: MIT
 * The tool's entry: selects the verb, passes its arguments, returns its exit status. cmd_<verb>.c does the rest.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "cli.h"
#include "cli_commit.h"
#include "cli_json.h"
#include "os_thread.h"
#include "run_folder.h"
#include "system_guard.h"
#include "system_keeper.h"
#include "system_machine.h"
#include "system_tool.h"

#include <hostfault/version.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

static hf_cli_exit complain_verb(const char *name)
{
    const char *names[32] = {"help", "--help", "--version"};
    for (size_t i = 0; hf__cli_verbs[i] != NULL; i++)
        names[i + 3] = hf__cli_verbs[i]->name;
    const char *nearest = hf__cli_nearest(name, names);
    return hf__cli_bad_usage(NULL, "no %s '%s'%s%s%s", name[0] == '-' ? "option" : "verb", name, nearest != NULL ? "; did you mean '" : "",
                             nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static bool asks_for_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

static hf_cli_exit help(int argc, char **argv)
{
    if (argc == 0 || (argc == 1 && asks_for_help(argv[0]))) {
        hf__cli_print_help();
        return HF_CLI_MET;
    }
    const hf_cli_verb *verb = hf__cli_verb_by_name(argv[0]);
    if (verb == NULL)
        return complain_verb(argv[0]);
    if (argc > 1)
        return hf__cli_bad_usage(NULL, "unexpected argument '%s': 'help' takes one verb", argv[1]);
    hf__cli_print_verb_help(verb);
    return HF_CLI_MET;
}

/* A debugger needs the terminal, which only the first process group has. */
static void keep(const hf_cli_arguments *arguments)
{
    const hf_cli_verb *verb = arguments->verb;
    if (verb->can_interrupt && (verb->has_terminal == NULL || !verb->has_terminal(arguments->values)))
        hf__system_keeper_begin();
}

static hf_cli_exit run_verb(const hf_cli_verb *verb, int argc, char **argv)
{
    hf_cli_arguments arguments;
    bool wants_help = false;
    hf_cli_exit exit_status = HF_CLI_USAGE;
    if (hf__cli_parse(verb, argc, argv, &arguments, &wants_help)) {
        if (wants_help) {
            hf__cli_print_verb_help(verb);
            exit_status = HF_CLI_MET;
        } else {
            keep(&arguments);
            exit_status = verb->run(&arguments);
            exit_status = hf__run_stopping() ? HF_CLI_INTERRUPTED : exit_status;
        }
    }
    hf__cli_clear(&arguments);
    return exit_status;
}

/* The information for a bug report, or for a script that needs a version. */
static hf_cli_exit version(int argc, char **argv)
{
    bool as_json = argc > 0 && strcmp(argv[0], "--json") == 0;
    if (argc > (as_json ? 1 : 0))
        return hf__cli_bad_usage(NULL, "unexpected argument '%s': '--version' takes --json", argv[as_json ? 1 : 0]);
    if (!as_json) {
        hf__report_put(hf__cli_out(), "hostfault " HF_VERSION "\n");
        return HF_CLI_MET;
    }
    const char *commit = HF_COMMIT;
    char kernel[128];
    hf__system_kernel_name(kernel, sizeof kernel);
    hf__cli_print_json(json_pack("{s:s, s:s, s:s, s:o, s:s}", "schema", "hostfault-version/1", "name", "hostfault", "version", HF_VERSION, "commit",
                                 commit[0] != '\0' ? json_string(commit) : json_null(), "system", kernel));
    return HF_CLI_MET;
}

static hf_cli_exit dispatch(int argc, char **argv)
{
    if (argc < 2) {
        hf__cli_print_help();
        return HF_CLI_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--version") == 0)
        return version(argc - 2, argv + 2);
    if (asks_for_help(word))
        return help(argc - 2, argv + 2);
    const hf_cli_verb *verb = hf__cli_verb_by_name(word);
    return verb != NULL ? run_verb(verb, argc - 2, argv + 2) : complain_verb(word);
}

/* jansson omits from a document what it got no memory for, so its failures end the attempt too. */
static void *allocate_bytes(size_t size_bytes)
{
    void *bytes = malloc(size_bytes);
    if (bytes == NULL)
        hf__out_of_memory();
    return bytes;
}

typedef struct hf_cli_call {
    int argc;
    char **argv;
    hf_cli_exit exit_status;
    hf_status status;
} hf_cli_call;

static hf_status serve(void *given)
{
    hf_cli_call *call = given;
    hf__system_tool_begin(&call->argc, &call->argv);
    json_set_alloc_funcs(allocate_bytes, free);
    call->exit_status = dispatch(call->argc, call->argv);
    return HF_OK;
}

/* Runs where the stack is large enough. An out-of-memory error returns here, never across stacks. */
static void attempt(void *given)
{
    hf_cli_call *call = given;
    call->status = hf__heap_attempt_all(serve, call, NULL);
}

int main(int argc, char **argv)
{
    hf_cli_call call = {.argc = argc, .argv = argv};
    hf__system_tool_with_stack(attempt, &call);
    if (call.status != HF_OK) {
        hf__os_complain("hostfault: error: out of memory\n");
        hf__system_keeper_finish();
        return HF_CLI_HARNESS;
    }

    hf_cli_exit exit_status = call.exit_status;
    if (!hf__cli_flush()) {
        hf__cli_complain("cannot write to standard output");
        exit_status = HF_CLI_HARNESS;
    }
    if (hf__system_guard_losses() > 0) {
        hf__cli_complain("a file was truncated while it was read: try again when nothing else writes to it");
        exit_status = HF_CLI_HARNESS;
    }
    hf__system_keeper_finish();
    return (int)exit_status;
}
