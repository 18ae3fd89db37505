/* SPDX-License-Identifier: MIT
 * Run folders: created exclusively, with names that sort by time. Nothing is ever removed here.
 */
#include "run_folder.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_random.h"
#include "base_text.h"
#include "os_atomic.h"
#include "os_file.h"
#include "system_file.h"
#include "system_machine.h"
#include "system_tool.h"
#include "os_thread.h"

#include <string.h>

#include "base_poison.h"

#define HF_FOLDER_TRIES 1000u
#define HF_FOLDER_NAME_MAX 60u
#define HF_SCRATCH_NAME_BYTES 20u /* a number, or "steady-clean-pinned" */

static uint32_t stopping;

void hf_run_stop(void)
{
    hf__os_store_u32(&stopping, 1);
}

int hf__run_stopping(void)
{
    return hf__os_load_u32(&stopping) != 0;
}

char *hf__run_folder_file(const char *folder, const char *name)
{
    return hf__format("%s/%s", folder, name);
}

static bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
}

/* A scenario's name as part of a file name. */
static void plain_name(char *buffer, size_t capacity, const char *name)
{
    size_t length = hf__text_copy(buffer, capacity, hf__text(name));
    for (size_t i = 0; i < length; i++) {
        if (!is_plain(buffer[i]))
            buffer[i] = '-';
    }
}

static char *next_name(const char *runs, const char *scenario_name)
{
    static uint32_t turn;
    hf_os_utc now = hf__system_utc_now();
    char name[HF_FOLDER_NAME_MAX + 1];
    plain_name(name, sizeof name, scenario_name);
    uint64_t facts[] = {(uint64_t)hf__os_process_id(), hf__os_add_u32_atomic(&turn, 1), (uint64_t)now.millisecond};
    uint64_t unique = hf__hash(HF_HASH_START, facts, sizeof facts) & 0xFFFFFFu;
    return hf__format("%s/%04d%02d%02d-%02d%02d%02d.%03d-%s-%06llx", runs, now.year, now.month, now.day, now.hour, now.minute, now.second,
                      now.millisecond, name, (unsigned long long)unique);
}

const char *hf__run_folder_shown(const char *folder)
{
    char *here = NULL;
    hf_error err;
    const char *shown = folder;
    if (hf__system_absolute(".", &here, &err) == HF_OK) {
        size_t length = strlen(here);
        bool below = strncmp(folder, here, length) == 0 && folder[length] == '/';
        shown = below ? folder + length + 1 : folder;
    }
    hf__free(here);
    return shown;
}

static hf_status make_runs(const char *results, char **out, hf_error *err)
{
    char *runs = hf__format("%s/runs", results != NULL ? results : "results");
    hf_status status = hf__os_is_folder(runs) ? HF_OK : hf__system_folder_create(runs, err);
    if (status == HF_OK)
        status = hf__system_absolute(runs, out, err);
    hf__free(runs);
    return status;
}

static hf_status make_new(const char *runs, const char *scenario_name, char **out, hf_error *err)
{
    hf_error why = {0};
    for (unsigned i = 0; i < HF_FOLDER_TRIES; i++) {
        char *path = next_name(runs, scenario_name);
        if (hf__system_folder_create_new(path, &why) == HF_OK) {
            *out = path;
            return HF_OK;
        }
        hf__free(path);
        if (!hf__system_is_exists(&why))
            break;
    }
    if (err != NULL)
        *err = why;
    return why.status;
}

hf_status hf__run_folder_create(const char *results, const char *scenario_name, char **out, hf_error *err)
{
    *out = NULL;
    char *runs = NULL;
    hf_status status = make_runs(results, &runs, err);
    if (status == HF_OK)
        status = make_new(runs, scenario_name, out, err);
    hf__free(runs);
    return status;
}

/* A folder whose creator has died. A folder that is just being created may be taken too: its creator notices that and makes another. */
static void remove_if_left(const char *runs, const char *name)
{
    char *folder = hf__format("%s/%s", runs, name);
    char *owner = hf__run_folder_file(folder, HF_RUN_OWNER);
    intptr_t held = hf__os_file_exists(owner) ? hf__system_file_hold(owner, false) : -1;
    hf_error ignored;
    hf_status status = held != -1 ? hf__system_folder_remove(folder, &ignored) : HF_OK;
    hf__system_file_let_go(held);
    hf__free(owner);
    hf__free(folder);
    (void)status; /* files that cannot be removed stay until the next try */
}

static void remove_left(const char *results, const char *name)
{
    char *runs = hf__format("%s/runs", results != NULL ? results : "results");
    char *part = hf__format("*-%s-*", name);
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    hf_error ignored;
    if (hf__system_folder_list(runs, &entries, &count, &ignored) != HF_OK)
        count = 0;
    for (size_t i = 0; i < count; i++) {
        if (entries[i].is_folder && hf__glob_match(hf__text(part), hf__text(entries[i].name)))
            remove_if_left(runs, entries[i].name);
    }
    hf__system_folder_list_free(entries, count);
    hf__free(part);
    hf__free(runs);
}

static void let_go(void *scratch)
{
    hf__system_file_let_go(((const hf__run_scratch *)scratch)->held);
}

hf_status hf__run_scratch_create(const char *results, const char *name, hf__run_scratch *out, hf_error *err)
{
    *out = (hf__run_scratch){.folder = NULL, .held = -1};
    remove_left(results, name);
    for (unsigned i = 0; i < HF_FOLDER_TRIES; i++) {
        hf_status status = hf__run_folder_create(results, name, &out->folder, err);
        if (status != HF_OK)
            return status;
        char *owner = hf__run_folder_file(out->folder, HF_RUN_OWNER);
        out->held = hf__system_file_hold(owner, true);
        hf__free(owner);
        if (out->held != -1)
            hf__heap_guard(&out->guard, let_go, out);
        if (out->held != -1 || hf__os_is_folder(out->folder)) /* not every file system can lock files */
            return HF_OK;
        hf__free(out->folder);
        out->folder = NULL;
    }

    return HF_FAIL(err, HF_ERROR_SYSTEM, "no run folder could be created under %s/runs", results != NULL ? results : "results");
}

char *hf__run_scratch_file(const char *scratch, const char *name)
{
    char filled[HF_SCRATCH_NAME_BYTES + 1];
    size_t length = hf__text_copy(filled, sizeof filled, hf__text(name));
    memset(filled + length, '-', HF_SCRATCH_NAME_BYTES - length);
    filled[HF_SCRATCH_NAME_BYTES] = '\0';
    return hf__format("%s/%s", scratch, filled);
}

hf_status hf__run_scratch_remove(hf__run_scratch *scratch, hf_error *err)
{
    /* Close it first: Windows cannot remove an open file. A process that takes the folder for a dead one's meanwhile only helps. */
    hf__heap_drop_guard(&scratch->guard);
    hf__system_file_let_go(scratch->held);
    hf_status status = scratch->folder != NULL ? hf__system_folder_remove(scratch->folder, err) : HF_OK;
    hf__free(scratch->folder);
    *scratch = (hf__run_scratch){.folder = NULL, .held = -1};
    return status;
}
