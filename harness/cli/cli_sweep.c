/* SPDX-License-Identifier: MIT
 * The summary of a sweep: what was tested, the results, and what was left out.
 */
#include "cli_sweep.h"
#include "base_check.h"
#include "cli.h"

#include <stddef.h>

#include "base_poison.h"

/* "1842 reported, 33 ok, 2 crashed": the outcomes, best first. */
static void print_outcomes(const hf_sweep_summary *summary)
{
    const char *before = "";
    for (unsigned i = HF_OUTCOME_COUNT; i-- > 0;) {
        if (summary->outcomes[i] == 0)
            continue;
        hf__report_print(hf__cli_out(), "%s%llu %s", before, (unsigned long long)summary->outcomes[i], hf_outcome_name((hf_outcome)i));
        before = ", ";
    }
    if (summary->drifted > 0)
        hf__report_print(hf__cli_out(), "%s%llu drifted", before, (unsigned long long)summary->drifted);
    if (summary->drifted > 0 || before[0] != '\0')
        hf__report_put(hf__cli_out(), "\n");
}

/* What was not tested, so that a partial sweep does not look like a full one. */
static void print_left_out(const hf_sweep_summary *summary, const char *again)
{
    const hf_report_sink *out = hf__cli_out();
    if (summary->calls_failed < summary->calls_chosen)
        hf__report_print(out, "failed %llu of %llu calls: the first, middle and last call of each site; --every-call fails them all\n",
                         (unsigned long long)summary->calls_failed, (unsigned long long)summary->calls_chosen);
    if (summary->left == 0 || summary->stopped)
        return;
    uint64_t points = summary->shard_points - summary->left;
    hf__report_print(out, "made %llu of %llu points, ", (unsigned long long)points, (unsigned long long)summary->shard_points);
    if (summary->sites_done < summary->sites_chosen)
        hf__report_print(out, "%llu of %llu sites at least once", (unsigned long long)summary->sites_done, (unsigned long long)summary->sites_chosen);
    else
        hf__report_print(out, "each of %llu sites at least once", (unsigned long long)summary->sites_chosen);
    hf__report_print(out, "; the others:\n  %s\n", again);
}

void hf__cli_sweep_print(const hf_sweep_summary *summary, uint64_t allowed, const char *again)
{
    const hf_report_sink *out = hf__cli_out();
    hf__report_put(out, summary->findings > 0 ? "\n" : "");
    hf__report_print(out, "%llu call%s of %llu site%s", (unsigned long long)summary->calls, summary->calls == 1 ? "" : "s",
                     (unsigned long long)summary->sites, summary->sites == 1 ? "" : "s");
    if (summary->varying > 0)
        hf__report_print(out, " (%llu more, reached by only one of two runs, were left out)", (unsigned long long)summary->varying);
    hf__report_print(out, "; %llu point%s", (unsigned long long)summary->points, summary->points == 1 ? "" : "s");
    if (summary->two_fault_points > 0)
        hf__report_print(out, ", %llu of them with two faults", (unsigned long long)summary->two_fault_points);

    if (summary->shard_points < summary->points)
        hf__report_print(out, ", %llu of them in this shard", (unsigned long long)summary->shard_points);
    if (summary->isolation[0] != '\0')
        hf__report_print(out, ", made %s", summary->isolation);
    hf__report_put(out, "\n");
    print_left_out(summary, again);
    if (summary->sees_null)
        hf__report_put(out, "failures that the caller cannot tell apart were tested once\n");

    if (summary->unseen[0] != '\0')
        hf__report_print(out, "%s\n", summary->unseen);
    print_outcomes(summary);
    hf__report_print(out, "%llu finding%s", (unsigned long long)summary->findings, summary->findings == 1 ? "" : "s");
    if (allowed > 0)
        hf__report_print(out, ", %llu of them allowed", (unsigned long long)allowed);
    if (summary->unproved > 0)
        hf__report_print(out, ", %u of them not reproduced by a second run", summary->unproved);
    hf__report_print(out, "; %.1f s; %s\n", (double)summary->elapsed_us / 1e6, summary->database);
}

static json_t *outcomes_json(const hf_sweep_summary *summary)
{
    json_t *outcomes = json_object();
    for (unsigned i = 0; i < HF_OUTCOME_COUNT; i++) {
        if (summary->outcomes[i] > 0)
            json_object_set_new(outcomes, hf_outcome_name((hf_outcome)i), json_integer((json_int_t)summary->outcomes[i]));
    }
    return outcomes;
}

/* Counts by name. */
static const struct {
    const char *name;
    size_t offset;
} counts[] = {
    {"forked", offsetof(hf_sweep_summary, forked)},
    {"checked", offsetof(hf_sweep_summary, checked)},
    {"sites", offsetof(hf_sweep_summary, sites)},
    {"calls", offsetof(hf_sweep_summary, calls)},
    {"points", offsetof(hf_sweep_summary, points)},
    {"shard_points", offsetof(hf_sweep_summary, shard_points)},
    {"left", offsetof(hf_sweep_summary, left)},
    {"two_faults", offsetof(hf_sweep_summary, two_fault_points)},
    {"calls_chosen", offsetof(hf_sweep_summary, calls_chosen)},
    {"calls_failed", offsetof(hf_sweep_summary, calls_failed)},
    {"sites_chosen", offsetof(hf_sweep_summary, sites_chosen)},
    {"sites_done", offsetof(hf_sweep_summary, sites_done)},
    {"varying_sites", offsetof(hf_sweep_summary, varying)},
    {"done", offsetof(hf_sweep_summary, done)},
    {"made", offsetof(hf_sweep_summary, made)},
    {"drifted", offsetof(hf_sweep_summary, drifted)},
};

json_t *hf__cli_sweep_json(const hf_sweep_summary *summary, json_t *findings, json_t *notes, json_t *outdated_take)
{
    json_t *whole = json_pack("{s:s, s:s, s:s}", "schema", "hostfault-sweep/1", "isolation", summary->isolation, "unseen", summary->unseen);
    for (size_t i = 0; i < HF_COUNT_OF(counts); i++) {
        const uint64_t *count = (const void *)((const char *)summary + counts[i].offset);
        json_object_set_new(whole, counts[i].name, json_integer((json_int_t)*count));
    }
    static const char *const told_by[] = {[HF_STEADY_CALLS] = "calls", [HF_STEADY_REQUESTS] = "requests", [HF_STEADY_SITES] = "sites"};
    json_t *rest = json_pack("{s:s, s:b, s:O, s:o, s:b, s:b, s:b, s:i, s:f, s:s, s:O, s:o}", "repeats", told_by[summary->steadiness], "status_only",
                             summary->status_only, "notes", notes, "outcomes", outcomes_json(summary), "unstable", summary->unstable, "threads",
                             summary->has_threads, "stopped", summary->stopped, "unproved", (int)summary->unproved, "seconds",
                             (double)summary->elapsed_us / 1e6, "database", summary->database, "findings", findings, "outdated", outdated_take);
    json_object_update(whole, rest);
    json_decref(rest);
    return whole;
}
