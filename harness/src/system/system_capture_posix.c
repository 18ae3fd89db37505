/* SPDX-License-Identifier: MIT
 * Runs a program to its end and captures its output, which never gets a name on disk. Only for the tool.
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

/* The two unnamed files; -1: none. */
typedef struct captured {
    int input, output;
} captured;

static void close_files(void *user)
{
    captured *files = user;
    if (files->input >= 0)
        (void)close(files->input);
    if (files->output >= 0)
        (void)close(files->output);
    *files = (captured){-1, -1};
}

static bool make_files(const hf_capture *capture, captured *files)
{
    files->output = memfd_create("captured", MFD_CLOEXEC);
    if (files->output < 0 || capture->input == NULL)
        return files->output >= 0;
    files->input = memfd_create("input", MFD_CLOEXEC);
    size_t written = 0;
    while (files->input >= 0 && written < capture->input_bytes) {
        ssize_t got = write(files->input, capture->input + written, capture->input_bytes - written);
        if (got < 0 && errno != EINTR)
            return false;
        written += got > 0 ? (size_t)got : 0;
    }
    return files->input >= 0;
}

static hf_status run_captured(const hf_spawn *spawn, const captured *files, hf_capture *capture, hf_error *err)
{
    /* Opened again by its name among this process's descriptors, so that it is read from its start. */
    char *input = files->input >= 0 ? hf__format("/proc/self/fd/%d", files->input) : NULL;
    hf_spawn limited = *spawn;
    limited.stdin_path = input != NULL ? input : spawn->stdin_path;
    limited.file_limit = capture->max_bytes + 1;
    hf_process *process = NULL;
    hf_status status = hf__system_process_start_into(&limited, files->output, &process, err);
    if (status == HF_OK && !hf__system_process_wait(process, (uint64_t)capture->timeout_ms * 1000, &capture->end))
        status = HF_FAIL(err, HF_ERROR_LIMIT, "%s did not end within %u ms", spawn->program, capture->timeout_ms);
    hf__system_process_destroy(process);
    hf__free(input);
    return status;
}

hf_status hf__system_process_capture(const hf_spawn *spawn, hf_capture *capture, hf_error *err)
{
    capture->text = NULL;
    capture->size_bytes = 0;
    captured files = {-1, -1};
    hf_heap_guard guard;
    hf__heap_guard(&guard, close_files, &files);
    hf_status status = HF_OK;
    if (!make_files(capture, &files))
        status = HF_FAIL_SYSTEM(err, errno, "not enough memory for the input and output of %s", spawn->program);
    if (status == HF_OK)
        status = run_captured(spawn, &files, capture, err);
    if (status == HF_OK)
        status = read_captured(files.output, spawn->program, capture, err);
    hf__heap_drop_guard(&guard);
    close_files(&files);
    return status;
}
