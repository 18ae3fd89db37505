/* SPDX-License-Identifier: MIT
 * Two sweeps of two callers in two threads of one process must find what each finds alone. A plain program, so that ThreadSanitizer can run it. Exit
 * status 0, or 1 with a description of the failure.
 */
#include <hostfault/sweep.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct job {
    const char *script, *results;
    hf_sweep_summary summary;
    hf_status status;
    hf_error err;
} job;

static void *sweep(void *given)
{
    job *self = given;
    hf_scenario_file *file = NULL;
    hf_errors *errors = calloc(1, sizeof *errors);
    hf_sweep_options options = HF_SWEEP_OPTIONS_INIT;
    options.caller_path = HF_BINARY_DIR "/bin";
    options.results = self->results;
    options.jobs = 1;
    self->status = hf_scenario_parse("script", (hf_text){self->script, strlen(self->script)}, &file, errors);
    if (self->status == HF_OK)
        self->status = hf_sweep_run(hf_scenario_at(file, 0), &options, NULL, &self->summary, &self->err);
    hf_scenario_destroy(file);
    free(errors);
    return NULL;
}

static int differs(const job *alone, const job *together, const char *what)
{
    const hf_sweep_summary *a = &alone->summary, *b = &together->summary;
    if (together->status == HF_OK && a->made > 0 && a->made == b->made && a->findings == b->findings && b->drifted == 0 && b->unproved == 0 &&
        memcmp(a->outcomes, b->outcomes, sizeof a->outcomes) == 0)
        return 0;
    fprintf(stderr, "threads_sweeps: %s: %s %s, %llu points and %llu findings instead of %llu and %llu, %llu drifted, %u not proved\n", what,
            hf_status_name(together->status), together->err.message, (unsigned long long)b->made, (unsigned long long)b->findings,
            (unsigned long long)a->made, (unsigned long long)a->findings, (unsigned long long)b->drifted, b->unproved);
    return 1;
}

int main(void)
{
    static const char *const scripts[] = {"name: one\ncaller: specimen-leaks-heap\n", "name: two\ncaller: specimen-falls-back\n"};
    char folder[] = "/tmp/threads-sweeps-XXXXXX", results[4][64], remove[64];
    job jobs[4];
    if (mkdtemp(folder) == NULL)
        return 1;
    for (int i = 0; i < 4; i++) {
        snprintf(results[i], sizeof results[i], "%s/%d", folder, i);
        jobs[i] = (job){.script = scripts[i % 2], .results = results[i]};
    }

    for (int i = 0; i < 2; i++)
        sweep(&jobs[i]);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, sweep, &jobs[2 + i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);

    int failures = differs(&jobs[0], &jobs[2], scripts[0]) + differs(&jobs[1], &jobs[3], scripts[1]);
    snprintf(remove, sizeof remove, "rm -rf %s", folder);
    return system(remove) == 0 && failures == 0 ? 0 : 1;
}
