/* SPDX-License-Identifier: MIT
 * Makes databases for the page and the other formats: page-sweeps many|crashes|hostile FOLDER. `many` has a hundred thousand points; `crashes` has
 * more findings than code scanning accepts; in `hostile`, every text that a program under test can choose tries to escape from its place.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "system_file.h"
#include "store.h"

#include <stdio.h>
#include <string.h>

#define SITES 12500u
#define FUNCTIONS 700u
#define POINTS_OF_SITE 8u

static const uint32_t failures[] = {0x80004005u, 0x8007000Eu, 0x80131023u, 0x80131024u};

static void must(hf_status status, const hf_error *err)
{
    if (status != HF_OK)
        fprintf(stderr, "%s\n", err->message);
    HF_ASSERT(status == HF_OK);
}

/* One point in 400 is a finding, of every kind. */
static hf_outcome outcome_of(size_t number)
{
    size_t bad = number / 400;
    if (number % 400 == 7)
        return (hf_outcome)(bad % HF_OUTCOME_REPORTED);
    return number % 3 == 0 ? HF_OUTCOME_OK : HF_OUTCOME_REPORTED;
}

static void add_site(hf_store *store, int64_t sweep, size_t number)
{
    hf_error err;
    hf_store_point points[POINTS_OF_SITE];
    size_t function = number % FUNCTIONS;
    char *faults[POINTS_OF_SITE];
    char *place = hf__format("function_%zu at file_%zu.c:%zu", function, function % 90, 10 + number / FUNCTIONS);
    char *fingerprint = hf__format("Malloc.Alloc lib!function_%zu<lib!main#%zu", function, number);
    char *stack = hf__format("lib!function_%zu+0x%zx (/src/file_%zu.c:%zu)\nlib!caller_%zu+0x10 (/src/caller.c:%zu)\nlib!main+0x20 (/src/main.c:9)\n",
                             function, number, function % 90, 10 + number / FUNCTIONS, number % 311, number % 1000);
    const hf_store_site site = {.key = 0x1000 + number,
                                .method = number % 5 == 0 ? "VirtualAlloc" : "Malloc.Alloc",
                                .fingerprint = fingerprint,
                                .place = place,
                                .stack = stack,
                                .calls = 1 + number % 40};
    int64_t id = 0;
    must(hf__store_site(store, sweep, &site, &id, &err), &err);
    for (size_t i = 0; i < POINTS_OF_SITE; i++) {
        faults[i] = hf__format("call: Malloc.Alloc, when: %zu, return: E_FAIL", number + 1);
        points[i] = (hf_store_point){.site = id,
                                     .thread = "",
                                     .ordinal = number + 1,
                                     .result = (HRESULT)failures[i % 4],
                                     .onwards = i >= 4,
                                     .variant = "",
                                     .earlier = "",
                                     .stands = "",
                                     .fault = faults[i],
                                     .outcome = outcome_of(number * POINTS_OF_SITE + i),
                                     .response = (hf_response)(number % HF_RESPONSE_COUNT),
                                     .reason = "failed cleanly with exit status 1 after fault 1",
                                     .calls = number,
                                     .exit_status = 1,
                                     .elapsed_us = 700 + i};
    }
    must(hf__store_points(store, sweep, points, POINTS_OF_SITE, &err), &err);
    for (size_t i = 0; i < POINTS_OF_SITE; i++)
        hf__free(faults[i]);
    hf__free(stack);
    hf__free(fingerprint);
    hf__free(place);
}

static void make_many(hf_store *store, int64_t sweep)
{
    for (size_t i = 0; i < SITES; i++)
        add_site(store, sweep, i);
}

#define CRASHES 26000u

static void add_crash(hf_store *store, int64_t sweep, size_t number)
{
    hf_error err;
    char *place = hf__format("function_%zu at file_%zu.c:%zu", number, number % 90, 10 + number % 1000);
    char *fingerprint = hf__format("Malloc.Alloc lib!function_%zu<lib!main#1", number);
    char *stack = hf__format("lib!function_%zu+0x%zx (/src/file_%zu.c:%zu)\nlib!caller_%zu+0x10 (/src/caller.c:%zu)\nlib!main+0x20 (/src/main.c:9)\n",
                             number, number, number % 90, 10 + number % 1000, number % 311, number % 1000);
    char *fault = hf__format("call: Malloc.Alloc, when: %zu, return: E_FAIL", number + 1);
    const hf_store_site site = {
        .key = 0x1000 + number, .method = "Malloc.Alloc", .fingerprint = fingerprint, .place = place, .stack = stack, .calls = 1};
    hf_store_point point = {.thread = "",
                            .ordinal = number + 1,
                            .result = (HRESULT)failures[0],
                            .variant = "",
                            .earlier = "",
                            .stands = "",
                            .fault = fault,
                            .outcome = HF_OUTCOME_CRASHED,
                            .response = HF_RESPONSE_DIED,
                            .reason = "ended by SIGSEGV after fault 1",
                            .calls = number,
                            .exit_status = -1,
                            .signal = 11,
                            .elapsed_us = 700};
    must(hf__store_site(store, sweep, &site, &point.site, &err), &err);
    must(hf__store_points(store, sweep, &point, 1, &err), &err);
    hf__free(fault);
    hf__free(stack);
    hf__free(fingerprint);
    hf__free(place);
}

#define ATTACK                                                                                                                                       \
    "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=2>\"'><svg onload=window.hacked=3><!-- ]]> ${1} \xe2\x80\xa8 "        \
    "\xe2\x80\xae \xff \x1b[2J"

static void make_hostile(hf_store *store, int64_t sweep)
{
    hf_error err;
    const hf_store_site site = {.key = 1,
                                .method = ATTACK,
                                .fingerprint = "Malloc.Alloc " ATTACK,
                                .place = ATTACK " at " ATTACK ".c:1",
                                .stack = ATTACK "!" ATTACK "+0x1 (" ATTACK ".c:1)\n/etc/passwd!f+0x1 (/etc/passwd:1)\n" ATTACK "\n"};
    hf_store_point point = {.thread = ATTACK,
                            .ordinal = 1,
                            .result = (HRESULT)failures[0],
                            .variant = ATTACK,
                            .earlier = ATTACK,
                            .stands = ATTACK,
                            .fault = ATTACK,
                            .outcome = HF_OUTCOME_CRASHED,
                            .response = HF_RESPONSE_DIED,
                            .reason = ATTACK};
    must(hf__store_site(store, sweep, &site, &point.site, &err), &err);
    must(hf__store_points(store, sweep, &point, 1, &err), &err);
}

int main(int argc, char **argv)
{
    hf_error err;
    hf_store *store = NULL;
    int64_t sweep = 0;
    bool many = argc == 3 && strcmp(argv[1], "many") == 0;
    bool crashes = argc == 3 && strcmp(argv[1], "crashes") == 0;
    if (argc != 3 || (!many && !crashes && strcmp(argv[1], "hostile") != 0)) {
        fprintf(stderr, "usage: page-sweeps many|crashes|hostile FOLDER\n");
        return 2;
    }
    char *path = hf__format("%s/" HF_STORE_FILE, argv[2]);
    bool is_plain = many || crashes;
    const hf_store_sweep of = {.key = argv[1],
                               .caller = is_plain ? "many" : ATTACK,
                               .script = is_plain ? "name: many\ncaller: many\n" : "name: x\ncaller: " ATTACK "\n",
                               .isolation = "fork",
                               .options = is_plain ? "every call" : ATTACK,
                               .started = "2026-01-01T10:00:00",
                               .stack_depth = 16};
    must(hf__system_folder_create(argv[2], &err), &err);
    must(hf__store_open(path, false, &store, &err), &err);
    must(hf__store_begin(store, &of, true, &sweep, &err), &err);
    for (size_t i = 0; crashes && i < CRASHES; i++)
        add_crash(store, sweep, i);
    if (many)
        make_many(store, sweep);
    else if (!crashes)
        make_hostile(store, sweep);
    must(hf__store_finish(store, sweep, 1, 1, &err), &err);
    hf__store_close(store);
    hf__free(path);
    return 0;
}
