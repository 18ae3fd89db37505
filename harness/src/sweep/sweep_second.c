/* SPDX-License-Identifier: MIT
 * Second faults. Each first fault that is no finding by itself is run once more, and the calls that it leads to are collected. Each of these then
 * fails as well, in every documented way. To limit their number, a site fails only after the first of the faults that lead to it. A retry counts as a
 * site of its own.
 *
 * Every shard examines all first faults, so all agree on the points.
 */
#include "heap_alloc.h"
#include "base_text.h"
#include "run_folder.h"
#include "sweep_state.h"

#include <string.h>

#include "base_poison.h"

/* Sites that have their second faults: after a fault at another site, and as a retry of their own. */
typedef struct done_sites {
    size_t capacity;
    bool (*done)[2];
} done_sites;

static bool is_done(done_sites *self, size_t site, bool as_retry)
{
    for (; self->capacity <= site; self->capacity++) {
        self->done = hf__reallocate(self->done, self->capacity + 1, sizeof *self->done);
        self->done[self->capacity][0] = self->done[self->capacity][1] = false;
    }
    bool done = self->done[site][as_retry];
    self->done[site][as_retry] = true;
    return done;
}

/* Sites added after the recovery finder was made are at the end. */
static size_t site_of(hf__sweep *self, const hf__sweep_recovery *recovery, const char *thread, size_t known)
{
    hf__sweep_sites *sites = &self->baseline.sites;
    size_t found = hf__sweep_finder_find(self->sink.finder, recovery->method, recovery->key, hf__text(thread));
    for (size_t i = known; i < sites->count && found == SIZE_MAX; i++) {
        const hf__sweep_site *site = &sites->items[i];
        if (site->key == recovery->key && site->method == recovery->method && strcmp(site->thread, thread) == 0)
            found = i;
    }
    if (found != SIZE_MAX)
        return found;
    size_t added = hf__sweep_sites_add(sites, recovery->method, recovery->key, hf__text(thread), recovery->frames, recovery->frame_count);
    sites->items[added].function = recovery->function;
    return added;
}

static void add_points(hf__sweep *self)
{
    size_t known = self->baseline.sites.count;
    done_sites done = {0};
    for (size_t i = 0; i < self->pending_count; i++) {
        const hf__sweep_recoveries *recoveries = &self->made[i].shown.recoveries;
        size_t first = self->pending[i];
        for (size_t k = 0; k < recoveries->count; k++) {
            const hf__sweep_recovery *one = &recoveries->items[k];
            size_t site = site_of(self, one, self->baseline.sites.items[self->points.items[first].site].thread, known);
            if (!is_done(&done, site, one->is_retry))
                hf__sweep_points_add_second(&self->baseline.sites, &self->choice, first, site, one->ordinal, &self->points);
        }
    }
    hf__free(done.done);
    const hf_trace *trace = self->baseline.stacks.trace;
    hf__sweep_sites_name((hf__sweep_traces){1, &trace}, &self->job.scenario.wrappers, &self->baseline.sites, known);
}

/* A finished run keeps its result (shown.recoveries), which add_points reads when all runs are finished. */
static void take_nothing(hf__sweep *self, size_t index)
{
    (void)self;
    (void)index;
}

static hf_status find_second_faults(hf__sweep *self, hf_error *err)
{
    char *isolation = hf__copy_string(self->summary->isolation); /* how points were made, not these runs */
    hf__sweep_finder *finder = hf__sweep_finder_create(self->baseline.stacks.trace, &self->baseline.sites, self->methods);
    self->sink = (hf__sweep_sink){.take = take_nothing, .finder = finder};
    self->pending = hf__allocate(self->alone_count + 1, sizeof *self->pending);

    for (size_t i = 0; i < self->alone_count; i++) {
        if (hf__sweep_point_may_lead(&self->points.items[i]))
            self->pending[self->pending_count++] = i;
    }

    hf_status status = hf__sweep_make(self, err);
    if (status == HF_OK && !self->has_mismatch && !hf__run_stopping())
        add_points(self);
    if (!self->has_mismatch)
        hf__text_copy(self->summary->isolation, sizeof self->summary->isolation, hf__text(isolation));
    hf__free(isolation);
    self->sink = hf__sweep_results;
    hf__sweep_finder_destroy(finder);
    hf__sweep_forget_made(self);
    return status;
}

hf_status hf__sweep_second(hf__sweep *self, hf_error *err)
{
    hf__sweep_forget_made(self);
    hf_status status = find_second_faults(self, err);
    if (status != HF_OK || self->has_mismatch || hf__run_stopping())
        return status;
    self->summary->points = self->points.count;
    self->summary->two_fault_points = self->points.count - self->alone_count;
    self->has_sample = false;
    status = hf__sweep_database_choose(self, self->alone_count, err);
    return status == HF_OK ? hf__sweep_make_within(self, err) : status;
}
