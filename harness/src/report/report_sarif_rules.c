/* SPDX-License-Identifier: MIT
 * The rules of a SARIF document: the outcomes that are findings, in their order, with the properties that code scanning sorts and filters by.
 */
#include "report_sarif_parts.h"
#include "heap_alloc.h"
#include "base_version.h"
#include "report_advice.h"

#include <ctype.h>
#include <string.h>

#include "base_poison.h"

/* The kind of weakness (cwe.mitre.org), and the score from 0 to 10 by which code scanning sorts (above 9.0 critical, 7.0 high, 4.0 medium). The score
 * is of a failed request, which whoever can make the program use much memory can cause: memory that is misused weighs more than a process that ends.
 */
typedef struct weakness {
    const char *cwe, *score, *problem;
} weakness;

static weakness weakness_of(hf_outcome outcome)
{
    switch (outcome) {
    case HF_OUTCOME_CRASHED: return (weakness){"cwe-690", "7.5", "error"};   /* unchecked return value to null pointer dereference */
    case HF_OUTCOME_ABORTED: return (weakness){"cwe-617", "5.3", "warning"}; /* reachable assertion */
    case HF_OUTCOME_HUNG: return (weakness){"cwe-833", "7.5", "error"};      /* deadlock */
    case HF_OUTCOME_UNSTABLE: return (weakness){"cwe-758", "0.1", "recommendation"};
    case HF_OUTCOME_STORM: return (weakness){"cwe-835", "5.9", "error"};     /* loop with unreachable exit condition */
    case HF_OUTCOME_VIOLATED: return (weakness){"cwe-672", "8.1", "error"};  /* operation on a resource after release */
    case HF_OUTCOME_CORRUPTED: return (weakness){"cwe-460", "8.1", "error"}; /* improper cleanup on a thrown exception */
    case HF_OUTCOME_SWALLOWED: return (weakness){"cwe-391", "5.5", "error"}; /* unchecked error condition */
    case HF_OUTCOME_EXITED: return (weakness){"cwe-705", "5.3", "warning"};  /* incorrect control flow scoping */
    case HF_OUTCOME_LEAKED: return (weakness){"cwe-401", "4.3", "warning"};  /* missing release of memory */
    case HF_OUTCOME_UNFIRED: return (weakness){"cwe-561", "0.1", "recommendation"};
    case HF_OUTCOME_REPORTED:
    case HF_OUTCOME_OK:
    case HF_OUTCOME_COUNT: break;
    }

    return (weakness){"cwe-703", "0.1", "recommendation"};
}

const char *hf__report_sarif_level(hf_outcome outcome)
{
    return hf_outcome_severity(outcome) >= 7 ? "error" : "warning";
}

json_t *hf__report_sarif_message(const char *text)
{
    return json_pack("{s:s}", "text", text);
}

/* A finding really happened, and most were repeated, so it is certain. */
static json_t *properties_value(hf_outcome outcome)
{
    weakness of = weakness_of(outcome);
    char *tag = hf__format("external/cwe/%s", of.cwe);
    json_t *properties =
        json_pack("{s:[s,s,s,s], s:s, s:s, s:s, s:i}", "tags", "security", "reliability", "fault-injection", tag, "precision", "very-high",
                  "problem.severity", of.problem, "security-severity", of.score, "severity", (int)hf_outcome_severity(outcome));
    hf__free(tag);
    return properties;
}

static json_t *help_value(hf_outcome outcome)
{
    char *text = hf__format(
        "%s The replay command of a result shows the calls around the fault; 'hostfault list outcomes' lists the rules that decide an outcome.",
        hf__report_advice(outcome));
    char *markdown =
        hf__format("**%s**: %s.\n\n%s\n\nRun the replay command of the result (`hostfault replay ID`) to see the calls around the fault, and "
                   "`hostfault replay ID --gdb` to stop at it. `hostfault list outcomes` lists the rules that decide an outcome.",
                   hf_outcome_name(outcome), hf_outcome_meaning(outcome), hf__report_advice(outcome));
    json_t *help = json_pack("{s:s, s:s}", "text", text, "markdown", markdown);
    hf__free(markdown);
    hf__free(text);
    return help;
}

/* "Crashed": code scanning wants one word that begins with a capital. */
static json_t *name_value(hf_outcome outcome)
{
    char *name = hf__copy_string(hf_outcome_name(outcome));
    name[0] = (char)toupper((unsigned char)name[0]);
    json_t *value = json_string(name);
    hf__free(name);
    return value;
}

static json_t *rule_value(hf_outcome outcome)
{
    char *id = hf__format("hostfault/%s", hf_outcome_name(outcome));
    char *brief = hf__format("A memory request failed in a documented way, with this result: %s.", hf_outcome_meaning(outcome));
    char *uri = hf__format("%s#%s", HF_MANUAL_URL, hf_outcome_name(outcome));
    json_t *rule = json_object();
    (void)json_object_set_new(rule, "id", json_string(id));
    (void)json_object_set_new(rule, "name", name_value(outcome));
    (void)json_object_set_new(rule, "shortDescription", hf__report_sarif_message(brief));
    (void)json_object_set_new(rule, "fullDescription", hf__report_sarif_message(brief));
    (void)json_object_set_new(rule, "help", help_value(outcome));
    if (HF_MANUAL_URL[0] != '\0')
        (void)json_object_set_new(rule, "helpUri", json_string(uri));

    (void)json_object_set_new(rule, "defaultConfiguration", json_pack("{s:s}", "level", hf__report_sarif_level(outcome)));
    (void)json_object_set_new(rule, "properties", properties_value(outcome));
    hf__free(uri);
    hf__free(brief);
    hf__free(id);
    return rule;
}

json_t *hf__report_sarif_rules(void)
{
    json_t *rules = json_array();
    for (hf_outcome i = 0; i < HF_OUTCOME_COUNT; i++)
        if (hf_outcome_severity(i) > 0)
            (void)json_array_append_new(rules, rule_value(i));
    return rules;
}

int hf__report_sarif_rule_index(hf_outcome outcome)
{
    int index = 0;
    for (hf_outcome i = 0; i < outcome; i++)
        index += hf_outcome_severity(i) > 0 ? 1 : 0;
    return index;
}
