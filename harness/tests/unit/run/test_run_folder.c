/* SPDX-License-Identifier: MIT
 * Run folders and manifests: a folder is always new, and a manifest reads back unchanged, wherever the folder was moved.
 */
#include "run_test.h"
#include "system_process.h"
#include "system_machine.h"
#include "os_thread.h"
#include "run_folder.h"

#include <jansson.h>
#include <pthread.h>
#include <unistd.h>

TestSuite(run_folder, .timeout = 120);

#define PARALLEL 8
#define EACH 25

static void *make_many(void *results)
{
    for (int i = 0; i < EACH; i++) {
        char *folder = NULL;
        if (hf__run_folder_create(results, "same name", &folder, NULL) != HF_OK)
            return results;
        hf__free(folder);
    }
    return NULL;
}

Test(run_folder, threads_never_share_one)
{
    char *results = make_folder();
    pthread_t threads[PARALLEL];
    void *failed[PARALLEL];
    for (int i = 0; i < PARALLEL; i++)
        cr_assert(eq(int, pthread_create(&threads[i], NULL, make_many, results), 0));
    for (int i = 0; i < PARALLEL; i++) {
        pthread_join(threads[i], &failed[i]);
        cr_assert(eq(ptr, failed[i], NULL));
    }
    char *runs = hf__run_folder_file(results, "runs");
    hf_folder_entry *entries = NULL;
    size_t count = 0;
    cr_assert(eq(int, hf__system_folder_list(runs, &entries, &count, NULL), HF_OK));
    hf__system_folder_list_free(entries, count);
    hf__free(runs);
    remove_folder(results);
    cr_assert(eq(sz, count, PARALLEL * EACH));
}

Test(run_folder, name_tells_the_scenario_and_is_no_path)
{
    char *results = make_folder();
    char *folder = NULL;
    cr_assert(eq(int, hf__run_folder_create(results, "../a b/\xC3\xA9", &folder, NULL), HF_OK));
    cr_assert(ne(ptr, strstr(folder, "-..-a-b----"), NULL), "%s", folder);
    cr_assert(eq(int, folder[0], '/'));
    hf__free(folder);
    remove_folder(results);
}

Test(run_folder, results_that_cannot_be_made_are_named)
{
    char *results = make_folder();
    char *file = hf__run_folder_file(results, "file");
    write_file(file, "", 0644);
    char *folder = NULL;
    hf_error err;
    cr_assert(eq(int, hf__run_folder_create(file, "x", &folder, &err), HF_ERROR_SYSTEM));
    cr_assert(ne(ptr, strstr(err.message, "file/runs"), NULL), "%s", err.message);
    cr_assert(eq(ptr, folder, NULL));
    hf__free(file);
    remove_folder(results);
}

static const hf__run_manifest sample = {
    .version = "1.2.3",
    .scenario = "scenarios/x.yaml#name",
    .name = "name",
    .script = "name: name\n",
    .seed = UINT64_MAX,
    .command = {2, (const char *const[]){"/bin/true", "an argument", NULL}},
    .environment = {1, (const char *const[]){"A=b", NULL}},
    .cwd = "/tmp",
    .started = "2024-01-31T12:01:02.345Z",
    .kernel = "Linux 6.1.0 x86_64",
    .page_bytes = 4096,
    .timeout_ms = 10000,
    .elapsed_us = 1234,
    .failure = "not \xFF UTF-8",
    .pin = 1,
    .stderr_cut = 1,
};

Test(run_folder, manifest_comes_back)
{
    char *folder = make_folder();
    hf__run_manifest *got = NULL;
    hf_error err;
    cr_assert(eq(int, hf__run_manifest_write(folder, &sample, &err), HF_OK), "%s", err.message);
    cr_assert(eq(int, hf__run_manifest_read(folder, &got, &err), HF_OK), "%s", err.message);
    cr_assert(eq(str, text_of(got->version), text_of("1.2.3")));
    cr_assert(eq(str, text_of(got->scenario), text_of("scenarios/x.yaml#name")));
    cr_assert(eq(str, text_of(got->script), text_of("name: name\n")));
    cr_assert(eq(ptr, text_of(got->caller), NULL));
    cr_assert(eq(u64, got->seed, UINT64_MAX));
    cr_assert(eq(sz, got->command.count, 2));
    cr_assert(eq(str, text_of(got->command.items[1]), text_of("an argument")));
    cr_assert(eq(str, text_of(got->environment.items[0]), text_of("A=b")));
    cr_assert(eq(str, text_of(got->failure), text_of("not \xEF\xBF\xBD UTF-8")));
    cr_assert(eq(u64, got->elapsed_us, 1234));
    cr_assert(eq(int, got->pin, 1));
    cr_assert(eq(int, got->stderr_cut, 1));
    cr_assert(eq(int, got->stdout_cut, 0));
    hf__run_manifest_destroy(got);
    remove_folder(folder);
}

/* Where the clean run lies beside the run's own folder, and how the manifest says so. */
static const struct {
    const char *label, *clean, *written;
} places[] = {
    {"in the run's own folder", "runs/one/clean", "clean"},
    {"in another run's folder", "runs/two/clean", "../two/clean"},
    {"somewhere else", "/elsewhere/clean", "/elsewhere/clean"},
};
HF_ROWS(run_folder, clean_run_is_found_again, places)
{
    char *results = make_folder();
    char *folder = hf__format("%s/runs/one", results);
    cr_assert(eq(int, hf__system_folder_create(folder, NULL), HF_OK));
    char *clean = places[*number].clean[0] == '/' ? hf__copy_string(places[*number].clean) : hf__format("%s/%s", results, places[*number].clean);
    hf__run_manifest manifest = sample;
    manifest.clean = clean;
    hf__run_manifest *got = NULL;
    cr_assert(eq(int, hf__run_manifest_write(folder, &manifest, NULL), HF_OK));
    cr_assert(eq(int, hf__run_manifest_read(folder, &got, NULL), HF_OK));
    char *path = hf__run_folder_file(folder, HF_RUN_MANIFEST);
    json_t *root = json_load_file(path, 0, NULL);
    const char *written = json_string_value(json_object_get(root, "clean"));
    cr_assert(eq(str, text_of(written), text_of(places[*number].written)), "%s", places[*number].label);
    cr_assert(eq(str, text_of(got->clean), clean), "%s", places[*number].label);
    json_decref(root);
    hf__run_manifest_destroy(got);
    hf__free(path);
    hf__free(clean);
    hf__free(folder);
    remove_folder(results);
}

static const struct {
    const char *label, *text; /* NULL: no manifest */
    int status;
    const char *says;
} unreadable[] = {
    {"none", NULL, HF_ERROR_NOT_FOUND, "manifest.json"},
    {"empty", "", HF_ERROR_FORMAT, "manifest.json:"},
    {"no JSON", "{\"format\": ", HF_ERROR_FORMAT, "manifest.json:1:"},
    {"an array", "[1]", HF_ERROR_FORMAT, "is not a manifest of a run"},
    {"another file of ours", "{\"format\": \"hostfault verdict\", \"version\": 1}", HF_ERROR_FORMAT, "is not a manifest of a run"},
    {"a later version", "{\"format\": \"hostfault run\", \"version\": 2}", HF_ERROR_VERSION, "has version 2, this hostfault reads version 1"},
};
HF_ROWS(run_folder, manifest_that_is_none_is_refused, unreadable)
{
    char *folder = make_folder();
    char *path = hf__run_folder_file(folder, HF_RUN_MANIFEST);
    const char *text = unreadable[*number].text;
    write_file(path, text != NULL ? text : "", 0644);
    unlink(text != NULL ? "" : path);
    hf__run_manifest *got = NULL;
    hf_error err;
    hf_status status = hf__run_manifest_read(folder, &got, &err);
    hf__free(path);
    remove_folder(folder);
    cr_assert(eq(int, status, unreadable[*number].status), "%s", unreadable[*number].label);
    cr_assert(ne(ptr, strstr(err.message, unreadable[*number].says), NULL), "%s: %s", unreadable[*number].label, err.message);
    cr_assert(eq(ptr, got, NULL), "%s", unreadable[*number].label);
}

Test(run_folder, manifest_of_odd_types_is_read_without_harm)
{
    char *folder = make_folder();
    char *path = hf__run_folder_file(folder, HF_RUN_MANIFEST);
    write_file(path,
               "{\"format\": \"hostfault run\", \"version\": 1, \"seed\": 7, \"command\": {\"a\": 1}, \"environment\": [1, null], \"clean\": [] }",
               0644);
    hf__run_manifest *got = NULL;
    cr_assert(eq(int, hf__run_manifest_read(folder, &got, NULL), HF_OK));
    cr_assert(eq(u64, got->seed, 0));
    cr_assert(eq(sz, got->command.count, 0));
    cr_assert(eq(sz, got->environment.count, 2));
    cr_assert(eq(ptr, text_of(got->clean), NULL));
    hf__run_manifest_destroy(got);
    hf__free(path);
    remove_folder(folder);
}
