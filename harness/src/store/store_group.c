/* SPDX-License-Identifier: MIT
 * Groups: findings of a sweep with one outcome and one cause. Causes with the same text are numbered in the order of their places, so the number
 * counts what was found, not what the code contains.
 */
#include "heap_alloc.h"
#include "base_error.h"
#include "store_db.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* A finding as it is put in order. */
typedef struct member {
    hf_store_way way;
    hf_outcome outcome;
    char *text, *results;
    uint64_t spot, ordinal;
    bool has_earlier, has_variant, onwards;
} member;

typedef struct members {
    member *items;
    size_t count, capacity;
} members;

static bool take_member(const hf_store_finding *finding, void *user)
{
    members *self = user;
    const hf_store_point *example = finding->example;
    HF_GROW(self->items, self->count, self->capacity);
    member *to = &self->items[self->count++];
    *to = (member){.way = {.method = hf__copy_string(finding->site->method),
                           .place = hf__copy_string(finding->site->place),
                           .fault = hf__copy_string(example->fault),
                           .earlier = hf__copy_string(example->earlier),
                           .points = finding->points,
                           .entries = finding->ways},
                   .outcome = example->outcome,
                   .text = hf__copy_string(finding->cause.text),
                   .results = hf__copy_string(finding->results),
                   .spot = finding->cause.spot,
                   .ordinal = example->ordinal,
                   .has_earlier = example->earlier[0] != '\0',
                   .has_variant = example->variant[0] != '\0',
                   .onwards = example->onwards};
    memcpy(to->way.id, finding->id, sizeof to->way.id);

    return true;
}

static void clear(members *self)
{
    for (size_t i = 0; i < self->count; i++) {
        member *one = &self->items[i];
        char *const texts[] = {one->way.method, one->way.place, one->way.fault, one->way.earlier, one->text, one->results};
        for (size_t text = 0; text < sizeof texts / sizeof texts[0]; text++)
            hf__free(texts[text]);
    }
    hf__free(self->items);
}

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_causes(const member *a, const member *b)
{
    int order = hf_outcome_compare(a->outcome, b->outcome);
    if (order == 0)
        order = strcmp(a->text, b->text);
    return order != 0 ? order : compare_u64(a->spot, b->spot);
}

/* Within a cause the shortest way comes first: one fault before two, once before onwards. */
static int compare_members(const void *left, const void *right)
{
    const member *a = left, *b = right;
    int order = compare_causes(a, b);
    const uint64_t pairs[][2] = {
        {a->has_earlier, b->has_earlier}, {a->has_variant, b->has_variant}, {a->onwards, b->onwards}, {a->ordinal, b->ordinal}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0] && order == 0; i++)
        order = compare_u64(pairs[i][0], pairs[i][1]);
    if (order == 0)
        order = strcmp(a->way.method, b->way.method);
    return order != 0 ? order : strcmp(a->way.id, b->way.id);
}

static bool is_same_text(const member *a, const member *b)
{
    return a->outcome == b->outcome && strcmp(a->text, b->text) == 0;
}

/* A visit of the groups, in progress. */
typedef struct telling {
    hf_store *store;
    int64_t sweep;
    hf__store_visit_group *visit;
    void *user;
    bool more;
} telling;

/* Members of one cause, which stand together. */
typedef struct cluster {
    const member *first;
    size_t count;
    uint64_t entries;
    unsigned number; /* of those with the same text */
} cluster;

/* The worst first, then what most calls lead to, then by cause, as the members are. */
static int compare_clusters(const void *left, const void *right)
{
    const cluster *a = left, *b = right;
    int order = hf_outcome_compare(a->first->outcome, b->first->outcome);
    if (order == 0)
        order = compare_u64(b->entries, a->entries);
    return order != 0 ? order : compare_u64((uint64_t)(uintptr_t)a->first, (uint64_t)(uintptr_t)b->first);
}

static hf_status report_group(telling *self, const cluster *of, hf_error *err)
{
    const member *first = of->first;
    size_t count = of->count;
    hf_store_way *ways = hf__allocate(count, sizeof *ways);
    char *results = hf__copy_string("");
    uint64_t points = 0;

    for (size_t i = 0; i < count; i++) {
        ways[i] = first[i].way;
        points += first[i].way.points;
        char *joined = hf__store_join_names(results, first[i].results);
        hf__free(results);
        results = joined;
    }

    char *cause = of->number > 1 ? hf__format("%s#%u", first->text, of->number) : hf__copy_string(first->text);
    hf_store_finding shown;
    hf_status status = hf__store_load_finding(self->store, self->sweep, first->way.id, first->way.points, &shown, err);
    hf_store_group group = {
        .cause = cause, .shown = &shown, .results = results, .points = points, .entries = of->entries, .ways = ways, .way_count = count};
    hf__store_name(cause, first->outcome, group.id);
    self->more = status == HF_OK && self->visit(&group, self->user);
    hf__free(cause);
    hf__free(results);
    hf__free(ways);
    return status;
}

/* clusters: of as many as there are members. */
static size_t find_clusters(const members *all, cluster *clusters)
{
    size_t found = 0;
    for (size_t i = 0; i < all->count; i += clusters[found++].count) {
        cluster *to = &clusters[found];
        *to = (cluster){.first = &all->items[i], .number = 1};
        if (found > 0 && is_same_text(clusters[found - 1].first, to->first))
            to->number = clusters[found - 1].number + 1;
        for (; i + to->count < all->count && compare_causes(to->first, &to->first[to->count]) == 0; to->count++)
            to->entries += to->first[to->count].way.entries;
    }
    return found;
}

static hf_status tell_all(telling *self, const members *all, hf_error *err)
{
    hf_status status = HF_OK;
    cluster *clusters = hf__allocate(all->count, sizeof *clusters);
    size_t count = find_clusters(all, clusters);
    if (count > 0)
        qsort(clusters, count, sizeof *clusters, compare_clusters);
    self->more = true;
    for (size_t i = 0; i < count && status == HF_OK && self->more; i++)
        status = report_group(self, &clusters[i], err);
    hf__free(clusters);
    return status;
}

hf_status hf__store_each_group(hf_store *store, int64_t sweep, hf__store_visit_group *visit, void *user, hf_error *err)
{
    members all = {0};
    telling self = {.store = store, .sweep = sweep, .visit = visit, .user = user};
    hf_status status = hf__store_each_finding(store, sweep, take_member, &all, err);
    if (all.count > 0)
        qsort(all.items, all.count, sizeof *all.items, compare_members);
    if (status == HF_OK)
        status = tell_all(&self, &all, err);
    clear(&all);
    return status;
}

typedef struct search {
    const char *prefix;
    char finding[17]; /* "": none yet */
    uint64_t points;
} search;

static bool count_group(const hf_store_group *group, void *user)
{
    search *self = user;
    if (strncmp(group->id, self->prefix, strlen(self->prefix)) != 0)
        return true;
    memcpy(self->finding, group->shown->id, sizeof self->finding);
    self->points = group->shown->points;
    return false;
}

hf_status hf__store_find_group(hf_store *store, const char *prefix, hf_store_finding *out, hf_error *err)
{
    int64_t *sweeps = NULL;
    size_t count = 0;
    search found = {.prefix = prefix};
    hf_status status = hf__store_ids(store, HF_STORE_SWEEPS, &sweeps, &count, err);
    int64_t sweep = 0;
    for (size_t i = count; i > 0 && status == HF_OK && found.finding[0] == '\0'; i--) {
        sweep = sweeps[i - 1];
        status = hf__store_each_group(store, sweep, count_group, &found, err);
    }
    hf__free(sweeps);
    if (status != HF_OK)
        return status;
    if (found.finding[0] == '\0')
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "no finding '%s' in the database %s", prefix, store->path);
    return hf__store_load_finding(store, sweep, found.finding, found.points, out, err);
}
