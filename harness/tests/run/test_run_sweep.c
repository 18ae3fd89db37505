/* SPDX-License-Identifier: MIT
 * Whole sweeps over specimens, each with a defect that is known: the sweep finds it at its site, and finds nothing where there is nothing. Then
 * what may come between: shards, a sweep taken up again, callers that cannot be swept.
 */
#include "hf_rows.h"
#include "run_whole.h"
#include "store.h"

#include <hostfault/sweep.h>

TestSuite(run_sweep, .timeout = 120);

/* A sweep of a caller of ours, or of a mode of the misbehaving program. */
typedef struct swept {
    hf_scenario_file *file;
    hf_sweep_summary summary;
    hf_status status;
    hf_error err;
    size_t found, notes;
    char places[8][64];
    hf_outcome outcomes[8];
} swept;

static void note_finding(const hf_sweep_finding *finding, void *user)
{
    swept *self = user;
    if (self->found < 8) {
        snprintf(self->places[self->found], sizeof self->places[0], "%s", finding->place);
        self->outcomes[self->found] = finding->outcome;
    }
    self->found++;
}

static void count_note(const char *text, void *user)
{
    swept *self = user;
    self->notes += text[0] != '\0';
}

static swept sweep_text(const char *results, const char *text, hf_sweep_options options)
{
    swept self = {.file = NULL};
    static hf_errors errors;
    cr_assert(eq(int, hf_scenario_parse("test.yaml", hf__text(text), &self.file, &errors), HF_OK), "%s", errors.items[0].message);
    const hf_sweep_listener listener = {.found = note_finding, .note = count_note, .user = &self};
    options.results = results;
    options.caller_path = HF_CALLERS;
    self.status = hf_sweep_run(hf_scenario_at(self.file, 0), &options, &listener, &self.summary, &self.err);
    hf_scenario_destroy(self.file);
    return self;
}

static swept sweep_specimen(const char *results, const char *specimen, hf_sweep_options options)
{
    char *text = hf__format("name: swept\ncaller: specimen-%s\n", specimen);
    swept self = sweep_text(results, text, options);
    hf__free(text);
    return self;
}

static bool has_outcome(const swept *self, hf_outcome outcome)
{
    for (size_t i = 0; i < self->found && i < 8; i++) {
        if (self->outcomes[i] == outcome)
            return true;
    }
    return false;
}

/* What a sweep must find in a specimen; COUNT: nothing. */
static const struct {
    const char *specimen;
    hf_outcome outcome;
    uint8_t lies, depth;
} specimens[] = {
    {"reports", HF_OUTCOME_COUNT, 0, 1},      {"absorbs", HF_OUTCOME_COUNT, 0, 1},           {"retries", HF_OUTCOME_COUNT, 0, 1},
    {"rolls-back", HF_OUTCOME_COUNT, 0, 1},   {"crashes-on-null", HF_OUTCOME_CRASHED, 0, 1}, {"aborts", HF_OUTCOME_ABORTED, 0, 1},
    {"leaks-heap", HF_OUTCOME_LEAKED, 0, 1},  {"leaks-region", HF_OUTCOME_LEAKED, 0, 1},     {"swallows", HF_OUTCOME_SWALLOWED, 0, 1},
    {"corrupts", HF_OUTCOME_CORRUPTED, 0, 1}, {"retries-forever", HF_OUTCOME_STORM, 0, 1},   {"frees-failed", HF_OUTCOME_VIOLATED, 1, 1},
    {"waits-forever", HF_OUTCOME_HUNG, 0, 1}, {"trusts-fallback", HF_OUTCOME_COUNT, 0, 1},   {"trusts-fallback", HF_OUTCOME_CRASHED, 0, 2},
    {"falls-back", HF_OUTCOME_COUNT, 0, 2},   {"retries", HF_OUTCOME_COUNT, 0, 2},
};
HF_ROWS(run_sweep, finds_what_is_wrong_with_a_specimen_and_nothing_else, specimens)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.failures = "E_OUTOFMEMORY";
    options.timeout_ms = 1000;
    options.lies = specimens[*number].lies;
    options.depth = specimens[*number].depth;
    swept got = sweep_specimen(results, specimens[*number].specimen, options);
    cr_assert(eq(int, got.status, HF_OK), "%s: %s", specimens[*number].specimen, got.err.message);
    cr_assert(eq(int, got.summary.unstable, 0), "%s", got.summary.difference);
    cr_assert(eq(u64, got.summary.drifted, 0), "%s", specimens[*number].specimen);
    cr_assert(eq(u64, got.summary.done, got.summary.points));
    cr_assert(lt(u64, 0, got.summary.points));
    bool clean = specimens[*number].outcome == HF_OUTCOME_COUNT;
    cr_assert(eq(int, got.found == 0, clean), "%s: %zu findings", specimens[*number].specimen, got.found);
    cr_assert(clean || has_outcome(&got, specimens[*number].outcome), "%s: %s", specimens[*number].specimen, hf_outcome_name(got.outcomes[0]));
    cr_assert(eq(u32, got.summary.unproved, 0), "%s", specimens[*number].specimen);
    remove_results(results);
}

static int64_t newest_sweep(hf_store *store)
{
    int64_t *sweeps = NULL;
    size_t count = 0;
    hf_error err;
    cr_assert(eq(int, hf__store_current(store, &sweeps, &count, &err), HF_OK), "%s", err.message);
    cr_assert(ne(sz, count, 0));
    int64_t newest = sweeps[0];
    hf__free(sweeps);
    return newest;
}

static uint64_t stored_points(const char *results)
{
    char *path = hf__format("%s/%s", results, HF_STORE_FILE);
    hf_store *store = NULL;
    hf_error err;
    hf_store_summary summary;
    cr_assert(eq(int, hf__store_open(path, true, &store, &err), HF_OK), "%s", err.message);
    int64_t sweep = newest_sweep(store);
    cr_assert(eq(int, hf__store_summarize(store, sweep, &summary, &err), HF_OK), "%s", err.message);
    uint64_t points = summary.points;
    hf__store_close(store);
    hf__free(path);
    return points;
}

Test(run_sweep, shards_make_each_point_once)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.no_proof = 1;
    options.shards = 3;
    uint64_t made = 0;
    uint64_t points = 0;
    for (options.shard = 1; options.shard <= 3; options.shard++) {
        swept got = sweep_specimen(results, "leaks-heap", options);
        cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
        made += got.summary.made;
        points = got.summary.points;
    }
    cr_assert(eq(u64, made, points));
    cr_assert(eq(u64, stored_points(results), points));
    remove_results(results);
}

/* What each point of the newest sweep showed, in one text a point, sorted. */
typedef struct point_list {
    size_t count;
    char (*items)[256];
} point_list;

static bool note_point(const hf_store_point *point, const hf_store_site *site, void *user)
{
    point_list *list = user;
    list->items = hf__reallocate(list->items, list->count + 1, sizeof list->items[0]);
    snprintf(list->items[list->count++], sizeof list->items[0],
             "%s %llx %s; %s: %d %d calls %llu retries %llu leaked %llu violations %llu exit %d signal %d", site->method,
             (unsigned long long)site->key, point->earlier, point->fault, (int)point->outcome, (int)point->response, (unsigned long long)point->calls,
             (unsigned long long)point->retries, (unsigned long long)point->leaked_bytes, (unsigned long long)point->violations,
             (int)point->exit_status, (int)point->signal);
    return true;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

static point_list list_points(const char *results)
{
    point_list list = {0};
    char *path = hf__format("%s/%s", results, HF_STORE_FILE);
    hf_store *store = NULL;
    hf_error err;
    cr_assert(eq(int, hf__store_open(path, true, &store, &err), HF_OK), "%s", err.message);
    int64_t sweep = newest_sweep(store);
    cr_assert(eq(int, hf__store_each_point(store, sweep, note_point, &list, &err), HF_OK), "%s", err.message);
    hf__store_close(store);
    hf__free(path);
    qsort(list.items, list.count, sizeof list.items[0], compare_texts);
    return list;
}

/* Three sites, a point each, then the rest: by one that is taken up again as by one that is whole. */
Test(run_sweep, so_many_points_and_then_the_rest)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.no_proof = 1;
    options.points_max = 3;
    swept some = sweep_specimen(results, "leaks-heap", options);
    cr_assert(eq(int, some.status, HF_OK), "%s", some.err.message);
    cr_assert(all(eq(u64, some.summary.made, 3), eq(u64, some.summary.left, some.summary.points - 3)));
    cr_assert(all(eq(u64, some.summary.sites_done, 3), eq(u64, some.summary.sites_chosen, 3)));
    options.resume = 1;
    options.points_max = 4;
    swept more = sweep_specimen(results, "leaks-heap", options);
    cr_assert(all(eq(u64, more.summary.made, 4), eq(u64, more.summary.left, some.summary.left - 4)));
    options.points_max = 0;
    swept rest = sweep_specimen(results, "leaks-heap", options);
    cr_assert(all(eq(u64, rest.summary.made, more.summary.left), eq(u64, rest.summary.left, 0)));
    point_list parts = list_points(results);
    remove_results(results);
    results = make_results();
    options.resume = 0;
    swept all = sweep_specimen(results, "leaks-heap", options);
    cr_assert(eq(u64, all.summary.made, all.summary.points));
    point_list one = list_points(results);
    cr_assert(eq(sz, one.count, parts.count));
    for (size_t i = 0; i < one.count; i++)
        cr_assert(eq(str, one.items[i], parts.items[i]));
    hf__free(one.items);
    hf__free(parts.items);
    remove_results(results);
}

/* Clean runs alone take longer than a millisecond: no point is begun, and the sweep says so. */
Test(run_sweep, no_point_is_begun_after_the_budget)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.budget_ms = 1;
    swept none = sweep_specimen(results, "leaks-heap", options);
    cr_assert(eq(int, none.status, HF_OK), "%s", none.err.message);
    cr_assert(all(eq(u64, none.summary.made, 0), eq(u64, none.summary.left, none.summary.points), eq(u64, none.summary.sites_done, 0)));
    options.budget_ms = 600000;
    swept all = sweep_specimen(results, "leaks-heap", options);
    cr_assert(all(eq(u64, all.summary.made, all.summary.points), eq(u64, all.summary.left, 0)));
    remove_results(results);
}

Test(run_sweep, what_is_there_is_not_made_again)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.no_proof = 1;
    options.shards = 2;
    options.shard = 1;
    swept half = sweep_specimen(results, "leaks-heap", options);
    options = (hf_sweep_options)HF_SWEEP_OPTIONS_INIT;
    options.no_proof = 1;
    options.resume = 1;
    swept rest = sweep_specimen(results, "leaks-heap", options);
    cr_assert(lt(u64, 0, half.summary.made));
    cr_assert(lt(u64, 0, rest.summary.made));
    cr_assert(eq(u64, half.summary.made + rest.summary.made, rest.summary.points));
    cr_assert(eq(u64, rest.summary.done, rest.summary.points));
    swept none = sweep_specimen(results, "leaks-heap", options);
    cr_assert(eq(u64, none.summary.made, 0));
    cr_assert(eq(u64, none.summary.findings, rest.summary.findings));
    cr_assert(lt(u64, 0, none.summary.findings));
    cr_assert(eq(u64, none.summary.done, none.summary.points));
    for (int i = 0; i < HF_OUTCOME_COUNT; i++)
        cr_assert(eq(u64, none.summary.outcomes[i], rest.summary.outcomes[i]));
    options.resume = 0;
    swept again = sweep_specimen(results, "leaks-heap", options);
    cr_assert(eq(u64, again.summary.made, again.summary.points));
    remove_results(results);
}

Test(run_sweep, a_caller_whose_requests_vary_is_swept_by_its_sites)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.failures = "E_OUTOFMEMORY";
    swept got = sweep_specimen(results, "unstable-calls", options);
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    cr_assert(all(eq(int, got.summary.unstable, 0), eq(int, got.summary.steadiness, HF_STEADY_SITES)));
    cr_assert(all(lt(u64, 0, got.summary.points), eq(u64, got.summary.done, got.summary.points), eq(u64, got.summary.drifted, 0)));
    cr_assert(all(eq(u64, got.summary.findings, 0), eq(sz, got.notes, 1)));
    remove_results(results);
}

Test(run_sweep, a_caller_whose_result_varies_is_swept_by_its_status)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.failures = "E_OUTOFMEMORY";
    swept got = sweep_specimen(results, "unstable", options);
    cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
    cr_assert(all(eq(int, got.summary.steadiness, HF_STEADY_CALLS), eq(int, got.summary.status_only, 1), eq(sz, got.notes, 1)));
    cr_assert(all(lt(u64, 0, got.summary.points), eq(u64, got.summary.outcomes[HF_OUTCOME_SWALLOWED], 0), eq(u64, got.summary.findings, 0)));
    remove_results(results);
}

static const struct {
    const char *text;
    hf_status status;
    const char *message;
} unsweepable[] = {
    {"name: swept\ncommand: [/bin/true]\nenv: { HF_ATTACH: linked }\n", HF_ERROR_STATE, "never attached"},
    {"name: swept\ncaller: nobody\n", HF_ERROR_NOT_FOUND, "nobody"},
    {"name: swept\ncommand: [" HF_MISBEHAVES ", crash]\n", HF_ERROR_STATE, "without any fault the caller ends crashed"},
};
HF_ROWS(run_sweep, says_why_a_caller_cannot_be_swept, unsweepable)
{
    char *results = make_results();
    swept got = sweep_text(results, unsweepable[*number].text, (hf_sweep_options)HF_SWEEP_OPTIONS_INIT);
    cr_assert(eq(int, got.status, unsweepable[*number].status), "%s", got.err.message);
    cr_assert(ne(ptr, strstr(got.err.message, unsweepable[*number].message), NULL), "%s", got.err.message);
    remove_results(results);
}

static const struct {
    const char *text;
    uint8_t depth;
} both_ways[] = {
    {"caller: specimen-leaks-heap", 1},
    {"caller: specimen-crashes-later", 1},
    {"caller: specimen-rolls-back", 1},
    {"caller: specimen-aborts", 1},
    {"caller: specimen-retries-forever", 1},
    {"caller: specimen-swallows", 1},
    {"caller: clr\nargs: [--program, jit]", 2},
    {"caller: specimen-trusts-fallback", 2},
    {"caller: specimen-shrinks", 2},
    {"caller: specimen-leaks-region", 2},
};
HF_ROWS(run_sweep, shows_the_same_by_clones_and_from_the_beginning, both_ways)
{
#ifdef __SANITIZE_ADDRESS__
    if (strstr(both_ways[*number].text, "caller: clr") != NULL)
        cr_skip_test("a sanitizer's mappings shift the addresses that the model of the CLR searches");
#endif
    char *text = hf__format("name: swept\n%s\n", both_ways[*number].text);
    point_list lists[2];
    for (int i = 0; i < 2; i++) {
        char *results = make_results();
        hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
        options.no_proof = 1;
        options.depth = both_ways[*number].depth;
        options.isolation = i == 0 ? HF_ISOLATION_FORK : HF_ISOLATION_RERUN;
        swept got = sweep_text(results, text, options);
        cr_assert(eq(int, got.status, HF_OK), "%s: %s", text, got.err.message);
        cr_assert(eq(u64, got.summary.forked, i == 0 ? got.summary.points : 0), "%s: %s", text, got.summary.isolation);
        lists[i] = list_points(results);
        remove_results(results);
    }
    cr_assert(lt(sz, 0, lists[0].count));
    cr_assert(eq(sz, lists[0].count, lists[1].count), "%s", text);
    for (size_t i = 0; i < lists[0].count; i++)
        cr_assert(eq(str, lists[0].items[i], lists[1].items[i]), "%s", text);
    hf__free(lists[0].items);
    hf__free(lists[1].items);
    hf__free(text);
}

/* A sweep at depth 2 of a caller that has a call which only a fault leads to. */
static point_list sweep_in_shards(uint32_t shards)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.no_proof = 1;
    options.depth = 2;
    options.shards = shards;
    uint64_t made = 0, points = 0;
    for (options.shard = shards > 0 ? 1 : 0; options.shard <= shards; options.shard++) {
        swept got = sweep_specimen(results, "trusts-fallback", options);
        cr_assert(eq(int, got.status, HF_OK), "%s", got.err.message);
        cr_assert(lt(u64, 0, got.summary.two_fault_points));
        made += got.summary.made;
        points = got.summary.points;
    }
    cr_assert(eq(u64, made, points));
    point_list list = list_points(results);
    remove_results(results);
    return list;
}

Test(run_sweep, second_faults_are_the_same_in_shards)
{
    point_list one = sweep_in_shards(0);
    point_list parts = sweep_in_shards(5);
    cr_assert(eq(sz, one.count, parts.count));
    for (size_t i = 0; i < one.count; i++)
        cr_assert(eq(str, one.items[i], parts.items[i]));
    hf__free(one.items);
    hf__free(parts.items);
}

/* A shard that is done, as after a kill in the middle: of second faults too, what is there is not made again. */
Test(run_sweep, second_faults_are_taken_up_again)
{
    char *results = make_results();
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.no_proof = 1;
    options.depth = 2;
    options.shards = 2;
    options.shard = 2;
    swept half = sweep_specimen(results, "trusts-fallback", options);
    options.shards = options.shard = 0;
    options.resume = 1;
    swept rest = sweep_specimen(results, "trusts-fallback", options);
    cr_assert(all(lt(u64, 0, half.summary.made), lt(u64, 0, rest.summary.made), lt(u64, 0, rest.summary.two_fault_points)));
    cr_assert(eq(u64, half.summary.made + rest.summary.made, rest.summary.points));
    cr_assert(eq(u64, rest.summary.done, rest.summary.points));
    swept none = sweep_specimen(results, "trusts-fallback", options);
    cr_assert(all(eq(u64, none.summary.made, 0), eq(u64, none.summary.done, none.summary.points)));
    cr_assert(all(eq(u64, none.summary.findings, rest.summary.findings), lt(u64, 0, none.summary.findings)));
    remove_results(results);
}
