/*
 * Reading a command line by a verb's option table. Strict: an unknown option, a missing or superfluous value, a number with anything behind it
 * or out of range is refused with one line, before anything was done. `--name value` and `--name=value` are the same; `--` ends the options and,
 * for verbs that run a command, begins it.
 */
#include "base_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"

#include <string.h>

#include "base_poison.h"

typedef struct reader {
    const hf_cli_verb *verb;
    int argc, at;
    char **argv;
    char *values;
    const char **operands;
    size_t operand_count;
    const char *const *command;
    bool wants_help;
} reader;

static bool read_flag(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    (void)option;
    (void)text;
    (void)verb;
    *(bool *)field = true;
    return true;
}

static bool read_text(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    if (text[0] == '\0') {
        (void)hf__cli_bad_usage(verb, "option '%s' needs a %s that is not empty", option->name, option->value);
        return false;
    }
    *(const char **)field = text;
    return true;
}

static bool read_texts(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    (void)option;
    (void)verb;
    hf_cli_texts *texts = field;
    texts->items = hf__reallocate(texts->items, texts->count + 2, sizeof *texts->items);
    texts->items[texts->count++] = text;
    texts->items[texts->count] = NULL;
    return true;
}

static bool read_number(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    uint64_t value = 0;
    if (!hf__parse_u64(hf__text(text), &value)) {
        (void)hf__cli_bad_usage(verb, "option '%s': '%s' is not a whole number", option->name, text);
        return false;
    }
    if (value < option->low || value > option->high) {
        (void)hf__cli_bad_usage(verb, "option '%s': %s is not between %llu and %llu", option->name, text, (unsigned long long)option->low,
                                (unsigned long long)option->high);
        return false;
    }
    *(hf_cli_number *)field = (hf_cli_number){.given = true, .value = value};
    return true;
}

static bool read_duration(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    uint64_t microseconds = 0;
    if (!hf__parse_duration_us(hf__text(text), &microseconds)) {
        (void)hf__cli_bad_usage(verb, "option '%s': '%s' is not a duration; write 500ms, 10s or 2m", option->name, text);
        return false;
    }
    if (microseconds / 1000 < option->low || microseconds / 1000 > option->high) {
        (void)hf__cli_bad_usage(verb, "option '%s': %s is not between %llums and %llums", option->name, text, (unsigned long long)option->low,
                                (unsigned long long)option->high);
        return false;
    }
    *(hf_cli_number *)field = (hf_cli_number){.given = true, .value = microseconds / 1000};
    return true;
}

typedef bool read_value(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb);
static read_value *const readers[HF_CLI_KIND_COUNT] = {
    [HF_CLI_FLAG] = read_flag,     [HF_CLI_TEXT] = read_text,         [HF_CLI_TEXTS] = read_texts,
    [HF_CLI_NUMBER] = read_number, [HF_CLI_DURATION] = read_duration,
};

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

static void complain_unknown(const hf_cli_verb *verb, hf_text name)
{
    const char *names[64] = {"--help"};
    HF_ASSERT(verb->option_count + 2 <= HF_COUNT_OF(names));
    for (size_t i = 0; i < verb->option_count; i++)
        names[i + 1] = verb->options[i].name;
    char *word = hf__copy_text(name);
    const char *nearest = hf__cli_nearest(word, names);
    (void)hf__cli_bad_usage(verb, "'%s' has no option '%s'%s%s%s", verb->name, word, nearest != NULL ? "; did you mean '" : "",
                            nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
    hf__free(word);
}

static const hf_cli_option *find_option(const hf_cli_verb *verb, hf_text name)
{
    for (size_t i = 0; i < verb->option_count; i++)
        if (hf__text_equal_string(name, verb->options[i].name))
            return &verb->options[i];
    return NULL;
}

/* The value that belongs to the option at `self->at`: behind its '=', or the next argument. NULL after a complaint. */
static const char *value_of(reader *self, const hf_cli_option *option, const char *behind_equals)
{
    if (option->kind == HF_CLI_FLAG && behind_equals != NULL) {
        (void)hf__cli_bad_usage(self->verb, "option '%s' takes no value", option->name);
        return NULL;
    }
    if (option->kind == HF_CLI_FLAG)
        return "";
    if (behind_equals != NULL)
        return behind_equals;
    if (self->at + 1 >= self->argc || strcmp(self->argv[self->at + 1], "--") == 0) {
        (void)hf__cli_bad_usage(self->verb, "option '%s' needs a value: %s %s", option->name, option->name, option->value);
        return NULL;
    }
    return self->argv[++self->at];
}

static bool read_option(reader *self)
{
    const char *argument = self->argv[self->at];
    const char *equals = strchr(argument, '=');
    hf_text name = {argument, equals != NULL ? (size_t)(equals - argument) : strlen(argument)};
    if (hf__text_equal_string(name, "--help") || hf__text_equal_string(name, "-h")) {
        self->wants_help = true;
        return true;
    }
    const hf_cli_option *option = find_option(self->verb, name);
    if (option == NULL) {
        complain_unknown(self->verb, name);
        return false;
    }
    const char *value = value_of(self, option, equals != NULL ? equals + 1 : NULL);
    return value != NULL && readers[option->kind](self->values + option->offset, option, value, self->verb);
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
    if (argument[0] == '-' && argument[1] != '\0')
        return read_option(self);
    self->operands[self->operand_count++] = argument;
    return true;
}

static bool check_operands(const reader *self)
{
    const hf_cli_verb *verb = self->verb;
    if (self->operand_count < verb->operands_min) {
        (void)hf__cli_bad_usage(verb, "'%s' needs a %s", verb->name, verb->operand);
        return false;
    }
    if (self->operand_count > verb->operands_max) {
        (void)hf__cli_bad_usage(verb, "'%s' does not know what to do with '%s'", verb->name, self->operands[verb->operands_max]);
        return false;
    }
    return true;
}

bool hf__cli_parse(const hf_cli_verb *verb, int argc, char **argv, hf_cli_arguments *out, bool *wants_help)
{
    reader self = {.verb = verb, .argc = argc, .argv = argv};
    self.values = hf__allocate(1, verb->values_bytes > 0 ? verb->values_bytes : 1);
    self.operands = hf__allocate((size_t)argc + 1, sizeof *self.operands);
    bool good = true;
    for (; good && self.at < argc && !self.wants_help; self.at++)
        good = read_argument(&self);
    if (good && !self.wants_help)
        good = check_operands(&self);
    *wants_help = self.wants_help;
    *out = (hf_cli_arguments){
        .verb = verb, .values = self.values, .operands = self.operands, .operand_count = self.operand_count, .command = self.command};
    return good;
}

void hf__cli_clear(hf_cli_arguments *arguments)
{
    const hf_cli_verb *verb = arguments->verb;
    char *values = (char *)(uintptr_t)arguments->values;
    for (size_t i = 0; i < verb->option_count; i++)
        if (verb->options[i].kind == HF_CLI_TEXTS)
            hf__free(((hf_cli_texts *)(void *)(values + verb->options[i].offset))->items);
    hf__free(values);
    hf__free((void *)(uintptr_t)arguments->operands);
    *arguments = (hf_cli_arguments){0};
}
