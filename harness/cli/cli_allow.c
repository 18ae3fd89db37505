/* SPDX-License-Identifier: MIT
 * See the header. plan_allow.c defines what an entry means; this file prints the result for each entry.
 */
#include "cli_allow.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "os_file.h"
#include "report_case.h"
#include "system_machine.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

hf_cli_exit hf__cli_allow_load(const char *path, hf_cli_allow *out)
{
    *out = (hf_cli_allow){.path = path};
    if (path == NULL)
        return HF_CLI_MET;

    hf_os_utc now = hf__system_utc_now();
    (void)snprintf(out->today, sizeof out->today, "%04d-%02d-%02d", now.year, now.month, now.day);
    hf_errors errors = {0};
    if (hf_allow_load(path, &out->file, &errors) != HF_OK) {
        hf_scenario_print_file_errors(path, &errors, hf__cli_err()->write, hf__cli_err()->user);
        if (!hf__os_file_exists(path))
            hf__cli_complain("note: 'hostfault sweep --write-allow FILE' starts a file of known findings; without --allow, every finding counts");
        return HF_CLI_USAGE;
    }
    out->uses = hf__allocate(hf_allow_count(out->file) + 1, sizeof *out->uses);
    return HF_CLI_MET;
}

void hf__cli_allow_clear(hf_cli_allow *self)
{
    hf_allow_destroy(self->file);
    hf__free(self->uses);
    *self = (hf_cli_allow){.path = NULL};
}

char *hf__cli_allow_why(hf_cli_allow *self, const hf_allow_finding *finding)
{
    if (self->file == NULL)
        return NULL;

    for (size_t i = 0; i < hf_allow_count(self->file); i++)
        self->uses[i] += hf_allow_is_for(hf_allow_at(self->file, i), finding) ? 1 : 0;
    const hf_allow_entry *entry = hf_allow_find(self->file, finding, self->today);
    if (entry == NULL)
        return NULL;

    self->allowed++;
    char *why = hf__report_clean(hf__text(entry->why));
    char *text = hf__format("%s (%s:%u)", why, self->path, (unsigned)entry->line);
    hf__free(why);
    return text;
}

void hf__cli_allow_apply(hf_cli_allow *self, hf_report_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        hf_report_finding *one = &findings->items[i];
        const hf_allow_finding asked = {
            .caller = one->caller, .fingerprint = one->fingerprint, .place = one->place, .ended = one->ended, .outcome = one->outcome};
        one->allowed = hf__cli_allow_why(self, &asked);
    }
    hf__report_findings_order(findings);
}

static bool is_for_one_of(const hf_allow_entry *entry, const char *const *callers)
{
    for (; *callers != NULL; callers++)
        if (hf_allow_is_for_caller(entry, *callers))
            return true;
    return false;
}

/* What is wrong with the entry, in words; NULL: nothing. */
static const char *problem_of(const hf_cli_allow *self, size_t index, const char *const *callers, const char *unfinished)
{
    const hf_allow_entry *entry = hf_allow_at(self->file, index);
    if (!is_for_one_of(entry, callers))
        return NULL;
    if (hf_allow_has_passed(entry, self->today))
        return "is past its last day";
    return self->uses[index] == 0 && unfinished == NULL ? "did not happen" : NULL;
}

static bool has_unused(const hf_cli_allow *self, const char *const *callers)
{
    for (size_t i = 0; i < hf_allow_count(self->file); i++)
        if (self->uses[i] == 0 && is_for_one_of(hf_allow_at(self->file, i), callers))
            return true;
    return false;
}

static void print_problem(const hf_cli_allow *self, const hf_allow_entry *entry)
{
    const hf_report_sink *out = hf__cli_out();
    char *what = hf__report_clean(hf__text(entry->fingerprint != NULL ? entry->fingerprint : entry->place));
    hf__report_tone(out, HF_TONE_BAD, "allow    ");
    hf__report_print(out, " %s:%u: %s %s: ", self->path, (unsigned)entry->line, hf_outcome_name(entry->outcome), what);
    if (hf_allow_has_passed(entry, self->today))
        hf__report_print(out, "the last day of this entry was %s; fix the finding or set another day\n", entry->until);
    else
        hf__report_put(out, "did not happen; remove this entry if the finding is fixed\n");
    hf__free(what);
}

hf_cli_exit hf__cli_allow_check(const hf_cli_allow *self, const char *const *callers, const char *unfinished)
{
    hf_cli_exit worst = HF_CLI_MET;
    for (size_t i = 0; self->file != NULL && i < hf_allow_count(self->file); i++) {
        if (problem_of(self, i, callers, unfinished) == NULL)
            continue;
        print_problem(self, hf_allow_at(self->file, i));
        worst = HF_CLI_UNMET;
    }
    if (self->file != NULL && unfinished != NULL && has_unused(self, callers))
        hf__report_print(hf__cli_out(), "entries of %s that did not happen may still be needed: %s\n", self->path, unfinished);
    return worst;
}

json_t *hf__cli_allow_json(const hf_cli_allow *self, const char *const *callers, const char *unfinished)
{
    json_t *list = json_array();
    for (size_t i = 0; self->file != NULL && i < hf_allow_count(self->file); i++) {
        const char *problem = problem_of(self, i, callers, unfinished);
        const hf_allow_entry *entry = hf_allow_at(self->file, i);
        if (problem == NULL)
            continue;
        char *what = hf__report_clean(hf__text(entry->fingerprint != NULL ? entry->fingerprint : entry->place));
        (void)json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s, s:s}", "file", self->path, "line", (int)entry->line, "outcome",
                                                    hf_outcome_name(entry->outcome), "finding", what, "problem", problem));
        hf__free(what);
    }
    return list;
}

hf_cli_exit hf__cli_allow_check_new(const char *path)
{
    if (path == NULL || !hf__os_file_exists(path))
        return HF_CLI_MET;
    hf__cli_complain("%s already exists, and --write-allow does not overwrite it; remove it, or name another file", path);
    return HF_CLI_USAGE;
}

void hf__cli_allow_begin(hf__heap_buffer *text)
{
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = text};
    hf__report_put(
        &sink,
        "# Known findings: `hostfault sweep --allow FILE` exits with status 1 for any other finding, and for an entry here that no longer occurs.\n"
        "# State in `why` why each finding is accepted, and in `until` the last day (2027-03-31) if it is accepted only for a time.\n");
}

void hf__cli_allow_add(hf__heap_buffer *text, const hf_allow_finding *finding)
{
    const hf_report_sink sink = {.write = hf__heap_buffer_write, .user = text};
    const hf_allow_entry entry = {
        .fingerprint = finding->fingerprint, .outcome = finding->outcome, .caller = finding->caller, .why = "not reviewed yet"};
    hf__report_put(&sink, "\n");
    hf_allow_print(&entry, sink.write, sink.user);
}

hf_cli_exit hf__cli_allow_write(const char *path, hf__heap_buffer *text_take)
{
    hf_cli_exit worst = hf__cli_write(path, text_take->text, text_take->size_bytes);
    if (worst == HF_CLI_MET)
        hf__report_print(hf__cli_err(), "%s lists the findings of this sweep; state in each entry why it is accepted\n", path);
    hf__free(text_take->text);
    *text_take = (hf__heap_buffer){0};
    return worst;
}
