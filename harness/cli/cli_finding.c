/* SPDX-License-Identifier: MIT
 * Looks up a finding in the database and makes a scenario from it.
 */
#include "cli_finding.h"
#include "heap_alloc.h"
#include "heap_quote.h"
#include "base_text.h"
#include "report_case.h"
#include "store.h"
#include "store_trust.h"

#include <string.h>

#include "base_poison.h"

void hf__cli_finding_clear(hf_cli_finding *finding)
{
    hf_scenario_destroy(finding->base);
    hf_scenario_destroy(finding->fault);
    hf__free(finding->earlier_text);
    hf__free(finding->fault_text);
}

static hf_cli_exit complain_errors(const hf_errors *errors, hf_text text)
{
    hf__heap_buffer buffer = {0};
    hf_scenario_print_errors(errors, text, hf__heap_buffer_write, &buffer);
    hf__report_put(hf__cli_err(), buffer.text != NULL ? buffer.text : "");
    hf__free(buffer.text);
    return HF_CLI_HARNESS;
}

static hf_cli_exit build(const hf_store_finding *finding, hf_cli_finding *out)
{
    static hf_errors errors;
    memcpy(out->id, finding->id, sizeof out->id);
    out->is_trusted = hf__store_is_trusted(finding->sweep->script);
    out->outcome = finding->example->outcome;
    out->earlier_text = hf__copy_string(finding->example->earlier);
    out->fault_text = hf__copy_string(finding->example->fault);
    if (hf_scenario_parse("the sweep's script", hf__text(finding->sweep->script), &out->base, &errors) != HF_OK)
        return complain_errors(&errors, hf__text(finding->sweep->script));
    bool has_earlier = out->earlier_text[0] != '\0';
    const char *const faults[2] = {has_earlier ? out->earlier_text : out->fault_text, out->fault_text};
    if (hf_scenario_from_faults("sweep", NULL, faults, has_earlier ? 2 : 1, &out->fault, &errors) != HF_OK)
        return complain_errors(&errors, hf__text(faults[0]));

    const hf_scenario *rules = hf_scenario_at(out->fault, 0);
    out->scenario = *hf_scenario_at(out->base, 0);
    out->scenario.file = "--fault";
    out->scenario.name = out->id;
    out->scenario.rules = rules->rules;
    out->scenario.rule_count = rules->rule_count;
    out->scenario.expect.given = 1;
    out->scenario.expect.outcomes = 1u << out->outcome;
    if (finding->example->leaked_bytes > 0) /* leaks are part of the finding, so they do not make the rerun differ */
        out->scenario.expect.outcomes |= 1u << HF_OUTCOME_LEAKED;
    return HF_CLI_MET;
}

hf_cli_exit hf__cli_finding_load(const char *results, const char *id, hf_cli_finding *out)
{
    *out = (hf_cli_finding){.base = NULL};
    char *path = hf__format("%s/%s", results != NULL ? results : "results", HF_STORE_FILE);
    hf_store *store = NULL;
    hf_store_finding finding;
    hf_error err;
    hf_status status = hf__store_open(path, true, &store, &err);
    if (status == HF_OK)
        status = hf__store_finding(store, id, &finding, &err);
    hf_cli_exit worst = status == HF_OK ? build(&finding, out) : hf__cli_complain_results(&err);
    hf__store_close(store);
    hf__free(path);
    return worst;
}

static void quote_all(hf__heap_buffer *line, const hf_string_list *words)
{
    for (size_t i = 0; i < words->count; i++) {
        hf__heap_buffer_write(" ", 1, line);
        hf__heap_quote(line, words->items[i]);
    }
}

/* The command in the form that a person would type. */
static void quote_command(hf__heap_buffer *line, const hf_scenario *scenario)
{
    if (scenario->cwd != NULL) {
        hf__heap_buffer_write(" cd ", 4, line);
        hf__heap_quote(line, scenario->cwd);
        hf__heap_buffer_write(" &&", 3, line);
    }
    quote_all(line, &scenario->env);
    if (scenario->caller != NULL)
        quote_all(line, &(hf_string_list){1, (const char *const[]){scenario->caller}});
    quote_all(line, scenario->caller != NULL ? &scenario->args : &scenario->command);
}

hf_cli_exit hf__cli_finding_allow(const hf_cli_finding *finding, bool trust)
{
    if (finding->is_trusted)
        return HF_CLI_MET;
    hf__heap_buffer line = {0};
    quote_command(&line, &finding->scenario);
    if (trust)
        hf__cli_complain("runs%s", line.text);
    else
        hf__cli_complain("%s was not swept by this user on this machine, and this would run a command from the database:\n"
                         " %s\n"
                         "add --trust to run it",
                         finding->id, line.text);
    hf__free(line.text);
    return trust ? HF_CLI_MET : HF_CLI_USAGE;
}
