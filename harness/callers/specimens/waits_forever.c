/* SPDX-License-Identifier: MIT
 * Defect: waits for a signal from somebody who gives memory back. There is nobody.
 * Expected: outcome hung, response died.
 */
#include <unistd.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    while (memory == NULL)
        sleep(1000);
    release(run, memory);
    return done();
}

SPECIMEN("waits-forever", "waits for memory that nobody will free", work, NULL)
