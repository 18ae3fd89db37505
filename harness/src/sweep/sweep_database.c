/* SPDX-License-Identifier: MIT
 * The sweep's use of the database: the key of a sweep, and which of its points exist already.
 */
#include "heap_alloc.h"
#include "base_random.h"
#include "base_text.h"
#include "model_rule.h"
#include "heap_buffer.h"
#include "store_trust.h"
#include "sweep_state.h"
#include "trace_text.h"

#include <string.h>

#include "base_poison.h"

static void hash_text(const char *text, size_t size_bytes, void *user)
{
    uint64_t *hash = user;
    *hash = hf__hash(*hash, text, size_bytes);
}

static uint64_t hash_string(uint64_t hash, const char *text)
{
    return hf__hash(hash, text != NULL ? text : "", text != NULL ? strlen(text) + 1 : 1);
}

/* The same key means: the same points, on the same builds, of a caller that behaves the same. */
static char *key_of(const hf__sweep *self, const char *script)
{
    const hf_trace *trace = self->baseline.clean.trace;
    uint64_t hash = hash_string(HF_HASH_START, script);
    const hf_trace_text_options plain = HF_TRACE_TEXT_OPTIONS_INIT;
    if (self->baseline.calls_repeat)
        hf__trace_print(trace, &plain, hash_text, &hash);
    for (size_t i = 0; i < hf_trace_module_count(trace); i++) {
        hf_text build_id = hf_trace_module_at(trace, i)->build_id;
        hash = hf__hash(hash, build_id.pointer, build_id.size_bytes);
    }

    for (size_t i = 0; i < self->points.count; i++) {
        const hf__sweep_point *point = &self->points.items[i];
        const uint64_t numbers[] = {self->baseline.sites.items[point->site].key, point->ordinal, (uint32_t)point->result, point->onwards};
        hash = hash_string(hf__hash(hash, numbers, sizeof numbers), point->variant);
    }

    hash = self->options->depth > 1 ? hf__hash(hash, &self->options->depth, sizeof self->options->depth) : hash;
    return hf__format("%016llx", (unsigned long long)hash);
}

static char *describe_options(const hf__sweep *self)
{
    const hf_sweep_options *options = self->options;
    return hf__format("methods %s, failures %s, sites %s%s%s%s", options->methods != NULL ? options->methods : "that acquire",
                      options->failures != NULL ? options->failures : "documented", options->sites != NULL ? options->sites : "all",
                      options->every_call ? ", every call" : "", options->lies ? ", lies" : "", options->depth > 1 ? ", second faults" : "");
}

hf_store_site hf__sweep_site_row(const hf__sweep_site *site)
{
    return (hf_store_site){.key = site->key,
                           .method = hf__model_call_name(site->method, site->function),
                           .fingerprint = site->fingerprint,
                           .place = site->place,
                           .stack = site->stack,
                           .calls = site->count};
}

static hf_status store_sites(hf__sweep *self, hf_error *err)
{
    const hf__sweep_sites *sites = &self->baseline.sites;
    self->site_ids = hf__reallocate(self->site_ids, sites->count + 1, sizeof *self->site_ids);
    for (; self->site_id_count < sites->count; self->site_id_count++) {
        const hf_store_site row = hf__sweep_site_row(&sites->items[self->site_id_count]);
        hf_status status = hf__store_site(self->store, self->id, &row, &self->site_ids[self->site_id_count], err);
        if (status != HF_OK)
            return status;
    }
    return HF_OK;
}

static hf_status open_store(hf__sweep *self, hf_error *err)
{
    const char *results = self->options->results != NULL ? self->options->results : "results";
    char *path = hf__format("%s/%s", results, HF_STORE_FILE);
    hf__text_copy(self->summary->database, sizeof self->summary->database, hf__text(path));
    hf_status status = hf__store_open(path, false, &self->store, err);
    if (status == HF_ERROR_FORMAT || status == HF_ERROR_VERSION) /* the path that the user gave, not the one that failed here */
        status = err->status = HF_ERROR_INPUT;
    hf__free(path);
    if (status != HF_OK)
        return status;
    hf__heap_buffer script = {0};
    hf_scenario_print(&self->job.scenario, hf__heap_buffer_write, &script);
    char *key = key_of(self, script.text);
    char *options = describe_options(self);
    const hf_store_sweep row = {.key = key,
                                .caller = self->scenario->caller != NULL ? self->scenario->caller : self->scenario->command.items[0],
                                .script = script.text,
                                .isolation = hf__sweep_reason_against_clones(self) != NULL ? "rerun" : "fork",
                                .options = options,
                                .started = self->baseline.clean.started,
                                .stack_depth = self->job.scenario.stack_depth != 0 ? self->job.scenario.stack_depth : HF_STACK_DEPTH_DEFAULT};
    status = hf__store_begin(self->store, &row, self->fresh, &self->id, err);
    if (status == HF_OK)
        hf__store_trust(script.text);
    hf__free(options);
    hf__free(key);
    hf__free(script.text);
    return status;
}

/* What a point's ordinal counts: calls of a method, whatever site the point is attributed to; or calls of its site. */
static uint64_t counted_of(const hf__sweep *self, const hf_store_site *site)
{
    return self->baseline.sites.by_site ? site->key : hash_string(HF_HASH_START, site->method);
}

static uint64_t identity_of(uint64_t site, const hf_store_point *point)
{
    const uint64_t numbers[] = {site, point->ordinal, (uint32_t)point->result, point->onwards};
    uint64_t hash = hash_string(hf__hash(HF_HASH_START, numbers, sizeof numbers), point->thread);
    return hash_string(hash_string(hash, point->variant), point->earlier) | 1; /* as in earlier versions, so that shards stay the same */
}

static bool note_known(const hf_store_point *point, const hf_store_site *site, void *user)
{
    hf__sweep *self = user;
    if (hf__heap_map_exchange(&self->known, identity_of(counted_of(self, site), point), 1) == HF_INDEX_NONE)
        hf__sweep_count(self->summary, point->outcome);
    hf__sweep_tell(self, site, point);
    return true;
}

static hf_status load_known(hf__sweep *self, hf_error *err)
{
    return hf__store_each_point(self->store, self->id, note_known, self, err);
}

/* The key of a point in the database, and the hash that assigns it to a shard. The hash uses names, so that machines agree on it even if each has
 * built the caller itself. */
typedef struct point_hashes {
    uint64_t identity, shard;
} point_hashes;

static point_hashes hashes_of(const hf__sweep *self, const hf__sweep_point *point)
{
    const hf__sweep_base base = hf__sweep_base_of(self);
    const hf__sweep_site *site = &self->baseline.sites.items[point->site];
    hf__sweep_result shown;
    hf__sweep_result_begin(&base, point, &shown);
    const hf_store_site row = hf__sweep_site_row(site);
    const point_hashes hashes = {identity_of(counted_of(self, &row), &shown.point),
                                 identity_of(hash_string(HF_HASH_START, site->fingerprint), &shown.point)};
    hf__sweep_result_clear(&shown);
    return hashes;
}

/* Sites and points may have been added since the last time. */
static void grow_spread(hf__sweep *self)
{
    size_t count = self->baseline.sites.count;
    self->spread = hf__reallocate(self->spread, count + 1, sizeof *self->spread);
    for (; self->spread_count < count; self->spread_count++)
        self->spread[self->spread_count] = (hf__sweep_spread_site){.calls = self->baseline.sites.items[self->spread_count].count};
    self->outcomes = hf__reallocate(self->outcomes, self->points.count + 1, sizeof *self->outcomes);
    while (self->outcome_count < self->points.count)
        self->outcomes[self->outcome_count++] = 0;
}

hf_status hf__sweep_database_choose(hf__sweep *self, size_t from, hf_error *err)
{
    hf_status status = store_sites(self, err);
    self->pending = hf__allocate(self->points.count + 1, sizeof *self->pending);
    grow_spread(self);

    for (size_t i = from; i < self->points.count && status == HF_OK; i++) {
        const point_hashes hashes = hashes_of(self, &self->points.items[i]);
        if (!hf__sweep_shard_has(hashes.shard, self->options->shard, self->options->shards))
            continue;
        self->summary->shard_points++;
        hf__sweep_spread_site *site = &self->spread[self->points.items[i].site];
        site->points++;
        if (hf__heap_map_get(&self->known, hashes.identity) != HF_INDEX_NONE)
            site->done++;
        else
            self->pending[self->pending_count++] = i;
    }

    return status;
}

hf_status hf__sweep_database_open(hf__sweep *self, hf_error *err)
{
    hf_status status = open_store(self, err);
    return status == HF_OK ? load_known(self, err) : status;
}
