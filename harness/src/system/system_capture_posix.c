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

static hf_status read_captured(int file, const char *program, hf_capture *capture, hf_error *err)
{
    off_t length = lseek(file, 0, SEEK_END);
    if (length < 0 || (uint64_t)length > capture->max_bytes)
        return HF_FAIL(err, HF_ERROR_LIMIT, "%s wrote more than %zu bytes", program, capture->max_bytes);
    char *text = hf__allocate((size_t)length + 1, 1);
    ssize_t got = pread(file, text, (size_t)length, 0);
    if (got < 0) {
        hf__free(text);
        return HF_FAIL_SYSTEM(err, errno, "the output of %s cannot be read", program);
    }
    capture->text = text;
    capture->size_bytes = (size_t)got;
    return HF_OK;
}

static void close_file(void *file)
{
    (void)close(*(int *)file);
}

hf_status hf__system_process_capture(const hf_spawn *spawn, hf_capture *capture, hf_error *err)
{
    capture->text = NULL;
    capture->size_bytes = 0;
    int file = memfd_create("captured", MFD_CLOEXEC);
    if (file < 0)
        return HF_FAIL_SYSTEM(err, errno, "no room for the output of %s", spawn->program);
    hf_heap_guard guard;
    hf__heap_guard(&guard, close_file, &file);
    hf_spawn limited = *spawn;
    limited.file_limit = capture->max_bytes + 1;
    hf_process *process = NULL;
    hf_status status = hf__system_process_start_into(&limited, file, &process, err);
    if (status == HF_OK && !hf__system_process_wait(process, (uint64_t)capture->timeout_ms * 1000, &capture->end))
        status = HF_FAIL(err, HF_ERROR_LIMIT, "%s did not end within %u ms", spawn->program, capture->timeout_ms);
    hf__system_process_destroy(process);
    if (status == HF_OK)
        status = read_captured(file, spawn->program, capture, err);
    hf__heap_drop_guard(&guard);
    close(file);
    return status;
}
