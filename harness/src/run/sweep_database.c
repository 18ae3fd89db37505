/*
 * The sweep's side of the database: what a sweep is known by, and which of its points are there.
 */
#include "base_alloc.h"
#include "base_random.h"
#include "base_text.h"
#include "model_rule.h"
#include "run_buffer.h"
#include "sweep_state.h"

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

/* The same key: the same points, on the same builds, of a caller that does the same. */
static char *key_of(const hf__sweep *self, const char *script)
{
    const hf_trace *trace = self->lesson.clean.trace;
    uint64_t hash = hash_string(HF_HASH_START, script);
    const hf_trace_text_options plain = HF_TRACE_TEXT_OPTIONS_INIT;
    hf_trace_print(trace, &plain, hash_text, &hash);
    for (size_t i = 0; i < hf_trace_module_count(trace); i++) {
        hf_text build_id = hf_trace_module_at(trace, i)->build_id;
        hash = hf__hash(hash, build_id.pointer, build_id.size_bytes);
    }
    for (size_t i = 0; i < self->points.count; i++) {
        const hf__sweep_point *point = &self->points.items[i];
        const uint64_t numbers[] = {self->lesson.sites.items[point->site].key, point->ordinal, (uint32_t)point->result, point->onwards};
        hash = hash_string(hf__hash(hash, numbers, sizeof numbers), point->variant);
    }
    return hf__format("%016llx", (unsigned long long)hash);
}

static char *describe_options(const hf__sweep *self)
{
    const hf_sweep_options *options = self->options;
    return hf__format("methods %s, failures %s, sites %s%s%s", options->methods != NULL ? options->methods : "that acquire",
                      options->failures != NULL ? options->failures : "documented", options->sites != NULL ? options->sites : "all",
                      options->every_call ? ", every call" : "", options->lies ? ", lies" : "");
}

hf_store_site hf__sweep_site_row(const hf__sweep_site *site)
{
    return (hf_store_site){.key = site->key,
                           .method = hf__model_method(site->method)->name,
                           .fingerprint = site->fingerprint,
                           .place = site->place,
                           .stack = site->stack,
                           .calls = site->count};
}

static hf_status store_sites(hf__sweep *self, hf_error *err)
{
    const hf__sweep_sites *sites = &self->lesson.sites;
    self->site_ids = hf__allocate(sites->count + 1, sizeof *self->site_ids);
    for (size_t i = 0; i < sites->count; i++) {
        const hf_store_site row = hf__sweep_site_row(&sites->items[i]);
        hf_status status = hf__store_site(self->store, self->id, &row, &self->site_ids[i], err);
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
    hf__free(path);
    if (status != HF_OK)
        return status;
    hf__buffer script = {0};
    hf_scenario_print(&self->job.scenario, hf__buffer_write, &script);
    char *key = key_of(self, script.text);
    char *options = describe_options(self);
    const hf_store_sweep row = {.key = key,
                                .caller = self->scenario->caller != NULL ? self->scenario->caller : self->scenario->command.items[0],
                                .script = script.text,
                                .isolation = self->isolation == HF_ISOLATION_RERUN || self->lesson.sites.has_threads ? "rerun" : "fork",
                                .options = options,
                                .started = self->lesson.clean.started,
                                .stack_depth = self->job.scenario.stack_depth != 0 ? self->job.scenario.stack_depth : HF_STACK_DEPTH_DEFAULT};
    status = hf__store_begin(self->store, &row, self->fresh, &self->id, err);
    hf__free(options);
    hf__free(key);
    hf__free(script.text);
    return status == HF_OK ? store_sites(self, err) : status;
}

static uint64_t identity_of(uint64_t key, const char *thread, uint64_t ordinal, HRESULT result, bool onwards, const char *variant)
{
    const uint64_t numbers[] = {key, ordinal, (uint32_t)result, onwards};
    return hash_string(hash_string(hf__hash(HF_HASH_START, numbers, sizeof numbers), thread), variant) | 1;
}

typedef struct known_points {
    size_t size; /* a power of two */
    uint64_t *hashes;
    hf__sweep *self;
} known_points;

static bool knows(const known_points *known, uint64_t hash, bool add)
{
    size_t at = hash & (known->size - 1);
    while (known->hashes[at] != 0 && known->hashes[at] != hash)
        at = (at + 1) & (known->size - 1);
    bool found = known->hashes[at] == hash;
    if (add)
        known->hashes[at] = hash;
    return found;
}

static bool note_known(const hf_store_point *point, const hf_store_site *site, void *user)
{
    known_points *known = user;
    uint64_t hash = identity_of(site->key, point->thread, point->ordinal, point->result, point->onwards, point->variant);
    if (!knows(known, hash, true))
        hf__sweep_count(known->self->summary, point->outcome);
    hf__sweep_tell(known->self, SIZE_MAX, site, point);
    return true;
}

static bool is_in_shard(const hf__sweep *self, size_t point)
{
    return self->options->shards == 0 || point % self->options->shards == self->options->shard - 1;
}

static hf_status choose_pending(hf__sweep *self, hf_error *err)
{
    known_points known = {.size = 1024, .self = self};
    while (known.size < self->points.count * 2)
        known.size *= 2;
    known.hashes = hf__allocate(known.size, sizeof *known.hashes);
    hf_status status = hf__store_each_point(self->store, self->id, note_known, &known, err);
    self->pending = hf__allocate(self->points.count + 1, sizeof *self->pending);
    for (size_t i = 0; i < self->points.count && status == HF_OK; i++) {
        const hf__sweep_point *point = &self->points.items[i];
        const hf__sweep_site *site = &self->lesson.sites.items[point->site];
        uint64_t hash = identity_of(site->key, site->thread, point->ordinal, point->result, point->onwards, point->variant);
        if (is_in_shard(self, i) && !knows(&known, hash, false))
            self->pending[self->pending_count++] = i;
    }
    hf__free(known.hashes);
    return status;
}

hf_status hf__sweep_database_open(hf__sweep *self, hf_error *err)
{
    hf_status status = open_store(self, err);
    return status == HF_OK ? choose_pending(self, err) : status;
}
