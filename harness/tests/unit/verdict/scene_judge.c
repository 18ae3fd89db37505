/* SPDX-License-Identifier: MIT
 * Judges a scene, as a whole run and as a continuation of every possible prefix: both must give the same verdict.
 */
#include "scene.h"
#include "base_text.h"
#include "trace_reader.h"
#include "verdict_prefix.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

/* The same as if the run were a continuation that left its prefix after so many events. */
static hf_verdict *judge_continuation(hf__verdict_prefix_judge *prefix, hf_trace *run, size_t parted)
{
    hf_error err = {0};
    hf_verdict *verdict = NULL;
    run->prefix_end = parted;
    cr_assert(eq(int, hf__verdict_prefix_judge_continuation(prefix, run, NULL, &verdict, &err), HF_OK), "%s", err.message);
    return verdict;
}

static bool has_same_responses(const hf_verdict *a, const hf_verdict *b)
{
    bool same = a->response_count == b->response_count;
    for (size_t i = 0; same && i < a->response_count; i++) {
        const hf_verdict_response *x = &a->responses[i], *y = &b->responses[i];
        same = x->event == y->event && x->rule == y->rule && x->real == y->real && x->response == y->response && x->calls == y->calls &&
               x->retries == y->retries && x->ticks == y->ticks;
    }
    return same;
}

static bool has_same_violations(const hf_verdict *a, const hf_verdict *b)
{
    bool same = a->violation_count == b->violation_count;
    for (size_t i = 0; same && i < a->violation_count; i++) {
        const hf_verdict_violation *x = &a->violations[i], *y = &b->violations[i];
        same = x->event == y->event && x->clause == y->clause && strcmp(x->detail, y->detail) == 0;
    }
    return same;
}

static bool has_same_leaks(const hf_verdict *a, const hf_verdict *b)
{
    bool same = a->leak_count == b->leak_count && a->leaked_bytes == b->leaked_bytes;
    for (size_t i = 0; same && i < a->leak_count; i++) {
        const hf_verdict_leak *x = &a->leaks[i], *y = &b->leaks[i];
        same = x->event == y->event && x->address == y->address && x->bytes == y->bytes && x->heap == y->heap;
    }
    return same;
}

static bool is_same(const hf_verdict *a, const hf_verdict *b)
{
    bool same_end = a->outcome == b->outcome && strcmp(a->reason, b->reason) == 0 && a->exit_status == b->exit_status && a->signal == b->signal;
    bool same_numbers = a->calls == b->calls && a->fired == b->fired && a->last_fault == b->last_fault && a->unfired_rule == b->unfired_rule;
    return same_end && same_numbers && has_same_responses(a, b) && has_same_violations(a, b) && has_same_leaks(a, b);
}

/* Two continuations that part at the very beginning have nothing in common: the second one is judged as if the first, which did much, had not been.
 */
static void check_nothing_stays(const scene *self, const hf_judge *judge)
{
    static const char *const busy = "heap 1; reserve 50000 10000; fail commit 50000 1000; release 50000; release 50000; alloc 1000 20; free 1000; "
                                    "free 1000; alloc 2000 40; times 3e8 fail map 0 1000; check 0; exit 3";
    hf_trace *other = scene_play(busy);
    hf__verdict_prefix_judge *prefix = hf__verdict_prefix_judge_create(judge);
    hf_verdict_destroy(judge_continuation(prefix, other, 0));
    hf_verdict *verdict = judge_continuation(prefix, self->run, 0);
    cr_assert(is_same(verdict, self->verdict), "after another continuation: %s", verdict->reason);
    hf_verdict_destroy(verdict);
    hf__verdict_prefix_judge_destroy(prefix);
    hf_trace_destroy(other);
}

#define PARTINGS 25u
#define REPEATS 20u /* more than the judge remembers, so that it goes on */

/* A continuation's verdict is that of a whole run, wherever it left its prefix and whichever continuations were judged before. */
static void check_continuations(const scene *self)
{
    hf_error err = {0};
    hf_judge *judge = NULL;
    cr_assert(eq(int, hf_judge_create(self->clean, self->clean2, &judge, &err), HF_OK), "%s", err.message);
    hf__verdict_prefix_judge *prefix = hf__verdict_prefix_judge_create(judge);
    size_t last = hf_trace_thread_count(self->run) > 2 ? 0 : self->run->threads[0].count; /* prefixs have one thread, and the tool's records */
    size_t stride = last / PARTINGS + 1;
    for (size_t i = 0; i < REPEATS * (last / stride + 1); i++) {
        size_t along = i / REPEATS * stride;
        size_t back = i % REPEATS == 1 ? 3 : 0; /* clones end in another order than they began */
        size_t parted = i % REPEATS == 2 ? last : along > back ? along - back : 0;
        hf_verdict *verdict = judge_continuation(prefix, self->run, parted);
        cr_assert(is_same(verdict, self->verdict), "left its prefix after %zu events: %s", parted, verdict->reason);
        hf_verdict_destroy(verdict);
    }
    hf__verdict_prefix_judge_destroy(prefix);
    check_nothing_stays(self, judge);
    hf_judge_destroy(judge);
}

scene scene_judge(const char *run, const char *clean, const char *clean2)
{
    scene self = {.run = scene_play(run)};
    hf_error err = {0};
    self.clean = clean != NULL ? scene_play(clean) : NULL;
    self.clean2 = clean2 != NULL ? scene_play(clean2) : NULL;
    hf_status status = hf_verdict_judge(self.run, self.clean, self.clean2, NULL, &self.verdict, &err);
    cr_assert(eq(int, status, HF_OK), "%s", err.message);
    check_continuations(&self);
    return self;
}

void scene_clear(scene *self)
{
    hf_verdict_destroy(self->verdict);
    hf_trace_destroy(self->run);
    hf_trace_destroy(self->clean);
    hf_trace_destroy(self->clean2);
}

void scene_print(const scene *self, char *buffer, size_t capacity)
{
    const hf_verdict *verdict = self->verdict;
    hf__builder line = hf__builder_init(buffer, capacity);
    hf__builder_print(&line, "%s", hf_outcome_name(verdict->outcome));
    for (size_t i = 0, row = 0; i < verdict->response_count; i += row) {
        const hf_verdict_response *response = &verdict->responses[i];
        for (row = 1; i + row < verdict->response_count && response[row].response == response->response && response[row].real == response->real;)
            row++;
        hf__builder_print(&line, "%s%s%s", i == 0 ? " " : ",", response->real ? "real:" : "", hf_response_name(response->response));
        if (row > 1)
            hf__builder_print(&line, "*%zu", row);
    }
    for (size_t i = 0; i < verdict->violation_count; i++)
        hf__builder_print(&line, " [%s]", verdict->violations[i].clause);
    if (verdict->leak_count > 0)
        hf__builder_print(&line, " leaks=%zu", verdict->leak_count);
}
