/* SPDX-License-Identifier: MIT
 * Names sites: for people, and as fingerprints, which consist of names and so hold across builds.
 */
#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "heap_buffer.h"
#include "symbol_stack.h"
#include "symbol_wrapper.h"
#include "sweep_site.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* The functions by which the system calls a program or a thread, and we call a caller: they do not describe the place, and differ between systems. */
static const char *const roots[] = {
    "hf_caller_*", "hf__shim_caller_*",   "__libc_start*",     "_start", "start_thread", "clone", "clone3", "__clone*",
    "*CRTStartup", "BaseThreadInitThunk", "RtlUserThreadStart"};

static bool is_among(const char *const *patterns, size_t count, const char *function)
{
    for (size_t i = 0; i < count; i++) {
        if (hf__glob_match(hf__text(patterns[i]), hf__text(function)))
            return true;
    }
    return false;
}

static void append_text(hf__heap_buffer *out, const char *text)
{
    hf__heap_buffer_append(out, text, strlen(text));
}

/* A place in the form of fingerprints: the module's name and the function. Neither changes from build to build. */
static void put_function(hf__heap_buffer *out, const hf__symbol_place *place)
{
    append_text(out, place->module);
    if (place->function == NULL)
        return;
    append_text(out, "!");
    append_text(out, place->function);
}

static char *name_stack(const hf__symbol_place *stack, size_t count)
{
    hf__heap_buffer out = {0};
    for (size_t i = 0; i < count; i++) {
        char *line = hf__symbol_place_describe(&stack[i]);
        append_text(&out, line);
        append_text(&out, "\n");
        hf__free(line);
    }
    return out.text != NULL ? out.text : hf__copy_string("");
}

/* Does what called the program begin here? Between main and __libc_start_main is a function that the C library names only in its debugging
 * information
 * (__libc_start_call_main), and under a thread are two (start_thread, clone3). Machines with and without that information must agree. */
static bool is_root(const hf__symbol_place *stack, size_t count, size_t at)
{
    size_t next = at;
    while (next < count && stack[next].function == NULL && hf__glob_match(hf__text("libc.so*"), hf__text(stack[next].module)))
        next++;
    if (next == count)
        return next > at;
    return stack[next].function != NULL && is_among(roots, HF_COUNT_OF(roots), stack[next].function);
}

/* Everything except the number that distinguishes places of one function. */
static char *name_frames(const char *name, const hf__symbol_place *stack, size_t count)
{
    hf__heap_buffer out = {0};
    append_text(&out, name);
    append_text(&out, " ");
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && is_root(stack, count, i))
            break;
        append_text(&out, i > 0 ? "<" : "");
        put_function(&out, &stack[i]);
    }
    return out.text;
}

/* A site while it gets its name: its place in the code, frame by frame. */
typedef struct naming {
    hf__sweep_site *site;
    uint64_t *spots; /* lines, or offsets if lines are unknown; from the reported place outwards */
    size_t count;
} naming;

/* By line, which no compiler changes; by code address if there are no lines. */
static void take_spots(naming *self, const hf__symbol_place *stack, size_t count)
{
    self->spots = hf__allocate(count + 1, sizeof *self->spots);
    self->count = count;
    for (size_t i = 0; i < count; i++)
        self->spots[i] = stack[i].line != 0 ? stack[i].line : stack[i].module_offset;
}

static int compare_spots(const naming *a, const naming *b)
{
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        if (a->spots[i] != b->spots[i])
            return a->spots[i] < b->spots[i] ? -1 : 1;
    }
    return a->count < b->count ? -1 : a->count > b->count;
}

/* By the fingerprint so far, then by the order of the calls in their functions. */
static int compare_namings(const void *left, const void *right)
{
    const naming *a = left, *b = right;
    int order = strcmp(a->site->fingerprint, b->site->fingerprint);
    return order != 0 ? order : compare_spots(a, b);
}

/* A number distinguishes sites with the same frame names: their order in the code. Copies of one line that the compiler made, and the same
 * line on several threads, are one place. Sites that only a fault leads to are numbered separately, so that the other numbers do not depend on the
 * tested faults. */
static void number_fingerprints(naming *namings, size_t count)
{
    if (count > 0)
        qsort(namings, count, sizeof *namings, compare_namings);
    unsigned number = 0;
    char *before = hf__copy_string("");
    for (size_t i = 0; i < count; i++) {
        hf__sweep_site *site = namings[i].site;
        bool same_frames = strcmp(site->fingerprint, before) == 0;
        bool same_place = same_frames && compare_spots(&namings[i - 1], &namings[i]) == 0;
        number = same_frames ? number + !same_place : 1;
        hf__free(before);
        before = site->fingerprint;
        site->fingerprint = hf__format("%s%c%u", before, site->count > 0 ? '#' : '~', number);
    }
    hf__free(before);
}

static size_t expand(hf__symbol_places *places, const hf__sweep_site *site, hf__symbol_place **out)
{
    const hf_event event = {.kind = (uint16_t)site->method, .frames = site->frames, .frame_count = (uint16_t)site->frame_count};
    return hf__symbol_stack_expand(places, &event, out);
}

static hf__symbol_wrappers *learn_wrappers(hf__symbol_places *const *places, const hf_string_list *named, const hf__sweep_sites *sites)
{
    hf__symbol_wrappers *wrappers = hf__symbol_wrappers_create(named);
    for (size_t i = 0; i < sites->count; i++) {
        hf__symbol_place *stack = NULL;
        size_t count = expand(places[sites->items[i].trace], &sites->items[i], &stack);
        hf__symbol_wrappers_learn(wrappers, stack, count);
        hf__free(stack);
    }
    return wrappers;
}

static void name_site(hf__symbol_places *const *places, const hf__symbol_wrappers *wrappers, naming *self)
{
    hf__symbol_place *stack = NULL;
    hf__sweep_site *site = self->site;
    size_t count = expand(places[site->trace], site, &stack);
    size_t first = hf__symbol_wrappers_first(wrappers, stack, count, hf__model_method(site->method)->class_, NULL);
    site->place = count > 0 ? hf__symbol_place_name(&stack[first]) : hf__copy_string("?");
    site->stack = name_stack(stack, count);
    site->fingerprint = name_frames(hf__model_call_name(site->method, site->function), stack + first, count - first);
    take_spots(self, stack + first, count - first);
    hf__free(stack);
}

void hf__sweep_sites_name(hf__sweep_traces traces, const hf_string_list *wrapping, hf__sweep_sites *sites, size_t from)
{
    hf__symbol_places **places = hf__allocate(traces.count, sizeof *places);
    for (size_t i = 0; i < traces.count; i++)
        places[i] = hf__symbol_places_create(traces.items[i]);
    hf__symbol_wrappers *wrappers = learn_wrappers(places, wrapping, sites);
    naming *namings = hf__allocate(sites->count - from + 1, sizeof *namings);
    for (size_t i = from; i < sites->count; i++) {
        namings[i - from].site = &sites->items[i];
        name_site(places, wrappers, &namings[i - from]);
    }
    hf__symbol_wrappers_destroy(wrappers);
    for (size_t i = 0; i < traces.count; i++)
        hf__symbol_places_destroy(places[i]);
    hf__free(places);
    number_fingerprints(namings, sites->count - from);
    for (size_t i = from; i < sites->count; i++)
        hf__free(namings[i - from].spots);
    hf__free(namings);
}
