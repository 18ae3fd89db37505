/* SPDX-License-Identifier: MIT
 * A program run to its end for what it writes, which never gets a name on disk. For the tool only.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_error.h"
#include "system_process_posix.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base_poison.h"

static hf_status read_captured(int file, size_t max_bytes, const char *program, char **out, size_t *size_bytes, hf_error *err)
{
    off_t length = lseek(file, 0, SEEK_END);
    if (length < 0 || (uint64_t)length > max_bytes)
        return HF_FAIL(err, HF_ERROR_LIMIT, "%s wrote more than %zu bytes", program, max_bytes);
    char *text = hf__allocate((size_t)length + 1, 1);
    ssize_t got = pread(file, text, (size_t)length, 0);
    if (got < 0) {
        hf__free(text);
        return HF_FAIL_SYSTEM(err, errno, "the output of %s cannot be read", program);
    }
    *out = text;
    *size_bytes = (size_t)got;
    return HF_OK;
}

static void close_file(void *file)
{
    (void)close(*(int *)file);
}

hf_status hf__system_process_capture(const hf_spawn *spawn, uint32_t timeout_ms, size_t max_bytes, char **out, size_t *size_bytes,
                                     hf_process_end *end, hf_error *err)
{
    *out = NULL;
    *size_bytes = 0;
    int file = memfd_create("captured", MFD_CLOEXEC);
    if (file < 0)
        return HF_FAIL_SYSTEM(err, errno, "no room for the output of %s", spawn->program);
    hf_heap_guard guard;
    hf__heap_guard(&guard, close_file, &file);
    hf_spawn limited = *spawn;
    limited.file_limit = max_bytes + 1;
    hf_process *process = NULL;
    hf_status status = hf__system_process_start_into(&limited, file, &process, err);
    if (status == HF_OK && !hf__system_process_wait(process, (uint64_t)timeout_ms * 1000, end))
        status = HF_FAIL(err, HF_ERROR_LIMIT, "%s did not end within %u ms", spawn->program, timeout_ms);
    hf__system_process_destroy(process);
    if (status == HF_OK)
        status = read_captured(file, max_bytes, spawn->program, out, size_bytes, err);
    hf__heap_drop_guard(&guard);
    close(file);
    return status;
}
