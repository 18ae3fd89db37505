/* SPDX-License-Identifier: MIT
 * See the header. Names of run folders sort by time, so the oldest comes first.
 */
#include "run_trim.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "os_file.h"
#include "run_folder.h"
#include "system_machine.h"
#include "system_tool.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* 20260131-235959.123-NAME-1a2b3c */
#define NAME_AT 20u
#define UNIQUE_DIGITS 6u
#define DEPTH_MAX 16u

typedef enum kind { KIND_FOREIGN, KIND_YOUNG, KIND_NEEDED, KIND_FREE } kind;

typedef struct entry {
    char *name, *path;
    uint64_t bytes;
    kind kind;
} entry;

typedef struct trimming {
    const hf__run_trim *options;
    char *runs;
    entry *items;
    size_t count;
} trimming;

static int64_t day_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = y / 400, of_era = y - era * 400;
    int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
}

static int64_t seconds_of(int year, int month, int day, int hour, int minute, int second)
{
    return ((day_of(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}

static int digits(const char *text, size_t count)
{
    int value = 0;
    for (size_t i = 0; i < count; i++)
        value = value * 10 + (text[i] - '0');
    return value;
}

static bool has_stamp(const char *name)
{
    size_t length = strlen(name);
    if (length < NAME_AT + 2 + UNIQUE_DIGITS || name[8] != '-' || name[15] != '.' || name[19] != '-' || name[length - UNIQUE_DIGITS - 1] != '-')
        return false;
    return strspn(name, "0123456789") == 8 && strspn(name + 9, "0123456789") == 6 && strspn(name + 16, "0123456789") == 3 &&
           strspn(name + length - UNIQUE_DIGITS, "0123456789abcdef") == UNIQUE_DIGITS;
}

/* The folder in which a sweep makes its points; the sweep removes it when it ends normally. */
static bool is_scratch_name(const char *name)
{
    static const char scratch[] = "sweep-";
    return strncmp(name + NAME_AT, scratch, sizeof scratch - 1) == 0 && strlen(name) == NAME_AT + sizeof scratch - 1 + UNIQUE_DIGITS;
}

static bool is_young(const char *name, uint32_t young_s)
{
    hf_os_utc now = hf__system_utc_now();
    int64_t begun =
        seconds_of(digits(name, 4), digits(name + 4, 2), digits(name + 6, 2), digits(name + 9, 2), digits(name + 11, 2), digits(name + 13, 2));
    int64_t age = seconds_of(now.year, now.month, now.day, now.hour, now.minute, now.second) - begun;
    return young_s > 0 && age < (int64_t)young_s;
}

/* Everything that a run leaves in its folder. */
static bool is_ours(const hf_folder_entry *one, bool is_scratch)
{
    static const char *const names[] = {HF_RUN_TRACE, HF_RUN_MANIFEST, HF_RUN_VERDICT, HF_RUN_STDIN, HF_RUN_STDOUT, HF_RUN_STDERR,
                                        HF_RUN_WORK,  HF_RUN_CLEAN,    HF_RUN_CLEAN2,  HF_RUN_AGAIN, HF_RUN_GOLDEN, HF_RUN_GOLDEN_EXPECTED};
    for (size_t i = 0; i < HF_COUNT_OF(names); i++)
        if (strcmp(one->name, names[i]) == 0)
            return true;
    if (strncmp(one->name, HF_RUN_TRACE "-", strlen(HF_RUN_TRACE "-")) == 0) /* of a process that was followed */
        return true;
    return is_scratch && one->is_folder; /* for a sweep: one for each of its runs */
}

static bool holds_only_ours(const char *path, bool is_scratch)
{
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    hf_error err;
    if (hf__system_folder_list(path, &entries, &count, &err) != HF_OK)
        return false;
    bool good = true, has_manifest = is_scratch || count == 0;
    for (size_t i = 0; i < count && good; i++) {
        good = is_ours(&entries[i], is_scratch);
        has_manifest = has_manifest || strcmp(entries[i].name, HF_RUN_MANIFEST) == 0;
    }
    hf__system_folder_list_free(entries, count);
    return good && has_manifest;
}

static uint64_t bytes_of(const char *path, unsigned depth)
{
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    uint64_t bytes = 0;
    hf_error err;
    if (depth > DEPTH_MAX || hf__system_folder_list(path, &entries, &count, &err) != HF_OK)
        return 0;
    for (size_t i = 0; i < count; i++) {
        char *inside = hf__run_folder_file(path, entries[i].name);
        bytes += entries[i].is_folder ? bytes_of(inside, depth + 1) : hf__system_file_size(inside);
        hf__free(inside);
    }
    hf__system_folder_list_free(entries, count);
    return bytes;
}

static kind kind_of(const trimming *self, const entry *one)
{
    if (!has_stamp(one->name) || !holds_only_ours(one->path, is_scratch_name(one->name)))
        return KIND_FOREIGN;
    return is_young(one->name, self->options->young_s) ? KIND_YOUNG : KIND_FREE;
}

/* The folder among them that a manifest's path leads into. */
static void keep_target(trimming *self, const char *path)
{
    for (size_t i = 0; path != NULL && i < self->count; i++) {
        size_t length = strlen(self->items[i].path);
        bool leads = strncmp(path, self->items[i].path, length) == 0 && (path[length] == '/' || path[length] == '\0');
        if (leads && self->items[i].kind == KIND_FREE)
            self->items[i].kind = KIND_NEEDED;
    }
}

static void keep(trimming *self, entry *one)
{
    hf__run_manifest *manifest = NULL;
    hf_error err;
    one->kind = KIND_NEEDED;
    if (hf__run_manifest_read(one->path, &manifest, &err) != HF_OK)
        return;
    keep_target(self, manifest->clean);
    keep_target(self, manifest->clean2);
    hf__run_manifest_destroy(manifest);
}

static void keep_needed(trimming *self)
{
    for (const char *const *id = self->options->needed; id != NULL && *id != NULL; id++) {
        char *part = hf__format("*-%s-*", *id);
        size_t i = self->count;
        while (i > 0 && !hf__glob_match(hf__text(part), hf__text(self->items[i - 1].name)))
            i--;
        if (i > 0 && self->items[i - 1].kind == KIND_FREE)
            keep(self, &self->items[i - 1]);
        hf__free(part);
    }
}

static hf_status list(trimming *self, hf_error *err)
{
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    hf_status status = hf__system_folder_list(self->runs, &entries, &count, err);
    self->items = hf__allocate(count + 1, sizeof *self->items);
    for (size_t i = 0; i < count; i++) {
        if (!entries[i].is_folder)
            continue;
        entry *one = &self->items[self->count++];
        *one = (entry){.name = hf__copy_string(entries[i].name), .path = hf__run_folder_file(self->runs, entries[i].name)};
        one->bytes = bytes_of(one->path, 0);
        one->kind = kind_of(self, one);
    }
    hf__system_folder_list_free(entries, count);
    return status;
}

static hf_status keep_or_remove(const trimming *self, const entry *one, hf__run_trim_result *out, hf_error *err)
{
    hf_status status = self->options->only_looks ? HF_OK : hf__system_folder_remove(one->path, err);
    if (status != HF_OK)
        return status;
    out->taken++;
    out->bytes += one->bytes;
    if (self->options->taken != NULL)
        self->options->taken(one->path, one->bytes, self->options->user);
    return HF_OK;
}

static hf_status take_all(const trimming *self, hf__run_trim_result *out, hf_error *err)
{
    uint64_t total = 0;
    hf_status status = HF_OK;
    for (size_t i = 0; i < self->count; i++)
        total += self->items[i].bytes;
    for (size_t i = 0; i < self->count && status == HF_OK; i++) {
        const entry *one = &self->items[i];
        out->foreign += one->kind == KIND_FOREIGN ? 1 : 0;
        out->young += one->kind == KIND_YOUNG ? 1 : 0;
        out->needed += one->kind == KIND_NEEDED ? 1 : 0;
        if (one->kind != KIND_FREE || (self->options->keep_bytes > 0 && total <= self->options->keep_bytes))
            continue;
        total -= one->bytes;
        status = keep_or_remove(self, one, out, err);
    }
    return status;
}

hf_status hf__run_trim_folders(const hf__run_trim *options, hf__run_trim_result *out, hf_error *err)
{
    *out = (hf__run_trim_result){0};
    trimming self = {.options = options};
    char *relative = hf__format("%s/runs", options->results != NULL ? options->results : "results");
    hf_status status = hf__os_is_folder(relative) ? hf__system_absolute(relative, &self.runs, err) : HF_OK;
    if (status == HF_OK && self.runs != NULL)
        status = list(&self, err);
    if (status == HF_OK && self.runs != NULL) {
        keep_needed(&self);
        status = take_all(&self, out, err);
    }

    for (size_t i = 0; i < self.count; i++) {
        hf__free(self.items[i].name);
        hf__free(self.items[i].path);
    }

    hf__free(self.items);
    hf__free(self.runs);
    hf__free(relative);
    return status;
}
