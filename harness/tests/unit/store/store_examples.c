/* SPDX-License-Identifier: MIT
 * Examples for the tests of the results database.
 */
#include "store_examples.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "system_tool.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[] = "/tmp/hostfault-store-XXXXXX";

void store_make_folder(void)
{
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    HF_ASSERT(mkdtemp(folder) != NULL);
}

void store_remove_folder(void)
{
    HF_ASSERT(hf__system_folder_remove(folder, NULL) == HF_OK);
}

const char *store_path(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];
    (void)snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static void must(hf_status status, const hf_error *err)
{
    if (status == HF_OK)
        return;
    fprintf(stderr, "%s: %s\n", hf_status_name(status), err->message);
    abort();
}

hf_store *store_open(const char *path)
{
    hf_error err;
    hf_store *store = NULL;
    must(hf__store_open(path, false, &store, &err), &err);
    return store;
}

int64_t store_sweep(hf_store *store, const char *key, bool fresh)
{
    hf_error err;
    const hf_store_sweep sweep = {.key = key,
                                  .caller = "lua",
                                  .script = "name: sweep\ncaller: lua\n",
                                  .isolation = "fork",
                                  .options = "every call",
                                  .started = "2026-01-31T23:59:59",
                                  .stack_depth = 16};
    int64_t id = 0;
    must(hf__store_begin(store, &sweep, fresh, &id, &err), &err);
    return id;
}

hf_store_site store_site(unsigned number)
{
    static char texts[3][8][64];
    unsigned at = number % 8;
    (void)snprintf(texts[0][at], sizeof texts[0][at], "Malloc.Alloc lua!f%u<lua!main#1", number);
    (void)snprintf(texts[1][at], sizeof texts[1][at], "f%u at lgc.c:%u", number, 100 + number);
    (void)snprintf(texts[2][at], sizeof texts[2][at], "lua!f%u+0x10\nlua!main+0x20\n", number);
    return (hf_store_site){.key = 0xFEDCBA9876543210u + number,
                           .method = "Malloc.Alloc",
                           .fingerprint = texts[0][at],
                           .place = texts[1][at],
                           .stack = texts[2][at],
                           .calls = 10 + number};
}

int64_t store_add_site(hf_store *store, int64_t sweep, unsigned number)
{
    hf_error err;
    int64_t id = 0;
    const hf_store_site site = store_site(number);
    must(hf__store_site(store, sweep, &site, &id, &err), &err);
    return id;
}

hf_store_point store_point(int64_t site, uint64_t ordinal)
{
    return (hf_store_point){.site = site,
                            .thread = "",
                            .ordinal = ordinal,
                            .result = E_OUTOFMEMORY,
                            .variant = "",
                            .earlier = "",
                            .stands = "",
                            .fault = "call: Malloc.Alloc, when: 3, return: E_OUTOFMEMORY",
                            .outcome = HF_OUTCOME_REPORTED,
                            .response = HF_RESPONSE_REPORTED,
                            .reason = "failed cleanly with exit status 1",
                            .calls = 12,
                            .exit_status = 1,
                            .elapsed_us = 1500};
}

void store_add(hf_store *store, int64_t sweep, const hf_store_point *point)
{
    hf_error err;
    must(hf__store_points(store, sweep, point, 1, &err), &err);
}

void store_add_many(hf_store *store, int64_t sweep, unsigned first, unsigned count, unsigned step, unsigned rest)
{
    static const HRESULT results[] = {(HRESULT)0x8007000E, (HRESULT)0x80004005, (HRESULT)0x80131024};
    hf_error err;
    int64_t sites[16];
    for (unsigned i = 0; i < 16; i++)
        sites[i] = store_add_site(store, sweep, i);
    hf_store_point *points = hf__allocate(count, sizeof *points);
    size_t used = 0;
    for (unsigned i = first; i < first + count; i++) {
        if (i % step != rest)
            continue;
        hf_store_point point = store_point(sites[i % 16], 1 + i / 16);
        point.result = results[i % 3];
        point.onwards = i % 2 != 0;
        point.outcome = (hf_outcome)(i % (HF_OUTCOME_COUNT + 1));
        point.response = (hf_response)(i % (HF_RESPONSE_COUNT + 1));
        points[used++] = point;
    }
    must(hf__store_points(store, sweep, points, used, &err), &err);
    hf__free(points);
}

typedef struct dump {
    char *text;
    size_t length, capacity;
} dump;

static void add_line(dump *self, char *line)
{
    size_t length = strlen(line);
    while (self->length + length + 1 > self->capacity) {
        self->capacity = self->capacity != 0 ? self->capacity * 2 : 4096;
        self->text = hf__reallocate(self->text, self->capacity, 1);
    }
    memcpy(self->text + self->length, line, length + 1);
    self->length += length;
    hf__free(line);
}

static bool dump_point(const hf_store_point *point, const hf_store_site *site, void *user)
{
    add_line(user, hf__format("point %s %s %s %016" PRIx64 " %s %" PRIu64 " '%s' %" PRIu64 " %08X %d '%s' '%s' '%s' '%s' %d %d '%s' %" PRIu64
                              " %" PRIu64 " %" PRIu64 " %" PRIu64 " %d %d\n",
                              site->method, site->fingerprint, site->place, site->key, site->stack, site->calls, point->thread, point->ordinal,
                              (unsigned)point->result, point->onwards, point->variant, point->earlier, point->stands, point->fault,
                              (int)point->outcome, (int)point->response, point->reason, point->calls, point->retries, point->leaked_bytes,
                              point->violations, point->exit_status, point->signal));
    return true;
}

static bool dump_finding(const hf_store_finding *finding, void *user)
{
    add_line(user, hf__format("finding %s %u %" PRIu64 " %s %s: %s #%" PRIu64 " %s, %s\n", finding->id, finding->severity, finding->points,
                              finding->site->fingerprint, hf_outcome_name(finding->example->outcome), finding->results, finding->example->ordinal,
                              finding->example->fault, finding->sweep->caller));
    return true;
}

char *store_dump(hf_store *store, int64_t sweep)
{
    hf_error err;
    hf_store_summary summary;
    dump self = {0};
    must(hf__store_each_point(store, sweep, dump_point, &self, &err), &err);
    must(hf__store_each_finding(store, sweep, dump_finding, &self, &err), &err);
    must(hf__store_summarize(store, sweep, &summary, &err), &err);
    add_line(&self, hf__format("sweep %s %s %s %s %s %" PRIu64 " finished=%d sites=%" PRIu64 " points=%" PRIu64 " drifted=%" PRIu64
                               " findings=%" PRIu64 "\n",
                               summary.sweep.key, summary.sweep.caller, summary.sweep.script, summary.sweep.isolation, summary.sweep.options,
                               summary.sweep.stack_depth, summary.finished, summary.sites, summary.points, summary.drifted, summary.findings));
    for (unsigned i = 0; i < HF_OUTCOME_COUNT; i++)
        add_line(&self, hf__format("%s %" PRIu64 "\n", hf_outcome_name((hf_outcome)i), summary.outcomes[i]));
    return self.text;
}
