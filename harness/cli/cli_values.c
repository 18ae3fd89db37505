/* SPDX-License-Identifier: MIT
 * The kinds of option values. Every error names the option and the text, and says what would be accepted. A value is never cut, rounded or
 * replaced by a later one.
 */
#include "cli_values.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "system_machine.h"
#include "os_names.h"

#include <ctype.h>
#include <string.h>

#include "base_poison.h"

static bool complain_twice(const hf_cli_verb *verb, const hf_cli_option *option, const char *text)
{
    const char *name = hf__cli_option_name(option);
    (void)hf__cli_bad_usage(verb, "option '%s' is given twice, the second time as '%s'; it takes one value", name, text);
    return false;
}

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
        (void)hf__cli_bad_usage(verb, "option '%s' needs a non-empty %s", hf__cli_option_name(option), option->value);
        return false;
    }
    if (*(const char **)field != NULL)
        return complain_twice(verb, option, text);
    *(const char **)field = text;
    return true;
}

static bool read_folder(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    if (!hf__os_file_exists(text) || hf__os_is_folder(text))
        return read_text(field, option, text, verb);
    (void)hf__cli_bad_usage(verb, "option '%s': %s is a file, not a folder", hf__cli_option_name(option), text);
    return false;
}

static bool read_folders(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    bool good = true;
    for (const char *at = text; good && *at != '\0';) {
        size_t length = strcspn(at, HF_OS_LIST_SEPARATOR);
        char *folder = hf__copy_text((hf_text){at, length});
        good = length == 0 || hf__os_is_folder(folder);
        if (!good)
            (void)hf__cli_bad_usage(verb, "option '%s': no folder %s", hf__cli_option_name(option), folder);
        hf__free(folder);
        at += length + (at[length] != '\0' ? 1 : 0);
    }
    return good && read_text(field, option, text, verb);
}

/* Standard output under another name: truncating it, or writing to it from the beginning, would destroy the output of a redirection. */
static bool is_stdout(const char *text)
{
    static const char *const names[] = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(text, names[i]) == 0)
            return true;
    return false;
}

/* Checked before anything runs: otherwise an unwritable report would be noticed only after an hour. */
static bool check_output(const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    const char *slash = strrchr(text, '/');
    char *parent = slash != NULL && slash > text ? hf__copy_text((hf_text){text, (size_t)(slash - text)}) : hf__copy_string(".");
    bool is_folder = hf__os_is_folder(text), has_parent = slash == text || hf__os_is_folder(parent);
    if (is_folder)
        (void)hf__cli_bad_usage(verb, "option '%s': %s is a folder, not a file", hf__cli_option_name(option), text);
    else if (!has_parent)
        (void)hf__cli_bad_usage(verb, "option '%s': no folder %s to write %s to", hf__cli_option_name(option), parent, slash + 1);
    hf__free(parent);
    return !is_folder && has_parent;
}

static bool read_output(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    bool is_out = is_stdout(text);
    if (!is_out && !check_output(option, text, verb))
        return false;
    if (!read_text(field, option, is_out ? "-" : text, verb))
        return false;
    if (!is_out || hf__cli_take_stdout())
        return true;
    (void)hf__cli_bad_usage(verb, "option '%s': only one output can be standard output", hf__cli_option_name(option));
    return false;
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

/* NAME=VALUE, as in an environment. */
static bool read_setting(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text) {
        (void)hf__cli_bad_usage(verb, "option '%s': '%s' is not NAME=VALUE", hf__cli_option_name(option), text);
        return false;
    }
    return read_texts(field, option, text, verb);
}

static bool is_all_digits(const char *text)
{
    while (isdigit((unsigned char)*text))
        text++;
    return *text == '\0';
}

/* In the option's own unit. */
static bool take_number(void *field, const hf_cli_option *option, const char *text, uint64_t value, const hf_cli_verb *verb)
{
    const char *unit = option->kind == HF_CLI_DURATION ? "ms" : "";
    if (value < option->low || value > option->high) {
        (void)hf__cli_bad_usage(verb, "option '%s': %s is not between %llu%s and %llu%s", hf__cli_option_name(option), text,
                                (unsigned long long)option->low, unit, (unsigned long long)option->high, unit);
        return false;
    }
    if (((hf_cli_number *)field)->given)
        return complain_twice(verb, option, text);
    *(hf_cli_number *)field = (hf_cli_number){.given = true, .value = value};
    return true;
}

static bool read_number(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    uint64_t value = 0;
    const char *name = hf__cli_option_name(option);
    if (hf__parse_u64(hf__text(text), &value))
        return take_number(field, option, text, value, verb);
    if (text[0] != '\0' && is_all_digits(text))
        (void)hf__cli_bad_usage(verb, "option '%s': %s is too large; at most %llu", name, text, (unsigned long long)option->high);
    else
        (void)hf__cli_bad_usage(verb, "option '%s': '%s' is not a whole number", name, text);
    return false;
}

static bool read_duration(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    uint64_t microseconds = 0;
    if (hf__parse_duration_us(hf__text(text), &microseconds))
        return take_number(field, option, text, microseconds / 1000, verb);
    (void)hf__cli_bad_usage(verb, "option '%s': '%s' is not a duration; write 500ms, 10s or 2m", hf__cli_option_name(option), text);
    return false;
}

typedef bool read_value(void *field, const hf_cli_option *option, const char *text, const hf_cli_verb *verb);
static read_value *const readers[HF_CLI_KIND_COUNT] = {
    [HF_CLI_FLAG] = read_flag,        [HF_CLI_TEXT] = read_text,       [HF_CLI_OUTPUT] = read_output,
    [HF_CLI_FOLDER] = read_folder,    [HF_CLI_FOLDERS] = read_folders, [HF_CLI_TEXTS] = read_texts,
    [HF_CLI_SETTINGS] = read_setting, [HF_CLI_NUMBER] = read_number,   [HF_CLI_DURATION] = read_duration,
};

bool hf__cli_value_read(void *values, const hf_cli_option *option, const char *text, const hf_cli_verb *verb)
{
    return readers[option->kind]((char *)values + option->offset, option, text, verb);
}

void hf__cli_values_clear(void *values, const hf_cli_verb *verb)
{
    for (size_t i = 0; i < verb->option_count; i++) {
        const hf_cli_option *option = &verb->options[i];
        if (option->kind == HF_CLI_TEXTS || option->kind == HF_CLI_SETTINGS)
            hf__free(((hf_cli_texts *)(void *)((char *)values + option->offset))->items);
    }
}
