/* SPDX-License-Identifier: MIT
 * Findings: when two points are one finding, which point is shown, the order, and the names.
 */
#include "heap_alloc.h"
#include "store_examples.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <string.h>

TestSuite(store_findings, .timeout = 120, .init = store_make_folder, .fini = store_remove_folder);

static hf_store *store;
static int64_t sweep;

static void begin(void)
{
    store = store_open(store_path("a.db"));
    sweep = store_sweep(store, "k", false);
}

static void add(unsigned site, uint64_t ordinal, hf_outcome outcome, bool onwards, const char *variant, const char *earlier)
{
    hf_store_point point = store_point(store_add_site(store, sweep, site), ordinal);
    point.outcome = outcome;
    point.onwards = onwards;
    point.variant = variant;
    point.earlier = earlier;
    store_add(store, sweep, &point);
}

typedef struct listing {
    char text[1024];
} listing;

/* One line each: outcome, place, points, the example's ordinal. */
static bool list(const hf_store_finding *finding, void *user)
{
    char *text = ((listing *)user)->text;
    size_t length = strlen(text);
    (void)snprintf(text + length, sizeof(listing) - length, "%s %s %u/%llu #%llu%s\n", hf_outcome_name(finding->example->outcome),
                   finding->site->place, finding->severity, (unsigned long long)finding->points, (unsigned long long)finding->example->ordinal,
                   finding->example->onwards ? "+" : "");
    return true;
}

static listing list_all(void)
{
    listing all = {""};
    cr_assert(eq(int, hf__store_each_finding(store, sweep, list, &all, NULL), HF_OK));
    return all;
}

Test(store_findings, points_of_one_fingerprint_and_outcome_are_one)
{
    begin();
    add(1, 1, HF_OUTCOME_LEAKED, false, "", "");
    add(1, 2, HF_OUTCOME_LEAKED, true, "", "");
    hf_store_site twin = store_site(1);
    twin.key++;
    int64_t id = 0;
    cr_assert(eq(int, hf__store_site(store, sweep, &twin, &id, NULL), HF_OK));
    hf_store_point point = store_point(id, 9);
    point.outcome = HF_OUTCOME_LEAKED;
    store_add(store, sweep, &point);
    cr_assert(eq(str, list_all().text, TEXT("leaked f1 at lgc.c:101 5/3 #1\n")));
    hf__store_close(store);
}

Test(store_findings, worst_first_then_by_fingerprint)
{
    begin();
    add(2, 1, HF_OUTCOME_LEAKED, false, "", "");
    add(1, 1, HF_OUTCOME_LEAKED, false, "", "");
    add(3, 1, HF_OUTCOME_CRASHED, false, "", "");
    add(1, 2, HF_OUTCOME_REPORTED, false, "", "");
    add(1, 3, HF_OUTCOME_OK, false, "", "");
    add(1, 4, HF_OUTCOME_COUNT, false, "", "");
    cr_assert(eq(str, list_all().text, TEXT("crashed f3 at lgc.c:103 9/1 #1\nleaked f1 at lgc.c:101 5/1 #1\nleaked f2 at lgc.c:102 5/1 #1\n")));
    hf__store_close(store);
}

Test(store_findings, the_plainest_point_is_the_example)
{
    begin();
    add(1, 1, HF_OUTCOME_CRASHED, false, "", "call: Malloc.Alloc, when: 9, return: E_FAIL");
    cr_assert(eq(str, list_all().text, TEXT("crashed f1 at lgc.c:101 9/1 #1\n")));
    add(1, 2, HF_OUTCOME_CRASHED, false, "out: poison", "");
    cr_assert(eq(str, list_all().text, TEXT("crashed f1 at lgc.c:101 9/2 #2\n")));
    add(1, 3, HF_OUTCOME_CRASHED, true, "", "");
    cr_assert(eq(str, list_all().text, TEXT("crashed f1 at lgc.c:101 9/3 #3+\n")));
    add(1, 7, HF_OUTCOME_CRASHED, false, "", "");
    cr_assert(eq(str, list_all().text, TEXT("crashed f1 at lgc.c:101 9/4 #7\n")));
    add(1, 5, HF_OUTCOME_CRASHED, false, "", "");
    cr_assert(eq(str, list_all().text, TEXT("crashed f1 at lgc.c:101 9/5 #5\n")));
    hf__store_close(store);
}

static bool stop(const hf_store_finding *finding, void *user)
{
    (void)finding;
    return ++*(unsigned *)user < 2;
}

Test(store_findings, a_visitor_can_stop)
{
    begin();
    for (unsigned i = 0; i < 5; i++)
        add(i, 1, HF_OUTCOME_LEAKED, false, "", "");
    unsigned count = 0;
    cr_assert(eq(int, hf__store_each_finding(store, sweep, stop, &count, NULL), HF_OK));
    cr_assert(eq(u32, count, 2));
    hf__store_close(store);
}

Test(store_findings, every_failure_that_shows_it_is_named_once_and_in_order)
{
    begin();
    hf_store_point point = store_point(store_add_site(store, sweep, 1), 1);
    point.outcome = HF_OUTCOME_CRASHED;
    point.stands = "HOST_E_TIMEOUT, E_FAIL";
    store_add(store, sweep, &point);
    point.result = (HRESULT)0x80131024;
    point.variant = "out: poison";
    store_add(store, sweep, &point);
    point.result = (HRESULT)0x8007054F;
    store_add(store, sweep, &point);
    point.result = S_OK;
    point.variant = "lie: dirty";
    point.stands = "";
    store_add(store, sweep, &point);
    hf_store_finding found;
    char id[17];
    hf__store_finding_id("Malloc.Alloc lua!f1<lua!main#1", HF_OUTCOME_CRASHED, id);
    cr_assert(eq(int, hf__store_finding(store, id, &found, NULL), HF_OK));
    cr_assert(eq(str, TEXT(found.results), TEXT("0x8007054F, E_FAIL, E_OUTOFMEMORY, HOST_E_TIMEOUT, lie: dirty")));
    hf__store_close(store);
}

Test(store_findings, a_name_depends_on_fingerprint_and_outcome_alone)
{
    char a[17];
    char b[17];
    char c[17];
    hf__store_finding_id("Malloc.Alloc f#1", HF_OUTCOME_CRASHED, a);
    hf__store_finding_id("Malloc.Alloc f#2", HF_OUTCOME_CRASHED, b);
    hf__store_finding_id("Malloc.Alloc f#1", HF_OUTCOME_LEAKED, c);
    cr_assert(ne(str, a, b));
    cr_assert(ne(str, a, c));
    /* Written down: it is in committed lists, and must stay. */
    cr_assert(eq(str, a, TEXT("89189037e8fd529d")));
}

Test(store_findings, one_is_found_by_the_beginning_of_its_name)
{
    begin();
    add(1, 3, HF_OUTCOME_CRASHED, false, "", "");
    char id[17];
    hf__store_finding_id("Malloc.Alloc lua!f1<lua!main#1", HF_OUTCOME_CRASHED, id);
    hf_store_finding found;
    for (size_t length = 1; length <= 16; length++) {
        char prefix[17] = "";
        memcpy(prefix, id, length);
        cr_assert(eq(int, hf__store_finding(store, prefix, &found, NULL), HF_OK), "%s", prefix);
        cr_assert(eq(str, found.id, id));
    }
    cr_assert(eq(u64, found.example->ordinal, 3));
    cr_assert(eq(u64, found.points, 1));
    cr_assert(eq(str, TEXT(found.sweep->script), TEXT("name: sweep\ncaller: lua\n")));
    cr_assert(eq(i64, found.sweep_id, sweep));
    hf__store_close(store);
}

static const char *const no_names[] = {"", "%", "_", "xyz", "ABC", "0123456789abcdef0", "'; DROP TABLE point"};

Test(store_findings, what_is_no_name_is_refused_in_words)
{
    begin();
    add(1, 1, HF_OUTCOME_CRASHED, false, "", "");
    hf_store_finding found;
    hf_error err;
    for (size_t i = 0; i < sizeof no_names / sizeof no_names[0]; i++) {
        cr_assert(eq(int, hf__store_finding(store, no_names[i], &found, &err), HF_ERROR_INPUT), "%s", no_names[i]);
        cr_assert(ne(ptr, strstr(err.message, "16 digits"), NULL), "%s", err.message);
    }
    hf__store_close(store);
}

Test(store_findings, a_name_that_several_begin_with_is_refused_and_one_that_none_does_not_found)
{
    begin();
    for (unsigned i = 0; i < 17; i++)
        add(i, 1, HF_OUTCOME_CRASHED, false, "", "");
    unsigned several = 0;
    unsigned none = 0;
    hf_store_finding found;
    hf_error err;
    for (const char *digit = "0123456789abcdef"; *digit != '\0'; digit++) {
        const char prefix[2] = {*digit, '\0'};
        hf_status status = hf__store_finding(store, prefix, &found, &err);
        several += status == HF_ERROR_INPUT;
        none += status == HF_ERROR_NOT_FOUND;
        cr_assert(status == HF_OK || status == HF_ERROR_INPUT || status == HF_ERROR_NOT_FOUND, "%s", err.message);
    }
    cr_assert(lt(u32, 0, several));
    cr_assert(lt(u32, 0, none));
    hf__store_close(store);
}

Test(store_findings, the_newest_sweep_that_has_it_answers)
{
    begin();
    add(1, 3, HF_OUTCOME_CRASHED, false, "", "");
    hf_store_sweep newer = {.key = "newer", .caller = "lua", .script = "", .isolation = "fork", .options = "", .started = "2027-01-01T00:00:00"};
    cr_assert(eq(int, hf__store_begin(store, &newer, false, &sweep, NULL), HF_OK));
    add(1, 8, HF_OUTCOME_CRASHED, false, "", "");
    newer.key = "newest";
    newer.started = "2028-01-01T00:00:00";
    int64_t newest = 0;
    cr_assert(eq(int, hf__store_begin(store, &newer, false, &newest, NULL), HF_OK));
    char id[17];
    hf__store_finding_id("Malloc.Alloc lua!f1<lua!main#1", HF_OUTCOME_CRASHED, id);
    hf_store_finding found;
    cr_assert(eq(int, hf__store_finding(store, id, &found, NULL), HF_OK));
    cr_assert(eq(u64, found.example->ordinal, 8));
    cr_assert(eq(i64, found.sweep_id, sweep));
    hf__store_close(store);
}
