/* SPDX-License-Identifier: MIT
 * Defect: retries politely and forever. Too slow for a storm, it never ends.
 * Expected: outcome hung, response retried.
 */
#include <unistd.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = NULL;
    while ((memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT)) == NULL)
        usleep(100 * 1000);
    release(run, memory);
    return done();
}

SPECIMEN("retries-slowly", "asks again every tenth of a second, without end", work, NULL)
