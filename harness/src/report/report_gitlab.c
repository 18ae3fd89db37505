/* SPDX-License-Identifier: MIT
 * GitLab Code Quality (docs.gitlab.com, "Code Quality report format"). GitLab drops an issue without a path or a line, so each has one.
 */
#include "report_gitlab.h"
#include "heap_alloc.h"
#include "report_advice.h"
#include "report_command.h"
#include "report_headline.h"
#include "report_json.h"
#include "report_location.h"

#include "base_poison.h"

static const char *severity_of(hf_outcome outcome)
{
    unsigned severity = hf_outcome_severity(outcome);
    return severity >= 9 ? "blocker" : severity >= 8 ? "critical" : severity >= 5 ? "major" : severity >= 3 ? "minor" : "info";
}

static json_t *issue_value(const hf_report_finding *finding)
{
    bool is_stand_in = false;
    hf_report_spot at = hf__report_spot_of(finding, &is_stand_in);
    char *headline = hf__report_headline(finding->outcome, finding->ended, finding->detail, finding->method, finding->place);
    char *way = hf__report_way_line(finding->ended, finding->method, finding->place, finding->entries);
    char *check = hf__format("hostfault/%s", hf_outcome_name(finding->outcome));
    char *text = hf__format("%s %s%s%s. %s (hostfault replay %s%s)", hf_outcome_name(finding->outcome), headline, way[0] != '\0' ? "; " : "", way,
                            hf__report_advice(finding->outcome), finding->id, hf__report_command_options());
    json_t *issue = json_object();
    (void)json_object_set_new(issue, "description", json_string(text));
    (void)json_object_set_new(issue, "check_name", json_string(check));
    (void)json_object_set_new(issue, "fingerprint", json_string(finding->id));
    (void)json_object_set_new(issue, "severity", json_string(severity_of(finding->outcome)));
    (void)json_object_set_new(issue, "location", json_pack("{s:s, s:{s:I}}", "path", at.path, "lines", "begin", (json_int_t)at.line));
    char *const texts[] = {text, check, way, headline};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hf__free(texts[i]);
    hf__report_spot_clear(&at);

    return issue;
}

void hf__report_gitlab(const hf_report_sink *sink, const hf_report_findings *findings)
{
    json_t *issues = json_array();
    for (size_t i = 0; i < findings->count; i++)
        if (findings->items[i].allowed == NULL) /* GitLab has no value for allowed findings */
            (void)json_array_append_new(issues, issue_value(&findings->items[i]));
    hf__report_put_json(sink, issues);
}
