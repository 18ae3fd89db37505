/* SPDX-License-Identifier: MIT
 * Parses a command line with a verb's option table and the table of common options. Strict: an unknown option and a missing or superfluous value are
 * rejected with one line, before anything runs. `--name value` and `--name=value` are the same, as are `-n value` and `-nvalue`; `-qv` is `-q -v`.
 * `--` ends the options and, for verbs that run a command, begins the command.
 */
#include "heap_alloc.h"
#include "heap_quote.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_callers.h"
#include "cli_project.h"
#include "cli_values.h"
#include "report_case.h"

#include <string.h>

#include "base_poison.h"

typedef struct reader {
    const hf_cli_verb *verb;
    int argc, at;
    char **argv;
    char *values;
    hf_cli_common common;
    unsigned char *given; /* of each option of the verb: was it on the command line? */
    const char **operands;
    size_t operand_count;
    const char *const *command;
} reader;

const hf_cli_option hf__cli_common_options[] = {
    {"--color", "WHEN", HF_CLI_TEXT, offsetof(hf_cli_common, color), 0, 0, "auto, always or never (also NO_COLOR, FORCE_COLOR)"},
    {"-h, --help", NULL, HF_CLI_FLAG, offsetof(hf_cli_common, help), 0, 0, "this page"},
    {.name = NULL},
};

const char *hf__cli_option_name(const hf_cli_option *option)
{
    return option->name[1] == '-' ? option->name : option->name + strlen("-x, ");
}

const char *hf__cli_nearest(const char *word, const char *const *words)
{
    const unsigned limit = strlen(word) <= 4 ? 1 : 2;
    const char *nearest = NULL;
    unsigned best = limit + 1;
    for (; *words != NULL; words++) {
        unsigned distance = hf__edit_distance(hf__text(word), hf__text(*words), limit);
        if (distance < best) {
            best = distance;
            nearest = *words;
        }
    }
    return nearest;
}

/* The option with this full name ("--jobs") or this letter; NULL. *values: the struct that has its field. */
typedef bool is_named(const hf_cli_option *option, hf_text name);
static const hf_cli_option *find_option(reader *self, is_named *is, hf_text name, void **values)
{
    *values = self->values;
    for (size_t i = 0; i < self->verb->option_count; i++) {
        if (!is(&self->verb->options[i], name))
            continue;
        self->given[i] = 1;
        return &self->verb->options[i];
    }
    *values = &self->common;
    for (const hf_cli_option *option = hf__cli_common_options; option->name != NULL; option++)
        if (is(option, name))
            return option;
    return NULL;
}

static bool is_whole_name(const hf_cli_option *option, hf_text name)
{
    return hf__text_equal_string(name, hf__cli_option_name(option));
}

static bool is_letter(const hf_cli_option *option, hf_text name)
{
    return option->name[1] != '-' && option->name[1] == name.pointer[0];
}

static void complain_unknown(const hf_cli_verb *verb, hf_text name)
{
    const char *names[64] = {NULL};
    size_t count = 0;
    HF_ASSERT(verb->option_count + 8 <= HF_COUNT_OF(names));
    for (size_t i = 0; i < verb->option_count; i++)
        names[count++] = hf__cli_option_name(&verb->options[i]);
    for (const hf_cli_option *option = hf__cli_common_options; option->name != NULL; option++)
        names[count++] = hf__cli_option_name(option);
    char *word = hf__copy_text(name);
    const char *nearest = name.size_bytes > 2 ? hf__cli_nearest(word, names) : NULL;
    (void)hf__cli_bad_usage(verb, "'%s' has no option '%s'%s%s%s", verb->name, word, nearest != NULL ? "; did you mean '" : "",
                            nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
    hf__free(word);
}

/* The argument after the one at `self->at`, as the value of `option`. NULL after an error message. */
static const char *next_argument(reader *self, const hf_cli_option *option)
{
    if (self->at + 1 < self->argc && strcmp(self->argv[self->at + 1], "--") != 0)
        return self->argv[++self->at];
    const char *name = hf__cli_option_name(option);
    (void)hf__cli_bad_usage(self->verb, "option '%s' needs a value: %s %s", name, name, option->value);
    return NULL;
}

static bool read_long(reader *self, const char *argument)
{
    void *values = NULL;
    const char *equals = strchr(argument, '=');
    hf_text name = {argument, equals != NULL ? (size_t)(equals - argument) : strlen(argument)};
    const hf_cli_option *option = find_option(self, is_whole_name, name, &values);
    if (option == NULL) {
        complain_unknown(self->verb, name);
        return false;
    }
    if (option->kind == HF_CLI_FLAG && equals != NULL) {
        (void)hf__cli_bad_usage(self->verb, "option '%s' takes no value", hf__cli_option_name(option));
        return false;
    }
    const char *value = option->kind == HF_CLI_FLAG ? "" : equals != NULL ? equals + 1 : next_argument(self, option);
    return value != NULL && hf__cli_value_read(values, option, value, self->verb);
}

/* One or more options of one letter: "-q", "-qv", "-j 4", "-j4", "-j=4". */
static bool read_letters(reader *self, const char *argument)
{
    for (const char *letter = argument + 1; *letter != '\0'; letter++) {
        void *values = NULL;
        const char text[2] = {'-', *letter};
        const hf_cli_option *option = find_option(self, is_letter, (hf_text){letter, 1}, &values);
        if (option == NULL) {
            complain_unknown(self->verb, letter == argument + 1 && letter[1] != '\0' ? hf__text(argument) : (hf_text){text, 2});
            return false;
        }
        bool is_flag = option->kind == HF_CLI_FLAG;
        const char *value = is_flag ? "" : letter[1] == '\0' ? next_argument(self, option) : letter + (letter[1] == '=' ? 2 : 1);
        if (value == NULL || !hf__cli_value_read(values, option, value, self->verb))
            return false;
        if (!is_flag)
            return true;
    }

    return true;
}

/* What follows `--`: a command for verbs that run one, operands for the others. */
static bool read_rest(reader *self)
{
    self->at++;
    if (!self->verb->takes_command) {
        for (; self->at < self->argc; self->at++)
            self->operands[self->operand_count++] = self->argv[self->at];
        return true;
    }
    if (self->at >= self->argc) {
        (void)hf__cli_bad_usage(self->verb, "no command after '--'");
        return false;
    }
    self->command = (const char *const *)(self->argv + self->at);
    self->at = self->argc;
    return true;
}

static bool read_argument(reader *self)
{
    const char *argument = self->argv[self->at];
    if (strcmp(argument, "--") == 0)
        return read_rest(self);
    if (strncmp(argument, "--", 2) == 0)
        return read_long(self, argument);
    if (argument[0] == '-' && argument[1] != '\0')
        return read_letters(self, argument);
    self->operands[self->operand_count++] = argument;
    return true;
}

static bool check_operands(const reader *self)
{
    const hf_cli_verb *verb = self->verb;
    if (self->operand_count > verb->operands_max) {
        const char *word = self->operands[verb->operands_max];
        char *advice = hf__cli_callers_advice(verb, word);
        (void)hf__cli_bad_usage(verb, "unexpected argument '%s'%s", word, advice);
        hf__free(advice);
        return false;
    }
    if (self->operand_count < verb->operands_min) {
        (void)hf__cli_bad_usage(verb, "'%s' needs a %s", verb->name, verb->operand);
        return false;
    }
    return true;
}

static bool take_common(const reader *self)
{
    const char *when = self->common.color;
    if (when == NULL || hf__cli_set_color(when))
        return true;
    (void)hf__cli_bad_usage(self->verb, "--color takes auto, always or never, not '%s'", when);
    return false;
}

/* --json and an output "-" would both be standard output. */
static bool check_stdout(const reader *self)
{
    const hf_cli_option *json = NULL;
    const char *other = NULL;
    for (size_t i = 0; i < self->verb->option_count; i++) {
        const hf_cli_option *option = &self->verb->options[i];
        const void *field = self->values + option->offset;
        if (option->kind == HF_CLI_FLAG && strcmp(option->name, "--json") == 0 && *(const bool *)field)
            json = option;
        if (option->kind == HF_CLI_OUTPUT && *(const char *const *)field != NULL && strcmp(*(const char *const *)field, "-") == 0)
            other = hf__cli_option_name(option);
    }
    if (json == NULL || other == NULL)
        return true;
    (void)hf__cli_bad_usage(self->verb, "--json and '%s -' are both standard output; give %s a file", other, other);
    return false;
}

bool hf__cli_parse(const hf_cli_verb *verb, int argc, char **argv, hf_cli_arguments *out, bool *wants_help)
{
    reader self = {.verb = verb, .argc = argc, .argv = argv};
    self.values = hf__allocate(1, verb->values_bytes > 0 ? verb->values_bytes : 1);
    self.operands = hf__allocate((size_t)argc + 1, sizeof *self.operands);
    self.given = hf__allocate(verb->option_count + 1, sizeof *self.given);
    bool good = true;
    for (; good && self.at < argc && !self.common.help; self.at++)
        good = read_argument(&self);
    if (good && !self.common.help)
        good = hf__cli_project_apply(verb, self.values, self.given);

    hf__free(self.given);
    good = good && take_common(&self) && check_stdout(&self);
    if (good && !self.common.help)
        good = check_operands(&self);
    *wants_help = self.common.help;
    *out = (hf_cli_arguments){
        .verb = verb, .values = self.values, .operands = self.operands, .operand_count = self.operand_count, .command = self.command};
    out->words = (const char *const *)argv;
    out->word_count = (size_t)argc;
    return good;
}

char *hf__cli_again(const hf_cli_arguments *arguments, const char *option)
{
    hf__heap_buffer buffer = {0};
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = &buffer};
    hf__report_print(&sink, "hostfault %s", arguments->verb->name);
    for (size_t i = 0; i <= arguments->word_count; i++) {
        const char *word = i < arguments->word_count ? arguments->words[i] : NULL; /* NULL: the end */
        if (option != NULL && word != NULL && strcmp(word, option) == 0)
            option = NULL;
        if (option != NULL && (word == NULL || strcmp(word, "--") == 0)) {
            hf__report_print(&sink, " %s", option);
            option = NULL;
        }
        if (word != NULL) {
            hf__report_put(&sink, " ");
            hf__heap_quote(&buffer, word);
        }
    }

    return buffer.text;
}

void hf__cli_clear(hf_cli_arguments *arguments)
{
    char *values = (char *)(uintptr_t)arguments->values;
    hf__cli_values_clear(values, arguments->verb);
    hf__free(values);
    hf__free((void *)(uintptr_t)arguments->operands);
    *arguments = (hf_cli_arguments){0};
}
