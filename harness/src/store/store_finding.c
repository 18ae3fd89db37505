/* SPDX-License-Identifier: MIT
 * Findings: the points of one fingerprint and one outcome, with a name, the simplest example, and all failures that show it.
 */
#include "heap_alloc.h"
#include "base_error.h"
#include "base_random.h"
#include "base_text.h"
#include "store_db.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* The outcome's word and not its number, which another version may have for something else. */
void hf__store_name(const char *fingerprint, hf_outcome outcome, char out[17])
{
    const char *word = hf_outcome_name(outcome);
    uint64_t hash = hf__hash(HF_HASH_START, fingerprint, strlen(fingerprint) + 1);
    hash = hf__random(hf__hash(hash, word, strlen(word)), 0, 0);
    (void)snprintf(out, 17, "%016" PRIx64, hash);
}

void hf__store_finding_id(const char *fingerprint, hf_outcome outcome, char out[17])
{
    hf__store_name(fingerprint, outcome, out);
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Each name once, in order, ", " between. */
static char *join_names(hf_store_texts *names)
{
    if (names->count > 0)
        qsort(names->items, names->count, sizeof *names->items, compare_names);
    char *joined = hf__copy_string("");
    const char *last = "";
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(last, names->items[i]) == 0)
            continue;
        char *longer = hf__format("%s%s%s", joined, joined[0] != '\0' ? ", " : "", names->items[i]);
        hf__free(joined);
        joined = longer;
        last = names->items[i];
    }
    return joined;
}

/* ", " between. */
static void add_list(hf_store_texts *names, const char *list)
{
    while (*list != '\0') {
        size_t length = strcspn(list, ",");
        char *copy = hf__copy_text(hf__text_trim((hf_text){list, length}));
        (void)hf__store_keep(names, copy);
        hf__free(copy);
        list += length + (list[length] == ',' ? 1 : 0);
    }
}

/* The failures that one point tried: a lie is known by itself, anything else by its HRESULT; then those that the point stands for. */
static void add_names(hf_store_texts *names, HRESULT result, const char *variant, const char *stands)
{
    char name[64];
    hf__store_print_result(name, sizeof name, result);
    (void)hf__store_keep(names, hf__text_starts_with(hf__text(variant), "lie:") ? variant : name);
    add_list(names, stands);
}

char *hf__store_join_names(const char *one, const char *other)
{
    hf_store_texts names = {0};
    add_list(&names, one);
    add_list(&names, other);
    char *joined = join_names(&names);
    hf__store_forget(&names);
    hf__free(names.items);
    return joined;
}

static hf_status load_results(hf_store *store, int64_t sweep, const char *id, const char **out, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status status = hf__store_prepare(store, HF_STORE_FINDING_RESULTS, &statement, err);
    if (status != HF_OK)
        return status;
    (void)sqlite3_bind_int64(statement, 1, sweep);
    hf__store_bind_text(statement, 2, id);
    hf_store_texts names = {0};
    bool row = false;
    while ((status = hf__store_step(store, statement, &row, err)) == HF_OK && row)
        add_names(&names, (HRESULT)sqlite3_column_int64(statement, 0), hf__store_text(statement, 1), hf__store_text(statement, 2));

    char *joined = join_names(&names);
    *out = hf__store_keep(&store->finding_texts, joined);
    hf__free(joined);
    hf__store_forget(&names);
    hf__free(names.items);
    return status;
}

static void keep_texts(hf_store *store)
{
    const char **const texts[] = {&store->site.method,   &store->site.fingerprint, &store->site.place,   &store->site.stack,  &store->point.thread,
                                  &store->point.variant, &store->point.earlier,    &store->point.stands, &store->point.fault, &store->point.reason};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = hf__store_keep(&store->finding_texts, *texts[i]);
}

static hf_status load_example(hf_store *store, int64_t sweep, const char *id, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status status = hf__store_prepare(store, HF_STORE_FINDING_EXAMPLE, &statement, err);
    if (status != HF_OK)
        return status;
    (void)sqlite3_bind_int64(statement, 1, sweep);
    hf__store_bind_text(statement, 2, id);
    bool row = false;
    status = hf__store_step(store, statement, &row, err);
    if (status == HF_OK && !row)
        return HF_FAIL(err, HF_ERROR_NOT_FOUND, "the finding %s is no longer in the database %s", id, store->path);
    if (row) {
        hf__store_read_site(statement, 0, &store->site);
        status = hf__store_read_point(store, statement, HF_STORE_SITE_COLUMN_COUNT, &store->point, err);
        keep_texts(store);
    }

    (void)sqlite3_reset(statement);
    return status;
}

/* It is printed as part of commands to copy. */
static bool is_id(const char *id)
{
    return strlen(id) == 16 && strspn(id, "0123456789abcdef") == 16;
}

/* "Malloc.Alloc lua!f<lua!main#2": what is known without a run that proved it, "lua!f" and 2. */
static void cause_of_fingerprint(hf_store *store, const char *fingerprint)
{
    const char *space = strchr(fingerprint, ' ');
    const char *frames = space != NULL ? space + 1 : fingerprint;
    const char *number = frames + strlen(frames);
    while (number > frames && number[-1] != '#' && number[-1] != '~')
        number--;
    char *text = hf__copy_text((hf_text){frames, strcspn(frames, "<#~")});
    uint64_t spot = 0;
    (void)hf__parse_u64(hf__text(number), &spot);
    store->cause = (hf_store_cause){hf__store_keep(&store->finding_texts, text), spot, "", "", ""};
    hf__free(text);
}

static hf_status load_cause(hf_store *store, int64_t sweep, const char *id, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    cause_of_fingerprint(store, store->site.fingerprint);
    if (store->version == 1) /* read only: there is no table of causes */
        return HF_OK;
    hf_status status = hf__store_prepare(store, HF_STORE_CAUSE, &statement, err);
    if (status != HF_OK)
        return status;
    (void)sqlite3_bind_int64(statement, 1, sweep);
    hf__store_bind_text(statement, 2, id);
    status = hf__store_step(store, statement, &row, err);

    if (row)
        store->cause = (hf_store_cause){hf__store_keep(&store->finding_texts, hf__store_text(statement, 0)), hf__store_u64_of(statement, 1),
                                        hf__store_keep(&store->finding_texts, hf__store_text(statement, 2)),
                                        hf__store_keep(&store->finding_texts, hf__store_text(statement, 3)),
                                        hf__store_keep(&store->finding_texts, hf__store_text(statement, 4))};
    (void)sqlite3_reset(statement);
    return status;
}

/* A finding with all that it points at; the store's sweep is loaded already. */
hf_status hf__store_load_finding(hf_store *store, int64_t sweep, const char *id, uint64_t points, hf_store_finding *out, hf_error *err)
{
    if (!is_id(id))
        return HF_FAIL(err, HF_ERROR_FORMAT, "the database %s does not have hostfault's format: a finding's ID is not 16 hexadecimal digits",
                       store->path);
    *out = (hf_store_finding){.site = &store->site, .example = &store->point, .sweep_id = sweep, .sweep = &store->sweep, .points = points};
    (void)snprintf(out->id, sizeof out->id, "%s", id);
    hf__store_forget(&store->finding_texts);
    hf_status status = load_example(store, sweep, out->id, err);
    out->severity = status == HF_OK ? hf_outcome_severity(store->point.outcome) : 0;
    if (status == HF_OK)
        status = load_cause(store, sweep, out->id, err);
    out->cause = store->cause;
    return status == HF_OK ? load_results(store, sweep, out->id, &out->results, err) : status;
}

hf_status hf__store_each_finding(hf_store *store, int64_t sweep, hf__store_visit_finding *visit, void *user, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    hf_status status = hf__store_load_sweep(store, sweep, &store->sweep, err);
    if (status == HF_OK)
        status = hf__store_prepare(store, HF_STORE_FINDINGS, &statement, err);
    if (status != HF_OK)
        return status;
    (void)sqlite3_bind_int64(statement, 1, sweep);
    bool more = true;
    while (more) {
        hf_store_finding finding;
        status = hf__store_step(store, statement, &more, err);
        if (!more)
            break;
        uint64_t ways = hf__store_u64_of(statement, 2);
        status = hf__store_load_finding(store, sweep, hf__store_text(statement, 0), hf__store_u64_of(statement, 1), &finding, err);
        finding.ways = ways;
        more = status == HF_OK && visit(&finding, user);
    }

    (void)sqlite3_reset(statement);
    return status;
}

/* The newest sweep with such a finding, 0 for none. */
static hf_status find_sweep(hf_store *store, const char *prefix, int64_t *sweep, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    hf_status status = hf__store_prepare(store, HF_STORE_FINDING_NEWEST, &statement, err);
    if (status != HF_OK)
        return status;
    hf__store_bind_text(statement, 1, prefix);
    status = hf__store_step(store, statement, &row, err);
    *sweep = row ? sqlite3_column_int64(statement, 0) : 0;
    (void)sqlite3_reset(statement);
    return status;
}

/* The one finding of the sweep that begins so. */
static hf_status find_one(hf_store *store, int64_t sweep, const char *prefix, char id[17], uint64_t *points, hf_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool row = false;
    hf_status status = hf__store_prepare(store, HF_STORE_FINDING_IDS, &statement, err);
    if (status != HF_OK)
        return status;
    (void)sqlite3_bind_int64(statement, 1, sweep);
    hf__store_bind_text(statement, 2, prefix);
    status = hf__store_step(store, statement, &row, err);

    if (status == HF_OK && row) {
        (void)snprintf(id, 17, "%s", hf__store_text(statement, 0));
        *points = hf__store_u64_of(statement, 1);
        status = hf__store_step(store, statement, &row, err);
    }

    if (status == HF_OK && row)
        status = HF_FAIL(err, HF_ERROR_INPUT, "several findings begin with '%s', such as %s and %s", prefix, id, hf__store_text(statement, 0));
    (void)sqlite3_reset(statement);
    return status;
}

hf_status hf__store_finding(hf_store *store, const char *prefix, hf_store_finding *out, hf_error *err)
{
    *out = (hf_store_finding){.sweep_id = 0};
    size_t length = strlen(prefix);
    if (length == 0 || length > 16 || strspn(prefix, "0123456789abcdef") != length)
        return HF_FAIL(err, HF_ERROR_INPUT, "'%.40s' is not a finding's ID, which is up to 16 digits, 0-9 and a-f", prefix);
    int64_t sweep = 0;
    hf_status status = find_sweep(store, prefix, &sweep, err);
    if (status == HF_OK && sweep == 0)
        return hf__store_find_group(store, prefix, out, err);
    char id[17] = "";
    uint64_t points = 0;
    if (status == HF_OK)
        status = hf__store_load_sweep(store, sweep, &store->sweep, err);
    if (status == HF_OK)
        status = find_one(store, sweep, prefix, id, &points, err);
    return status == HF_OK ? hf__store_load_finding(store, sweep, id, points, out, err) : status;
}
