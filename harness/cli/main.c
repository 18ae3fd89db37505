/*
 * The tool's entry: which verb, its arguments, its exit status. What a verb does is in cmd_<verb>.c; nothing else is decided here.
 */
#include "base_version.h"
#include "cli.h"
#include "cli_verbs.h"
#include "system_tool.h"

#include <string.h>

#include "base_poison.h"

const hf_cli_verb *const hf__cli_verbs[] = {
#define HF_CLI_VERB(name) &hf__cmd_##name,
    HF_CLI_VERBS
#undef HF_CLI_VERB
        NULL,
};

const hf_cli_verb *hf__cli_verb_by_name(const char *name)
{
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++)
        if (strcmp((*verb)->name, name) == 0)
            return *verb;
    return NULL;
}

static hf_cli_exit complain_verb(const char *name)
{
    const char *names[32] = {"help"};
    for (size_t i = 0; hf__cli_verbs[i] != NULL; i++)
        names[i + 1] = hf__cli_verbs[i]->name;
    const char *nearest = hf__cli_nearest(name, names);
    return hf__cli_bad_usage(NULL, "no %s '%s'%s%s%s", name[0] == '-' ? "option" : "verb", name, nearest != NULL ? "; did you mean '" : "",
                             nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static hf_cli_exit help(int argc, char **argv)
{
    if (argc == 0) {
        hf__cli_print_help();
        return HF_CLI_MET;
    }
    const hf_cli_verb *verb = hf__cli_verb_by_name(argv[0]);
    if (verb == NULL)
        return complain_verb(argv[0]);
    if (argc > 1)
        return hf__cli_bad_usage(NULL, "'help' does not know what to do with '%s'", argv[1]);
    hf__cli_print_verb_help(verb);
    return HF_CLI_MET;
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
            exit_status = verb->run(&arguments);
        }
    }
    hf__cli_clear(&arguments);
    return exit_status;
}

static hf_cli_exit dispatch(int argc, char **argv)
{
    if (argc < 2) {
        hf__cli_print_help();
        return HF_CLI_USAGE;
    }
    const char *word = argv[1];
    if (strcmp(word, "--version") == 0) {
        hf__report_put(hf__cli_out(), "hostfault " HF_VERSION "\n");
        return HF_CLI_MET;
    }
    if (strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        return help(argc - 2, argv + 2);
    const hf_cli_verb *verb = hf__cli_verb_by_name(word);
    return verb != NULL ? run_verb(verb, argc - 2, argv + 2) : complain_verb(word);
}

int main(int argc, char **argv)
{
    hf__os_tool_begin(&argc, &argv);
    hf_cli_exit exit_status = dispatch(argc, argv);
    if (!hf__cli_flush()) {
        hf__cli_complain("cannot write to standard output");
        exit_status = HF_CLI_HARNESS;
    }
    return (int)exit_status;
}
