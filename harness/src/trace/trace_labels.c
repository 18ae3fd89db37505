/* SPDX-License-Identifier: MIT
 * What threads are called, and in which order they are shown. Labels from the caller are sorted, so threads that start in any order are shown in one;
 * threads without a label are shown in the order of their first calls.
 */
#include "trace_labels.h"
#include "heap_alloc.h"
#include "base_text.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

typedef struct label_entry {
    hf_text label;
    size_t thread;
    bool is_given; /* by the caller, not made up */
} label_entry;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digits at the front of a text, without leading zeros. */
static hf_text number_at(hf_text text, size_t at, size_t *end)
{
    while (at < text.size_bytes && text.pointer[at] == '0')
        at++;
    size_t first = at;
    while (at < text.size_bytes && is_digit(text.pointer[at]))
        at++;
    *end = at;
    return (hf_text){text.pointer + first, at - first};
}

static int compare_bytes(hf_text a, hf_text b)
{
    size_t least = a.size_bytes < b.size_bytes ? a.size_bytes : b.size_bytes;
    int order = least != 0 ? memcmp(a.pointer, b.pointer, least) : 0;
    return order != 0 ? order : (a.size_bytes > b.size_bytes) - (a.size_bytes < b.size_bytes);
}

/* Bytewise, but numbers by their value. */
static int compare_labels(hf_text a, hf_text b)
{
    size_t i = 0;
    size_t k = 0;
    while (i < a.size_bytes && k < b.size_bytes) {
        if (is_digit(a.pointer[i]) && is_digit(b.pointer[k])) {
            hf_text left = number_at(a, i, &i);
            hf_text right = number_at(b, k, &k);
            if (left.size_bytes != right.size_bytes)
                return left.size_bytes > right.size_bytes ? 1 : -1;
            int order = compare_bytes(left, right);
            if (order != 0)
                return order;
        } else if (a.pointer[i] != b.pointer[k]) {
            return (unsigned char)a.pointer[i] > (unsigned char)b.pointer[k] ? 1 : -1;
        } else {
            i++;
            k++;
        }
    }

    return compare_bytes(a, b);
}

static int compare_same_labels(const void *left, const void *right)
{
    const label_entry *a = left;
    const label_entry *b = right;
    int order = compare_bytes(a->label, b->label);
    return order != 0 ? order : (a->thread > b->thread) - (a->thread < b->thread);
}

static unsigned class_of(const label_entry *entry)
{
    return entry->thread == 0 ? 0 : entry->is_given ? 1 : 2;
}

static int compare_shown(const void *left, const void *right)
{
    const label_entry *a = left;
    const label_entry *b = right;
    if (class_of(a) != class_of(b))
        return class_of(a) > class_of(b) ? 1 : -1;
    int order = class_of(a) == 1 ? compare_labels(a->label, b->label) : 0;
    return order != 0 ? order : (a->thread > b->thread) - (a->thread < b->thread);
}

static bool gave_label(const hf_trace *trace, const hf__trace_thread *thread)
{
    for (size_t i = thread->first; i < thread->first + thread->count; i++) {
        if (trace->events[i].kind == HF_EVENT_THREAD)
            return true;
    }
    return false;
}

static hf_text numbered(hf__trace_labels *self, hf_text label, size_t number)
{
    char text[HF_NAME_BYTES + 32];
    hf__builder builder = hf__builder_init(text, sizeof text);
    hf__builder_append(&builder, label);
    hf__builder_print(&builder, "#%zu", number);
    return (hf_text){hf__heap_arena_copy(&self->arena, text, builder.length), builder.length};
}

hf__trace_labels hf__trace_labels_create(const hf_trace *trace)
{
    size_t count = trace->thread_count;
    hf__trace_labels self = {.of = hf__allocate(count + 1, sizeof *self.of), .shown = hf__allocate(count + 1, sizeof *self.shown)};
    label_entry *entries = hf__allocate(count + 1, sizeof *entries);
    for (size_t i = 0; i < count; i++)
        entries[i] = (label_entry){trace->threads[i].label, i, gave_label(trace, &trace->threads[i])};
    qsort(entries, count, sizeof *entries, compare_same_labels);
    size_t same = 1;
    for (size_t i = 0; i < count; i++) {
        same = i > 0 && hf__text_equal(entries[i - 1].label, entries[i].label) ? same + 1 : 1;
        self.of[entries[i].thread] = same > 1 ? numbered(&self, entries[i].label, same) : entries[i].label;
    }

    qsort(entries, count, sizeof *entries, compare_shown);
    for (size_t i = 0; i < count; i++)
        self.shown[i] = entries[i].thread;
    hf__free(entries);
    return self;
}

void hf__trace_labels_clear(hf__trace_labels *self)
{
    hf__free(self->of);
    hf__free(self->shown);
    hf__heap_arena_clear(&self->arena);
}
