/* SPDX-License-Identifier: MIT
 * Makes points on several threads. The database and the listener are used on the calling thread only, in the points' order, so the same sweep reports
 * its findings in the same order on every machine.
 */
#include "heap_alloc.h"
#include "base_error.h"
#include "os_atomic.h"
#include "os_thread.h"
#include "system_parallel.h"
#include "system_tool.h"
#include "run_folder.h"
#include "sweep_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define BATCH_POINTS 256u
#define BATCH_US 500000u
#define FULL_US 20000000u /* a disk that is full for this long stays full */

void hf__sweep_count(hf_sweep_summary *summary, hf_outcome outcome)
{
    summary->done++;
    if (outcome < HF_OUTCOME_COUNT)
        summary->outcomes[outcome]++;
    else
        summary->drifted++;
}

static void make_point(size_t index, void *user)
{
    hf__sweep *self = user;
    hf__sweep_attempt *made = &self->made[index];
    made->status = HF_ERROR_STATE;
    if (hf__run_stopping() || hf__os_load_u32(&self->failed) != 0 || hf__sweep_out_of_time(self))
        return;
    const hf__sweep_base base = hf__sweep_base_of(self);
    hf_error err = {.status = HF_OK};
    made->status = hf__sweep_rerun(&base, &self->points.items[self->pending[index]], index, &made->shown, &err);
    if (made->status != HF_OK)
        made->problem = hf__copy_string(err.message);
}

static bool was_told(const hf__sweep *self, const char *id)
{
    for (size_t i = 0; i < self->told_count; i++) {
        if (strcmp(self->told[i].id, id) == 0)
            return true;
    }
    return false;
}

void hf__sweep_tell(hf__sweep *self, const hf_store_site *site, const hf_store_point *shown)
{
    if (shown->outcome >= HF_OUTCOME_COUNT || hf_outcome_severity(shown->outcome) == 0)
        return;
    char id[17];
    hf__store_finding_id(site->fingerprint, shown->outcome, id);
    if (was_told(self, id))
        return;
    HF_GROW(self->told, self->told_count, self->told_capacity);
    hf__sweep_finding_id *told = &self->told[self->told_count++];
    memcpy(told->id, id, sizeof told->id);
}

void hf__sweep_tell_stage(const hf__sweep *self, const char *doing, size_t done, size_t total)
{
    const hf_sweep_progress progress = {.doing = doing, .done = done, .total = total, .findings = self->told_count};
    if (self->listener != NULL && self->listener->progress != NULL)
        self->listener->progress(&progress, self->listener->user);
}

static void tell_progress(hf__sweep *self)
{
    const hf_sweep_summary *summary = self->summary;
    size_t uncounted = self->sink.counts ? 0 : self->next;
    const hf_sweep_progress progress = {.sites = summary->sites,
                                        .total = summary->done + uncounted + self->later_count + self->pending_count - self->next,
                                        .done = summary->done + uncounted,
                                        .made = summary->made,
                                        .findings = self->told_count,
                                        .elapsed_us = hf__os_now_us() - self->started_us};
    if (self->listener != NULL && self->listener->progress != NULL)
        self->listener->progress(&progress, self->listener->user);
}

static void fail(hf__sweep *self, const hf_error *err)
{
    if (self->failure.status == HF_OK)
        self->failure = *err;
    hf__os_store_u32(&self->failed, 1);
}

hf__sweep_base hf__sweep_base_of(const hf__sweep *self)
{
    return (hf__sweep_base){.job = &self->job,
                            .judge = self->judge,
                            .before = {self->baseline.clean.children, self->baseline.other != NULL ? self->baseline.other->children : NULL},
                            .scratch = self->scratch,
                            .sites = &self->baseline.sites,
                            .points = &self->points,
                            .finder = self->sink.finder};
}

/* A caller that fills the disk frees the space when it has ended. */
static bool waits_for_room(hf__sweep *self, const hf_error *err)
{
    uint64_t now = hf__os_now_us();
    self->full_us = self->full_us != 0 ? self->full_us : now;
    return err->os_code == ENOSPC && now - self->full_us < FULL_US;
}

/* Writes the points made since the last time into the database, all or none of them. */
static void flush(hf__sweep *self, bool is_last)
{
    size_t count = 0;
    hf_store_point *batch = hf__allocate(self->batch_end - self->batch_begin + 1, sizeof *batch);
    for (size_t i = self->batch_begin; i < self->batch_end; i++) {
        if (self->made[i].status == HF_OK)
            batch[count++] = self->made[i].shown.point;
    }

    hf_error err;
    hf_status status = count > 0 ? hf__store_points(self->store, self->id, batch, count, &err) : HF_OK;
    hf__free(batch);
    self->flushed_us = hf__os_now_us();
    if (status != HF_OK && !is_last && waits_for_room(self, &err))
        return;
    if (status != HF_OK)
        fail(self, &err);
    for (size_t i = self->batch_begin; i < self->batch_end; i++)
        hf__sweep_result_clear(&self->made[i].shown);
    self->batch_begin = self->batch_end;
    self->full_us = 0;
}

/* The site under which a point is reported and stored. If the same failure made once explains a failure "from then on", it is the point's own site;
 * otherwise that of the last fault before the end: if the thirteenth block is written to, the twelve optional ones before it are not the cause. */
static size_t blame(hf__sweep *self, size_t index, const hf__sweep_result *shown)
{
    const hf__sweep_point *point = &self->points.items[index];
    const hf__sweep_point *once = index > 0 ? point - 1 : NULL;
    self->outcomes[index] = (uint8_t)(shown->point.outcome + 1);
    bool is_pair = once != NULL && point->onwards && !once->onwards && once->site == point->site && once->call == point->call &&
                   once->result == point->result && once->earlier == point->earlier;
    bool is_explained = is_pair && self->outcomes[index - 1] == self->outcomes[index];
    return is_explained || self->baseline.sites.by_site ? point->site : shown->blamed;
}

static void take_result(hf__sweep *self, size_t index)
{
    hf__sweep_attempt *made = &self->made[index];
    size_t blamed = blame(self, self->pending[index], &made->shown);
    made->shown.point.site = self->site_ids[blamed];
    hf__sweep_count(self->summary, made->shown.point.outcome);
    self->summary->made++;
    self->summary->forked += made->is_clone;
    self->spread[self->points.items[self->pending[index]].site].done++;
    const hf_store_site site = hf__sweep_site_row(&self->baseline.sites.items[blamed]);
    hf__sweep_tell(self, &site, &made->shown.point);
}

const hf__sweep_sink hf__sweep_results = {.take = take_result, .sample_points = 12, .counts = true};

static void finish_point(hf__sweep *self, size_t index)
{
    hf__sweep_attempt *made = &self->made[index];
    self->batch_end = self->sink.counts ? index + 1 : 0;
    if (made->status == HF_OK) {
        self->sink.take(self, index);
    } else if (made->problem != NULL && !hf__run_stopping()) {
        hf_error err;
        (void)HF_FAIL(&err, made->status, "%s", made->problem);
        fail(self, &err);
    }
    hf__free(made->problem);
    made->problem = NULL;
}

void hf__sweep_advance(hf__sweep *self)
{
    while (self->next < self->pending_count && self->made[self->next].is_made)
        finish_point(self, self->next++);
    bool is_large = self->batch_end - self->batch_begin >= BATCH_POINTS && self->full_us == 0;
    if (is_large || hf__os_now_us() - self->flushed_us > BATCH_US)
        flush(self, false);
    tell_progress(self);
}

/* The remaining points, by rerun. */
typedef struct rest {
    hf__sweep *self;
    size_t *items; /* indices into pending */
    size_t count;
} rest;

static void make_rest(size_t index, void *user)
{
    const rest *left = user;
    make_point(left->items[index], left->self);
}

static void finish_rest(size_t index, void *user)
{
    const rest *left = user;
    left->self->made[left->items[index]].is_made = true;
    hf__sweep_advance(left->self);
}

static void tick(size_t finished, void *user)
{
    (void)finished;
    tell_progress(((const rest *)user)->self);
}

static void rerun_rest(hf__sweep *self)
{
    rest left = {.self = self, .items = hf__allocate(self->pending_count + 1, sizeof *left.items)};
    for (size_t i = 0; i < self->pending_count; i++) {
        if (!self->made[i].is_made)
            left.items[left.count++] = i;
    }
    unsigned jobs = self->options->jobs != 0 ? self->options->jobs : hf__system_cpu_count();
    const hf_parallel parallel = {.work = make_rest, .done = finish_rest, .tick = tick, .user = &left};
    hf__system_parallel(left.count, jobs, &parallel);
    hf__free(left.items);
}

/* In the order of their calls in the clean run, which is the order of the clones. */
typedef struct call_order {
    size_t event, point;
} call_order;

static int compare_ordered(const void *left, const void *right)
{
    const call_order *a = left;
    const call_order *b = right;
    if (a->event != b->event)
        return a->event < b->event ? -1 : 1;
    return a->point < b->point ? -1 : a->point > b->point;
}

static void order_pending(hf__sweep *self)
{
    call_order *order = hf__allocate(self->pending_count + 1, sizeof *order);
    for (size_t i = 0; i < self->pending_count; i++) {
        const hf__sweep_point *point = &self->points.items[self->pending[i]];
        if (point->earlier != HF_SWEEP_ALONE)
            point = &self->points.items[point->earlier];
        order[i] = (call_order){self->baseline.sites.items[point->site].events[point->call], self->pending[i]};
    }
    qsort(order, self->pending_count, sizeof *order, compare_ordered);
    for (size_t i = 0; i < self->pending_count; i++)
        self->pending[i] = order[i].point;
    hf__free(order);
}

void hf__sweep_forget_made(hf__sweep *self)
{
    for (size_t i = 0; self->made != NULL && i < self->pending_count; i++) {
        hf__sweep_result_clear(&self->made[i].shown);
        hf__free(self->made[i].problem);
    }
    hf__free(self->made);
    hf__free(self->pending);
    self->made = NULL;
    self->pending = NULL;
    self->pending_count = self->next = self->batch_begin = self->batch_end = 0;
}

hf_status hf__sweep_make(hf__sweep *self, hf_error *err)
{
    order_pending(self);
    self->made = hf__allocate(self->pending_count + 1, sizeof *self->made);
    self->flushed_us = hf__os_now_us();
    self->started_us = self->started_us != 0 ? self->started_us : self->flushed_us;
    const hf__run_execution *other = self->baseline.other;
    hf_status status =
        self->judge == NULL ? hf_judge_create(self->baseline.clean.trace, other != NULL ? other->trace : NULL, &self->judge, err) : HF_OK;
    if (status == HF_OK && self->pending_count > 0)
        status = hf__sweep_fork(self, err);
    if (status == HF_OK && !self->has_mismatch)
        rerun_rest(self);
    flush(self, true);
    if (status == HF_OK && self->failure.status != HF_OK) {
        *err = self->failure;
        status = self->failure.status;
    }
    return status;
}
