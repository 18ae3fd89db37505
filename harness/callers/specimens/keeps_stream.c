/* SPDX-License-Identifier: MIT
 * Habit: where it gets no memory, it leaves its log to exit(), which closes all streams.
 * Expected: outcome reported.
 */
#include <stdio.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    FILE *log = fopen("trace", "w"); /* the name is the harness's too, in a folder of its own */
    if (log == NULL)
        return HF_CALLER_REPORTED;
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    fprintf(log, "got it\n");
    fclose(log);
    release(run, memory);
    return done();
}

SPECIMEN("keeps-stream", "leaves a stream to exit where it fails", work, NULL)
