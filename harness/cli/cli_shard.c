/* SPDX-License-Identifier: MIT
 * Reads the shard from the CI system's variables. The first row whose index is set counts. Our own variables come first: they override the others,
 * and serve systems that set none (GitHub sets none for a matrix: its workflow passes strategy.job-index and strategy.job-total).
 */
#include "cli_shard.h"
#include "base_check.h"
#include "base_text.h"
#include "os_thread.h"

#include <stdio.h>

#include "base_poison.h"

typedef struct shard_source {
    const char *system;
    const char *index; /* variable with the number of this job */
    const char *first; /* variable with the number of the first job; NULL: `base` */
    uint64_t base;     /* number of the first job */
    const char *step;  /* variable with the step between the jobs' numbers; NULL: 1 */
    const char *count; /* variable with the number of jobs; NULL: the system has none */
} shard_source;

static const shard_source sources[] = {
    {"HF_SHARD_INDEX", "HF_SHARD_INDEX", NULL, 0, NULL, "HF_SHARD_TOTAL"},
    {"a Slurm array", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", 0, "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT"},
    {"a Kubernetes indexed job", "JOB_COMPLETION_INDEX", NULL, 0, NULL, NULL},
    {"a Buildkite parallel job", "BUILDKITE_PARALLEL_JOB", NULL, 0, NULL, "BUILDKITE_PARALLEL_JOB_COUNT"},
    {"a CircleCI parallel job", "CIRCLE_NODE_INDEX", NULL, 0, NULL, "CIRCLE_NODE_TOTAL"},
    {"a GitLab parallel job", "CI_NODE_INDEX", NULL, 1, NULL, "CI_NODE_TOTAL"},
};

static hf_cli_exit complain(const hf_cli_verb *verb, const char *text)
{
    return hf__cli_bad_usage(verb, "--shard takes I/N with I from 1 to N, such as 3/16, or auto, not '%s'", text);
}

/* A variable that must be a number; `fallback` where there is none. */
static bool read_number(const char *name, uint64_t fallback, uint64_t *out)
{
    const char *text = name != NULL ? hf__os_environment(name) : NULL;
    *out = fallback;
    return text == NULL || hf__parse_u64(hf__text(text), out);
}

static const shard_source *find_source(void)
{
    for (size_t i = 0; i < HF_COUNT_OF(sources); i++) {
        const char *index = hf__os_environment(sources[i].index);
        if (index != NULL && index[0] != '\0')
            return &sources[i];
    }
    return NULL;
}

static hf_cli_exit complain_none(const hf_cli_verb *verb)
{
    if (hf__os_environment("GITHUB_ACTIONS") != NULL)
        return hf__cli_bad_usage(verb,
                                 "--shard auto: GitHub gives a matrix job no variables of its own; set HF_SHARD_INDEX: ${{ strategy.job-index }} "
                                 "and HF_SHARD_TOTAL: ${{ strategy.job-total }} in the step's env");
    return hf__cli_bad_usage(verb, "--shard auto: no environment variable names a shard; auto reads those of Slurm arrays, Kubernetes indexed jobs, "
                                   "GitLab, Buildkite and CircleCI parallel jobs, and HF_SHARD_INDEX (from 0) with HF_SHARD_TOTAL");
}

/* given: the count from the command line; 0: the environment has it too. */
static hf_cli_exit read_environment(const hf_cli_verb *verb, uint32_t given, uint32_t *shard, uint32_t *shards)
{
    const shard_source *source = find_source();
    uint64_t index = 0, first = 0, step = 1, count = given;
    if (source == NULL)
        return complain_none(verb);
    bool known = read_number(source->index, 0, &index) && read_number(source->first, source->base, &first) && read_number(source->step, 1, &step);
    known = known && (given != 0 || read_number(source->count, 0, &count));
    if (known && count == 0)
        return hf__cli_bad_usage(verb, "--shard auto: %s=%s is the index of %s, but %s%s; say how many there are: --shard auto/N", source->index,
                                 hf__os_environment(source->index), source->system, source->count != NULL ? source->count : "there is no variable",
                                 source->count != NULL ? " is not set" : " with their number");

    known = known && index >= first && step > 0 && (index - first) / step < count && count <= UINT32_MAX;
    if (!known)
        return hf__cli_bad_usage(verb, "--shard auto: %s=%s is not an index of %llu shards counted from %llu", source->index,
                                 hf__os_environment(source->index), (unsigned long long)count, (unsigned long long)first);
    *shard = (uint32_t)((index - first) / step) + 1;
    *shards = (uint32_t)count;
    return HF_CLI_MET;
}

hf_cli_exit hf__cli_shard_parse(const hf_cli_verb *verb, const char *text, uint32_t *shard, uint32_t *shards)
{
    int used = 0;
    *shard = *shards = 0;
    if (text == NULL)
        return HF_CLI_MET;
    if (hf__text_equal(hf__text(text), hf__text("auto")))
        return read_environment(verb, 0, shard, shards);
    uint32_t given = 0;
    if (sscanf(text, "auto/%u%n", &given, &used) == 1 && text[used] == '\0' && given > 0)
        return read_environment(verb, given, shard, shards);
    bool read = sscanf(text, "%u/%u%n", shard, shards, &used) == 2 && text[used] == '\0' && *shard >= 1 && *shard <= *shards;
    return read ? HF_CLI_MET : complain(verb, text);
}
