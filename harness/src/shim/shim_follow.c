/* SPDX-License-Identifier: MIT
 * Joining a session as a process that the program started: the first free one of those that are kept beside the program's own.
 */
#include "shim_state.h"
#include "base_error.h"
#include "base_text.h"
#include "os_thread.h"

#include "base_poison.h"

#define PATH_BYTES (4096u + 16u)
#define WATCHED_WAIT_MS 2000u

/* So that how it ends is seen, however soon that is. */
static void wait_until_watched(void)
{
    for (unsigned ms = 0; ms < WATCHED_WAIT_MS && hf__os_load_u32(&hf__shim.session.control->watched) == 0; ms++)
        hf__os_sleep_us(1000);
}

/* A process that has the program's session, and is not the program that is meant, is a shell or env before it: it is none that the program started.
 * One that has a kept session became another program (exec), which takes the next. */
static hf_status join_followed(const char *path, hf_error *err)
{
    char kept[PATH_BYTES];
    bool is_own = false;
    hf_status status = hf__shim_join(path, &is_own, err);
    if (is_own)
        return status;
    for (uint32_t i = 1; status == HF_ERROR_STATE && i <= HF_FOLLOWED_MAX; i++) {
        hf__builder builder = hf__builder_init(kept, sizeof kept);
        hf__builder_print(&builder, "%s-%u", path, i);
        status = hf__shim_join(kept, &is_own, err);
        if (status == HF_OK)
            wait_until_watched();
    }
    if (status == HF_ERROR_STATE)
        status = HF_FAIL(err, HF_ERROR_LIMIT, "the %u sessions that are kept for such processes are taken", HF_FOLLOWED_MAX);
    return status;
}

hf_status hf__shim_attach_followed(hf_error *err)
{
    return hf__shim_attach_by(join_followed, err);
}
