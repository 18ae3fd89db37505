/* SPDX-License-Identifier: MIT
 * Opens a trace and answers questions about it. The file is copied into our memory before any byte of it is trusted, so a program that still writes
 * to it, or a tool that truncates it, cannot change what was checked.
 */
#include "heap_alloc.h"
#include "heap_attempt.h"
#include "base_error.h"
#include "base_text.h"
#include "trace_pack.h"
#include "trace_reader.h"

#include <string.h>

#include "base_poison.h"

#define TRACE_BYTES_MAX (1ull << 36)
#define PAGE_BYTES 4096u

static hf_status check_header(const hf_session_header *header, size_t size_bytes, const char *name, hf_error *err)
{
    if (size_bytes < HF_SESSION_CONTROL_OFFSET + sizeof(hf_session_control) || header->magic != HF_SESSION_MAGIC)
        return HF_FAIL(err, HF_ERROR_FORMAT, "%s is not a hostfault trace", name);
    if ((header->version != HF_SESSION_VERSION && header->version != HF_SESSION_VERSION_RING) || header->header_bytes != sizeof *header)
        return HF_FAIL(err, HF_ERROR_VERSION, "%s has version %u (header of %u bytes), this build reads version %u (%zu)", name, header->version,
                       header->header_bytes, HF_SESSION_VERSION, sizeof *header);
    bool plan_fits = header->plan_offset >= HF_SESSION_CONTROL_OFFSET + sizeof(hf_session_control) && header->plan_offset % PAGE_BYTES == 0 &&
                     header->plan_offset <= size_bytes && header->plan_bytes <= size_bytes - header->plan_offset &&
                     header->plan_bytes <= HF_PLAN_BYTES_MAX;
    bool chunks_fit = plan_fits && header->chunks_offset >= header->plan_offset + header->plan_bytes && header->chunks_offset % PAGE_BYTES == 0 &&
                      header->file_bytes == header->chunks_offset + (uint64_t)header->chunk_count_max * HF_CHUNK_BYTES;
    return chunks_fit ? HF_OK : HF_FAIL(err, HF_ERROR_FORMAT, "the header of trace %s is damaged, or the file ends before its plan", name);
}

static hf_status read_plan(hf_trace *trace, const char *bytes, const char *name, hf_error *err)
{
    trace->plan_bytes = trace->header.plan_bytes;
    trace->plan = hf__allocate(trace->plan_bytes + 1, 1);
    memcpy(trace->plan, bytes + trace->header.plan_offset, trace->plan_bytes);
    hf_error why;
    hf_status status = hf__model_plan_validate(trace->plan, trace->plan_bytes, &why);
    return status == HF_OK ? HF_OK : HF_FAIL(err, status, "trace %s: %s", name, why.message);
}

/* bytes are 8-aligned. */
static hf_status decode(const char *bytes, size_t size_bytes, const char *name, hf_trace **out, hf_error *err)
{
    hf_session_header header;
    memset(&header, 0, sizeof header);
    memcpy(&header, bytes, size_bytes < sizeof header ? size_bytes : sizeof header);
    hf_status status = check_header(&header, size_bytes, name, err);
    if (status != HF_OK)
        return status;
    hf_trace *trace = hf__allocate(1, sizeof *trace);
    trace->header = header;
    memcpy(&trace->control, bytes + HF_SESSION_CONTROL_OFFSET, sizeof trace->control);
    memcpy(trace->caller, header.caller, HF_NAME_BYTES);
    status = read_plan(trace, bytes, name, err);
    if (status == HF_OK && trace->control.is_linked != 0)
        trace->plan->flags &= ~HF_PLAN_UNMODIFIED;
    if (status != HF_OK) {
        hf_trace_destroy(trace);
        return status;
    }

    uint64_t available = size_bytes > header.chunks_offset ? size_bytes - header.chunks_offset : 0;
    uint64_t described = header.file_bytes - header.chunks_offset;
    hf__trace_decode_chunks(trace, bytes + header.chunks_offset, (available < described ? available : described) / HF_SLOT_BYTES);
    hf__trace_learn_modules(trace);
    *out = trace;
    return HF_OK;
}

typedef struct reading {
    const char *path;  /* or: */
    const void *bytes; /* untrusted, of any alignment */
    size_t size_bytes;
    hf_trace **out;
    hf_error *err;
} reading;

static hf_status read_file(void *given)
{
    const reading *self = given;
    char *bytes = NULL;
    size_t size_bytes = 0;
    hf_status status = hf__trace_read_file(self->path, TRACE_BYTES_MAX, &bytes, &size_bytes, self->err);
    if (status != HF_OK)
        return status;
    status = decode(bytes, size_bytes, self->path, self->out, self->err);
    hf__free(bytes);
    return status;
}

hf_status hf_trace_open(const char *path, hf_trace **out, hf_error *err)
{
    *out = NULL;
    reading self = {.path = path, .out = out, .err = err};
    return hf__heap_attempt(read_file, &self, err);
}

static hf_status read_memory(void *given)
{
    const reading *self = given;
    char *copy = hf__allocate(self->size_bytes + 1, 1);
    if (self->size_bytes > 0)
        memcpy(copy, self->bytes, self->size_bytes);
    hf_status status = decode(copy, self->size_bytes, "in memory", self->out, self->err);
    hf__free(copy);
    return status;
}

hf_status hf_trace_decode(const void *bytes, size_t size_bytes, hf_trace **out, hf_error *err)
{
    *out = NULL;
    reading self = {.bytes = bytes, .size_bytes = size_bytes, .out = out, .err = err};
    return hf__heap_attempt(read_memory, &self, err);
}

static hf_status read_in_place(void *given)
{
    const reading *self = given;
    return decode(self->bytes, self->size_bytes, "in memory", self->out, self->err);
}

hf_status hf__trace_decode_in_place(const void *bytes, size_t size_bytes, hf_trace **out, hf_error *err)
{
    *out = NULL;
    reading self = {.bytes = bytes, .size_bytes = size_bytes, .out = out, .err = err};
    return hf__heap_attempt(read_in_place, &self, err);
}

void hf_trace_destroy(hf_trace *trace)
{
    if (trace == NULL)
        return;
    hf__free(trace->plan);
    hf__free(trace->events);
    hf__free(trace->threads);
    hf__free(trace->modules);
    hf__heap_arena_clear(&trace->arena);
    hf__free(trace);
}

size_t hf_trace_event_count(const hf_trace *trace)
{
    return trace->event_count;
}

const hf_event *hf_trace_event(const hf_trace *trace, size_t index)
{
    return index < trace->event_count ? &trace->events[index] : NULL;
}

size_t hf_trace_thread_count(const hf_trace *trace)
{
    return trace->thread_count;
}

hf_text hf_trace_thread_label(const hf_trace *trace, size_t thread)
{
    return thread < trace->thread_count ? trace->threads[thread].label : hf__text("");
}

void hf__trace_print_system_thread(const hf_trace *trace, uint64_t system_thread, hf__builder *out)
{
    for (size_t i = 0; i < trace->thread_count; i++) {
        if (trace->threads[i].system_thread != system_thread || system_thread == 0 || trace->threads[i].id == HF_THREAD_TOOL)
            continue;
        hf__builder_append(out, trace->threads[i].label);
        return;
    }
    hf__builder_print(out, "thread %llu", (unsigned long long)system_thread);
}

void hf__trace_print_wait(const hf_trace *trace, const hf_event *wait, hf__builder *out)
{
    bool is_own = wait->address == wait->size;
    if (wait->type == HF_WAIT_THREAD)
        hf__builder_print(out, "waits for the end of ");
    else
        hf__builder_print(out, "waits for mutex %.*s, which ", (int)wait->more->note.size_bytes, wait->more->note.pointer);
    if (is_own)
        hf__builder_print(out, "it");
    else
        hf__trace_print_system_thread(trace, wait->size, out);
    if (wait->type == HF_WAIT_LOST)
        hf__builder_print(out, " held when it ended");
    else if (wait->type == HF_WAIT_MUTEX)
        hf__builder_print(out, is_own ? " holds itself" : " holds");
}

size_t hf_trace_module_count(const hf_trace *trace)
{
    return trace->module_count;
}

const hf_trace_module *hf_trace_module_at(const hf_trace *trace, size_t index)
{
    return index < trace->module_count ? &trace->modules[index] : NULL;
}

const void *hf_trace_plan(const hf_trace *trace, size_t *size_bytes)
{
    if (size_bytes != NULL)
        *size_bytes = trace->plan_bytes;
    return trace->plan;
}

const char *hf_trace_rule_name(const hf_trace *trace, int rule)
{
    if (rule < 0 || (uint32_t)rule >= trace->plan->rule_count)
        return "";
    return hf__model_plan_string(trace->plan, hf__model_plan_rules(trace->plan)[rule].name);
}

void hf_trace_summarize(const hf_trace *trace, hf_trace_summary *out)
{
    const hf_session_control *control = &trace->control;
    *out = (hf_trace_summary){.counter_hz = trace->header.counter_hz,
                              .attached = control->attached != 0,
                              .ended_in_order = control->attached == 2,
                              .storm = control->storm != 0,
                              .gave_up = control->gave_up != 0,
                              .lost = control->lost != 0 || trace->is_cut,
                              .others = control->others,
                              .caller = trace->caller,
                              .dropped = control->dropped_events};
    for (size_t i = 0; i < trace->event_count; i++) {
        const hf_event *event = &trace->events[i];
        if (!hf__trace_event_is_call(event))
            continue;
        out->calls++;
        out->fired += event->injected;
        out->paused += event->paused;
        out->sticky += event->sticky;
    }
}
