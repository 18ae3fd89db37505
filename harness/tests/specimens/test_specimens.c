/* SPDX-License-Identifier: MIT
 * The verdict for callers with known defects: every specimen runs in its own process under the real tool's run layer, with its fault, and must get
 * exactly its outcome, its response and its violation. Together this is a confusion matrix with entries only on the diagonal.
 */
#include "base_text.h"
#include "hf_rows.h"
#include "system_tool.h"
#include "verdict_violation.h"

#include <hostfault/run.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(specimens, .timeout = 120);

#define HF_RESPONSE_NONE HF_RESPONSE_COUNT

typedef struct specimen {
    const char *name, *fault;
    hf_outcome outcome;
    hf_response response; /* HF_RESPONSE_NONE: no fault happens */
    const char *clause;   /* NULL: no violation */
    const char *keys;     /* more of the scenario; "" */
    const char *expects;  /* more of `expect` */
} specimen;

static const specimen specimens[] = {
#define HF_SPECIMEN(name, fault, outcome, response, clause) {name, fault, HF_OUTCOME_##outcome, HF_RESPONSE_##response, clause, "", ""},
#define HF_SPECIMEN_STRICT(name, fault, outcome, response, clause)                                                                                   \
    {name, fault, HF_OUTCOME_##outcome, HF_RESPONSE_##response, clause, "", ", after-fault: no-request"},
#define HF_SPECIMEN_GUARDED(name, fault, outcome, response, clause)                                                                                  \
    {name, fault, HF_OUTCOME_##outcome, HF_RESPONSE_##response, clause, "host: { guard: pages }\n", ""},
#include "specimens.def"
#undef HF_SPECIMEN
#undef HF_SPECIMEN_STRICT
#undef HF_SPECIMEN_GUARDED
};
#define SPECIMEN_COUNT (sizeof specimens / sizeof specimens[0])

/* What one run showed. */
typedef struct finding {
    hf_outcome outcome;
    hf_response response, last_response;
    size_t violation_count;
    char clause[64]; /* of the first violation; "" none */
    char reason[560];
    int met;
} finding;

/* As a script, with what is expected, so that the run layer takes all the steps it would take for a user. */
static hf_scenario_file *write_scenario(const specimen *of, bool faulted)
{
    char text[1200];
    hf_scenario_file *file = NULL;
    static hf_errors errors;
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_print(&builder, "name: %s\ncaller: specimen-%s\ntimeout: 700ms\n%s", of->name, of->name, of->keys);
    if (faulted)
        hf__builder_print(&builder, "faults:\n  - {%s}\n", of->fault);
    hf__builder_print(&builder, "expect: { outcome: %s", faulted ? hf_outcome_name(of->outcome) : "ok");
    if (faulted && of->response != HF_RESPONSE_NONE)
        hf__builder_print(&builder, ", response: %s", hf_response_name(of->response));
    if (faulted && of->clause != NULL)
        hf__builder_print(&builder, ", violations: [%s]", of->clause);
    hf__builder_print(&builder, "%s }\n", of->expects);
    hf_status status = hf_scenario_parse(of->name, (hf_text){text, builder.length}, &file, &errors);
    cr_assert(eq(int, status, HF_OK), "%s: %s\n%s", of->name, errors.items[0].message, text);
    return file;
}

static finding take_finding(const hf_run_result *result)
{
    const hf_verdict *verdict = result->verdict;
    finding found = {.outcome = verdict->outcome, .response = HF_RESPONSE_NONE, .violation_count = verdict->violation_count, .met = result->met};
    if (verdict->response_count > 0 && verdict->responses[0].real == 0)
        found.response = verdict->responses[0].response;
    found.last_response = verdict->response_count > 0 ? verdict->responses[verdict->response_count - 1].response : HF_RESPONSE_NONE;
    if (verdict->violation_count > 0)
        snprintf(found.clause, sizeof found.clause, "%s", verdict->violations[0].clause);
    snprintf(found.reason, sizeof found.reason, "%s; %s", verdict->reason, result->unmet);
    return found;
}

static finding run(const specimen *of, bool faulted)
{
    hf_error err = {0};
    hf_run *made = NULL;
    char results[400];
    snprintf(results, sizeof results, "%s/specimens/%d", HF_BINARY_DIR, (int)getpid());
    hf_run_options options = HF_RUN_OPTIONS_INIT;
    const char *built_otherwise = getenv("HF_SPECIMENS"); /* levels.sh */
    options.caller_path = built_otherwise != NULL ? built_otherwise : HF_BINARY_DIR "/bin";
    options.results = results;
    hf_scenario_file *file = write_scenario(of, faulted);
    hf_status status = hf_run_scenario(hf_scenario_at(file, 0), &options, &made, &err);
    cr_assert(eq(int, status, HF_OK), "%s: %s", of->name, err.message);
    finding found = take_finding(hf_run_get(made));
    hf_run_destroy(made);
    hf_scenario_destroy(file);
    status = hf__system_folder_remove(results, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    return found;
}

#define TEXT(string) ((char *)(size_t)(string))

HF_ROWS(specimens, has_its_verdict_and_no_other, specimens)
{
    const specimen *of = &specimens[*number];
    finding found = run(of, true);
    cr_assert(eq(str, TEXT(hf_outcome_name(found.outcome)), TEXT(hf_outcome_name(of->outcome))), "%s: %s", of->name, found.reason);
    cr_assert(eq(str, TEXT(hf_response_name(found.response)), TEXT(hf_response_name(of->response))), "%s: %s", of->name, found.reason);
    cr_assert(eq(str, found.clause, TEXT(of->clause != NULL ? of->clause : "")), "%s: %s", of->name, found.reason);
    cr_assert(all(eq(sz, found.violation_count, of->clause != NULL ? 1 : 0), eq(int, found.met, 1)), "%s: %s", of->name, found.reason);
}

/* The defect is in what it does about the fault: without one there is nothing to find, but that two runs of it may differ. */
HF_ROWS(specimens, is_in_order_without_its_fault, specimens)
{
    const specimen *of = &specimens[*number];
    finding found = run(of, false);
    bool differs = of->outcome == HF_OUTCOME_UNSTABLE && found.outcome == HF_OUTCOME_UNSTABLE;
    hf_outcome want = differs ? HF_OUTCOME_UNSTABLE : HF_OUTCOME_OK;
    cr_assert(eq(int, found.outcome, want), "%s: %s", of->name, found.reason);
    cr_assert(all(eq(sz, found.violation_count, 0), eq(int, found.response, HF_RESPONSE_NONE)), "%s: %s", of->name, found.reason);
}

/* The call at which the limit ends the process is never answered, so it has no response of its own. */
Test(specimens, storm_that_the_limit_ends_has_one_response)
{
    const specimen storm = {"retries-forever", "call: VirtualAlloc, return: HOST_E_TIMEOUT", HF_OUTCOME_STORM, HF_RESPONSE_RETRIED, NULL, "", ""};
    finding found = run(&storm, true);
    cr_assert(all(eq(int, found.outcome, HF_OUTCOME_STORM), eq(int, found.last_response, HF_RESPONSE_RETRIED)), "%s", found.reason);
}

#define SIDE 16
typedef struct matrix {
    unsigned counts[SIDE][SIDE];
} matrix;
HF_STATIC_ASSERT(HF_OUTCOME_COUNT < SIDE && HF_RESPONSE_COUNT < SIDE, "the matrix has a row for each");

static unsigned count_off_diagonal(const matrix *of)
{
    unsigned sum = 0;
    for (unsigned want = 0; want < SIDE; want++) {
        for (unsigned got = 0; got < SIDE; got++)
            sum += want != got ? of->counts[want][got] : 0;
    }
    return sum;
}

/* How many of the first `count` classes have no specimen that showed them. */
static unsigned count_missing(const matrix *of, unsigned count)
{
    unsigned missing = 0;
    for (unsigned i = 0; i < count; i++)
        missing += of->counts[i][i] == 0;
    return missing;
}

static const char *outcome_name(unsigned i)
{
    return hf_outcome_name((hf_outcome)i);
}

static const char *response_name(unsigned i)
{
    return i < HF_RESPONSE_COUNT ? hf_response_name((hf_response)i) : "none";
}

static void print(const matrix *of, unsigned count, const char *(*name)(unsigned))
{
    for (unsigned want = 0; want < count; want++) {
        fprintf(stderr, "%24s", name(want));
        for (unsigned got = 0; got < count; got++)
            fprintf(stderr, " %3u", of->counts[want][got]);
        fprintf(stderr, "\n");
    }
}

Test(specimens, confusion_matrix_has_nothing_off_the_diagonal)
{
    matrix outcomes = {0}, responses = {0};
    for (size_t i = 0; i < SPECIMEN_COUNT; i++) {
        finding found = run(&specimens[i], true);
        outcomes.counts[specimens[i].outcome][found.outcome]++;
        responses.counts[specimens[i].response][found.response]++;
    }
    print(&outcomes, HF_OUTCOME_COUNT, outcome_name);
    print(&responses, HF_RESPONSE_COUNT + 1, response_name);
    cr_assert(all(zero(uint, count_off_diagonal(&outcomes)), zero(uint, count_off_diagonal(&responses))));
    cr_assert(all(zero(uint, count_missing(&outcomes, HF_OUTCOME_COUNT)), zero(uint, count_missing(&responses, HF_RESPONSE_COUNT))));
}

static size_t count_specimens_of(const char *clause)
{
    size_t count = 0;
    for (size_t i = 0; i < SPECIMEN_COUNT; i++)
        count += specimens[i].clause != NULL && strcmp(specimens[i].clause, clause) == 0;
    return count;
}

/* What a host breaks is seen on Windows alone: the specimen is tests/windows/bad_host.c, and the part `hosts` there wants a case for each clause. */
static bool is_of_a_host(const char *clause)
{
    return hf__text_starts_with(hf__text(clause), "host: ");
}

Test(specimens, every_clause_has_one)
{
    char missing[800];
    hf__builder builder = hf__builder_init(missing, sizeof missing);
    for (unsigned i = 0; i < HF_CLAUSE_COUNT; i++) {
        const char *clause = hf__verdict_clause_text((hf__verdict_clause)i);
        hf__builder_print(&builder, "%s", is_of_a_host(clause) || count_specimens_of(clause) > 0 ? "" : clause);
    }
    cr_assert(eq(str, missing, TEXT("")));
}
