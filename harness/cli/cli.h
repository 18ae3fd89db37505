/* SPDX-License-Identifier: MIT
 * What the verbs of the tool share: the table that describes a verb, its arguments once parsed, exit statuses, and the two places that text goes to.
 * A verb is a file cmd_<verb>.c with a const hf_cli_verb. Its option table drives parsing, usage and help, so the three always agree.
 *
 * Threads: one thread, the main one.
 */
#ifndef HF_CLI_H
#define HF_CLI_H

#include "report_sink.h"

#include <stdbool.h>
#include <stdint.h>

/* Exit statuses; the worst of several wins, and a higher one is worse. */
typedef enum hf_cli_exit {
    HF_CLI_MET = 0,           /* as expected */
    HF_CLI_UNMET = 1,         /* findings, an expectation not met, a rule unfired */
    HF_CLI_USAGE = 2,         /* usage or scenario error, program not found; nothing was run */
    HF_CLI_HARNESS = 3,       /* the harness itself failed */
    HF_CLI_INTERRUPTED = 130, /* by a signal, after the summary of what was done; as shells report SIGINT */
} hf_cli_exit;

hf_cli_exit hf__cli_worse(hf_cli_exit a, hf_cli_exit b);
/* The exit status that goes with a failure of ours: input and not-found 2, all else 3. */
hf_cli_exit hf__cli_exit_of(hf_status status);

/* How an option's value is read, and what its field in the verb's values is. */
typedef enum hf_cli_kind {
    HF_CLI_FLAG,     /* bool; takes no value */
    HF_CLI_TEXT,     /* const char *; may be given once */
    HF_CLI_FOLDER,   /* const char *; what is there already must be a folder */
    HF_CLI_FOLDERS,  /* const char *, a search path; each must be there */
    HF_CLI_OUTPUT,   /* const char *, a file to write; "-" is standard output, and then all other text goes to standard error */
    HF_CLI_TEXTS,    /* hf_cli_texts; may be given more than once */
    HF_CLI_SETTINGS, /* hf_cli_texts, each NAME=VALUE; may be given more than once */
    HF_CLI_NUMBER,   /* hf_cli_number, between low and high */
    HF_CLI_DURATION, /* hf_cli_number, milliseconds; "500ms", "10s", "2m" */
    HF_CLI_KIND_COUNT
} hf_cli_kind;

typedef struct hf_cli_number {
    bool given;
    uint64_t value;
} hf_cli_number;

typedef struct hf_cli_texts {
    size_t count;
    const char **items; /* ended by NULL once parsed, NULL if none was given */
} hf_cli_texts;

typedef struct hf_cli_option {
    const char *name;  /* "--jobs", or "-j, --jobs" where it has a letter too */
    const char *value; /* what the value is called in usage, "N"; NULL for a flag */
    hf_cli_kind kind;
    size_t offset; /* of its field in the verb's values */
    uint64_t low, high;
    const char *help; /* one sentence, no full stop */
} hf_cli_option;

/* The option's long name, "--jobs". */
const char *hf__cli_option_name(const hf_cli_option *option);

/* What every verb takes. */
typedef struct hf_cli_common {
    const char *color;
    bool help;
} hf_cli_common;
/* Ended by a row without a name. */
extern const hf_cli_option hf__cli_common_options[];

typedef struct hf_cli_verb hf_cli_verb;

/* A verb's command line, parsed. Borrowed from argv. */
typedef struct hf_cli_arguments {
    const hf_cli_verb *verb;
    const void *values; /* the verb's own struct, zeroed but for what was given */
    const char *const *operands;
    size_t operand_count;
    const char *const *command; /* what follows `--`, ended by NULL; NULL: no `--` */
    const char *const *words;   /* all of it as it was given, behind the verb */
    size_t word_count;
} hf_cli_arguments;

struct hf_cli_verb {
    const char *name;
    const char *about;         /* one line */
    const char *const *usages; /* what follows "hostfault NAME ", one line each; ended by NULL */
    const char *text;          /* paragraphs of help, each line ended */
    const hf_cli_option *options;
    size_t option_count;
    const char *met, *unmet;                  /* what exit statuses 0 and 1 mean, half a sentence each; unmet NULL: it has no 1 */
    bool can_interrupt;                       /* it starts programs, and has 130 */
    bool (*has_terminal)(const void *values); /* it gives the terminal to a program that it starts; NULL: never */
    const char *example;                      /* lines of help, each ended */
    size_t values_bytes;
    size_t operands_min, operands_max;
    const char *operand; /* what an operand is, for "missing SCENARIO" */
    bool takes_command;
    hf_cli_exit (*run)(const hf_cli_arguments *arguments);
};

/* All verbs, in the order of help; ended by NULL. */
extern const hf_cli_verb *const hf__cli_verbs[];
const hf_cli_verb *hf__cli_verb_by_name(const char *name);

/* Parses what follows the verb's name. False after a complaint. *wants_help: --help was given, and nothing else counts. hf__cli_clear afterwards. */
bool hf__cli_parse(const hf_cli_verb *verb, int argc, char **argv, hf_cli_arguments *out, bool *wants_help);
void hf__cli_clear(hf_cli_arguments *arguments);

/* The command line that was given, quoted for a POSIX shell, with one more option (NULL: none) before any `--`. hf__free. */
char *hf__cli_again(const hf_cli_arguments *arguments, const char *option);

/* Help on stdout: of all, of one verb. */
void hf__cli_print_help(void);
void hf__cli_print_verb_help(const hf_cli_verb *verb);

/* The word of `words` (ended by NULL) nearest to `word`, NULL if none is near enough to be meant. */
const char *hf__cli_nearest(const char *word, const char *const *words);

/* Sets when to colour: "auto", "always" or "never". False: another word. The default, auto: not if NO_COLOR is set, else if FORCE_COLOR is set (and
 * not 0) or the stream is a terminal that is not called dumb. */
bool hf__cli_set_color(const char *when);
/* stdout, for results: colour and width as the terminal allows. */
const hf_report_sink *hf__cli_out(void);
/* stderr, the same, for diagnostics and progress. */
const hf_report_sink *hf__cli_err(void);
/* Shows a line on stderr in place of the one before, cut to the terminal's width (ASCII). For a terminal only. */
void hf__cli_progress(const char *format, ...) HF_PRINTF(1, 2);
/* Takes it away again; nothing if there is none. Complaints do so by themselves. */
void hf__cli_progress_clear(void);
/* Gives standard output to an output option alone: hf__cli_out is standard error from then on. False: it was given away before. */
bool hf__cli_take_stdout(void);
/* Writes an output option's file, or standard output for "-". Returns the exit status after a complaint. */
hf_cli_exit hf__cli_write(const char *path, const void *bytes, size_t size_bytes);
/* One diagnostic line on stderr: "hostfault: " and the text. */
void hf__cli_complain(const char *format, ...) HF_PRINTF(1, 2);
/* The same, and which help to read. */
hf_cli_exit hf__cli_bad_usage(const hf_cli_verb *verb, const char *format, ...) HF_PRINTF(2, 3);
/* An error as a diagnostic: with its position if it has one. Returns its exit status. */
hf_cli_exit hf__cli_complain_error(const hf_error *err);
/* The same of results that the user named: damaged ones, and ones of a newer hostfault, are not the harness's failure. */
hf_cli_exit hf__cli_complain_results(const hf_error *err);
/* Flushes stdout; false if anything printed there was lost. */
bool hf__cli_flush(void);

#endif
