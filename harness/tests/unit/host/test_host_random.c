/* SPDX-License-Identifier: MIT
 * Random calls on the host and on its flat model, compared after each call; sometimes it compares all pages. Every message has the seed;
 * HF_SEED sets another one.
 */
#include "base_random.h"
#include "hf_rows.h"
#include "host_versus.h"

#include <stdlib.h>

#define OPERATIONS 20000u
#define LIMIT_PAGES 1200u

typedef struct stream {
    uint64_t seed, draws;
} stream;

static uint64_t draw(void *user, uint64_t below)
{
    stream *from = user;
    return hf__random(from->seed, 1, from->draws++) % below;
}

static void run_all(host_versus *versus, uint64_t seed)
{
    stream from = {.seed = seed};
    host_versus_begin(versus, (host_source){.draw = draw, .user = &from, .pages = MODEL_PAGES}, LIMIT_PAGES);
    while (versus->moves < OPERATIONS && versus->mismatch[0] == '\0') {
        host_versus_step(versus);
        if (versus->moves % 500 == 0)
            host_versus_check_all(versus);
    }
    host_versus_end(versus);
}

static const uint64_t seeds[] = {1, 2, 3, 4, 20240617, 0x600DCAFE};

HF_ROWS(host_random, agrees_with_the_flat_model, seeds)
{
    static host_versus versus;
    const char *given = getenv("HF_SEED");
    uint64_t seed = given != NULL ? strtoull(given, NULL, 0) : seeds[*number];
    run_all(&versus, seed);
    cr_assert(eq(str, versus.mismatch, (char[]){""}), "seed %llu", (unsigned long long)seed);
    cr_assert(eq(uint, versus.moves, OPERATIONS), "every operation was run");
    cr_assert(lt(u32, 60, versus.model.regions), "regions were made");
}
