/* SPDX-License-Identifier: MIT
 * `hostfault list`: the vocabulary, printed from the tables that the shim and the parser use. Each list is a table of text made by one function; the
 * terminal and JSON both print that table, so they cannot differ.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "cli.h"
#include "cli_callers.h"
#include "cli_json.h"
#include "cli_verbs.h"
#include "model.h"
#include "report_table.h"

#include <hostfault/verdict.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base_poison.h"

typedef struct list_values {
    bool json;
} list_values;

#define LIST_TEXT_BYTES 256

/* The words for the bits in `bits`, from the function that names a bit. */
typedef const char *name_of(unsigned bit);
static void print_bits(char *buffer, uint32_t bits, name_of *name)
{
    hf__builder builder = hf__builder_init(buffer, LIST_TEXT_BYTES);
    for (unsigned bit = 0; bit < 32; bit++)
        if ((bits >> bit & 1) != 0)
            hf__builder_print(&builder, "%s%s", builder.length > 0 ? " " : "", name(bit));
}

static const char *field_name(unsigned bit)
{
    return hf__model_field_name((hf_field)bit);
}

static const char *lie_name(unsigned bit)
{
    return hf__model_lie_name((hf_lie)bit);
}

static hf_report_table list_methods(void)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"method", "interface", "slot", "class", "where", "lies", NULL});
    for (hf_method method = 0; method < HF_METHOD_COUNT; method++) {
        const hf_method_row *row = hf__model_method(method);
        char slot[16];
        char fields[LIST_TEXT_BYTES];
        char lies[LIST_TEXT_BYTES];
        (void)snprintf(slot, sizeof slot, "%u", row->slot);
        print_bits(fields, row->fields, field_name);
        print_bits(lies, row->lies, lie_name);
        hf__report_table_add(&table, (const char *const[]){row->name, row->interface, slot, hf__model_class_name(row->class_), fields, lies});
    }
    return table;
}

static hf_report_table list_results(void)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"result", "value", "errno", "Win32", "meaning", NULL});
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (size_t i = 0; i < count; i++) {
        char value[16];
        char errno_code[16];
        char win32[16];
        (void)snprintf(value, sizeof value, "0x%08X", (unsigned)rows[i].value);
        (void)snprintf(errno_code, sizeof errno_code, "%d", rows[i].errno_code);
        (void)snprintf(win32, sizeof win32, "%u", (unsigned)rows[i].win32);
        hf__report_table_add(&table, (const char *const[]){rows[i].name, value, errno_code, win32, rows[i].meaning});
    }
    return table;
}

static void add_returns(hf_report_table *table, hf_method method)
{
    size_t count = 0;
    const hf_hresult_row *rows = hf__model_hresults(&count);
    for (size_t i = 0; i < count; i++) {
        if (!hf__model_is_documented(method, rows[i].value))
            continue;
        char fault[64];
        (void)snprintf(fault, sizeof fault, "return: %s", rows[i].name);
        hf__report_table_add(table, (const char *const[]){hf__model_method(method)->name, fault, rows[i].meaning});
    }
}

static void add_lies(hf_report_table *table, hf_method method)
{
    static const char *const meanings[] = {
        [HF_LIE_NONE] = "",
        [HF_LIE_NULL] = "S_OK with null or 0 in the out-parameter; nothing was done",
        [HF_LIE_UNTOUCHED] = "S_OK, the out-parameter is not written",
        [HF_LIE_UNCOMMITTED] = "S_OK with a plausible address that has no memory behind it",
        [HF_LIE_DIRTY] = "done, but the memory is filled with 0xDB",
        [HF_LIE_SHORT] = "done for half the size",
        [HF_LIE_OLD_PROTECT] = "done, but the old protection is given as 0",
        [HF_LIE_NOT_DONE] = "S_OK, nothing was done",
        [HF_LIE_S_FALSE] = "done, S_FALSE",
    };
    HF_STATIC_ASSERT(HF_COUNT_OF(meanings) == HF_LIE_COUNT, "one meaning for each lie");
    const hf_method_row *row = hf__model_method(method);
    for (hf_lie lie = HF_LIE_NULL; lie < HF_LIE_COUNT; lie++) {
        if ((row->lies >> lie & 1) == 0)
            continue;
        char fault[64];
        (void)snprintf(fault, sizeof fault, "lie: %s", hf__model_lie_name(lie));
        hf__report_table_add(table, (const char *const[]){row->name, fault, meanings[lie]});
    }
}

static hf_report_table list_faults(void)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"method", "fault", "meaning", NULL});
    for (hf_method method = 0; method < HF_METHOD_COUNT; method++) {
        add_returns(&table, method);
        add_lies(&table, method);
    }
    return table;
}

/* The words of `where`: the names of the documented constants, in lower case and without the prefix. */
static hf_report_table list_words(void)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"field", "word", "value", NULL});
    size_t count = 0;
    const hf_flag_row *rows = hf__model_flags(&count);
    for (size_t i = 0; i < count; i++) {
        char value[16];
        (void)snprintf(value, sizeof value, "0x%X", (unsigned)rows[i].value);
        hf__report_table_add(&table, (const char *const[]){hf__model_field_name(rows[i].field), rows[i].word, value});
    }
    return table;
}

static hf_report_table list_outcomes(void)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"outcome", "severity", "meaning", NULL});
    for (hf_outcome outcome = 0; outcome < HF_OUTCOME_COUNT; outcome++) {
        char severity[16];
        (void)snprintf(severity, sizeof severity, "%u", hf_outcome_severity(outcome));
        hf__report_table_add(&table, (const char *const[]){hf_outcome_name(outcome), severity, hf_outcome_meaning(outcome)});
    }
    return table;
}

static hf_report_table list_responses(void)
{
    hf_report_table table = hf__report_table_init((const char *const[]){"response", "meaning", NULL});
    for (hf_response response = 0; response < HF_RESPONSE_COUNT; response++)
        hf__report_table_add(&table, (const char *const[]){hf_response_name(response), hf_response_meaning(response)});
    return table;
}

static hf_report_table list_callers(void)
{
    hf_report_table table;
    size_t missing = 0;
    (void)hf__cli_callers_table(NULL, true, &table, &missing);
    return table;
}

typedef struct list_kind {
    const char *name;
    hf_report_table (*make)(void);
} list_kind;
static const list_kind kinds[] = {
    {"methods", list_methods}, {"words", list_words},       {"results", list_results},     {"faults", list_faults},
    {"callers", list_callers}, {"outcomes", list_outcomes}, {"responses", list_responses},
};

static const list_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < HF_COUNT_OF(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

static hf_cli_exit complain_kind(const hf_cli_verb *verb, const char *word)
{
    const char *names[HF_COUNT_OF(kinds) + 1] = {NULL};
    char all[LIST_TEXT_BYTES];
    hf__builder builder = hf__builder_init(all, sizeof all);
    for (size_t i = 0; i < HF_COUNT_OF(kinds); i++) {
        names[i] = kinds[i].name;
        hf__builder_print(&builder, "%s%s", i > 0 ? ", " : "", kinds[i].name);
    }
    const char *nearest = hf__cli_nearest(word, names);
    if (nearest != NULL)
        return hf__cli_bad_usage(verb, "no list '%s'; did you mean '%s'?", word, nearest);
    return hf__cli_bad_usage(verb, "no list '%s'; known are %s", word, all);
}

static hf_cli_exit run_list(const hf_cli_arguments *arguments)
{
    const list_values *values = arguments->values;
    const list_kind *kind = find_kind(arguments->operands[0]);
    if (kind == NULL)
        return complain_kind(arguments->verb, arguments->operands[0]);
    hf_report_table table = kind->make();
    if (values->json)
        hf__cli_print_table_json("hostfault-list/1", kind->name, &table);
    else
        hf__report_table_print(&table, hf__cli_out(), "");
    hf__report_table_clear(&table);
    return HF_CLI_MET;
}

static const hf_cli_option options[] = {
    {"--json", NULL, HF_CLI_FLAG, offsetof(list_values, json), 0, 0, "print JSON (hostfault-list/1) instead of a table"},
};

const hf_cli_verb hf__cmd_list = {
    .name = "list",
    .about = "print the vocabulary: methods, words, results, faults, callers, outcomes, responses",
    .usages = (const char *const[]){"methods|words|results|faults|callers|outcomes|responses [--json]", NULL},
    .text = "Prints what a scenario can name:\n"
            "  methods    the calls that can be made to fail, what `where` can filter on, which lies make sense\n"
            "  words      the words that `where` takes for type, protect, free, malloc and level\n"
            "  results    the HRESULTs, with errno and Win32 error\n"
            "  faults     each failure that each method documents, and each lie that makes sense for it\n"
            "  callers    the programs that `caller:` and --caller can name, and why one is missing\n"
            "  outcomes   how a run can end\n"
            "  responses  what a caller can do about a fault\n",
    .options = options,
    .option_count = HF_COUNT_OF(options),
    .met = "printed",
    .example = "  $ hostfault list faults | grep VirtualFree\n",
    .values_bytes = sizeof(list_values),
    .operands_min = 1,
    .operands_max = 1,
    .operand = "LIST (methods, words, results, faults, callers, outcomes or responses)",
    .run = run_list,
};
