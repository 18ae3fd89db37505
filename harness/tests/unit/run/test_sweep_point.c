/* SPDX-License-Identifier: MIT
 * Enumeration: the calls of a site, the failures of a method, the points that a caller which only sees null does not need, and each point's rule.
 */
#include "heap_alloc.h"
#include "hf_rows.h"
#include "sweep_point.h"

#include <hostfault/plan.h>
#include <stdio.h>

#include <stdlib.h>
#include <string.h>

static uint64_t seven[] = {2, 3, 5, 8, 13, 21, 34};
static uint64_t two[] = {4, 9};

/* One site of Malloc.Alloc with `count` calls out of `ordinals`. */
static char no_thread[] = "";

static hf__sweep_sites sites_of(hf__sweep_site *site, hf_method method, uint64_t *ordinals, size_t count)
{
    static char name[] = "Malloc.Alloc lib!grow<app!main#1";
    static char place[] = "grow at grow.c:12";
    *site = (hf__sweep_site){.method = method, .ordinals = ordinals, .count = count, .thread = no_thread, .fingerprint = name, .place = place};
    return (hf__sweep_sites){.count = 1, .items = site};
}

static size_t count_where(const hf__sweep_points *points, uint64_t ordinal, HRESULT result, bool onwards)
{
    size_t count = 0;
    for (size_t i = 0; i < points->count; i++) {
        const hf__sweep_point *point = &points->items[i];
        count += point->ordinal == ordinal && point->result == result && point->onwards == onwards;
    }
    return count;
}

static hf__sweep_points enumerate(hf_method method, uint64_t *ordinals, size_t count, hf__sweep_choice choice)
{
    hf__sweep_site site;
    hf__sweep_sites sites = sites_of(&site, method, ordinals, count);
    hf__sweep_points points;
    hf__sweep_points_enumerate(&sites, &choice, &points);
    return points;
}

Test(sweep_point, the_first_the_middle_and_the_last_call_in_every_documented_way)
{
    hf__sweep_points points = enumerate(HF_METHOD_MALLOC_ALLOC, seven, 7, (hf__sweep_choice){.sees = HF_SEES_HRESULT});
    /* Six failures are documented; E_FAIL sticks, so it has no "from then on". */
    cr_assert(eq(sz, points.count, 3 * 11));
    const uint64_t expected[] = {2, 8, 34};
    for (size_t i = 0; i < 3; i++) {
        cr_assert(eq(sz, count_where(&points, expected[i], E_OUTOFMEMORY, false), 1));
        cr_assert(eq(sz, count_where(&points, expected[i], HOST_E_TIMEOUT, true), 1));
        cr_assert(eq(sz, count_where(&points, expected[i], E_FAIL, false), 1));
        cr_assert(eq(sz, count_where(&points, expected[i], E_FAIL, true), 0));
    }
    hf__sweep_points_clear(&points);
}

Test(sweep_point, two_calls_are_not_taken_for_three)
{
    hf__sweep_points points = enumerate(HF_METHOD_MALLOC_ALLOC, two, 2, (hf__sweep_choice){.sees = HF_SEES_HRESULT});
    cr_assert(eq(sz, points.count, 2 * 11));
    hf__sweep_points_clear(&points);
}

Test(sweep_point, every_call_if_asked)
{
    hf__sweep_points points = enumerate(HF_METHOD_MALLOC_ALLOC, seven, 7, (hf__sweep_choice){.sees = HF_SEES_HRESULT, .every_call = true});
    cr_assert(eq(sz, points.count, 7 * 11));
    hf__sweep_points_clear(&points);
}

Test(sweep_point, failures_that_look_the_same_are_made_once)
{
    hf__sweep_points points = enumerate(HF_METHOD_MALLOC_ALLOC, two, 1, (hf__sweep_choice){.sees = HF_SEES_NULL});
    cr_assert(eq(sz, points.count, 3));
    cr_assert(eq(sz, count_where(&points, 4, E_OUTOFMEMORY, false), 1));
    cr_assert(eq(sz, count_where(&points, 4, E_OUTOFMEMORY, true), 1));
    cr_assert(eq(sz, count_where(&points, 4, E_FAIL, false), 1));
    for (size_t i = 0; i < points.count; i++) {
        bool stands = points.items[i].result == E_OUTOFMEMORY;
        cr_assert(eq(int, strstr(points.items[i].stands, "HOST_E_TIMEOUT") != NULL, stands));
        cr_assert(eq(int, strstr(points.items[i].stands, "HOST_E_ABANDONED") != NULL, stands));
        cr_assert(eq(int, strstr(points.items[i].stands, "E_FAIL") != NULL, 0));
    }
    hf__sweep_points_clear(&points);
}

Test(sweep_point, only_the_failures_and_sites_asked_for)
{
    hf__sweep_choice choice = {.sees = HF_SEES_HRESULT, .results = "HOST_E_T*"};
    hf__sweep_points points = enumerate(HF_METHOD_MALLOC_ALLOC, two, 1, choice);
    cr_assert(eq(sz, points.count, 2));
    cr_assert(eq(sz, count_where(&points, 4, HOST_E_TIMEOUT, false), 1));
    hf__sweep_points_clear(&points);
    static const struct {
        const char *pattern;
        size_t count;
    } patterns[] = {{"*!grow<*", 2}, {"grow at *", 2}, {"shrink*", 0}};
    for (size_t i = 0; i < 3; i++) {
        choice.sites = patterns[i].pattern;
        points = enumerate(HF_METHOD_MALLOC_ALLOC, two, 1, choice);
        cr_assert(eq(sz, points.count, patterns[i].count), "%s", patterns[i].pattern);
        hf__sweep_points_clear(&points);
    }
}

Test(sweep_point, an_unmodified_program_meets_the_failures_of_the_systems_functions)
{
    hf__sweep_choice choice = {.sees = HF_SEES_HRESULT, .unmodified = true};
    hf__sweep_points points = enumerate(HF_METHOD_VIRTUAL_ALLOC, two, 1, choice);
    cr_assert(eq(sz, points.count, 4));
    cr_assert(eq(sz, count_where(&points, 4, E_OUTOFMEMORY, false), 1));
    cr_assert(eq(sz, count_where(&points, 4, (HRESULT)0x800705AF, true), 1));
    hf__sweep_points_clear(&points);
    points = enumerate(HF_METHOD_MALLOC_ALLOC, two, 1, choice);
    cr_assert(eq(sz, points.count, 2));
    hf__sweep_points_clear(&points);
}

Test(sweep_point, an_unmodified_program_meets_others_if_asked_and_no_latch)
{
    hf__sweep_points points = enumerate(HF_METHOD_MALLOC_ALLOC, two, 1, (hf__sweep_choice){.unmodified = true, .results = "E_FAIL"});
    cr_assert(eq(sz, points.count, 2));
    cr_assert(eq(sz, count_where(&points, 4, E_FAIL, true), 1));
    hf__sweep_points_clear(&points);
}

Test(sweep_point, a_failure_that_no_interface_documents_says_so_in_its_rule)
{
    hf__sweep_site site;
    hf__sweep_sites sites = sites_of(&site, HF_METHOD_VIRTUAL_ALLOC, two, 1);
    hf__sweep_point point = {.ordinal = 4, .result = (HRESULT)0x800705AF, .variant = ""};
    char *rule = hf__sweep_point_rule(&sites, &point);
    cr_assert(eq(str, rule, (char[]){"call: VirtualAlloc, return: WIN32_COMMITMENT_LIMIT, undocumented: true"}));
    hf__free(rule);
}

Test(sweep_point, lies_are_those_of_the_method)
{
    hf__sweep_points points = enumerate(HF_METHOD_VIRTUAL_FREE, two, 1, (hf__sweep_choice){.sees = HF_SEES_HRESULT, .results = "-", .lies = true});
    cr_assert(eq(sz, points.count, 2));
    cr_assert(eq(str, (char *)(uintptr_t)points.items[0].variant, (char[]){"lie: not-done"}));
    cr_assert(eq(str, (char *)(uintptr_t)points.items[1].variant, (char[]){"lie: s_false"}));
    hf__sweep_points_clear(&points);
}

static size_t count_variant(const hf__sweep_points *points, const char *variant)
{
    size_t count = 0;
    for (size_t i = 0; i < points->count; i++)
        count += strcmp(points->items[i].variant, variant) == 0;
    return count;
}

/* No caller can notice memory that is not there, and a failure that was not chosen is not made under another name. */
Test(sweep_point, lies_are_those_that_can_be_noticed_and_failures_those_that_were_chosen)
{
    hf__sweep_choice choice = {.sees = HF_SEES_HRESULT, .results = "E_OUTOFMEMORY", .lies = true};
    hf__sweep_points points = enumerate(HF_METHOD_VIRTUAL_ALLOC, two, 1, choice);
    cr_assert(all(eq(sz, count_variant(&points, "lie: uncommitted"), 0), eq(sz, count_variant(&points, "lie: short"), 0)));
    cr_assert(all(eq(sz, count_variant(&points, "lie: null"), 1), eq(sz, count_variant(&points, "out: poison"), 1)));
    cr_assert(eq(sz, count_variant(&points, "done: true"), 0));
    hf__sweep_points_clear(&points);
    choice.results = "HOST_E_TIMEOUT";
    points = enumerate(HF_METHOD_VIRTUAL_ALLOC, two, 1, choice);
    cr_assert(all(eq(sz, count_variant(&points, "done: true"), 1), eq(sz, count_variant(&points, "out: poison"), 0)));
    hf__sweep_points_clear(&points);
}

/* Hashes of points are far apart, and the numbers of neighbours are not: both must be spread. */
Test(sweep_point, each_point_is_in_one_shard_and_shards_are_alike)
{
    size_t counts[16] = {0};
    for (uint64_t identity = 0; identity < 16000; identity++) {
        size_t in = 0;
        for (uint32_t shard = 1; shard <= 16; shard++) {
            bool has = hf__sweep_shard_has(identity, shard, 16);
            counts[shard - 1] += has;
            in += has;
        }
        cr_assert(eq(sz, in, 1));
        cr_assert(hf__sweep_shard_has(identity, 0, 0));
    }
    for (size_t i = 0; i < 16; i++)
        cr_assert(all(lt(sz, 900, counts[i]), lt(sz, counts[i], 1100)), "shard %zu has %zu", i + 1, counts[i]);
}

/* What every n-th point has in common (the same failure of each site) is not what a shard has in common. */
Test(sweep_point, a_shard_is_not_every_nth_point)
{
    size_t counts[3] = {0};
    for (uint64_t identity = 0; identity < 3000; identity += 3)
        for (uint32_t shard = 1; shard <= 3; shard++)
            counts[shard - 1] += hf__sweep_shard_has(identity, shard, 3);
    for (size_t i = 0; i < 3; i++)
        cr_assert(all(lt(sz, 250, counts[i]), lt(sz, counts[i], 420)), "shard %zu has %zu", i + 1, counts[i]);
}

typedef struct fault_row {
    hf__sweep_point point;
    const char *thread, *text;
} fault_row;

static const fault_row faults[] = {
    {{.ordinal = 3, .result = E_OUTOFMEMORY, .variant = ""}, "", "call: Malloc.Alloc, when: 3, return: E_OUTOFMEMORY"},
    {{.ordinal = 3, .result = E_FAIL, .onwards = true, .variant = ""}, "", "call: Malloc.Alloc, when: 3+, return: E_FAIL"},
    {{.ordinal = 1, .result = S_OK, .variant = "lie: dirty"}, "", "call: Malloc.Alloc, when: 1, lie: dirty"},
    {{.ordinal = 1, .result = E_OUTOFMEMORY, .variant = "out: poison"}, "", "call: Malloc.Alloc, when: 1, return: E_OUTOFMEMORY, out: poison"},
    {{.ordinal = 9, .result = E_OUTOFMEMORY, .variant = ""}, "t2", "call: Malloc.Alloc, when: 9, thread: \"t2\", per: thread, return: E_OUTOFMEMORY"},
};
Test(sweep_point, of_an_unmodified_program_is_told_by_its_site)
{
    hf__sweep_site site;
    hf__sweep_sites sites = sites_of(&site, HF_METHOD_MALLOC_ALLOC, two, 1);
    sites.by_site = true;
    site.key = 0xABC;
    char *text = hf__sweep_point_fault(&sites, &(hf__sweep_point){.ordinal = 2, .result = E_OUTOFMEMORY, .variant = ""});
    cr_assert(eq(str, text, (char[]){"call: Malloc.Alloc, when: 2, site: \"0000000000000abc\", return: E_OUTOFMEMORY"}));
    hf__free(text);
}

HF_ROWS(sweep_point, is_a_rule_that_the_scenario_language_knows, faults)
{
    hf__sweep_site site;
    hf__sweep_sites sites = sites_of(&site, HF_METHOD_MALLOC_ALLOC, two, 1);
    char thread[8];
    snprintf(thread, sizeof thread, "%s", faults[*number].thread);
    site.thread = thread;
    char *text = hf__sweep_point_fault(&sites, &faults[*number].point);
    cr_assert(eq(str, text, (char *)(uintptr_t)faults[*number].text));
    const char *const input = text;
    static hf_errors errors;
    hf_scenario_file *file = NULL;
    cr_assert(eq(int, hf_scenario_from_faults("lua", NULL, &input, 1, &file, &errors), HF_OK), "%s", errors.items[0].message);
    hf_scenario_destroy(file);
    hf__free(text);
}
