/* SPDX-License-Identifier: MIT
 * The state folder's `hostfault/swept/`. Nothing here reports an error: what cannot be remembered is asked for again.
 */
#include "store_trust.h"
#include "heap_alloc.h"
#include "base_sha256.h"
#include "base_text.h"
#include "os_file.h"
#include "system_file.h"
#include "system_machine.h"

#include "base_poison.h"

/* NULL: there is no state folder. hf__free. */
static char *path_of(const char *script, char **folder)
{
    char digest[HF_SHA256_TEXT_BYTES];
    char *state = hf__system_state_folder();
    *folder = state != NULL ? hf__format("%s/hostfault/swept", state) : NULL;
    hf__sha256(hf__text(script), digest);
    char *path = state != NULL ? hf__format("%s/%s", *folder, digest) : NULL;
    hf__free(state);
    return path;
}

void hf__store_trust(const char *script)
{
    char *folder = NULL;
    char *path = path_of(script, &folder);
    hf_error ignored;
    hf_status status = path != NULL && !hf__os_file_exists(path) ? hf__system_folder_create(folder, &ignored) : HF_ERROR_STATE;
    if (status == HF_OK)
        status = hf__system_file_write(path, "", 0, &ignored);
    (void)status; /* without the file the script is not trusted, and replay asks for --trust */
    hf__free(path);
    hf__free(folder);
}

bool hf__store_is_trusted(const char *script)
{
    char *folder = NULL;
    char *path = path_of(script, &folder);
    bool is_trusted = path != NULL && hf__os_file_check(path, NULL) == HF_OK;
    hf__free(path);
    hf__free(folder);
    return is_trusted;
}
