/* SPDX-License-Identifier: MIT
 * Outcomes: a table of rules in the order of hf_outcome. The first that fits is the run's outcome, and writes the sentence that explains it. The
 * order starts with what makes everything else meaningless (unstable), continues with what the process did, and ends with what it left behind.
 */
#include "verdict_judge.h"

#include "base_check.h"
#include "trace_compare.h"
#include "trace_names.h"
#include "verdict_result.h"

#include <string.h>

#include "base_poison.h"

#define TEXT_SHOWN 40u
#define LINE_SHOWN 80u
#define ROW_WORTH_TELLING 16u

static void say_text(hf__builder *reason, hf_text text)
{
    size_t shown = 0;
    while (shown < text.size_bytes && shown < TEXT_SHOWN && (unsigned char)text.pointer[shown] >= ' ')
        shown++;
    hf__builder_print(reason, "\"%.*s%s\"", (int)shown, text.pointer, shown < text.size_bytes ? "..." : "");
}

static void say_last_fault(const hf__verdict_case *judged, hf__builder *reason)
{
    char fault[200];
    if (judged->run.seen.last_fault == HF_NOWHERE) {
        hf__builder_print(reason, ", without any fault");
        return;
    }
    hf__verdict_facts_print_fault(&judged->run, judged->run.seen.last_fault, fault, sizeof fault);
    hf__builder_print(reason, " after %s", fault);
}

/* A clean run that says failure gives no result that others could be held to. */
static bool results_differ(const hf__verdict_case *judged, const hf__verdict_facts *a, const hf__verdict_facts *b)
{
    bool status_only = ((a->plan->flags | b->plan->flags) & HF_PLAN_STATUS_ONLY) != 0 || judged->status_only;
    return !status_only && judged->before->clean.exit_status == 0 && hf__verdict_results_differ(a, b);
}

/* A program that ends badly by itself is not to be blamed on a fault. */
static void say_clean_end(const hf__verdict_case *judged, hf__builder *reason)
{
    if (judged->before->has_clean && !hf__verdict_ends_differ(&judged->run, &judged->before->clean))
        hf__builder_print(reason, "; the clean run ends the same way");
}

static int shown(hf_text line)
{
    return (int)(line.size_bytes < LINE_SHOWN ? line.size_bytes : LINE_SHOWN);
}

/* A rule that tells calls by their site holds in a run whose requests vary. */
static bool rules_tell_sites(const hf_plan_image *plan)
{
    for (uint32_t i = 0; i < plan->rule_count; i++) {
        if (hf__model_plan_rules(plan)[i].has_site == 0)
            return false;
    }
    return plan->rule_count > 0;
}

/* What several threads are given depends on who comes first, and an unmodified program was not written to repeat itself, which says nothing against
 * the caller: only of one thread of a caller that knows of us are calls compared. Of these it is the requests, by which faults are told, that must
 * repeat: what is given back, and in which order, may hang on addresses and salted hashes. */
static bool requests_differ(const hf__verdict_case *judged, hf__trace_difference *out)
{
    const hf__verdict_facts *clean = &judged->before->clean, *clean2 = &judged->before->clean2;
    bool alone = (clean->plan->flags & HF_PLAN_UNMODIFIED) == 0 && !clean->seen.alternate && !clean2->seen.alternate;
    return alone && !rules_tell_sites(judged->run.plan) && hf__trace_first_request_difference(clean->trace, clean2->trace, out);
}

static bool is_unstable(const hf__verdict_case *judged, hf__builder *reason)
{
    hf__trace_difference difference;
    if (!judged->before->has_clean || !judged->before->has_clean2)
        return false;
    const hf__verdict_facts *clean = &judged->before->clean, *clean2 = &judged->before->clean2;
    if (hf__verdict_ends_differ(clean, clean2)) {
        hf__builder_print(reason, "two fault-free runs ended differently: fix the program's random seed, or run on an idle machine");
        return true;
    }

    if (results_differ(judged, clean, clean2)) {
        hf__builder_print(reason,
                          "two fault-free runs gave different %s: fix the program's random seed, or compare exit statuses alone (compare: status)",
                          clean->result != NULL ? "results" : "output");
        return true;
    }

    if (!requests_differ(judged, &difference))
        return false;
    hf_text one = hf__text_trim(hf__text(difference.line_a)), other = hf__text_trim(hf__text(difference.line_b));
    hf__builder_print(reason, "two fault-free runs made different requests: \"%.*s\" where the other has \"%.*s\"", shown(one), one.pointer,
                      shown(other), other.pointer);
    return true;
}

/* A clean run that ends just so, while another does not: the fault is not to blame. */
static bool is_chance(const hf__verdict_case *judged)
{
    return judged->before->has_clean && judged->before->has_clean2 && hf__verdict_ends_differ(&judged->before->clean, &judged->before->clean2) &&
           !hf__verdict_ends_differ(&judged->run, &judged->before->clean2);
}

static const struct {
    int number;
    const char *name;
} signals[] = {{4, "SIGILL"},  {5, "SIGTRAP"},  {6, "SIGABRT"},  {7, "SIGBUS"}, {8, "SIGFPE"},
               {9, "SIGKILL"}, {11, "SIGSEGV"}, {15, "SIGTERM"}, {31, "SIGSYS"}};

const char *hf__verdict_signal_name(int32_t number)
{
    const char *name = NULL;
    for (size_t i = 0; i < HF_COUNT_OF(signals); i++)
        name = signals[i].number == number ? signals[i].name : name;
    return name;
}

static const hf__verdict_facts *clean_of(const hf__verdict_case *judged)
{
    return judged->before->has_clean ? &judged->before->clean : NULL;
}

static void say_report(const hf__verdict_case *judged, hf__builder *reason)
{
    hf_text note = judged->run.report->more->note;
    hf__builder_print(reason, "%.*s", (int)note.size_bytes, note.pointer);
}

static void say_end(const hf__verdict_case *judged, hf__builder *reason)
{
    const hf__verdict_facts *run = &judged->run;
    if (hf__verdict_facts_brings_report(run, clean_of(judged), HF_REPORT_ERROR)) {
        say_report(judged, reason);
        return;
    }

    if (run->ending != HF_ENDING_SIGNAL) {
        hf__builder_print(reason, "ended with exit status %d%s", run->exit_status, run->in_order ? "" : ", but not by exit() or a return from main");
        return;
    }
    hf_text exception = run->end->more->note; /* on Windows */
    const char *name = hf__verdict_signal_name(run->signal);
    if (exception.size_bytes > 0)
        hf__builder_print(reason, "ended by %.*s", shown(exception), exception.pointer);
    else if (name != NULL)
        hf__builder_print(reason, "ended by %s", name);
    else
        hf__builder_print(reason, "ended by signal %d", run->signal);
    if (run->has_fault_address)
        hf__builder_print(reason, " at 0x%llx", (unsigned long long)run->fault_address);
    if (run->exit_status >= 0)
        hf__builder_print(reason, ", whose handler exited with status %d", run->exit_status);
    const char *by = run->ended_by != 0 ? hf__verdict_signal_name(run->ended_by) : NULL;
    if (run->ended_by != 0)
        hf__builder_print(reason, ", whose handler ended it by %s", by != NULL ? by : "another signal");
}

static bool is_crashed(const hf__verdict_case *judged, hf__builder *reason)
{
    if (judged->manner != HF_MANNER_CRASHED || is_chance(judged))
        return false;
    say_end(judged, reason);
    say_last_fault(judged, reason);
    say_clean_end(judged, reason);
    return true;
}

static bool is_aborted(const hf__verdict_case *judged, hf__builder *reason)
{
    if (judged->manner != HF_MANNER_ABORTED || is_chance(judged))
        return false;
    say_end(judged, reason);
    say_last_fault(judged, reason);
    say_clean_end(judged, reason);
    return true;
}

/* "1000 calls of Malloc.Alloc from one place failed, ..." The last one of a run that the limit ended has no answer in the trace. */
static void say_storm(const hf__verdict_case *judged, uint64_t count, hf__builder *reason)
{
    const hf__verdict_storm *longest = &judged->storms.longest;
    const hf_event *event = longest->event != HF_NOWHERE ? &judged->run.events[longest->event] : NULL;
    hf__builder_print(reason, "%llu calls of %s from one %s failed in a row", (unsigned long long)count,
                      event != NULL ? hf__model_call_name(event->kind, event->function) : "a method",
                      event != NULL && event->frame_count > 0 ? "place" : "return address");
}

#define WAITS_SAID 2u

/* "; main waits for mutex table_lock, which worker-1 holds" */
static void say_waits(const hf__verdict_case *judged, hf__builder *reason)
{
    unsigned said = 0;
    size_t count = judged->run.count, first = count;
    while (first > 0 && judged->run.events[first - 1].kind >= HF_EVENT_END_EXIT)
        first--;
    for (size_t i = first; i < count && said < WAITS_SAID; i++) {
        if (judged->run.events[i].kind != HF_EVENT_END_WAIT)
            continue;
        hf__builder_print(reason, "; ");
        hf__trace_print_system_thread(judged->run.trace, judged->run.events[i].address, reason);
        hf__builder_print(reason, " ");
        hf__trace_print_wait(judged->run.trace, &judged->run.events[i], reason);
        said++;
    }
}

static bool is_hung(const hf__verdict_case *judged, hf__builder *reason)
{
    if (judged->manner != HF_MANNER_HUNG || is_chance(judged))
        return false;
    hf__builder_print(reason, "did not end within %llu ms", (unsigned long long)judged->run.end->address);
    say_waits(judged, reason);
    if (judged->storms.longest.length >= ROW_WORTH_TELLING) {
        hf__builder_print(reason, "; ");
        say_storm(judged, judged->storms.longest.length, reason);
    }
    say_last_fault(judged, reason);
    if (judged->before->has_clean && !hf__verdict_ends_differ(&judged->run, &judged->before->clean))
        hf__builder_print(reason, "; the clean run does not end in that time either: give it more time with --timeout");
    return true;
}

/* The shim counts by place as the rows here do. */
static bool is_storm(const hf__verdict_case *judged, hf__builder *reason)
{
    bool ended = judged->manner == HF_MANNER_STORM;
    if (!ended && judged->storms.longest.length < judged->storm_limit)
        return false;
    if (ended)
        hf__builder_print(reason, "ended by the limit: ");
    say_storm(judged, ended ? judged->storm_limit : judged->storms.longest.length, reason);
    return true;
}

/* A scenario's own rule, not the interface's. */
static bool is_of_strict_mode(const hf__verdict_violations *all, size_t i)
{
    return hf__verdict_violations_clause(all, all->items[i].event) == HF_CLAUSE_AFTER_FAULT;
}

static bool is_in_clean(const hf__verdict_case *judged, size_t i)
{
    const hf__verdict_violations *all = &judged->violations;
    size_t event = all->items[i].event;
    return hf__verdict_background_breaks(judged->before, &judged->run, event, hf__verdict_violations_clause(all, event));
}

/* The first violation that the clean run does not have; otherwise the first. The number of violations if there are none. */
static size_t violation_to_tell(const hf__verdict_case *judged, bool strict)
{
    const hf__verdict_violations *all = &judged->violations;
    size_t first = all->count;
    for (size_t i = 0; i < all->count; i++) {
        if (is_of_strict_mode(all, i) != strict)
            continue;
        if (!is_in_clean(judged, i))
            return i;
        first = i < first ? i : first;
    }
    return first;
}

static bool say_violation(const hf__verdict_case *judged, size_t told, hf__builder *reason)
{
    size_t count = judged->violations.count;
    if (told == count)
        return false;
    const hf_verdict_violation *violation = &judged->violations.items[told];
    hf__builder_print(reason, "%s: %s", violation->clause, violation->detail);
    if (count > 1)
        hf__builder_print(reason, " (and %zu more)", count - 1);
    if (is_in_clean(judged, told))
        hf__builder_print(reason, "; so does the clean run, without any fault");
    return true;
}

static bool is_violated(const hf__verdict_case *judged, hf__builder *reason)
{
    return say_violation(judged, violation_to_tell(judged, false), reason);
}

/* Strict mode forbids what is otherwise correct, so every other failure takes precedence. */
static bool is_too_busy(const hf__verdict_case *judged, hf__builder *reason)
{
    return say_violation(judged, violation_to_tell(judged, true), reason);
}

size_t hf__verdict_violation_told(const hf__verdict_case *judged)
{
    size_t told = violation_to_tell(judged, false);
    return told < judged->violations.count ? told : violation_to_tell(judged, true);
}

static bool is_corrupted(const hf__verdict_case *judged, hf__builder *reason)
{
    bool was_good = !judged->before->has_clean || judged->before->clean.failed_check == NULL;
    if (judged->run.failed_check == NULL || !was_good)
        return false;
    hf__builder_print(reason, "its own check fails: ");
    say_text(reason, judged->run.failed_check->more->note);
    return true;
}

static bool is_swallowed(const hf__verdict_case *judged, hf__builder *reason)
{
    if (judged->manner != HF_MANNER_WELL || !judged->before->has_clean)
        return false;
    if (hf__verdict_ends_differ(&judged->run, &judged->before->clean)) {
        hf__builder_print(reason, "exit status 0 claims success, but the clean run's is %d", judged->before->clean.exit_status);
        return true;
    }
    if (!results_differ(judged, &judged->run, &judged->before->clean))
        return false;
    hf__builder_print(reason, "exit status %d as without faults, but the result is ", judged->run.exit_status);
    hf__verdict_say_results(reason, &judged->run, &judged->before->clean, " instead of ");
    return true;
}

static void say_descriptor(hf__builder *reason, const hf_event *event)
{
    static const char *const kinds[] = {[HF_DESCRIPTOR_FILE] = "file", [HF_DESCRIPTOR_PIPE] = "pipe", [HF_DESCRIPTOR_SOCKET] = "socket"};
    hf_text words = event->more->note;
    const char *kind = event->size < HF_COUNT_OF(kinds) ? kinds[event->size] : "descriptor";
    bool has_path = event->size == HF_DESCRIPTOR_FILE || event->size == HF_DESCRIPTOR_OTHER;
    hf__builder_print(reason, "%s %llu", kind, (unsigned long long)event->address);
    if (has_path && words.size_bytes > 0)
        hf__builder_print(reason, ", %.*s", shown(words), words.pointer);
}

static void say_leak(hf__builder *reason, const hf__verdict_case *judged, const hf_verdict_leak *leak)
{
    if (leak->heap == HF_LEAK_DESCRIPTOR) {
        say_descriptor(reason, &judged->run.events[leak->event]);
        return;
    }
    hf__trace_names *names = hf__trace_names_create(judged->run.trace);
    bool unseen = hf__verdict_told_nothing(&judged->run.events[leak->event]);
    hf__trace_names_print(names, leak->event, unseen ? HF_NAMED_HOST_OUT : HF_NAMED_OUT, reason);
    hf__trace_names_destroy(names);
}

static bool is_exited(const hf__verdict_case *judged, hf__builder *reason)
{
    if (judged->manner != HF_MANNER_EXITED)
        return false;
    const hf__verdict_facts *clean = &judged->before->clean;
    const char *missing = judged->run.result == NULL && clean->result != NULL ? "the result" : "the check";
    hf__builder_print(reason, "called exit(%d) inside a call, without %s that the clean run gives", judged->run.exit_status, missing);
    say_last_fault(judged, reason);
    return true;
}

static const char *kind_of(const hf_verdict_leak *leaks, size_t count)
{
    static const char *const names[] = {"region", "heap block", "IHostMalloc", "descriptor"};
    bool is_mixed = false, is_memory = true;
    for (size_t i = 0; i < count; i++) {
        is_mixed |= leaks[i].heap != leaks[0].heap;
        is_memory &= leaks[i].heap <= 1;
    }
    if (is_mixed)
        return is_memory ? "blocks and region" : "thing";
    return leaks[0].heap < HF_COUNT_OF(names) ? names[leaks[0].heap] : names[0];
}

static bool is_leaked(const hf__verdict_case *judged, hf__builder *reason)
{
    if (hf__verdict_facts_brings_report(&judged->run, clean_of(judged), HF_REPORT_LEAK)) {
        say_report(judged, reason);
        return true;
    }

    const hf_verdict_leak *leaks = judged->leaks.items;
    size_t count = judged->leaks.count;
    if (count == 0)
        return false;
    hf__builder_print(reason, "%zu %s%s more than the clean run leaves", count, kind_of(leaks, count), count == 1 ? "" : "s");
    if (leaks[0].heap != HF_LEAK_DESCRIPTOR)
        hf__builder_print(reason, ", %llu bytes", (unsigned long long)judged->leaks.bytes);
    hf__builder_print(reason, ", first ");
    say_leak(reason, judged, &leaks[0]);
    return true;
}

static uint64_t count_matched(const hf_trace *trace, uint32_t rule)
{
    uint64_t count = 0;
    for (size_t i = 0; i < hf_trace_event_count(trace); i++) {
        const hf_event *event = hf_trace_event(trace, i);
        for (uint32_t ticket = 0; ticket < event->ticket_count; ticket++)
            count += event->tickets[ticket].rule == rule ? 1 : 0;
    }
    return count;
}

static bool is_unfired(const hf__verdict_case *judged, hf__builder *reason)
{
    if (judged->unfired_rule == UINT32_MAX)
        return false;
    const hf_trace *trace = judged->run.trace;
    const hf_rule *rule = &hf__model_plan_rules(trace->plan)[judged->unfired_rule];
    uint64_t matched = count_matched(trace, judged->unfired_rule);
    hf__builder_print(reason, "rule %s never fired: ", hf_trace_rule_name(trace, (int)judged->unfired_rule));
    if (matched == 0)
        hf__builder_print(reason, "the caller made no matching call");
    else
        hf__builder_print(reason, "the caller made %llu matching call%s", (unsigned long long)matched, matched == 1 ? "" : "s");
    if (matched > 0 && rule->first > matched)
        hf__builder_print(reason, ", and it waits for number %llu", (unsigned long long)rule->first);
    hf__builder_print(reason, "; mark it 'optional' if this is expected");
    return true;
}

static bool is_reported(const hf__verdict_case *judged, hf__builder *reason)
{
    if (judged->manner != HF_MANNER_REPORTED)
        return false;
    hf__builder_print(reason, "failed cleanly with exit status %d", judged->run.exit_status);
    say_last_fault(judged, reason);
    return true;
}

static bool is_ok(const hf__verdict_case *judged, hf__builder *reason)
{
    hf__builder_print(reason, "ended with exit status %d, as without faults", judged->run.exit_status);
    return true;
}

typedef bool outcome_rule(const hf__verdict_case *judged, hf__builder *reason);
static const struct {
    hf_outcome outcome;
    outcome_rule *fits;
} rules[] = {
    {HF_OUTCOME_CRASHED, is_crashed},     {HF_OUTCOME_ABORTED, is_aborted},
    {HF_OUTCOME_HUNG, is_hung},           {HF_OUTCOME_UNSTABLE, is_unstable},
    {HF_OUTCOME_STORM, is_storm},         {HF_OUTCOME_VIOLATED, is_violated},
    {HF_OUTCOME_CORRUPTED, is_corrupted}, {HF_OUTCOME_SWALLOWED, is_swallowed},
    {HF_OUTCOME_EXITED, is_exited},       {HF_OUTCOME_LEAKED, is_leaked},
    {HF_OUTCOME_UNFIRED, is_unfired},     {HF_OUTCOME_VIOLATED, is_too_busy},
    {HF_OUTCOME_REPORTED, is_reported},   {HF_OUTCOME_OK, is_ok},
};
HF_STATIC_ASSERT(HF_COUNT_OF(rules) == HF_OUTCOME_COUNT + 1, "each outcome has a rule, violated has two");

hf_outcome hf__verdict_outcome_of(const hf__verdict_case *judged, hf__builder *reason)
{
    size_t rule = 0;
    while (!rules[rule].fits(judged, reason))
        rule++;
    return rules[rule].outcome;
}

/* A rule fired if it decided a call; the tickets say so too, of calls that the process did not live to see answered. */
uint32_t hf__verdict_unfired_rule_of(const hf__verdict_facts *run)
{
    for (uint32_t i = 0; i < run->plan->rule_count && i < HF_RULES_MAX; i++) {
        if ((run->seen.rules_fired[i / 64] >> i % 64 & 1) == 0 && !hf__model_plan_rules(run->plan)[i].optional)
            return i;
    }
    return UINT32_MAX;
}
