/* SPDX-License-Identifier: MIT
 * The terminal's view of runs. The result comes first in a line and is short, because a person looks for the one FAIL among many. Everything else
 * about a failure is in its paragraph, with the commands that show more.
 */
#include "report_terminal.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "base_utf8.h"
#include "report_jump.h"
#include "run_folder.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

#define TITLE_MIN 20u
#define REST_COLUMNS 77u   /* mark, outcome, response, counts and time, with the gaps between, and the last column, at which some terminals wrap */
#define COUNTS_COLUMNS 30u /* of them, for the counts and the time; large numbers take more */
#define INDENT 6u          /* mark and gap */

size_t hf__report_terminal_width(const hf_report_sink *sink, size_t longest_title)
{
    if (sink->width == 0 || longest_title + REST_COLUMNS <= sink->width)
        return longest_title;
    return sink->width >= TITLE_MIN + REST_COLUMNS ? sink->width - REST_COLUMNS : 0;
}

static hf_report_tone tone_of(const hf_report_case *one)
{
    if (one->state == HF_REPORT_NOT_RUN)
        return HF_TONE_WARNING;
    return hf__report_case_failed(one) ? HF_TONE_BAD : HF_TONE_GOOD;
}

static const char *mark_of(const hf_report_case *one)
{
    if (one->state == HF_REPORT_NOT_RUN)
        return "none";
    if (one->state == HF_REPORT_BROKEN)
        return "ERR";
    return hf__report_case_failed(one) ? "FAIL" : "ok";
}

/* Responses to injected faults; those to the host's own failures come after them. */
static size_t count_injected(const hf_report_case *one)
{
    size_t count = 0;
    while (count < one->response_count && !one->responses[count].real)
        count++;
    return count;
}

/* The first fault's response, and the number of further faults. */
static void print_response(char *buffer, size_t capacity, const hf_report_case *one)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    size_t injected = count_injected(one);
    if (injected == 0)
        hf__builder_print(&builder, "-");
    else
        hf__builder_print(&builder, "%s", hf_response_name(one->responses[0].response));
    if (injected > 1)
        hf__builder_print(&builder, " +%zu", injected - 1);
}

/* The title in its column, cut at the front, because its end is more informative. Cut between characters, not inside one. */
static void print_title(const hf_report_sink *sink, const hf_report_case *one, size_t width, bool pads)
{
    char turn[48] = "";
    if (one->turns > 1)
        (void)snprintf(turn, sizeof turn, " (%u/%u)", one->turn, one->turns);
    char *text = hf__format("%s%s", one->title, turn);
    size_t length = strlen(text);
    if (length <= width) {
        hf__report_print(sink, "%s%*s", text, pads ? (int)(width - length) : 0, "");
    } else {
        const char *rest = text + (length - (width - 3));
        while (hf__utf8_is_tail(*rest))
            rest++;
        hf__report_print(sink, "...%s", rest);
    }
    hf__free(text);
}

/* Facts below the title, as many on a line as fit on the terminal. */
static void print_facts(const hf_report_sink *sink, const char *const *facts, size_t count)
{
    size_t column = 0;
    for (size_t i = 0; i < count; i++) {
        if (facts[i][0] == '\0')
            continue;
        size_t length = strlen(facts[i]);
        bool fits = column > 0 && column + 2 + length < sink->width;
        hf__report_put(sink, column > 0 && !fits ? "\n" : "");
        hf__report_print(sink, "%*s%s", fits ? 0 : (int)INDENT, "", fits ? ", " : "");
        hf__report_put(sink, facts[i]);
        column = fits ? column + 2 + length : INDENT + length;
    }
    hf__report_put(sink, "\n");
}

/* If columns do not fit: the title on a separate line. */
static void print_narrow(const hf_report_sink *sink, const hf_report_case *one, bool judged)
{
    char response[40];
    char calls[48];
    char fired[48];
    char ms[48];
    size_t room = sink->width > INDENT + 4 ? sink->width - INDENT - 1 : 4;
    hf__report_tone(sink, tone_of(one), "%-4s", mark_of(one));
    hf__report_put(sink, "  ");
    print_title(sink, one, room, false);
    hf__report_put(sink, "\n");

    if (!judged) {
        print_facts(sink, (const char *const[]){one->state == HF_REPORT_NOT_RUN ? "not run" : "harness failed"}, 1);
        return;
    }

    print_response(response, sizeof response, one);
    (void)snprintf(calls, sizeof calls, "%llu calls", (unsigned long long)one->calls);
    (void)snprintf(fired, sizeof fired, "%llu fired", (unsigned long long)one->fired);
    (void)snprintf(ms, sizeof ms, "%llu ms", (unsigned long long)((one->elapsed_us + 999) / 1000));
    char *golden = one->golden >= HF_GOLDEN_WRITTEN ? hf__format("trace %s", hf__report_golden_name(one->golden)) : hf__copy_string("");
    const char *const facts[] = {hf_outcome_name(one->outcome), strcmp(response, "-") != 0 ? response : "", calls, fired, ms, golden};
    print_facts(sink, facts, sizeof facts / sizeof facts[0]);
    hf__free(golden);
}

void hf__report_terminal_line(const hf_report_sink *sink, const hf_report_case *one, size_t title_width)
{
    bool judged = one->state == HF_REPORT_MET || one->state == HF_REPORT_UNMET;
    char response[40];
    char counts[80];
    print_response(response, sizeof response, one);
    (void)snprintf(counts, sizeof counts, "%5llu calls %3llu fired %5llu ms", (unsigned long long)one->calls, (unsigned long long)one->fired,
                   (unsigned long long)((one->elapsed_us + 999) / 1000));
    bool is_long = sink->width > 0 && strlen(counts) > COUNTS_COLUMNS && title_width + REST_COLUMNS + (strlen(counts) - COUNTS_COLUMNS) > sink->width;

    if (title_width == 0 || is_long) {
        print_narrow(sink, one, judged);
        return;
    }

    hf__report_tone(sink, tone_of(one), "%-4s", mark_of(one));
    hf__report_put(sink, "  ");
    print_title(sink, one, title_width, true);

    if (!judged) {
        hf__report_print(sink, "  %s\n", one->state == HF_REPORT_NOT_RUN ? "not run" : "harness failed");
        return;
    }

    hf__report_put(sink, "  ");
    hf__report_tone(sink, hf_outcome_severity(one->outcome) > 0 ? HF_TONE_STRONG : HF_TONE_PLAIN, "%-9s", hf_outcome_name(one->outcome));
    hf__report_print(sink, "  %-26s %s", response, counts);
    if (one->golden >= HF_GOLDEN_WRITTEN)
        hf__report_print(sink, "  trace %s", hf__report_golden_name(one->golden));
    hf__report_put(sink, "\n");
}

static void print_field(const hf_report_sink *sink, const char *label, const char *text)
{
    hf__report_put(sink, "  ");
    hf__report_tone(sink, HF_TONE_FAINT, "%-9s", label);
    hf__report_print(sink, " %s\n", text);
}

/* A field that names a place. The text has been cleaned. */
static void print_place(const hf_report_sink *sink, const char *label, const char *before, const char *text)
{
    hf__report_put(sink, "  ");
    hf__report_tone(sink, HF_TONE_FAINT, "%-9s", label);
    hf__report_print(sink, " %s", before);
    hf__report_put_linked(sink, text);
    hf__report_put(sink, "\n");
}

/* The note has two lines; it has been cleaned. */
static void print_golden(const hf_report_sink *sink, const char *note)
{
    hf__report_put(sink, "  ");
    hf__report_tone(sink, HF_TONE_FAINT, "%-9s", "golden");
    hf__report_put(sink, " ");
    hf__report_put(sink, note);
    hf__report_put(sink, "\n");
}

static void print_label(const hf_report_sink *sink, const char *label)
{
    hf__report_put(sink, "  ");
    hf__report_tone(sink, HF_TONE_FAINT, "%s", label);
    hf__report_put(sink, "\n");
}

/* A block of lines under a label, each indented; injected lines stand out. */
static void print_block(const hf_report_sink *sink, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    print_label(sink, label);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        hf_report_tone tone = text[0] == '!' ? HF_TONE_BAD : text[0] == '~' ? HF_TONE_WARNING : HF_TONE_PLAIN;
        hf__report_put(sink, "    ");
        hf__report_tone(sink, tone, "%.*s", (int)length, text);
        hf__report_put(sink, "\n");
        text += length;
        text += *text == '\n' ? 1 : 0;
    }
}

/* Stacks under a label, one frame a line. */
static void print_stacks(const hf_report_sink *sink, const char *label, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return;
    print_label(sink, label);
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        char *line = hf__copy_text((hf_text){text, length});
        hf__report_put(sink, "    ");
        hf__report_put_linked(sink, line);
        hf__report_put(sink, "\n");
        hf__free(line);
        text += length;
        text += *text == '\n' ? 1 : 0;
    }
}

#define RESPONSES_SHOWN 12u
#define ALIKE_SHOWN 3u          /* more of them in a row are one line */
#define REAL_RESPONSES_SHOWN 3u /* most of them come without the fault too */

static bool are_alike(const hf_report_response *a, const hf_report_response *b)
{
    return a->response == b->response && strcmp(a->rule, b->rule) == 0 && strcmp(a->method, b->method) == 0 && strcmp(a->result, b->result) == 0;
}

/* alike: the number of equal ones in a row; more than ALIKE_SHOWN are one line, without their numbers. */
static void print_response_line(const hf_report_sink *sink, const hf_report_response *one, size_t alike)
{
    hf__report_put(sink, "  ");
    hf__report_tone(sink, HF_TONE_FAINT, "%-9s", "response");
    hf__report_print(sink, " %s: %s %s, then %s", one->real ? "the host itself" : one->rule, one->method, one->result,
                     hf_response_name(one->response));
    if (alike > ALIKE_SHOWN) {
        hf__report_print(sink, "; so %zu times in a row\n", alike);
        return;
    }
    if (one->calls > 0)
        hf__report_print(sink, " after %u call%s", one->calls, one->calls == 1 ? "" : "s");
    if (one->retries > 0)
        hf__report_print(sink, ", %u retr%s", one->retries, one->retries == 1 ? "y" : "ies");
    hf__report_put(sink, "\n");
}

static void print_some_responses(const hf_report_sink *sink, const hf_report_response *responses, size_t count, size_t shown)
{
    size_t at = 0;
    for (size_t lines = 0; at < count && lines < shown; lines++) {
        size_t alike = 1;
        while (at + alike < count && are_alike(&responses[at], &responses[at + alike]))
            alike++;
        print_response_line(sink, &responses[at], alike);
        at += alike > ALIKE_SHOWN ? alike : 1;
    }
    if (count > at)
        hf__report_print(sink, "            and %zu more\n", count - at);
}

static void print_responses(const hf_report_sink *sink, const hf_report_case *one)
{
    size_t injected = count_injected(one);
    print_some_responses(sink, one->responses, injected, RESPONSES_SHOWN);
    print_some_responses(sink, one->responses + injected, one->response_count - injected, REAL_RESPONSES_SHOWN);
    for (size_t i = 0; i < one->violation_count && i < RESPONSES_SHOWN; i++) {
        hf__report_put(sink, "  ");
        hf__report_tone(sink, HF_TONE_FAINT, "%-9s", "violation");
        hf__report_print(sink, " %s: %s\n", one->violations[i].clause, one->violations[i].detail);
    }
}

static void print_repeat(const hf_report_sink *sink, const hf_report_case *one)
{
    if (one->repeat == HF_RUN_REPEATED)
        print_field(sink, "repeats", one->repeat_note[0] == '\0' ? "yes: a second run, with stacks, ended the same" : one->repeat_note);
    else if (one->repeat_note[0] != '\0')
        hf__report_print(sink, "  repeats   %s: %s\n", one->repeat == HF_RUN_DIFFERED ? "no" : "not known", one->repeat_note);
}

static void print_verdict(const hf_report_sink *sink, const hf_report_case *one)
{
    print_field(sink, "expected", one->expected);
    hf__report_put(sink, "  ");
    hf__report_tone(sink, HF_TONE_FAINT, "%-9s", "got");
    hf__report_print(sink, " %s: %s\n", hf_outcome_name(one->outcome), one->reason);
    if (one->ended[0] != '\0')
        print_place(sink, "ended", "", one->ended);
    if (one->refused[0] != '\0')
        print_place(sink, "refused", "the failed call was made in ", one->refused);
    if (one->unmet[0] != '\0')
        print_field(sink, "unmet", one->unmet);

    if (one->leaks > 0)
        hf__report_print(sink, "  leaks     %llu, %llu bytes\n", (unsigned long long)one->leaks, (unsigned long long)one->leaked_bytes);
    print_repeat(sink, one);
    print_responses(sink, one);
    print_stacks(sink, one->outcome == HF_OUTCOME_HUNG ? "where it hangs" : "where it ended", one->stacks);
    print_stacks(sink, "where the leaked memory was taken", one->leak_sites);
    print_block(sink, "calls around the faults (! injected, ~ after E_FAIL)", one->around);
    print_block(sink, "processes that it started", one->followed);
    print_block(sink, "end of stdout", one->stdout_tail);
    print_block(sink, "end of stderr", one->stderr_tail);
}

void hf__report_terminal_detail(const hf_report_sink *sink, const hf_report_case *one)
{
    hf__report_put(sink, "\n");
    hf__report_tone(sink, tone_of(one), "%s", mark_of(one));
    hf__report_print(sink, " %s", one->identity);
    if (one->turns > 1)
        hf__report_print(sink, " (%u/%u)", one->turn, one->turns);
    hf__report_put(sink, "\n");
    if (one->about[0] != '\0')
        print_field(sink, "about", one->about);
    if (one->error != NULL)
        print_field(sink, "error", one->error);
    else
        print_verdict(sink, one);
    if (one->golden_note != NULL)
        print_golden(sink, one->golden_note);
    if (one->folder != NULL) {
        const char *folder = hf__run_folder_shown(one->folder);
        print_field(sink, "folder", folder);
        hf__report_put(sink, "  ");
        hf__report_tone(sink, HF_TONE_FAINT, "%-9s", "trace");
        hf__report_put(sink, " hostfault trace ");
        char *trace = one->process != 0 ? hf__format("%s/" HF_RUN_TRACE "-%u", folder, one->process) : hf__copy_string(folder);
        hf__report_put_quoted(sink, trace);
        hf__report_put(sink, "\n");
        hf__free(trace);
    }

    if (one->seed != 0)
        hf__report_print(sink, "  rerun     %s --seed %llu\n", one->again, (unsigned long long)one->seed);
    else
        print_field(sink, "rerun", one->again);
}

static void print_bad_outcomes(const hf_report_sink *sink, const hf_report_totals *totals)
{
    const char *before = " (";
    const size_t others[] = {totals->states[HF_REPORT_NOT_RUN], totals->states[HF_REPORT_BROKEN], totals->golden[HF_GOLDEN_DIFFERS],
                             totals->golden[HF_GOLDEN_MISSING]};
    static const char *const words[] = {"not run", "harness failed", "trace differs", "trace missing"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (others[i] == 0)
            continue;
        hf__report_print(sink, "%s%zu %s", before, others[i], words[i]);
        before = ", ";
    }
    hf__report_put(sink, before[0] == ',' ? ")" : "");
}

void hf__report_terminal_totals(const hf_report_sink *sink, const hf_report_totals *totals)
{
    hf__report_print(sink, "%zu scenario%s: ", totals->cases, totals->cases == 1 ? "" : "s");
    size_t stopped = totals->states[HF_REPORT_STOPPED];
    bool is_good = totals->failed + stopped == 0;
    hf__report_tone(sink, is_good ? HF_TONE_GOOD : HF_TONE_PLAIN, "%zu as expected", totals->cases - totals->failed - stopped);

    if (totals->failed > 0) {
        hf__report_put(sink, ", ");
        hf__report_tone(sink, HF_TONE_BAD, "%zu failed", totals->failed);
        print_bad_outcomes(sink, totals);
    }

    if (stopped > 0) {
        hf__report_put(sink, ", ");
        hf__report_tone(sink, HF_TONE_WARNING, "%zu not run", stopped);
    }

    hf__report_print(sink, "; %llu call%s, %llu fault%s", (unsigned long long)totals->calls, totals->calls == 1 ? "" : "s",
                     (unsigned long long)totals->fired, totals->fired == 1 ? "" : "s");
    if (totals->golden[HF_GOLDEN_SAME] + totals->golden[HF_GOLDEN_WRITTEN] + totals->golden[HF_GOLDEN_SKIPPED] > 0)
        hf__report_print(sink, "; traces: %zu as before, %zu written, %zu SKIPPED", totals->golden[HF_GOLDEN_SAME], totals->golden[HF_GOLDEN_WRITTEN],
                         totals->golden[HF_GOLDEN_SKIPPED]);
    hf__report_print(sink, "; %.1f s\n", (double)totals->elapsed_us / 1e6);
}
