/* SPDX-License-Identifier: MIT
 * Compares the host with its flat model; the calls are drawn from the input. The first byte is the commit limit in units of 16 pages (0: none), each
 * drawn number takes as many bytes as it needs, and the end of the input ends the run. A mismatch ends the process.
 */
#include "host_versus.h"

#include <stdio.h>
#include <stdlib.h>

#define MOVES_MAX 2000u
#define PAGES_USED 512u /* so that calls meet */

typedef struct bytes {
    const uint8_t *at, *end;
} bytes;

static uint64_t draw(void *user, uint64_t below)
{
    bytes *input = user;
    uint64_t value = 0;
    for (uint64_t reach = 1; reach < below && input->at < input->end; reach <<= 8)
        value = value << 8 | *input->at++;
    return value % below;
}

static void end_if_wrong(const host_versus *versus)
{
    if (versus->mismatch[0] == '\0')
        return;
    fprintf(stderr, "%s\n", versus->mismatch);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static host_versus versus;
    bytes input = {data, data + size};
    uint32_t limit = (uint32_t)draw(&input, 256) * 16;
    host_versus_begin(&versus, (host_source){.draw = draw, .user = &input, .pages = PAGES_USED}, limit);
    while (input.at < input.end && versus.moves < MOVES_MAX && versus.mismatch[0] == '\0')
        host_versus_step(&versus);
    host_versus_check_all(&versus);
    end_if_wrong(&versus);
    host_versus_end(&versus);
    end_if_wrong(&versus);
    return 0;
}
