/* SPDX-License-Identifier: MIT
 * The two destinations of the tool's text. stdout is only for results; stderr is for diagnostics and progress. This is the only
 * file of the tool that uses stdio, so that a lost write is noticed in one place.
 */
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "os_thread.h"
#include "system_output.h"
#include "system_tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

static void write_stream(const char *text, size_t size_bytes, void *user)
{
    /* A failed write leaves the stream's error indicator set; hf__cli_flush reads it. */
    (void)fwrite(text, 1, size_bytes, user);
}

static bool is_set(const char *name)
{
    const char *value = hf__os_environment(name);
    return value != NULL && value[0] != '\0';
}

/* Both variables count if set and not empty (no-color.org, force-color.org); a terminal called dumb cannot show colour. */
static bool wants_colour(int descriptor)
{
    if (is_set("NO_COLOR"))
        return false;
    if (is_set("FORCE_COLOR"))
        return !hf__text_equal_string(hf__text(hf__os_environment("FORCE_COLOR")), "0");
    return hf__system_is_terminal(descriptor) && !hf__text_equal_string(hf__text(hf__os_environment("TERM")), "dumb");
}

/* Terminals that are known to show OSC 8 as a link; others show nothing of it, or print it. An inner terminal (tmux, screen) has the variables of the
 * outer one, but its own TERM. */
static const struct {
    const char *variable, *value; /* value: its beginning; NULL: any */
    uint64_t least;               /* as a number; 0: any */
} linking[] = {
    {"TERM", "xterm-kitty", 0},
    {"TERM", "xterm-ghostty", 0},
    {"TERM", "alacritty", 0},
    {"TERM", "foot", 0},
    {"TERM", "wezterm", 0},
    {"TERM_PROGRAM", "vscode", 0},
    {"TERM_PROGRAM", "iTerm.app", 0},
    {"TERM_PROGRAM", "WezTerm", 0},
    {"TERM_PROGRAM", "ghostty", 0},
    {"TERM_PROGRAM", "mintty", 0},
    {"WT_SESSION", NULL, 0},
    {"DOMTERM", NULL, 0},
    {"VTE_VERSION", NULL, 5000}, /* 0.50; GNOME's terminal and related ones */
    {"KONSOLE_VERSION", NULL, 201203},
};

static bool is_linking(size_t row)
{
    const char *value = hf__os_environment(linking[row].variable);
    uint64_t number = 0;
    if (value == NULL || value[0] == '\0')
        return false;
    if (linking[row].value != NULL)
        return hf__text_starts_with(hf__text(value), linking[row].value);
    return linking[row].least == 0 || (hf__parse_u64(hf__text(value), &number) && number >= linking[row].least);
}

/* FORCE_HYPERLINK enables links for a terminal that is not in the table, never for a file or a pipe. */
static bool can_link(int descriptor)
{
    const char *term = hf__os_environment("TERM");
    if (!hf__system_is_terminal(descriptor))
        return false;
    if (is_set("FORCE_HYPERLINK"))
        return !hf__text_equal_string(hf__text(hf__os_environment("FORCE_HYPERLINK")), "0");
    if (term != NULL && (hf__text_starts_with(hf__text(term), "screen") || hf__text_starts_with(hf__text(term), "tmux")))
        return false;
    for (size_t i = 0; i < HF_COUNT_OF(linking); i++)
        if (is_linking(i))
            return true;
    return false;
}

static hf_report_sink *sink_of(int descriptor)
{
    static hf_report_sink sinks[2];
    hf_report_sink *sink = &sinks[descriptor - 1];
    if (sink->write == NULL)
        *sink = (hf_report_sink){.write = write_stream,
                                 .user = descriptor == 1 ? stdout : stderr,
                                 .colour = wants_colour(descriptor),
                                 .links = wants_colour(descriptor) && can_link(descriptor),
                                 .width = hf__system_terminal_width(descriptor)};
    return sink;
}

static bool is_stdout_taken;

const hf_report_sink *hf__cli_out(void)
{
    return sink_of(is_stdout_taken ? 2 : 1);
}

bool hf__cli_take_stdout(void)
{
    bool was_taken = is_stdout_taken;
    is_stdout_taken = true;
    return !was_taken;
}

hf_cli_exit hf__cli_write(const char *path, const void *bytes, size_t size_bytes)
{
    hf_error err;
    if (strcmp(path, "-") == 0) {
        write_stream(bytes, size_bytes, stdout);
        return HF_CLI_MET;
    }
    return hf__system_output_write(path, bytes, size_bytes, &err) == HF_OK ? HF_CLI_MET : hf__cli_complain_error(&err);
}

const hf_report_sink *hf__cli_err(void)
{
    return sink_of(2);
}

static bool has_progress;

void hf__cli_progress(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    /* Queried each time: a window that was made smaller would wrap the line, and only the last part of a wrapped line can be cleared. */
    unsigned width = hf__system_terminal_width(2);
    if (width > 1 && strlen(text) >= width)
        text[width - 1] = '\0';
    hf__report_print(hf__cli_err(), "\r%s\x1b[K", text);
    has_progress = true;
}

void hf__cli_progress_clear(void)
{
    if (has_progress)
        hf__report_put(hf__cli_err(), "\r\x1b[K");
    has_progress = false;
}

bool hf__cli_set_color(const char *when)
{
    bool is_always = strcmp(when, "always") == 0;
    if (!is_always && strcmp(when, "auto") != 0 && strcmp(when, "never") != 0)
        return false;
    for (int descriptor = 1; descriptor <= 2; descriptor++) {
        hf_report_sink *sink = sink_of(descriptor);
        sink->colour = strcmp(when, "auto") == 0 ? wants_colour(descriptor) : is_always;
        sink->links = sink->colour && can_link(descriptor);
    }
    return true;
}

static void complain_list(const char *format, va_list arguments) HF_PRINTF(1, 0);
static void complain_list(const char *format, va_list arguments)
{
    hf__cli_progress_clear();
    hf__report_put(hf__cli_err(), "hostfault: ");
    hf__report_vprint(hf__cli_err(), format, arguments);
    hf__report_put(hf__cli_err(), "\n");
}

void hf__cli_complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain_list(format, arguments);
    va_end(arguments);
}

hf_cli_exit hf__cli_bad_usage(const hf_cli_verb *verb, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    complain_list(format, arguments);
    va_end(arguments);
    hf__report_print(hf__cli_err(), "hint: hostfault help%s%s\n", verb != NULL ? " " : "", verb != NULL ? verb->name : "");
    return HF_CLI_USAGE;
}

hf_cli_exit hf__cli_complain_error(const hf_error *err)
{
    if (err->input_line > 0)
        hf__cli_complain("%s:%u:%u: %s", err->input_name, err->input_line, err->input_column, err->message);
    else
        hf__cli_complain("%s", err->message);
    return hf__cli_exit_of(err->status);
}

hf_cli_exit hf__cli_complain_results(const hf_error *err)
{
    bool is_machines = err->status == HF_ERROR_SYSTEM || err->status == HF_ERROR_STATE || err->status == HF_ERROR_MEMORY;
    (void)hf__cli_complain_error(err);
    return is_machines ? HF_CLI_HARNESS : HF_CLI_USAGE;
}

hf_cli_exit hf__cli_worse(hf_cli_exit a, hf_cli_exit b)
{
    return a > b ? a : b;
}

hf_cli_exit hf__cli_exit_of(hf_status status)
{
    bool is_users = status == HF_ERROR_INPUT || status == HF_ERROR_NOT_FOUND || status == HF_ERROR_LIMIT;
    return status == HF_OK ? HF_CLI_MET : is_users ? HF_CLI_USAGE : HF_CLI_HARNESS;
}

bool hf__cli_flush(void)
{
    return (fflush(stdout) == 0 && ferror(stdout) == 0) || !hf__system_has_output();
}
