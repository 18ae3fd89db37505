/* SPDX-License-Identifier: MIT
 * Completions: verbs, the options of each verb, the words that an option or an operand takes, files where it takes one.
 */
#include "base_check.h"
#include "base_text.h"
#include "docs.h"

#include <string.h>

#include "base_poison.h"

#define HEAD "# Made by the build from the tables of hostfault's command line.\n"

static void put_word(const hf_report_sink *sink, const char *word)
{
    hf__report_put(sink, " ");
    hf__report_put(sink, word);
}

/* Options that take one of a few words; the tool itself knows the callers. */
static const struct {
    const char *option, *words;
} choices[] = {
    {"--attach", "auto linked preload trap"},
    {"--caller", "$(hostfault list callers 2>/dev/null | sed -n '2,$s/^\\([a-z][^ ]*\\).*/\\1/p')"},
    {"--color", "auto always never"},
    {"--isolate", "auto fork rerun"},
};

static const char *choices_of(const hf_cli_option *option)
{
    for (size_t i = 0; i < HF_COUNT_OF(choices); i++) {
        if (strcmp(choices[i].option, hf__cli_option_name(option)) == 0)
            return choices[i].words;
    }
    return NULL;
}

static bool takes_word(const hf_cli_verb *verb)
{
    const char *usage = verb->usages[0];
    return usage[0] >= 'a' && usage[0] <= 'z' && memchr(usage, '|', strcspn(usage, " ")) != NULL;
}

/* The words that the verb's operand is one of, as its usage has them ("methods|words [--json]"), with spaces between. */
static void put_operands(const hf_report_sink *sink, const hf_cli_verb *verb)
{
    const char *usage = verb->usages[0];
    size_t length = takes_word(verb) ? strcspn(usage, " ") : 0;
    for (size_t i = 0; i < length; i++) {
        const char space_or_letter[2] = {usage[i] == '|' ? ' ' : usage[i], '\0'};
        hf__report_put(sink, space_or_letter);
    }
}

/* bash */

static void put_bash_option(const hf_cli_option *option, void *user)
{
    char letter[3];
    const hf_report_sink *sink = user;
    if (hf__docs_letter(option, letter)[0] != '\0')
        put_word(sink, letter);
    put_word(sink, hf__cli_option_name(option));
}

/* Options with a value that is not a file: nothing is offered after them. */
static void put_bash_value(const hf_cli_option *option, void *user)
{
    char letter[3];
    const hf_report_sink *sink = user;
    if (option->value == NULL || choices_of(option) != NULL || hf__docs_takes_file(option))
        return;
    hf__docs_letter(option, letter);
    hf__report_print(sink, "|%s", hf__cli_option_name(option));
    if (letter[0] != '\0')
        hf__report_print(sink, "|%s", letter);
}

static void put_bash_choice(const hf_cli_option *option, void *user)
{
    const char *words = choices_of(option);
    if (words != NULL)
        hf__report_print(user, "        %s) compopt +o default; mapfile -t COMPREPLY < <(compgen -W \"%s\" -- \"$word\"); return ;;\n",
                         hf__cli_option_name(option), words);
}

void hf__docs_bash(const hf_report_sink *sink)
{
    hf__report_put(sink,
                   HEAD "_hostfault()\n{\n"
                        "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} verb=${COMP_WORDS[1]} options= operands= i\n"
                        "    COMPREPLY=()\n"
                        "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
                        "        mapfile -t COMPREPLY < <(compgen -W 'help --help --version");
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++)
        put_word(sink, (*verb)->name);
    hf__report_put(sink, "' -- \"$word\")\n        return\n    fi\n"
                         "    for ((i = 2; i < COMP_CWORD; i++)); do\n"
                         "        [ \"${COMP_WORDS[i]}\" != -- ] || return # a command of the user's own\n    done\n"
                         "    case $verb in\n");
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++) {
        hf__report_print(sink, "    %s)\n        case $before in\n        ''", (*verb)->name);
        hf__docs_each_option(*verb, put_bash_value, (void *)(uintptr_t)sink);
        hf__report_put(sink, ") compopt +o default; return ;;\n");
        hf__docs_each_option(*verb, put_bash_choice, (void *)(uintptr_t)sink);
        hf__report_put(sink, "        esac\n        operands='");
        put_operands(sink, *verb);
        hf__report_put(sink, "'\n        options='");
        hf__docs_each_option(*verb, put_bash_option, (void *)(uintptr_t)sink);
        hf__report_put(sink, "'\n        ;;\n");
    }
    hf__report_put(sink, "    help)\n        operands='");
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++)
        put_word(sink, (*verb)->name);
    hf__report_put(sink, "'\n        ;;\n"
                         "    esac\n"
                         "    case $word in\n"
                         "    -*) mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\") ;;\n"
                         "    *) mapfile -t COMPREPLY < <(compgen -W \"$operands\" -- \"$word\") ;;\n"
                         "    esac\n"
                         "}\ncomplete -o default -F _hostfault hostfault\n");
}

/* zsh */

/* Inside '...[help]:value:' of _arguments. */
static void put_zsh_text(const hf_report_sink *sink, const char *text)
{
    for (; *text != '\0'; text++) {
        const char plain[2] = {*text, '\0'};
        const char *special = *text == '\''   ? "'\\''"
                              : *text == '['  ? "\\["
                              : *text == ']'  ? "\\]"
                              : *text == ':'  ? "\\:"
                              : *text == '\\' ? "\\\\"
                                              : plain;
        hf__report_put(sink, special);
    }
}

/* `words` is inside '...': a list is as it is, a command is run each time. */
static void put_zsh_choices(const hf_report_sink *sink, const char *words)
{
    if (words[0] != '$') {
        hf__report_print(sink, ":(%s)", words);
        return;
    }
    hf__report_put(sink, ":{ compadd -- ");
    for (; *words != '\0'; words++) {
        const char plain[2] = {*words, '\0'};
        hf__report_put(sink, *words == '\'' ? "'\\''" : plain);
    }
    hf__report_put(sink, " }");
}

static void put_zsh_form(const hf_report_sink *sink, const hf_cli_option *option, const char *name, bool is_letter)
{
    bool repeats = option->kind == HF_CLI_TEXTS || option->kind == HF_CLI_SETTINGS;
    hf__report_print(sink, " \\\n            '%s%s%s[", repeats ? "*" : "", name, option->value == NULL ? "" : is_letter ? "+" : "=");
    put_zsh_text(sink, option->help);
    hf__report_put(sink, "]");
    if (option->value != NULL) {
        hf__report_put(sink, ":");
        put_zsh_text(sink, option->value);
        const char *words = choices_of(option);
        if (words != NULL)
            put_zsh_choices(sink, words);
        else
            hf__report_put(sink, hf__docs_takes_file(option) ? ":_files" : ":");
    }
    hf__report_put(sink, "'");
}

static void put_zsh_option(const hf_cli_option *option, void *user)
{
    char letter[3];
    if (hf__docs_letter(option, letter)[0] != '\0')
        put_zsh_form(user, option, letter, true);
    put_zsh_form(user, option, hf__cli_option_name(option), false);
}

static void put_zsh_operands(const hf_report_sink *sink, const hf_cli_verb *verb)
{
    if (takes_word(verb)) {
        hf__report_put(sink, " \\\n            ':operand:(");
        put_operands(sink, verb);
        hf__report_put(sink, ")'");
    } else if (verb->operands_max > 0 || verb->takes_command) {
        hf__report_put(sink, " \\\n            '*::operand:_files'");
    }
}

void hf__docs_zsh(const hf_report_sink *sink)
{
    hf__report_put(sink, "#compdef hostfault\n" HEAD "_hostfault() {\n    local -a verbs\n    verbs=(\n");
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++) {
        hf__report_print(sink, "        '%s:", (*verb)->name);
        put_zsh_text(sink, (*verb)->about);
        hf__report_put(sink, "'\n");
    }
    hf__report_put(sink, "        'help:say what a verb does'\n    )\n"
                         "    if (( CURRENT == 2 )); then\n        _describe verb verbs\n        return\n    fi\n"
                         "    local verb=$words[2]\n    shift words\n    (( CURRENT-- ))\n"
                         "    case $verb in\n        help) _describe verb verbs ;;\n");
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++) {
        hf__report_print(sink, "        %s)\n            _arguments -s -S", (*verb)->name);
        hf__docs_each_option(*verb, put_zsh_option, (void *)(uintptr_t)sink);
        put_zsh_operands(sink, *verb);
        hf__report_put(sink, "\n            ;;\n");
    }
    hf__report_put(sink, "    esac\n}\n_hostfault \"$@\"\n");
}

/* fish */

typedef struct fish {
    const hf_report_sink *sink;
    const char *verb;
} fish;

static void put_fish_text(const hf_report_sink *sink, const char *text)
{
    for (; *text != '\0'; text++) {
        const char plain[2] = {*text, '\0'};
        hf__report_put(sink, *text == '\'' ? "\\'" : *text == '\\' ? "\\\\" : plain);
    }
}

static void put_fish_option(const hf_cli_option *option, void *user)
{
    char letter[3];
    const fish *self = user;
    hf__report_print(self->sink, "complete -c hostfault -n '__fish_seen_subcommand_from %s'", self->verb);
    if (hf__docs_letter(option, letter)[0] != '\0')
        hf__report_print(self->sink, " -s %s", letter + 1);
    hf__report_print(self->sink, " -l %s%s", hf__cli_option_name(option) + 2,
                     option->value == NULL         ? ""
                     : hf__docs_takes_file(option) ? " -r -F"
                                                   : " -x");
    const char *words = choices_of(option);
    if (words != NULL) {
        hf__report_put(self->sink, " -a '");
        put_fish_text(self->sink, words[0] == '$' ? words + 1 : words); /* fish writes (command) without the $ */
        hf__report_put(self->sink, "'");
    }
    hf__report_put(self->sink, " -d '");
    put_fish_text(self->sink, option->help);
    hf__report_put(self->sink, "'\n");
}

static void put_fish_operands(const hf_report_sink *sink, const hf_cli_verb *verb)
{
    if (!takes_word(verb))
        return;
    hf__report_print(sink, "complete -c hostfault -n '__fish_seen_subcommand_from %s' -f -a '", verb->name);
    put_operands(sink, verb);
    hf__report_put(sink, "'\n");
}

void hf__docs_fish(const hf_report_sink *sink)
{
    hf__report_put(sink, HEAD);
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++) {
        const fish self = {sink, (*verb)->name};
        hf__report_print(sink, "complete -c hostfault -n __fish_use_subcommand -f -a %s -d '", (*verb)->name);
        put_fish_text(sink, (*verb)->about);
        hf__report_put(sink, "'\n");
        hf__docs_each_option(*verb, put_fish_option, (void *)(uintptr_t)&self);
        put_fish_operands(sink, *verb);
    }
    hf__report_put(sink, "complete -c hostfault -n '__fish_seen_subcommand_from help' -f -a '");
    for (const hf_cli_verb *const *verb = hf__cli_verbs; *verb != NULL; verb++)
        hf__report_print(sink, "%s%s", verb != hf__cli_verbs ? " " : "", (*verb)->name);
    hf__report_put(sink, "'\n");
    hf__report_put(sink, "complete -c hostfault -n __fish_use_subcommand -f -a help -d 'say what a verb does'\n"
                         "complete -c hostfault -n __fish_use_subcommand -l version -d 'print the version'\n");
}
