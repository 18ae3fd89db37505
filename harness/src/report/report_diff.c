/* SPDX-License-Identifier: MIT
 * Compares findings, fingerprint by fingerprint, and prints the differences.
 */
#include "report_command.h"
#include "report_diff.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "report_json.h"

#include <hostfault/version.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* The findings with one fingerprint. */
typedef struct group {
    const hf_report_finding *items;
    size_t count;
} group;

static const hf_report_finding *of_outcome(group in, hf_outcome outcome)
{
    for (size_t i = 0; i < in.count; i++)
        if (in.items[i].outcome == outcome)
            return &in.items[i];
    return NULL;
}

/* The worst finding of `in` that this failure causes, and that it does not cause in `other` with the same outcome. */
static const hf_report_finding *worst_only_in(group in, group other, const char *result)
{
    const hf_report_finding *worst = NULL;
    for (size_t i = 0; i < in.count; i++) {
        const hf_report_finding *one = &in.items[i];
        const hf_report_finding *same = of_outcome(other, one->outcome);
        if (!hf__report_words_has(&one->results, result) || (same != NULL && hf__report_words_has(&same->results, result)))
            continue;
        if (worst == NULL || hf_outcome_compare(one->outcome, worst->outcome) < 0)
            worst = one;
    }
    return worst;
}

static hf_report_change *add_change(hf_report_diff *self, const hf_report_finding *was, const hf_report_finding *is)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].was == was && self->items[i].is == is)
            return &self->items[i];
    hf_report_change_kind kind = was == NULL                                                            ? HF_CHANGE_NEW
                                 : is == NULL                                                           ? HF_CHANGE_FIXED
                                 : hf_outcome_severity(is->outcome) > hf_outcome_severity(was->outcome) ? HF_CHANGE_WORSE
                                                                                                        : HF_CHANGE_OTHER;
    HF_GROW(self->items, self->count, self->capacity);
    hf_report_change *change = &self->items[self->count++];
    *change = (hf_report_change){.kind = kind, .was = was, .is = is};
    self->counts[kind]++;
    return change;
}

static void add_changes(hf_report_diff *self, group was, group is)
{
    for (size_t i = 0; i < is.count; i++) {
        const hf_report_words *results = &is.items[i].results;
        for (size_t word = 0; word < results->count; word++) {
            const hf_report_finding *gained = worst_only_in(is, was, results->items[word]);
            const hf_report_finding *lost = worst_only_in(was, is, results->items[word]);
            if (gained != NULL && lost != NULL)
                hf__report_words_add(&add_change(self, lost, gained)->results, results->items[word]);
        }
    }
}

/* For a finding that only one of two has: if the other did not test it, it is neither new nor fixed. */
static void mark_unswept(hf_report_diff *self, const hf_report_coverage *was, const hf_report_coverage *is)
{
    for (size_t i = 0; i < self->count; i++) {
        hf_report_change *change = &self->items[i];
        bool is_unswept =
            (change->was == NULL && !hf__report_coverage_has(was, change->is)) || (change->is == NULL && !hf__report_coverage_has(is, change->was));
        if (!is_unswept)
            continue;
        self->counts[change->kind]--;
        change->kind = HF_CHANGE_UNSWEPT;
        self->counts[change->kind]++;
    }
}

static bool is_explained(const hf_report_diff *self, const hf_report_finding *one)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->items[i].was == one || self->items[i].is == one)
            return true;
    return false;
}

static void add_one_sided(hf_report_diff *self, group in, group other, bool is_new)
{
    for (size_t i = 0; i < in.count; i++) {
        const hf_report_finding *one = &in.items[i];
        if (of_outcome(other, one->outcome) != NULL) {
            self->same += is_new ? 1 : 0;
            continue;
        }
        if (is_explained(self, one))
            continue;
        hf_report_change *change = is_new ? add_change(self, NULL, one) : add_change(self, one, NULL);
        for (size_t word = 0; word < one->results.count; word++)
            hf__report_words_add(&change->results, one->results.items[word]);
    }
}

static group group_at(const hf_report_findings *in, size_t at, const char *fingerprint)
{
    group one = {in->items + at, 0};
    while (at + one.count < in->count && strcmp(one.items[one.count].fingerprint, fingerprint) == 0)
        one.count++;
    return one;
}

const hf_report_finding *hf__report_change_subject(const hf_report_change *change)
{
    HF_ASSERT(change->is != NULL || change->was != NULL);
    return change->is != NULL ? change->is : change->was;
}

static int compare_changes(const void *a, const void *b)
{
    const hf_report_change *one = a;
    const hf_report_change *other = b;
    if (one->kind != other->kind)
        return one->kind < other->kind ? -1 : 1;
    int by_outcome = hf_outcome_compare(hf__report_change_subject(one)->outcome, hf__report_change_subject(other)->outcome);
    return by_outcome != 0 ? by_outcome : strcmp(hf__report_change_subject(one)->fingerprint, hf__report_change_subject(other)->fingerprint);
}

/* A frame of "Malloc.Alloc lua!f<lua!main#2"; the number at the end belongs to no frame. */
static hf_text next_frame(const char **rest)
{
    hf_text frame = {*rest, strcspn(*rest, "<#~")};
    *rest += frame.size_bytes + ((*rest)[frame.size_bytes] == '<');
    return frame;
}

static bool is_at_end(const char *rest)
{
    return *rest == '\0' || *rest == '#' || *rest == '~';
}

/* The name of one function in both, if the frames are otherwise the same. False: there is none. */
static bool find_renamed(const char *was, const char *is, hf_text *old_name, hf_text *new_name)
{
    *old_name = *new_name = (hf_text){"", 0};
    while (!is_at_end(was) && !is_at_end(is)) {
        hf_text a = next_frame(&was), b = next_frame(&is);
        if (hf__text_equal(a, b))
            continue;
        if (old_name->size_bytes > 0 && !(hf__text_equal(a, *old_name) && hf__text_equal(b, *new_name)))
            return false;
        *old_name = a;
        *new_name = b;
    }
    return is_at_end(was) && is_at_end(is) && old_name->size_bytes > 0;
}

/* "lua!f" or "lua!f, double free" for the function "lua!f". */
static bool is_cause_in(const char *cause, hf_text function)
{
    return hf__text_equal((hf_text){cause, strcspn(cause, ",#")}, function);
}

/* The method before the first frame is part of it. */
static hf_text without_method(hf_text frame)
{
    const char *space = memchr(frame.pointer, ' ', frame.size_bytes);
    return space != NULL ? (hf_text){space + 1, frame.size_bytes - (size_t)(space + 1 - frame.pointer)} : frame;
}

static bool has_moved(const hf_report_finding *was, const hf_report_finding *is)
{
    hf_text old_name, new_name;
    return was->outcome == is->outcome && strcmp(was->caller, is->caller) == 0 && find_renamed(was->frames, is->frames, &old_name, &new_name) &&
           is_cause_in(was->fingerprint, without_method(old_name)) && is_cause_in(is->fingerprint, without_method(new_name));
}

/* A pair becomes one entry; the other entry is removed. */
static void join(hf_report_diff *self, size_t gained, size_t lost)
{
    self->items[gained].kind = HF_CHANGE_MOVED;
    self->items[gained].was = self->items[lost].was;
    self->counts[HF_CHANGE_NEW]--;
    self->counts[HF_CHANGE_FIXED]--;
    self->counts[HF_CHANGE_MOVED]++;
    hf__report_words_clear(&self->items[lost].results);
    self->items[lost] = self->items[--self->count];
}

/* One pair; false: there is none (any more). */
static bool find_pair(hf_report_diff *self)
{
    for (size_t i = 0; i < self->count; i++) {
        for (size_t j = 0; j < self->count && self->items[i].kind == HF_CHANGE_NEW; j++) {
            if (self->items[j].kind != HF_CHANGE_FIXED || !has_moved(self->items[j].was, self->items[i].is))
                continue;
            join(self, i, j);
            return true;
        }
    }
    return false;
}

static void find_moved(hf_report_diff *self)
{
    while (find_pair(self))
        ;
}

void hf__report_diff(const hf_report_findings *was, const hf_report_findings *is, hf_report_diff *out)
{
    *out = (hf_report_diff){0};
    size_t a = 0;
    size_t b = 0;

    while (a < was->count || b < is->count) {
        int order = a >= was->count ? 1 : b >= is->count ? -1 : strcmp(was->items[a].fingerprint, is->items[b].fingerprint);
        const char *fingerprint = order <= 0 ? was->items[a].fingerprint : is->items[b].fingerprint;
        group in_was = group_at(was, a, fingerprint);
        group in_is = group_at(is, b, fingerprint);
        add_changes(out, in_was, in_is);
        add_one_sided(out, in_is, in_was, true);
        add_one_sided(out, in_was, in_is, false);
        a += in_was.count;
        b += in_is.count;
    }

    find_moved(out);
    mark_unswept(out, &was->coverage, &is->coverage);
    if (out->count > 0)
        qsort(out->items, out->count, sizeof *out->items, compare_changes);
}

void hf__report_diff_clear(hf_report_diff *diff)
{
    for (size_t i = 0; i < diff->count; i++)
        hf__report_words_clear(&diff->items[i].results);
    hf__free(diff->items);
    *diff = (hf_report_diff){0};
}

bool hf__report_diff_is_bad(const hf_report_diff *diff)
{
    return diff->counts[HF_CHANGE_NEW] + diff->counts[HF_CHANGE_WORSE] > 0;
}

static const struct {
    const char *name;
    hf_report_tone tone;
} kinds[HF_CHANGE_COUNT] = {
    [HF_CHANGE_NEW] = {"new", HF_TONE_BAD},      [HF_CHANGE_WORSE] = {"worse", HF_TONE_BAD},         [HF_CHANGE_OTHER] = {"changed", HF_TONE_WARNING},
    [HF_CHANGE_FIXED] = {"fixed", HF_TONE_GOOD}, [HF_CHANGE_UNSWEPT] = {"not swept", HF_TONE_FAINT}, [HF_CHANGE_MOVED] = {"moved", HF_TONE_PLAIN},
};

const char *hf__report_change_name(hf_report_change_kind kind)
{
    return kinds[kind].name;
}

static void print_change(const hf_report_sink *sink, const hf_report_change *change, int outcome_width, int place_width)
{
    const hf_report_finding *subject = hf__report_change_subject(change);
    char *outcome = change->was != NULL && change->is != NULL && change->kind != HF_CHANGE_MOVED
                        ? hf__format("%s, was %s", hf_outcome_name(change->is->outcome), hf_outcome_name(change->was->outcome))
                        : hf__copy_string(hf_outcome_name(subject->outcome));
    char *results = hf__report_words_join(&change->results);
    hf__report_tone(sink, kinds[change->kind].tone, "%-9s", kinds[change->kind].name);
    hf__report_print(sink, "  %-*s  %-*s  ", outcome_width, outcome, place_width, subject->ended[0] != '\0' ? subject->ended : subject->place);
    /* A fixed finding cannot be replayed. */
    if (change->is != NULL)
        hf__report_print(sink, "hostfault replay %s%s  %s\n", subject->id, hf__report_command_options(), results);
    else
        hf__report_print(sink, "                 %s  %s\n", subject->id, results);
    hf__free(outcome);
    hf__free(results);
}

static int width_of_outcomes(const hf_report_diff *diff)
{
    return diff->counts[HF_CHANGE_WORSE] + diff->counts[HF_CHANGE_OTHER] > 0 ? 24 : 9;
}

void hf__report_diff_print(const hf_report_sink *sink, const hf_report_diff *diff)
{
    const hf_report_finding **subjects = hf__allocate(diff->count, sizeof *subjects);
    for (size_t i = 0; i < diff->count; i++)
        subjects[i] = hf__report_change_subject(&diff->items[i]);
    int place_width = hf__report_place_width(subjects, diff->count);
    for (size_t i = 0; i < diff->count; i++)
        print_change(sink, &diff->items[i], width_of_outcomes(diff), place_width);
    hf__report_put(sink, diff->count > 0 ? "\n" : "");
    for (hf_report_change_kind kind = 0; kind < HF_CHANGE_COUNT; kind++)
        hf__report_tone(sink, diff->counts[kind] > 0 ? kinds[kind].tone : HF_TONE_PLAIN, "%zu %s, ", diff->counts[kind], kinds[kind].name);
    hf__report_print(sink, "%zu as before\n", diff->same);
    hf__free(subjects);
}

static json_t *json_of(const hf_report_change *change)
{
    const hf_report_finding *subject = hf__report_change_subject(change);
    json_t *results = json_array();
    for (size_t i = 0; i < change->results.count; i++)
        (void)json_array_append_new(results, json_string(change->results.items[i]));
    json_t *object = json_object();
    (void)json_object_set_new(object, "kind", json_string(kinds[change->kind].name));
    (void)json_object_set_new(object, "id", json_string(subject->id));
    (void)json_object_set_new(object, "caller", json_string(subject->caller));
    (void)json_object_set_new(object, "was", change->was != NULL ? json_string(hf_outcome_name(change->was->outcome)) : json_null());
    (void)json_object_set_new(object, "is", change->is != NULL ? json_string(hf_outcome_name(change->is->outcome)) : json_null());
    (void)json_object_set_new(object, "place", json_string(subject->place));
    (void)json_object_set_new(object, "ended", json_string(subject->ended));
    (void)json_object_set_new(object, "fingerprint", json_string(subject->fingerprint));
    (void)json_object_set_new(object, "results", results);
    return object;
}

json_t *hf__report_diff_value(const hf_report_diff *diff)
{
    json_t *counts = json_object();
    for (hf_report_change_kind kind = 0; kind < HF_CHANGE_COUNT; kind++)
        (void)json_object_set_new(counts, kinds[kind].name, json_integer((json_int_t)diff->counts[kind]));
    (void)json_object_set_new(counts, "same", json_integer((json_int_t)diff->same));
    json_t *changes = json_array();
    for (size_t i = 0; i < diff->count; i++)
        (void)json_array_append_new(changes, json_of(&diff->items[i]));
    return json_pack("{s:o, s:o}", "counts", counts, "changes", changes);
}

void hf__report_diff_json(const hf_report_sink *sink, const hf_report_diff *diff, int exit_status)
{
    json_t *document = json_object();
    json_t *value = hf__report_diff_value(diff);
    (void)json_object_set_new(document, "schema", json_string("hostfault-diff/1"));
    (void)json_object_set_new(document, "version", json_string(HF_VERSION));
    (void)json_object_set_new(document, "exit_status", json_integer(exit_status));
    (void)json_object_update(document, value);
    json_decref(value);
    hf__report_put_json(sink, document);
}
