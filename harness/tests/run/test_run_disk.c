/* SPDX-License-Identifier: MIT
 * A full disk, and one that is read-only: a run reports it, and the part recorded before can be read. The disk is a small file system in memory,
 * mounted only for this process. Only root may mount it: other users get exit status 77 and a message.
 *
 * A plain program, because CTest must see that it was skipped.
 */
#include "base_check.h"
#include "run_whole.h"

#include <hostfault/sweep.h>

#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

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
static char folder[] = "/tmp/hostfault-disk-XXXXXX";

static int mount_disk(const char *size, unsigned long flags)
{
    return mount("hostfault-test", folder, "tmpfs", flags, size);
}

/* No room for the session at all. */
static void test_no_room_to_begin(void)
{
    CHECK(mount_disk("size=256k", 0) == 0, "%s", strerror(errno));
    whole got = run_whole(folder, "work", "");
    CHECK(got.status == HF_ERROR_SYSTEM, "%d %s", (int)got.status, got.err.message);
    CHECK(got.err.os_code == ENOSPC, "%d", (int)got.err.os_code);
    CHECK(strstr(got.err.message, "No space left") != NULL, "%s", got.err.message);
    end_whole(&got);
    CHECK(umount2(folder, MNT_DETACH) == 0, "%s", strerror(errno));
}

/* The trace of the run that did not fit, its clean run's if that was it. */
static hf_trace *open_trace(hf_error *err)
{
    char *run = only_run(folder);
    char *path = hf__format("%s/" HF_RUN_CLEAN "/" HF_RUN_TRACE, run != NULL ? run : folder);
    hf_trace *trace = NULL;
    if (hf_trace_open(path, &trace, err) != HF_OK)
        trace = NULL;
    hf__free(path);
    hf__free(run);
    return trace;
}

/* Full in the middle of a run: the program is ended, not left waiting, and the trace reads to where it was full. */
static void test_full_while_running(void)
{
    CHECK(mount_disk("size=3m", 0) == 0, "%s", strerror(errno));
    whole got = run_whole(folder, "many", "timeout: 30s");
    CHECK(got.status == HF_ERROR_SYSTEM, "%d %s", (int)got.status, got.err.message);
    CHECK(got.err.os_code == ENOSPC, "%d", (int)got.err.os_code);
    CHECK(strstr(got.err.message, "No space left") != NULL, "%s", got.err.message);
    hf_error err = {0};
    hf_trace *trace = open_trace(&err);
    CHECK(trace != NULL, "%s", err.message);
    CHECK(trace != NULL && call_count(trace) > 10000, "%zu", trace != NULL ? call_count(trace) : 0);
    CHECK(trace != NULL && hf_trace_verify(trace, &err) == HF_OK, "%s", err.message);
    hf_trace_destroy(trace);
    end_whole(&got);
    CHECK(umount2(folder, MNT_DETACH) == 0, "%s", strerror(errno));
}

/* Full at each point of a sweep, by what the caller leaves: that is a point's outcome, and the next one has room again. */
static void test_filled_by_points(void)
{
    static hf_errors errors;
    hf_scenario_file *file = NULL;
    hf_sweep_summary got;
    hf_error err = {.message = ""};
    CHECK(mount_disk("size=24m", 0) == 0, "%s", strerror(errno));
    CHECK(hf_scenario_parse("test.yaml", hf__text("name: swept\ncommand: [" HF_SWEEP_MISBEHAVES ", fills-disk]\n"), &file, &errors) == HF_OK, "%s",
          errors.items[0].message);
    for (int isolation = HF_ISOLATION_FORK; isolation <= HF_ISOLATION_RERUN; isolation++) {
        hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
        options.results = folder;
        options.failures = "E_OUTOFMEMORY";
        options.isolation = (uint8_t)isolation;
        options.jobs = 1;
        hf_status status = hf_sweep_run(hf_scenario_at(file, 0), &options, NULL, &got, &err);
        CHECK(status == HF_OK, "%d %s", isolation, err.message);
        CHECK(got.done == 6 && got.outcomes[HF_OUTCOME_REPORTED] == 6, "%d: %d reported", isolation, (int)got.outcomes[HF_OUTCOME_REPORTED]);
    }
    hf_scenario_destroy(file);
    CHECK(umount2(folder, MNT_DETACH) == 0, "%s", strerror(errno));
}

/* Fills the disk when findings are run once more, but for so many bytes. */
typedef struct filler {
    size_t leave;
    bool is_done;
} filler;

static void fill_when_proving(const hf_sweep_progress *progress, void *user)
{
    static char block[4096];
    filler *self = user;
    struct statvfs disk;
    if (self->is_done || progress->doing == NULL || strstr(progress->doing, "once more") == NULL || statvfs(folder, &disk) != 0)
        return;
    self->is_done = true;
    char *path = hf__format("%s/filler", folder);
    FILE *file = fopen(path, "wb");
    for (uint64_t room = (uint64_t)disk.f_bavail * disk.f_bsize; file != NULL && room > self->leave; room -= sizeof block)
        (void)fwrite(block, 1, sizeof block, file);
    if (file != NULL)
        (void)fclose(file);
    hf__free(path);
}

/* Full while findings are proved: said as the disk's, and no finding is called one that does not show again. */
static void test_full_while_proving(void)
{
    static const size_t leaves[] = {0, 8192, 65536, 262144, 524288, 1048576, 1310720, 2097152};
    static hf_errors errors;
    hf_scenario_file *file = NULL;
    size_t refused = 0;
    CHECK(hf_scenario_parse("test.yaml", hf__text("name: swept\ncommand: [" HF_CRASHES "]\n"), &file, &errors) == HF_OK, "%s",
          errors.items[0].message);
    for (size_t i = 0; i < HF_COUNT_OF(leaves); i++) {
        CHECK(mount_disk("size=24m", 0) == 0, "%s", strerror(errno));
        filler fills = {.leave = leaves[i]};
        const hf_sweep_listener listener = {.progress = fill_when_proving, .user = &fills};
        hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
        hf_sweep_summary got;
        hf_error err = {.message = ""};
        options.results = folder;
        options.failures = "E_OUTOFMEMORY";
        hf_status status = hf_sweep_run(hf_scenario_at(file, 0), &options, &listener, &got, &err);
        CHECK(fills.is_done, "%zu: nothing was proved", leaves[i]);
        CHECK(got.unproved == 0 || status != HF_OK, "%zu: %d not seen again", leaves[i], (int)got.unproved);
        CHECK(status == HF_OK || (status == HF_ERROR_SYSTEM && strstr(err.message, "No space left") != NULL), "%zu: %s", leaves[i], err.message);
        refused += status != HF_OK ? 1 : 0;
        CHECK(umount2(folder, MNT_DETACH) == 0, "%s", strerror(errno));
    }
    CHECK(refused >= 3, "only %zu were refused", refused);
    hf_scenario_destroy(file);
}

static void test_read_only(void)
{
    CHECK(mount_disk("size=1m", MS_RDONLY) == 0, "%s", strerror(errno));
    whole got = run_whole(folder, "work", "");
    CHECK(got.status == HF_ERROR_SYSTEM, "%d %s", (int)got.status, got.err.message);
    CHECK(strstr(got.err.message, folder) != NULL && strstr(got.err.message, "Read-only") != NULL, "%s", got.err.message);
    end_whole(&got);
    CHECK(umount2(folder, MNT_DETACH) == 0, "%s", strerror(errno));
}

int main(void)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        printf("SKIPPED: a file system of our own cannot be mounted (%s): what a full disk does was NOT tested\n", strerror(errno));
        return 77;
    }
    if (mkdtemp(folder) == NULL)
        return 1;
    test_no_room_to_begin();
    test_full_while_running();
    test_filled_by_points();
    test_full_while_proving();
    test_read_only();
    CHECK(hf__system_folder_remove(folder, NULL) == HF_OK, "%s", folder);
    printf("%d checks, %d failed\n", checks, failures);
    return failures == 0 && checks > 10 ? 0 : 1;
}
