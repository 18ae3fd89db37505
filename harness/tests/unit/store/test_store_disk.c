/* SPDX-License-Identifier: MIT
 * A full disk, and one that is read-only: the store reports it, and the existing data can be read. The disk is a small file system in memory,
 * mounted only for this process. Only root may mount it: other users get exit status 77 and a message.
 *
 * A plain program, because CTest must see that it was skipped.
 */
#include "heap_alloc.h"
#include "system_tool.h"
#include "store_examples.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#define CHECK(condition, ...)                                                                                                                        \
    do {                                                                                                                                             \
        checks++;                                                                                                                                    \
        if (!(condition)) {                                                                                                                          \
            failures++;                                                                                                                              \
            printf("FAILED %s:%d: %s: ", __FILE__, __LINE__, #condition);                                                                            \
            printf(__VA_ARGS__);                                                                                                                     \
            printf("\n");                                                                                                                            \
        }                                                                                                                                            \
    } while (0)

static int checks;
static int failures;

static bool count_point(const hf_store_point *point, const hf_store_site *site, void *user)
{
    (void)point;
    (void)site;
    ++*(uint64_t *)user;
    return true;
}

/* Writes until it is told to stop; the points that were said to be written. */
static uint64_t fill(hf_store *store, int64_t sweep, hf_error *err)
{
    int64_t site = store_add_site(store, sweep, 1);
    for (uint64_t written = 0;; written += 100) {
        hf_store_point points[100];
        for (uint64_t i = 0; i < 100; i++)
            points[i] = store_point(site, 1 + written + i);
        if (hf__store_points(store, sweep, points, 100, err) != HF_OK)
            return written;
    }
}

static void test_full(const char *folder)
{
    CHECK(mount("hostfault-test", folder, "tmpfs", 0, "size=2m") == 0, "%s", strerror(errno));
    hf_store *store = store_open(store_path("hostfault.db"));
    hf_error err = {0};
    uint64_t found = 0;
    uint64_t written = fill(store, store_sweep(store, "k", false), &err);
    CHECK(written > 1000, "%llu", (unsigned long long)written);
    CHECK(err.status == HF_ERROR_SYSTEM && err.os_code == ENOSPC, "%d %d", (int)err.status, (int)err.os_code);
    CHECK(strstr(err.message, "hostfault.db cannot be written: No space left") != NULL, "%s", err.message);
    hf__store_close(store);
    store = NULL;
    CHECK(hf__store_open(store_path("hostfault.db"), true, &store, &err) == HF_OK, "%s", err.message);
    CHECK(hf__store_each_point(store, 1, count_point, &found, &err) == HF_OK, "%s", err.message);
    CHECK(found == written, "%llu of %llu", (unsigned long long)found, (unsigned long long)written);
    hf__store_close(store);
}

/* The same file system, now read-only: what was closed in order can be read, and nothing can be written. */
static void test_read_only(const char *folder)
{
    hf_store *store = NULL;
    hf_error err = {0};
    uint64_t found = 0;
    CHECK(hf__system_folder_remove(store_path("hostfault.db"), NULL) == HF_OK, "remove");
    store = store_open(store_path("hostfault.db"));
    store_add_many(store, store_sweep(store, "k", false), 0, 100, 1, 0);
    hf__store_close(store);
    CHECK(mount(NULL, folder, NULL, MS_REMOUNT | MS_RDONLY, NULL) == 0, "%s", strerror(errno));
    CHECK(hf__store_open(store_path("hostfault.db"), false, &store, &err) == HF_ERROR_SYSTEM, "%d", (int)err.status);
    CHECK(strstr(err.message, "read-only") != NULL, "%s", err.message);
    CHECK(hf__store_open(store_path("new.db"), false, &store, &err) == HF_ERROR_SYSTEM, "%d", (int)err.status);
    CHECK(strstr(err.message, "new.db cannot be") != NULL, "%s", err.message);
    CHECK(hf__store_open(store_path("hostfault.db"), true, &store, &err) == HF_OK, "%s", err.message);
    CHECK(hf__store_each_point(store, 1, count_point, &found, &err) == HF_OK, "%s", err.message);
    CHECK(found == 100, "%llu", (unsigned long long)found);
    hf__store_close(store);
    CHECK(umount2(folder, MNT_DETACH) == 0, "%s", strerror(errno));
}

int main(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        printf("SKIPPED: a file system of our own cannot be mounted (%s): what a full disk does was NOT tested\n", strerror(errno));
        return 77;
    }
    store_make_folder();
    char *folder = hf__copy_string(store_path(""));
    folder[strlen(folder) - 1] = '\0';
    test_full(folder);
    test_read_only(folder);
    hf__free(folder);
    store_remove_folder();
    printf("%d checks, %d failed\n", checks, failures);
    return failures == 0 && checks > 10 ? 0 : 1;
}
