/* SPDX-License-Identifier: MIT
 * Defect: where it gets no memory, it closes one end of a pair of sockets alone.
 * Expected: outcome leaked, response reported.
 */
#include <sys/socket.h>
#include <unistd.h>

#include "specimen.h"

static hf_caller_end work(hf_caller_run *run)
{
    int ends[2] = {-1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return HF_CALLER_REPORTED;
    char *memory = take(run, NULL, REGION, MEM_RESERVE | MEM_COMMIT);
    close(ends[0]);
    if (memory == NULL)
        return HF_CALLER_REPORTED;
    close(ends[1]);
    release(run, memory);
    return done();
}

SPECIMEN("keeps-socket", "leaves a socket open where it fails", work, NULL)
