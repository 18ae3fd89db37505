/* SPDX-License-Identifier: MIT
 * End records. The control words are used only if they make sense, because the program could have overwritten them.
 */
#include "run_ending.h"
#include "run_report.h"
#include "heap_alloc.h"
#include "base_error.h"
#include "base_random.h"
#include "base_text.h"
#include "os_atomic.h"
#include "os_file.h"
#include "system_file.h"

#include "base_poison.h"

void hf__run_ending_append(const hf__run_ending *ending, const hf_session_end *record, hf_error *failure)
{
    hf_error err;
    hf_status status = hf__session_append_end(ending->session, ending->trace, record, &err);
    if (status != HF_OK && failure->status == HF_OK)
        *failure = err;
}

static void append(const hf__run_ending *ending, hf_event_kind kind, uint64_t address, const char *note, hf_error *failure)
{
    hf__run_ending_append(ending, &(hf_session_end){.kind = kind, .address = address, .note = note}, failure);
}

/* "access violation (0xC0000005)"; "" if no exception ended it. */
static void print_exception(const hf_process_end *end, char *buffer, size_t capacity)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    if (end->exception != 0)
        hf__builder_print(&builder, "%s (0x%08lX)", end->exception_name != NULL ? end->exception_name : "exception", (unsigned long)end->exception);
}

static void append_wait(const hf__run_ending *ending, const hf__symbol_death_stack *of, hf_error *failure)
{
    const hf__symbol_wait *wait = &of->wait;
    const hf_session_end record = {
        .kind = HF_EVENT_END_WAIT, .type = wait->kind, .address = (uint64_t)of->thread, .size = (uint64_t)wait->holder, .note = wait->name};
    if (wait->kind != HF_WAIT_NONE)
        hf__run_ending_append(ending, &record, failure);
}

/* The end with the details that were seen from outside. */
static void append_death(const hf__run_ending *ending, hf_event_kind kind, uint64_t address, hf_error *failure)
{
    const hf__symbol_death *death = ending->death;
    char exception[96];
    print_exception(&ending->end, exception, sizeof exception);
    hf_session_end end = {.kind = kind, .address = address, .type = death->has_address, .size = death->address, .note = exception};
    for (size_t i = 1; i < death->count; i++) {
        const hf__symbol_death_stack *other = &death->stacks[i];
        const hf_session_end record = {
            .kind = HF_EVENT_END_STACK, .address = (uint64_t)other->thread, .frames = other->frames, .frame_count = other->count};
        hf__run_ending_append(ending, &record, failure);
    }
    for (size_t i = 0; i < death->count; i++)
        append_wait(ending, &death->stacks[i], failure);
    if (death->count > 0) {
        end.frames = death->stacks[0].frames;
        end.frame_count = death->stacks[0].count;
    }
    hf__run_ending_append(ending, &end, failure);
}

/* A shell reports the end of its command as 128 + signal. This counts if the process that attached is not the one that we started, and did not
 * exit normally. */
static int signal_of(const hf__run_ending *ending)
{
    if (!ending->end.exited)
        return ending->end.status;
    bool in_order = hf__os_load_u32(&ending->session->control->attached) == 2;
    int status = ending->end.status;
    return ending->behind_shell && !in_order && status > 128 && status < 128 + 65 ? status - 128 : 0;
}

/* Words that only contain small numbers. */
static bool is_scribbled(const hf_session_control *control)
{
    return hf__os_load_u32(&control->storm) > 1 || hf__os_load_u32(&control->gave_up) > 1 || hf__os_load_u32(&control->attached) > 2;
}

void hf__run_ending_record(const hf__run_ending *ending, const hf__run_job *job, hf_error *failure)
{
    const hf_session_control *control = ending->session->control;
    uint32_t storm_limit = job->scenario.storm_limit;
    int signal = signal_of(ending);
    if (failure->status == HF_OK && hf__session_was_cut(ending->session, ending->trace))
        (void)HF_FAIL(failure, HF_ERROR_FORMAT, "%s truncated its session file while it ran, so its calls are lost: %s", job->arguments[0],
                      ending->trace);
    if (failure->status == HF_OK && is_scribbled(control))
        (void)HF_FAIL(failure, HF_ERROR_FORMAT, "%s overwrote its session file (stray pointer)", job->arguments[0]);
    if (failure->status == HF_OK && hf__os_load_u32(&control->lost) != 0)
        (void)HF_FAIL(failure, HF_ERROR_SYSTEM, "the shim could not record a call in %s", ending->trace);
    if (failure->status != HF_OK)
        append(ending, HF_EVENT_END_HARNESS, 0, failure->message, failure);
    else if (hf__os_load_u32(&control->storm) != 0)
        append(ending, HF_EVENT_END_STORM, storm_limit != 0 ? storm_limit : 1000, "", failure);
    else if (ending->timed_out)
        append_death(ending, HF_EVENT_END_TIMEOUT, ending->timeout_ms, failure);
    else if (signal != 0)
        append_death(ending, HF_EVENT_END_SIGNAL, (uint64_t)signal, failure);
    else
        append(ending, HF_EVENT_END_EXIT, (uint64_t)ending->end.status, "", failure);
}

#define OUTPUT_PIECE 16384u
#define OUTPUT_KEPT 2048u /* its beginning as text, so that a verdict can say where two outputs differ */

static size_t keep(char *kept, size_t used, const void *bytes, size_t size_bytes)
{
    size_t room = OUTPUT_KEPT - used;
    size_t taken = size_bytes < room ? size_bytes : room;
    for (size_t i = 0; i < taken; i++)
        kept[used + i] = ((const char *)bytes)[i] != '\0' ? ((const char *)bytes)[i] : ' '; /* a note ends at a NUL */
    return used + taken;
}

void hf__run_ending_record_output(const hf__run_ending *ending, const void *before, size_t before_bytes, const char *path, hf_error *failure)
{
    char piece[OUTPUT_PIECE];
    char kept[OUTPUT_KEPT + 1];
    uint64_t size_bytes = 0;
    size_t used = keep(kept, 0, before, before_bytes);
    uint64_t hash = hf__hash(HF_HASH_START, before, before_bytes);
    for (size_t got = sizeof piece; got == sizeof piece; size_bytes += got) {
        got = hf__os_file_read_at(path, size_bytes, piece, sizeof piece);
        hash = hf__hash(hash, piece, got);
        used = keep(kept, used, piece, got);
    }
    kept[used] = '\0';
    hf__run_ending_append(ending, &(hf_session_end){.kind = HF_EVENT_END_OUTPUT, .address = hash, .size = before_bytes + size_bytes, .note = kept},
                          failure);
}

#define REPORT_BYTES_MAX (16u << 20)

void hf__run_ending_record_report(const hf__run_ending *ending, const char *stderr_path, hf_error *failure)
{
    char *text = NULL;
    size_t size_bytes = 0;
    hf__run_report report;
    if (hf__system_file_read(stderr_path, REPORT_BYTES_MAX, &text, &size_bytes, NULL) != HF_OK)
        return;
    hf__run_report_find((hf_text){text, size_bytes}, &report);
    hf__free(text);
    const hf_session_end end = {.kind = HF_EVENT_END_REPORT, .type = report.type, .size = report.address, .note = report.note};
    if (report.type != 0)
        hf__run_ending_append(ending, &end, failure);
}
