/* SPDX-License-Identifier: MIT
 * Importing option structs of older and newer headers.
 */
#include "base_options.h"
#include "base_text.h"
#include "hf_rows.h"

#include <string.h>

TestSuite(base_options, .timeout = 120);

typedef struct options {
    uint32_t struct_size;
    uint32_t jobs;
    uint64_t seed;
} options;

/* As a program built with newer headers has them. */
typedef struct newer_options {
    options known;
    uint64_t added;
} newer_options;

static const options defaults = {sizeof(options), 4, 7};

Test(base_options, null_means_the_defaults)
{
    options own = defaults;
    cr_assert(eq(int, hf__options_import(&own, NULL, NULL), HF_OK));
    cr_assert(zero(int, memcmp(&own, &defaults, sizeof own)));
}

Test(base_options, of_the_same_size_replace_all)
{
    const options given = {sizeof given, 1, 0};
    options own = defaults;
    cr_assert(eq(int, hf__options_import(&own, &given, NULL), HF_OK));
    cr_assert(all(eq(uint, own.struct_size, sizeof own), eq(uint, own.jobs, 1), eq(u64, own.seed, 0)));
}

Test(base_options, older_ones_keep_the_defaults_of_what_they_lack)
{
    const options given = {offsetof(options, seed), 1, 99};
    options own = defaults;
    cr_assert(eq(int, hf__options_import(&own, &given, NULL), HF_OK));
    cr_assert(all(eq(uint, own.struct_size, sizeof own), eq(uint, own.jobs, 1), eq(u64, own.seed, 7)));
}

Test(base_options, newer_ones_are_taken_if_they_use_nothing_new)
{
    const newer_options given = {.known = {sizeof given, 1, 2}};
    options own = defaults;
    cr_assert(eq(int, hf__options_import(&own, &given, NULL), HF_OK));
    cr_assert(all(eq(uint, own.struct_size, sizeof own), eq(uint, own.jobs, 1), eq(u64, own.seed, 2)));
}

Test(base_options, newer_ones_that_use_something_new_are_refused)
{
    const newer_options given = {.known = {sizeof given, 1, 2}, .added = 1ull << 56};
    options own = defaults;
    hf_error err = {.status = HF_OK};
    cr_assert(eq(int, hf__options_import(&own, &given, &err), HF_ERROR_ARGUMENT));
    cr_assert(zero(int, memcmp(&own, &defaults, sizeof own)), "refused options changed something");
    cr_assert(ne(ptr, strstr(err.message, "16 bytes"), NULL), "%s", err.message);
}

static const uint32_t no_sizes[] = {0, 1, 4};
HF_ROWS(base_options, without_a_size_are_refused, no_sizes)
{
    const options given = {no_sizes[*number], 1, 2};
    options own = defaults;
    hf_error err = {.status = HF_OK};
    cr_assert(eq(int, hf__options_import(&own, &given, &err), HF_ERROR_ARGUMENT));
    cr_assert(eq(int, err.status, HF_ERROR_ARGUMENT));
}
