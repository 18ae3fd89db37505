/* SPDX-License-Identifier: MIT
 * The caller "jemalloc": real jemalloc 5.3, arenas of its own whose extents come from VirtualAlloc, several threads.
 *
 * Usage: hf-caller-jemalloc [--scale PERCENT] [--threads N] [--shared] [--decommit]. Each worker has an arena to itself, so that its hosting
 * calls do not depend on how threads take turns; with --shared all use one. Freed extents are kept until the worker trims its arena, by turns with
 * MEM_RESET and by giving them back; with --decommit they go back at once.
 *
 * jemalloc's hooks can only say that they could not (HF_SEES_NULL). The check: every block held what was written to it, a block asked to be zero
 * was zero, and jemalloc gave nothing back that it never had. What it keeps when an arena ends is for the verdict to see, as a leak.
 *
 * This executable's malloc is jemalloc too, in arenas that know nothing of the host. What could make two runs differ is switched off in
 * malloc_conf: decay by the clock, background threads.
 */
#include "caller_jemalloc.h"
#include "caller_options.h"
#include "jemalloc_extents.h"
#include "jemalloc_worker.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include "base_poison.h"

enum { THREADS_MAX = 32, STEPS = 1200 };

/* Read by jemalloc before main. */
extern HF_API const char *malloc_conf;
const char *malloc_conf = "background_thread:false,dirty_decay_ms:-1,muzzy_decay_ms:-1,abort_conf:true,narenas:1";

typedef struct worker_arena {
    jemalloc_extents extents;
    unsigned index; /* jemalloc's */
    bool there;
} worker_arena;

typedef struct session {
    unsigned threads, percent, arenas;
    bool shared, decommit;
    worker_arena *arena;
    jemalloc_worker *workers;
    unsigned damaged; /* blocks */
    size_t foreign_pages;
} session;

/* What is wrong after the last run; NULL: nothing. */
static const char *wrong;

static bool control_arena(unsigned index, const char *what, void *value, size_t size)
{
    char name[64];
    snprintf(name, sizeof name, "arena.%u.%s", index, what);
    return mallctl(name, NULL, NULL, value, size) == 0;
}

/* Growth is limited so that jemalloc asks often and not for ever larger pieces. */
static bool create_arena(const session *self, worker_arena *arena, IHostMemoryManager *manager)
{
    extent_hooks_t *hooks = &arena->extents.hooks;
    size_t size = sizeof arena->index, grow_limit = (size_t)2 << 20;
    ssize_t at_once = 0;
    jemalloc_extents_init(&arena->extents, manager);
    arena->there = mallctl("arenas.create", &arena->index, &size, &hooks, sizeof hooks) == 0;
    if (!arena->there)
        return false;
    (void)control_arena(arena->index, "retain_grow_limit", &grow_limit, sizeof grow_limit);
    return !self->decommit || control_arena(arena->index, "dirty_decay_ms", &at_once, sizeof at_once);
}

static bool create_arenas(session *self, IHostMemoryManager *manager)
{
    hf_phase("startup");
    for (unsigned i = 0; i < self->arenas; i++)
        if (!create_arena(self, &self->arena[i], manager))
            return false;
    return true;
}

static void destroy_arenas(session *self)
{
    for (unsigned i = 0; i < self->arenas && self->arena[i].extents.manager != NULL; i++) {
        if (self->arena[i].there)
            (void)control_arena(self->arena[i].index, "destroy", NULL, 0);
        self->foreign_pages += jemalloc_extents_finish(&self->arena[i].extents);
    }
}

static void prepare_worker(const session *self, unsigned i)
{
    self->workers[i] = (jemalloc_worker){
        .number = i + 1,
        .arena = self->arena[self->shared ? 0 : i].index,
        .steps = 1 + STEPS * self->percent / 100,
        .trims = !self->decommit,
        .generator = UINT64_C(88172645463325252) + i,
    };
}

/* False: a thread could not be started, or a worker was refused. */
static bool work(session *self)
{
    pthread_t ids[THREADS_MAX];
    unsigned started = 0;
    bool well = true;
    hf_phase("running");
    for (unsigned i = 0; i < self->threads; i++)
        prepare_worker(self, i);
    while (started < self->threads && pthread_create(&ids[started], NULL, jemalloc_worker_run, &self->workers[started]) == 0)
        started++;
    for (unsigned i = 0; i < started; i++) {
        pthread_join(ids[i], NULL);
        well = well && !self->workers[i].refused;
        if (self->workers[i].refused)
            fprintf(stderr, "hf-caller-jemalloc: worker-%u was refused memory at step %u\n", i + 1, self->workers[i].done + 1);
    }
    return well && started == self->threads;
}

/* What is left is freed here, by another thread than the one that allocated it. */
static void drain(session *self)
{
    for (unsigned i = 0; i < self->threads; i++) {
        jemalloc_worker_drain(&self->workers[i]);
        self->damaged += self->workers[i].damaged;
    }
}

static void tell_result(const session *self)
{
    char text[THREADS_MAX * 48];
    size_t length = 0;
    for (unsigned i = 0; i < self->threads; i++) {
        const jemalloc_worker *worker = &self->workers[i];
        int printed = snprintf(text + length, sizeof text - length, "worker-%u steps=%u digest=%08x\n", worker->number, worker->done, worker->digest);
        length += printed > 0 ? (size_t)printed : 0;
    }
    hf_result(text, length);
}

static hf_caller_end use_arenas(session *self, IHostMemoryManager *manager)
{
    hf_caller_end end = HF_CALLER_REPORTED;
    if (!create_arenas(self, manager))
        fprintf(stderr, "hf-caller-jemalloc: no memory for an arena\n");
    else if (work(self))
        end = HF_CALLER_OK;
    hf_phase("shutdown");
    drain(self);
    destroy_arenas(self);
    if (end == HF_CALLER_OK)
        tell_result(self);
    return end;
}

static hf_caller_end run(hf_caller_run *run)
{
    session self = {.threads = 4, .percent = 100};
    const caller_option options[] = {{.name = "--scale", .minimum = 1, .maximum = 10000, .number = &self.percent},
                                     {.name = "--threads", .minimum = 1, .maximum = THREADS_MAX, .number = &self.threads},
                                     {.name = "--shared", .given = &self.shared},
                                     {.name = "--decommit", .given = &self.decommit}};
    wrong = NULL;
    if (!caller_options_read("jemalloc", options, 4, run->argc, run->argv, NULL))
        return HF_CALLER_USAGE;

    jemalloc_extents_forget_failure();
    self.arenas = self.shared ? 1 : self.threads;
    self.arena = calloc(self.arenas, sizeof *self.arena);
    self.workers = calloc(self.threads, sizeof *self.workers);
    hf_caller_end end = self.arena == NULL || self.workers == NULL ? HF_CALLER_REPORTED : use_arenas(&self, run->manager);
    free(self.arena);
    free(self.workers);
    if (self.damaged != 0)
        wrong = "a block did not hold what was written to it, or was not zero";
    else if (self.foreign_pages != 0)
        wrong = "jemalloc gave back pages that it never had";
    return end;
}

static int check(hf_caller_run *run, const char **why)
{
    (void)run;
    *why = wrong;
    return wrong == NULL;
}

/* "jemalloc 5.3.0-0-g54ea..." */
static const char *library(void)
{
    static char name[96];
    const char *version = "?";
    size_t size = sizeof version;
    (void)mallctl("version", &version, &size, NULL, 0);
    snprintf(name, sizeof name, "jemalloc %s", version);
    return name;
}

const hf_caller hf_caller_jemalloc = {
    .struct_size = sizeof(hf_caller),
    .sees = HF_SEES_NULL,
    .name = "jemalloc",
    .about = "jemalloc whose arenas take their extents from VirtualAlloc, in four threads",
    .run = run,
    .check = check,
    .library = library,
};
