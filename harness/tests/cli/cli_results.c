/* SPDX-License-Identifier: MIT
 * Makes the databases that the rows of results.cases name: cli-results SET FOLDER. The sets are written by hand, so that they contain every kind of
 * finding and change, and are the same on every machine.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_random.h"
#include "system_file.h"
#include "store.h"

#include <stdio.h>
#include <string.h>

#define BEFORE 1u
#define AFTER 2u
#define ODD 4u  /* shard 1 of 2 of what was before */
#define EVEN 8u /* shard 2 of 2 */
#define HOSTILE 16u

typedef struct row {
    unsigned sets;
    const char *frames, *place;
    uint64_t ordinal;
    uint32_t result;
    hf_outcome outcome;
    hf_response response;
    const char *stands, *reason;
} row;

#define OOM 0x8007000Eu
#define FAIL 0x80004005u
#define TIMEOUT 0x80131024u

static const row rows[] = {
    {BEFORE | AFTER | ODD, "lua!luaH_resize<lua!luaH_set#1", "luaH_resize at ltable.c:512", 3, OOM, HF_OUTCOME_REPORTED, HF_RESPONSE_ROLLED_BACK, "",
     "failed cleanly with exit status 1"},
    {BEFORE | AFTER | EVEN, "lua!luaH_resize<lua!luaH_set#1", "luaH_resize at ltable.c:512", 3, FAIL, HF_OUTCOME_LEAKED, HF_RESPONSE_ABSORBED,
     "HOST_E_TIMEOUT", "64 bytes in 1 block are left"},
    {BEFORE | ODD, "lua!luaS_new<lua!luaX_next#2", "luaS_new at lstring.c:90", 7, OOM, HF_OUTCOME_CRASHED, HF_RESPONSE_DIED, "", "signal 11"},
    {BEFORE | EVEN, "lua!luaG_grow<lua!luaG_run#1", "luaG_grow at lgc.c:212", 9, OOM, HF_OUTCOME_LEAKED, HF_RESPONSE_ABSORBED, "",
     "128 bytes in 2 blocks are left"},
    {AFTER, "lua!luaG_grow<lua!luaG_run#1", "luaG_grow at lgc.c:240", 9, OOM, HF_OUTCOME_CRASHED, HF_RESPONSE_DIED, "", "signal 11"},
    {BEFORE | ODD, "lua!luaL_newstate#1", "luaL_newstate at lauxlib.c:1100", 1, OOM, HF_OUTCOME_HUNG, HF_RESPONSE_RETRIED, "", "did not end in 10 s"},
    {AFTER, "lua!luaL_newstate#1", "luaL_newstate at lauxlib.c:1111", 1, OOM, HF_OUTCOME_ABORTED, HF_RESPONSE_DIED, "", "it called abort"},
    {AFTER, "lua!luaM_new<lua!luaF_new#1", "luaM_new at lmem.c:33", 12, TIMEOUT, HF_OUTCOME_SWALLOWED, HF_RESPONSE_ABSORBED, "",
     "claims success, but stdout differs"},
    {AFTER, "lua!luaM_new<lua!luaF_new#1", "luaM_new at lmem.c:33", 12, OOM, HF_OUTCOME_COUNT, HF_RESPONSE_COUNT, "", "another call"},
    {HOSTILE, "lua!\x1b[31mf\n<lua!main#1", "\x1b]0;title\a at a\nb\xff.c:1", 1, OOM, HF_OUTCOME_CRASHED, HF_RESPONSE_DIED, "",
     "it said \x1b[2J\r\nfixed  and \xc2\x9b"},
};

static const struct {
    const char *name, *key, *started;
    unsigned set;
    uint32_t shard, shards; /* 0: never finished */
} sets[] = {
    {"before", "build-1", "2026-01-01T10:00:00", BEFORE, 1, 1}, {"after", "build-2", "2026-01-02T10:00:00", AFTER, 1, 1},
    {"odd", "build-1", "2026-01-01T10:00:00", ODD, 1, 2},       {"even", "build-1", "2026-01-01T10:00:00", EVEN, 2, 2},
    {"none", "build-3", "2026-01-03T10:00:00", 0, 1, 1},        {"hostile", "build-\x1b", "2026-01-01T10:00:00", HOSTILE, 0, 0},
};

static void must(hf_status status, const hf_error *err)
{
    if (status != HF_OK)
        fprintf(stderr, "%s\n", err->message);
    HF_ASSERT(status == HF_OK);
}

static void add_row(hf_store *store, int64_t sweep, size_t index)
{
    hf_error err;
    const row *one = &rows[index];
    char *fingerprint = hf__format("Malloc.Alloc %s", one->frames);
    hf_store_point point = {.thread = "",
                            .ordinal = one->ordinal,
                            .result = (HRESULT)one->result,
                            .variant = "",
                            .earlier = "",
                            .stands = one->stands,
                            .fault = "call: Malloc.Alloc",
                            .outcome = one->outcome,
                            .response = one->response,
                            .reason = one->reason};
    const hf_store_site site = {.key = hf__hash(HF_HASH_START, one->frames, strlen(one->frames)),
                                .method = "Malloc.Alloc",
                                .fingerprint = fingerprint,
                                .place = one->place,
                                .stack = one->place};
    must(hf__store_site(store, sweep, &site, &point.site, &err), &err);
    must(hf__store_points(store, sweep, &point, 1, &err), &err);
    hf__free(fingerprint);
}

static void make(size_t set, const char *folder)
{
    hf_error err;
    hf_store *store = NULL;
    int64_t sweep = 0;
    char *path = hf__format("%s/" HF_STORE_FILE, folder);
    const hf_store_sweep of = {.key = sets[set].key,
                               .caller = sets[set].set == HOSTILE ? "/home/me/\x1b[31mlua" : "lua",
                               .script = "caller: lua\n",
                               .isolation = "fork",
                               .options = "every call",
                               .started = sets[set].started,
                               .stack_depth = 16};
    must(hf__system_folder_create(folder, &err), &err);
    must(hf__store_open(path, false, &store, &err), &err);
    must(hf__store_begin(store, &of, false, &sweep, &err), &err);
    for (size_t i = 0; i < HF_COUNT_OF(rows); i++)
        if ((rows[i].sets & sets[set].set) != 0)
            add_row(store, sweep, i);
    if (sets[set].shards > 0)
        must(hf__store_finish(store, sweep, sets[set].shard, sets[set].shards, &err), &err);
    hf__store_close(store);
    hf__free(path);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 3 && i < HF_COUNT_OF(sets); i++)
        if (strcmp(sets[i].name, argv[1]) == 0) {
            make(i, argv[2]);
            return 0;
        }
    fprintf(stderr, "usage: cli-results before|after|odd|even|none|hostile FOLDER\n");
    return 2;
}
