/* SPDX-License-Identifier: MIT
 * A sorted list of hashes: of callers with their methods, of sites, of sites with the failures that were tested there.
 */
#include "report_coverage.h"
#include "heap_alloc.h"
#include "base_random.h"
#include "base_text.h"
#include "report_findings.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

typedef enum fact { FACT_METHOD = 1, FACT_SITE, FACT_TRIED, FACT_SECOND } fact;

static uint64_t hash_of(fact what, const char *one, size_t one_bytes, const char *other)
{
    uint8_t kind = (uint8_t)what;
    uint64_t hash = hf__hash(HF_HASH_START, &kind, 1);
    hash = hf__hash(hf__hash(hash, one, one_bytes), "", 1);
    return hf__hash(hash, other, strlen(other) + 1);
}

static void add_hash(hf_report_coverage *self, uint64_t hash)
{
    HF_GROW(self->hashes, self->count, self->capacity);
    self->hashes[self->count++] = hash;
}

static size_t method_length(const char *fingerprint)
{
    return strcspn(fingerprint, " ");
}

typedef struct adding {
    hf_report_coverage *coverage;
    const char *caller;
} adding;

static bool add_site(const hf_store_site *site, void *user)
{
    const adding *self = user;
    add_hash(self->coverage, hash_of(FACT_METHOD, site->fingerprint, method_length(site->fingerprint), self->caller));
    add_hash(self->coverage, hash_of(FACT_SITE, site->fingerprint, strlen(site->fingerprint), ""));
    return true;
}

static bool add_point(const hf_store_point *point, const hf_store_site *site, void *user)
{
    hf_report_coverage *coverage = ((const adding *)user)->coverage;
    hf_report_words words = {0};
    char name[64];
    hf__store_print_failure(name, sizeof name, point);
    hf__report_words_add(&words, name);
    hf__report_words_split(&words, point->stands);
    for (size_t i = 0; i < words.count; i++)
        add_hash(coverage, hash_of(FACT_TRIED, site->fingerprint, strlen(site->fingerprint), words.items[i]));
    if (point->earlier[0] != '\0')
        add_hash(coverage, hash_of(FACT_SECOND, site->fingerprint, strlen(site->fingerprint), ""));
    hf__report_words_clear(&words);
    return true;
}

hf_status hf__report_coverage_add(hf_store *store, int64_t sweep, hf_report_coverage *coverage, hf_error *err)
{
    hf_store_summary summary;
    hf_status status = hf__store_summarize(store, sweep, &summary, err);
    if (status != HF_OK)
        return status;
    char *caller = hf__report_clean_caller(summary.sweep.caller);
    adding self = {coverage, caller};
    coverage->is_known = true;
    status = hf__store_each_site(store, sweep, add_site, &self, err);
    if (status == HF_OK)
        status = hf__store_each_point(store, sweep, add_point, &self, err);
    hf__free(caller);
    return status;
}

static int compare(const void *a, const void *b)
{
    uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;
    return one < other ? -1 : one > other;
}

void hf__report_coverage_close(hf_report_coverage *coverage)
{
    if (coverage->count > 0)
        qsort(coverage->hashes, coverage->count, sizeof *coverage->hashes, compare);
}

static bool has(const hf_report_coverage *self, uint64_t hash)
{
    return self->count > 0 && bsearch(&hash, self->hashes, self->count, sizeof *self->hashes, compare) != NULL;
}

bool hf__report_coverage_has(const hf_report_coverage *self, const hf_report_finding *finding)
{
    const char *site = finding->frames;
    if (!self->is_known || site[0] == '\0') /* a list of an earlier version has no places */
        return true;
    if (!has(self, hash_of(FACT_METHOD, site, method_length(site), finding->caller)))
        return false;
    if (!has(self, hash_of(FACT_SITE, site, strlen(site), "")))
        return true;
    if (finding->earlier[0] != '\0' && !has(self, hash_of(FACT_SECOND, site, strlen(site), "")))
        return false;
    for (size_t i = 0; i < finding->results.count; i++)
        if (has(self, hash_of(FACT_TRIED, site, strlen(site), finding->results.items[i])))
            return true;
    return false;
}

void hf__report_coverage_clear(hf_report_coverage *coverage)
{
    hf__free(coverage->hashes);
    *coverage = (hf_report_coverage){0};
}
