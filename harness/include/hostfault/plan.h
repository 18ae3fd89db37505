/* SPDX-License-Identifier: MIT
 * Scenario scripts: reading them, saying what is wrong with them, printing them, and compiling their rules to the plan that the shim
 * obeys. The language is described in scenarios/README.md and scenarios/schema.json.
 *
 * No file can crash, hang or exhaust the parser: size (1 MiB), depth (16), aliases (none), scenarios per file (1000) and rules per
 * scenario (128) are bounded.
 *
 * Threads: distinct objects may be used in parallel.
 */
#ifndef HF_PLAN_H
#define HF_PLAN_H

#include <hostfault/error.h>
#include <hostfault/hosting.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_scenario_file hf_scenario_file;

/* A list of strings; ended by NULL as well as counted. */
typedef struct hf_string_list {
    size_t count;
    const char *const *items;
} hf_string_list;

/* One rule as written. Everything that needs no process is compiled already (in `compiled`); names and patterns stay text. */
typedef struct hf_scenario_rule {
    const char *name;     /* given, or "fault-N" (1-based in the scenario) */
    const void *compiled; /* hf_rule of model_rule.h, without offsets: name, thread, phase and ranges are filled in by compile */
    const char *thread;   /* NULL: any */
    const char *phase;    /* NULL: any */
    hf_string_list from;
    hf_string_list not_from;
    uint32_t line, column; /* where it begins */
} hf_scenario_rule;

typedef struct hf_scenario_expect {
    uint32_t outcomes; /* bit per hf_outcome; default ok and reported */
    uint8_t given;     /* 1: the scenario has an `expect` */
    uint8_t has_leaks; /* 1: leaks must be exactly that many blocks and regions; default: 0 leaks, unless `leaked` is expected */
    uint8_t strict;    /* 1: no request between a failure and the moment it has surfaced (expect.h) */
    uint8_t reserved;
    uint64_t leaks;
    uint32_t first_responses; /* bits per hf_response for the first fault; 0: any */
    uint32_t reserved2;
    const uint32_t *rule_responses; /* per rule, bits per hf_response, 0 any; NULL: none given */
    hf_string_list violations;      /* clauses that must be among the violations */
} hf_scenario_expect;

/* One scenario. Borrowed from its file. */
typedef struct hf_scenario {
    const char *file; /* as given to load; "--fault" for one made on the command line */
    const char *name;
    const char *about;  /* NULL: none */
    const char *caller; /* NULL: command is given */
    hf_string_list command;
    hf_string_list args;
    hf_string_list env;     /* NAME=VALUE */
    const char *cwd;        /* NULL: the run's own folder */
    const char *workdir;    /* NULL, or a folder of which each run gets a copy of its own to run in */
    const char *stdin_text; /* NULL: nothing to read */
    uint64_t seed;
    uint64_t timeout_ms;   /* 0: the tool's default */
    uint64_t memory_limit; /* bytes of address space, 0 none */
    uint64_t trace_limit;  /* bytes of trace, 0: the default */
    uint64_t output_limit; /* bytes of stdout and stderr each that are kept, 0: the default */
    uint32_t storm_limit;  /* 0: 1000 */
    uint32_t stack_depth;  /* 0: 16 */
    uint8_t status_only;   /* 1: a run is compared with the clean run by its exit status alone: result and output vary */
    uint8_t guard_pages;   /* 1: each block of our host's heap ends at a page without access */
    uint8_t reserved[6];
    uint64_t commit_limit;   /* of our host, 0 none */
    hf_string_list wrappers; /* functions that only pass requests on: patterns FUNCTION or MODULE!FUNCTION; reports name who called them */
    size_t rule_count;
    const hf_scenario_rule *rules;
    hf_scenario_expect expect;
    uint32_t line; /* where it begins */
} hf_scenario;

/* Parses text that came from `name`. On HF_ERROR_INPUT errors holds every mistake found, in order of position, and *out is NULL. */
HF_API HF_CHECK_RESULT hf_status hf_scenario_parse(const char *name, hf_text text, hf_scenario_file **out, hf_errors *errors);
/* The same from a file. A file that cannot be read, or is too big, gives one error without a position. */
HF_API HF_CHECK_RESULT hf_status hf_scenario_load(const char *path, hf_scenario_file **out, hf_errors *errors);
/* A scenario from the command line: a caller's name or a command, and the texts of --fault. name of the i-th input, from 1: "--fault", or
 * "--fault[i]" where there are several. With a caller, `command` (NULL-terminated, may be NULL) holds its arguments. The scenario's name is
 * "command-line". HF_ERROR_ARGUMENT: neither caller nor command. HF_ERROR_LIMIT: more than 128 faults. */
HF_API HF_CHECK_RESULT hf_status hf_scenario_from_faults(const char *caller, const char *const *command, const char *const *faults,
                                                         size_t fault_count, hf_scenario_file **out, hf_errors *errors);
HF_API void hf_scenario_destroy(hf_scenario_file *file);
HF_API size_t hf_scenario_count(const hf_scenario_file *file);
HF_API const hf_scenario *hf_scenario_at(const hf_scenario_file *file, size_t index);

/* Prints errors in compiler form, each with its source line and a caret. text: the input, or empty. */
HF_API void hf_scenario_print_errors(const hf_errors *errors, hf_text text, hf_write *write, void *user);
/* The same for errors of hf_scenario_load, and of hf_scenario_from_faults: the source lines are read again. */
HF_API void hf_scenario_print_file_errors(const char *path, const hf_errors *errors, hf_write *write, void *user);
HF_API void hf_scenario_print_fault_errors(const char *const *faults, size_t fault_count, const hf_errors *errors, hf_write *write, void *user);
/* Prints a scenario as YAML that parses to the same scenario. */
HF_API void hf_scenario_print(const hf_scenario *scenario, hf_write *write, void *user);
/* Says in English what it will do, one sentence a line. */
HF_API void hf_scenario_explain(const hf_scenario *scenario, hf_write *write, void *user);

/* One stretch of code that a `from` pattern stands for. */
typedef struct hf_plan_range {
    const char *module; /* shell pattern over file names; borrowed until resolve is called again */
    uint64_t low, high;
} hf_plan_range;
/* Turns a `from` pattern (function, module!function, module!*) into ranges by calling add for each. Nothing added: HF_ERROR_NOT_FOUND. */
typedef void hf_plan_add_range(const hf_plan_range *range, void *add_user);
typedef hf_status hf_plan_resolve(const char *pattern, hf_plan_add_range *add, void *add_user, void *user, hf_error *err);

/* Compiles the rules into `buffer` (8-aligned; HF_PLAN_BYTES_MAX is always enough). resolve may be NULL when no rule has `from`. Errors:
 * HF_ERROR_NOT_FOUND (a pattern that resolves to nothing; err has its text), HF_ERROR_LIMIT. */
HF_API HF_CHECK_RESULT hf_status hf_scenario_compile(const hf_scenario *scenario, hf_plan_resolve *resolve, void *user, void *buffer, size_t capacity,
                                                     size_t *size_bytes, hf_error *err);

#ifdef __cplusplus
}
#endif
#endif
