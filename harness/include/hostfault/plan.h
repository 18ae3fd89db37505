/* SPDX-License-Identifier: MIT
 * Scenario scripts: reading them, reporting their mistakes, printing them, and compiling their rules to the plan that the shim obeys.
 * scenarios/README.md and scenarios/schema.json describe the language.
 *
 * No file can crash, hang or exhaust the parser: size (1 MiB), depth (16), aliases (none), scenarios per file (1000) and rules per scenario (128) are
 * bounded. Reading looks at text only: whether a caller, a program or a folder exists is checked when the scenario runs.
 *
 * Ownership: an hf_scenario_file owns everything that is reached through it; pointers into it are borrowed until hf_scenario_destroy.
 * Threads: distinct objects may be used in parallel; a file that was read may be used by several threads, since nothing changes it.
 */
#ifndef HF_PLAN_H
#define HF_PLAN_H

#include <hostfault/error.h>
#include <hostfault/hosting.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hf_scenario_file hf_scenario_file;

/* A list of strings, counted, and ended by NULL unless it is empty (items may be NULL then). Borrowed from whatever holds it. */
typedef struct hf_string_list {
    size_t count;
    const char *const *items;
} hf_string_list;

/* One rule as written. */
typedef struct hf_scenario_rule {
    const char *name;     /* as given, or "fault-N" (1-based in the scenario); never NULL */
    const void *compiled; /* the rule in the library's own form, whose layout is private: leave it as it is. It has what needs no process; the name,
                             the labels and the patterns here stay text until hf_scenario_compile */
    const char *thread;   /* label of the thread whose calls it counts; NULL: any */
    const char *phase;    /* name of the phase in which it counts; NULL: any */
    hf_string_list from;  /* patterns FUNCTION, MODULE!FUNCTION, MODULE!*: code that calls must come from; empty: any */
    hf_string_list not_from; /* code that they must not come from */
    uint32_t line, column;   /* where it begins in its input, 1-based; column in bytes */
} hf_scenario_rule;

/* What a run of the scenario is expected to show; without `expect` in the script, what holds by default. */
typedef struct hf_scenario_expect {
    uint32_t outcomes; /* bit per hf_outcome; default ok and reported */
    uint8_t given;     /* 1: the scenario has an `expect` */
    uint8_t has_leaks; /* 1: leaks must be exactly that many blocks and regions; default: 0 leaks, unless `leaked` is expected */
    uint8_t strict;    /* 1: no request between a failure and the moment it has surfaced (expect.h) */
    uint8_t reserved;
    uint64_t leaks;           /* with has_leaks: their number */
    uint32_t first_responses; /* bits per hf_response for the first fault; 0: any */
    uint32_t reserved2;
    const uint32_t *rule_responses; /* one per rule of the scenario: bits per hf_response, 0 any; NULL: none given */
    hf_string_list violations;      /* clauses that must be among the violations */
} hf_scenario_expect;

/* One scenario. Borrowed from its file. */
typedef struct hf_scenario {
    const char *file;       /* as given to load; "--fault" for one made on the command line */
    const char *name;       /* unique in its file */
    const char *about;      /* NULL: none */
    const char *caller;     /* name of a caller (hf-caller-NAME); NULL: command is given */
    hf_string_list command; /* program and arguments; empty if caller is given */
    hf_string_list args;    /* of the caller */
    hf_string_list env;     /* NAME=VALUE */
    const char *cwd;        /* NULL: the run's own folder */
    const char *workdir;    /* NULL, or a folder of which each run gets a copy of its own to run in */
    const char *stdin_text; /* NULL: nothing to read */
    uint64_t seed;          /* of the rules' `chance`; 0 is a seed like any other */
    uint64_t timeout_ms;    /* 0: the tool's default */
    uint64_t memory_limit;  /* bytes of address space, 0 none */
    uint64_t trace_limit;   /* bytes of trace, 0: the default */
    uint64_t output_limit;  /* bytes of stdout and stderr each that are kept, 0: the default */
    uint32_t storm_limit;   /* failed requests from one place, with none granted there in between, that are a storm; 0: 1000 */
    uint32_t stack_depth;   /* frames of a recorded stack, 1 to 64; 0: 16 */
    uint8_t status_only;    /* 1: a run is compared with the clean run by its exit status alone: result and output vary */
    uint8_t guard_pages;    /* 1: each block of our host's heap ends at a page without access */
    uint8_t reserved[6];
    uint64_t commit_limit;   /* bytes that our host commits at most; 0: no limit */
    hf_string_list wrappers; /* functions that only pass requests on: patterns FUNCTION or MODULE!FUNCTION; reports name who called them */
    size_t rule_count;
    const hf_scenario_rule *rules;
    hf_scenario_expect expect;
    uint32_t line; /* where it begins */
} hf_scenario;

/* Parses text; `name` stands for its file in errors and is copied, as is the text. *out belongs to the caller (hf_scenario_destroy); it is NULL after
 * every error. errors (may be NULL) is cleared first. Errors: HF_ERROR_INPUT: it holds the mistakes in order of position, and `more` if there were
 * more than fit. HF_ERROR_MEMORY: it holds one item. */
HF_API HF_CHECK_RESULT hf_status hf_scenario_parse(const char *name, hf_text text, hf_scenario_file **out, hf_errors *errors);
/* The same from a file. A file that cannot be read, or is larger than 1 MiB, is HF_ERROR_INPUT with one item without a position (line 0). */
HF_API HF_CHECK_RESULT hf_status hf_scenario_load(const char *path, hf_scenario_file **out, hf_errors *errors);
/* A scenario from the command line: a caller's name or a command, and the texts of --fault. In errors an input is called "--fault", or "--fault[i]"
 * (1-based) if there are several. With a caller, `command` (NULL-terminated, may be NULL) holds its arguments. The scenario's name is "command-line".
 * Ownership and errors as hf_scenario_parse, and HF_ERROR_ARGUMENT (neither caller nor command), HF_ERROR_LIMIT (more than 128 faults). */
HF_API HF_CHECK_RESULT hf_status hf_scenario_from_faults(const char *caller, const char *const *command, const char *const *faults,
                                                         size_t fault_count, hf_scenario_file **out, hf_errors *errors);
/* NULL is fine. */
HF_API void hf_scenario_destroy(hf_scenario_file *file);
/* At least 1. */
HF_API size_t hf_scenario_count(const hf_scenario_file *file);
/* In the order of the file; NULL behind the last. */
HF_API const hf_scenario *hf_scenario_at(const hf_scenario_file *file, size_t index);

/* Prints errors in compiler form, each with its source line and a caret. text: the input that they are about; empty: no source lines. Untrusted bytes
 * come out as '?'. `write` gets the text in pieces, in order, on the calling thread, and may call anything. What cannot be allocated is left out. */
HF_API void hf_scenario_print_errors(const hf_errors *errors, hf_text text, hf_write *write, void *user);
/* The same for errors of hf_scenario_load, and of hf_scenario_from_faults: the source lines are read again. */
HF_API void hf_scenario_print_file_errors(const char *path, const hf_errors *errors, hf_write *write, void *user);
HF_API void hf_scenario_print_fault_errors(const char *const *faults, size_t fault_count, const hf_errors *errors, hf_write *write, void *user);
/* Prints a scenario as YAML that parses to the same scenario, but for file and position. */
HF_API void hf_scenario_print(const hf_scenario *scenario, hf_write *write, void *user);
/* Prints in English what the scenario does, one sentence per line. */
HF_API void hf_scenario_explain(const hf_scenario *scenario, hf_write *write, void *user);

/* A range of code that a `from` pattern stands for. */
typedef struct hf_plan_range {
    const char *module; /* shell pattern over file names; borrowed until resolve is called again */
    uint64_t low, high; /* return addresses [low, high), as offsets from where the module is loaded */
} hf_plan_range;
/* Turns a `from` pattern (function, module!function, module!*) into ranges: calls add(range, add_user) for each, and returns HF_OK. If it fails, it
 * fills err and returns any other status, which hf_scenario_compile passes on; if nothing was added, HF_ERROR_NOT_FOUND. */
typedef void hf_plan_add_range(const hf_plan_range *range, void *add_user);
typedef hf_status hf_plan_resolve(const char *pattern, hf_plan_add_range *add, void *add_user, void *user, hf_error *err);

#define HF_PLAN_BYTES_MAX (1u << 20) /* of every compiled plan */

/* Compiles the rules into `buffer` (8-aligned, `capacity` bytes) and sets *size_bytes to what was used: a plan for hf_attach_plan, of this version of
 * the library alone. resolve may be NULL if no rule has `from` or `not-from`. err may be NULL. Errors: HF_ERROR_NOT_FOUND (a pattern that resolves to
 * nothing; err has its text), HF_ERROR_LIMIT (capacity, or more labels or ranges than a plan holds), HF_ERROR_MEMORY, and what resolve returns. */
HF_API HF_CHECK_RESULT hf_status hf_scenario_compile(const hf_scenario *scenario, hf_plan_resolve *resolve, void *user, void *buffer, size_t capacity,
                                                     size_t *size_bytes, hf_error *err);

#ifdef __cplusplus
}
#endif
#endif
