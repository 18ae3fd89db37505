/* SPDX-License-Identifier: MIT
 * Findings from a database; lists of words; ordering and combining.
 */
#include "report_findings.h"
#include "heap_alloc.h"
#include "base_text.h"
#include "report_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define PAST_MAX 30u

/* Safe to print, in one line. */
static char *clean_line(const char *text)
{
    char *clean = hf__report_clean(hf__text(text));
    for (char *c = clean; *c != '\0'; c++)
        *c = *c == '\n' || *c == '\t' ? ' ' : *c;
    return clean;
}

void hf__report_words_add(hf_report_words *words, const char *word)
{
    size_t at = 0;
    while (at < words->count && strcmp(words->items[at], word) < 0)
        at++;
    if (at < words->count && strcmp(words->items[at], word) == 0)
        return;
    HF_GROW(words->items, words->count, words->capacity);
    memmove(words->items + at + 1, words->items + at, (words->count - at) * sizeof *words->items);
    words->items[at] = clean_line(word);
    words->count++;
}

bool hf__report_words_has(const hf_report_words *words, const char *word)
{
    for (size_t i = 0; i < words->count; i++)
        if (strcmp(words->items[i], word) == 0)
            return true;
    return false;
}

char *hf__report_words_join(const hf_report_words *words)
{
    hf__heap_buffer buffer = {0};
    for (size_t i = 0; i < words->count; i++) {
        if (i > 0)
            hf__heap_buffer_write(", ", 2, &buffer);
        hf__heap_buffer_write(words->items[i], strlen(words->items[i]), &buffer);
    }
    return buffer.text != NULL ? buffer.text : hf__copy_string("");
}

void hf__report_words_clear(hf_report_words *words)
{
    for (size_t i = 0; i < words->count; i++)
        hf__free(words->items[i]);
    hf__free(words->items);
    *words = (hf_report_words){0};
}

void hf__report_words_split(hf_report_words *words, const char *joined)
{
    while (*joined != '\0') {
        size_t length = strcspn(joined, ",");
        char *word = hf__copy_text(hf__text_trim((hf_text){joined, length}));
        hf__report_words_add(words, word);
        hf__free(word);
        joined += length + (joined[length] == ',' ? 1 : 0);
    }
}

/* A command's folder differs from machine to machine. */
char *hf__report_clean_caller(const char *caller)
{
    const char *slash = strrchr(caller, '/');
    return clean_line(slash != NULL && slash[1] != '\0' ? slash + 1 : caller);
}

static void take_ways(hf_report_finding *to, const hf_store_group *from)
{
    to->ways = hf__allocate(from->way_count, sizeof *to->ways);
    to->way_count = from->way_count;
    for (size_t i = 0; i < from->way_count; i++) {
        const hf_store_way *way = &from->ways[i];
        to->ways[i] = (hf_report_way){
            .method = clean_line(way->method), .place = clean_line(way->place), .fault = clean_line(way->fault), .points = way->points};
        memcpy(to->ways[i].id, way->id, sizeof to->ways[i].id);
    }
}

static bool take_group(const hf_store_group *from, void *user)
{
    hf_report_findings *self = user;
    const hf_store_finding *shown = from->shown;
    HF_GROW(self->items, self->count, self->capacity);
    hf_report_finding *to = &self->items[self->count++];
    *to = (hf_report_finding){.outcome = shown->example->outcome,
                              .caller = hf__report_clean_caller(shown->sweep->caller),
                              .fingerprint = clean_line(from->cause),
                              .place = clean_line(shown->site->place),
                              .method = clean_line(shown->site->method),
                              .reason = clean_line(shown->example->reason),
                              .earlier = clean_line(shown->example->earlier),
                              .fault = clean_line(shown->example->fault),
                              .stack = hf__report_clean(hf__text(shown->site->stack)),
                              .ended = clean_line(shown->cause.place),
                              .detail = clean_line(shown->cause.detail),
                              .end_stack = hf__report_clean(hf__text(shown->cause.stack)),
                              .frames = clean_line(shown->site->fingerprint),
                              .response = shown->example->response,
                              .points = from->points,
                              .entries = from->entries,
                              .sweep = self->sweep_count - 1};
    memcpy(to->id, from->id, sizeof to->id);
    memcpy(to->example, shown->id, sizeof to->example);
    hf__report_words_split(&to->results, from->results);
    take_ways(to, from);
    self->sweeps[to->sweep].findings++;

    return true;
}

static bool take_past(const hf_store_group *from, void *user)
{
    hf__report_words_add(user, from->id);
    return true;
}

/* Earlier sweeps of the same script. */
static hf_status load_past(hf_store *store, int64_t id, hf_report_sweep *to, hf_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    hf_status status = hf__store_history(store, id, &ids, &count, err);
    to->past = hf__allocate(PAST_MAX, sizeof *to->past);

    for (size_t i = 0; i < count && status == HF_OK && to->past_count < PAST_MAX; i++) {
        hf_store_summary from;
        if (ids[i] == id)
            continue;
        hf_report_past *past = &to->past[to->past_count++];
        status = hf__store_summarize(store, ids[i], &from, err);
        past->started = clean_line(status == HF_OK ? from.sweep.started : "");
        if (status == HF_OK)
            status = hf__store_each_group(store, ids[i], take_past, &past->findings, err);
    }

    hf__free(ids);
    return status;
}

static hf_status load_sweep(hf_store *store, int64_t id, hf_report_findings *out, hf_error *err)
{
    hf_store_summary from;
    hf_status status = hf__store_summarize(store, id, &from, err);
    if (status != HF_OK)
        return status;

    hf_report_sweep *to = &out->sweeps[out->sweep_count++];
    *to = (hf_report_sweep){.caller = clean_line(from.sweep.caller),
                            .isolation = clean_line(from.sweep.isolation),
                            .options = clean_line(from.sweep.options),
                            .started = clean_line(from.sweep.started),
                            .shard = from.shard > 0 ? hf__format("%u-of-%u", from.shard, from.shards) : hf__copy_string(""),
                            .finished = from.finished,
                            .sites = from.sites,
                            .points = from.points,
                            .drifted = from.drifted};
    memcpy(to->outcomes, from.outcomes, sizeof to->outcomes);
    status = hf__store_each_group(store, id, take_group, out, err);
    return status == HF_OK ? load_past(store, id, to, err) : status;
}

hf_status hf__report_findings_load(hf_store *store, hf_report_findings *out, hf_error *err)
{
    int64_t *ids = NULL;
    size_t count = 0;
    *out = (hf_report_findings){0};
    hf_status status = hf__store_current(store, &ids, &count, err);
    out->sweeps = hf__allocate(count, sizeof *out->sweeps);
    for (size_t i = 0; i < count && status == HF_OK; i++)
        status = load_sweep(store, ids[i], out, err);
    for (size_t i = 0; i < count && status == HF_OK; i++)
        status = hf__report_coverage_add(store, ids[i], &out->coverage, err);
    hf__report_coverage_close(&out->coverage);
    hf__free(ids);
    if (status != HF_OK)
        hf__report_findings_clear(out);
    return status;
}

static int compare_findings(const void *a, const void *b)
{
    const hf_report_finding *one = a;
    const hf_report_finding *other = b;
    int by_fingerprint = strcmp(one->fingerprint, other->fingerprint);
    if (by_fingerprint != 0)
        return by_fingerprint;
    int by_outcome = strcmp(hf_outcome_name(one->outcome), hf_outcome_name(other->outcome));
    return by_outcome != 0 ? by_outcome : strcmp(one->caller, other->caller);
}

void hf__report_findings_order(hf_report_findings *findings)
{
    hf_report_finding *ordered = hf__allocate(findings->count, sizeof *ordered);
    size_t to = 0;
    for (size_t first = 0; first < findings->count;) {
        size_t end = first;
        while (end < findings->count && findings->items[end].sweep == findings->items[first].sweep)
            end++;
        for (unsigned allowed = 0; allowed < 2; allowed++)
            for (size_t i = first; i < end; i++)
                if ((findings->items[i].allowed != NULL) == (allowed == 1))
                    ordered[to++] = findings->items[i];
        first = end;
    }
    if (to > 0)
        memcpy(findings->items, ordered, to * sizeof *ordered);
    hf__free(ordered);
}

static void clear_finding(hf_report_finding *one)
{
    char *const texts[] = {one->caller, one->fingerprint, one->place,  one->method,    one->reason, one->earlier, one->fault,
                           one->stack,  one->ended,       one->detail, one->end_stack, one->frames, one->allowed};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hf__free(texts[i]);
    for (size_t i = 0; i < one->way_count; i++) {
        hf__free(one->ways[i].method);
        hf__free(one->ways[i].place);
        hf__free(one->ways[i].fault);
    }
    hf__free(one->ways);
    hf__report_words_clear(&one->results);
}

void hf__report_findings_combine(hf_report_findings *findings)
{
    if (findings->count == 0)
        return;
    qsort(findings->items, findings->count, sizeof *findings->items, compare_findings);
    size_t kept = 0;
    for (size_t i = 1; i < findings->count; i++) {
        hf_report_finding *last = &findings->items[kept];
        hf_report_finding *one = &findings->items[i];
        if (strcmp(last->fingerprint, one->fingerprint) != 0 || last->outcome != one->outcome) {
            findings->items[++kept] = *one;
            continue;
        }
        for (size_t word = 0; word < one->results.count; word++)
            hf__report_words_add(&last->results, one->results.items[word]);
        last->points += one->points;
        clear_finding(one);
    }

    findings->count = kept + 1;
}

void hf__report_findings_clear(hf_report_findings *findings)
{
    for (size_t i = 0; i < findings->count; i++)
        clear_finding(&findings->items[i]);
    for (size_t i = 0; i < findings->sweep_count; i++) {
        hf_report_sweep *sweep = &findings->sweeps[i];
        char *const texts[] = {sweep->caller, sweep->isolation, sweep->options, sweep->started, sweep->shard};
        for (size_t text = 0; text < sizeof texts / sizeof texts[0]; text++)
            hf__free(texts[text]);
        for (size_t past = 0; past < sweep->past_count; past++) {
            hf__free(sweep->past[past].started);
            hf__report_words_clear(&sweep->past[past].findings);
        }
        hf__free(sweep->past);
    }

    hf__free(findings->items);
    hf__free(findings->sweeps);
    hf__report_coverage_clear(&findings->coverage);
    *findings = (hf_report_findings){0};
}
