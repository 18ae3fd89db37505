/*
 * Naming sites: for people, and as fingerprints, which are made of names and so hold across builds.
 */
#include "base_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "run_buffer.h"
#include "symbol_pattern.h"
#include "sweep_site.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

/* Functions that pass a request on: what is interesting is who called them. */
static const char *const wrappers[] = {
    "*alloc*", "*Alloc*", "*ALLOC*", "*realloc*", "operator new*", "_Znw*", "_Zna*", "*free*", "*Free*", "*_growaux_*",
};

/* The same of modules: Windows' own, through which a program's requests go, and whose functions mostly have no names here. */
static const char *const wrapping_modules[] = {"msvcrt.dll", "ucrtbase.dll", "kernel32.dll", "kernelbase.dll", "KERNELBASE.dll", "ntdll.dll"};

/* What the system calls a program and a thread by, and we a caller: says nothing of the place, and differs from system to system. */
static const char *const roots[] = {
    "hf_caller_*", "hf__caller_*",        "__libc_start*",     "_start", "start_thread", "clone", "clone3", "__clone*",
    "*CRTStartup", "BaseThreadInitThunk", "RtlUserThreadStart"};

static bool is_among(const char *const *patterns, size_t count, const char *function)
{
    for (size_t i = 0; i < count; i++) {
        if (hf__glob_match(hf__text(patterns[i]), hf__text(function)))
            return true;
    }
    return false;
}

bool hf__sweep_is_wrapper(const char *function)
{
    return is_among(wrappers, HF_COUNT_OF(wrappers), function);
}

static void put(hf__buffer *out, const char *text)
{
    hf__buffer_append(out, text, strlen(text));
}

/* A frame as fingerprints have it: the module's name and the function, neither of which changes from build to build. What compilers and linkers add
 * to a name (grow.constprop.0, memcpy@@GLIBC_2.14) does. */
static void put_function(hf__buffer *out, const hf__place *place)
{
    put(out, place->module);
    if (place->function == NULL)
        return;
    put(out, "!");
    hf__buffer_append(out, place->function, 1 + strcspn(place->function + 1, ".@"));
}

/* The innermost frame that is no wrapper; the innermost of all if all are. */
static uint32_t first_frame(hf__places *places, const hf_event *event)
{
    for (uint32_t i = 0; i < event->frame_count; i++) {
        hf__place place;
        (void)hf__places_find(places, event->frames[i], true, &place);
        bool passes_on = is_among(wrapping_modules, HF_COUNT_OF(wrapping_modules), place.module);
        if (!passes_on && (place.function == NULL || !hf__sweep_is_wrapper(place.function)))
            return i;
    }
    return 0;
}

static char *name_place(hf__places *places, const hf_event *event, uint32_t frame)
{
    hf__place place;
    if (event->frame_count == 0)
        return hf__copy_string("?");
    (void)hf__places_find(places, event->frames[frame], true, &place);
    const char *slash = place.file != NULL ? strrchr(place.file, '/') : NULL;
    const char *file = slash != NULL ? slash + 1 : place.file;
    if (place.function != NULL && file != NULL)
        return hf__format("%s at %s:%u", place.function, file, place.line);
    if (place.function != NULL)
        return hf__format("%s at %s+0x%llx", place.function, place.module, (unsigned long long)place.module_offset);
    return hf__format("%s+0x%llx", place.module, (unsigned long long)place.offset);
}

static char *name_stack(hf__places *places, const hf_event *event)
{
    hf__buffer out = {0};
    for (uint32_t i = 0; i < event->frame_count; i++) {
        hf__place place;
        (void)hf__places_find(places, event->frames[i], true, &place);
        char *line = hf__place_describe(&place);
        put(&out, line);
        put(&out, "\n");
        hf__free(line);
    }
    return out.text != NULL ? out.text : hf__copy_string("");
}

/* All but the index of the call in its function. */
static char *name_frames(hf__places *places, const hf__sweep_site *site, const hf_event *event, uint32_t frame)
{
    hf__buffer out = {0};
    put(&out, hf__model_method(site->method)->name);
    put(&out, " ");
    for (uint32_t i = frame; i < event->frame_count; i++) {
        hf__place place;
        (void)hf__places_find(places, event->frames[i], true, &place);
        if (i > frame && place.function != NULL && is_among(roots, HF_COUNT_OF(roots), place.function))
            break;
        put(&out, i > frame ? "<" : "");
        put_function(&out, &place);
    }
    return out.text;
}

/* By fingerprint so far, then by where the frames return to: the order of the calls in their functions. */
static int compare_sites(const void *left, const void *right)
{
    const hf__sweep_site *a = *(hf__sweep_site *const *)left;
    const hf__sweep_site *b = *(hf__sweep_site *const *)right;
    int order = strcmp(a->fingerprint, b->fingerprint);
    if (order != 0)
        return order;
    for (uint32_t i = 0; i < a->frame_count && i < b->frame_count; i++) {
        if (a->frames[i] != b->frames[i])
            return a->frames[i] < b->frames[i] ? -1 : 1;
    }
    return a->frame_count < b->frame_count ? -1 : a->frame_count > b->frame_count;
}

/* Sites with the same frames by name are told apart by a number: their order in the code. Those that only a fault leads to have numbers of their own,
 * so that the others' do not depend on which faults were tried. */
static void number_fingerprints(hf__sweep_sites *sites, size_t from)
{
    size_t count = sites->count - from;
    hf__sweep_site **order = hf__allocate(count + 1, sizeof *order);
    for (size_t i = 0; i < count; i++)
        order[i] = &sites->items[from + i];
    qsort(order, count, sizeof *order, compare_sites);
    unsigned number = 0;
    char *before = hf__copy_string("");
    for (size_t i = 0; i < count; i++) {
        number = strcmp(order[i]->fingerprint, before) == 0 ? number + 1 : 1;
        hf__free(before);
        before = order[i]->fingerprint;
        order[i]->fingerprint = hf__format("%s%c%u", before, order[i]->count > 0 ? '#' : '~', number);
    }
    hf__free(before);
    hf__free(order);
}

void hf__sweep_sites_name(const hf_trace *trace, hf__sweep_sites *sites, size_t from)
{
    hf__places *places = hf__places_create(trace);
    for (size_t i = from; i < sites->count; i++) {
        hf__sweep_site *site = &sites->items[i];
        const hf_event event = {.kind = (uint32_t)site->method, .frames = site->frames, .frame_count = site->frame_count};
        uint32_t frame = first_frame(places, &event);
        site->place = name_place(places, &event, frame);
        site->stack = name_stack(places, &event);
        site->fingerprint = name_frames(places, site, &event, frame);
    }
    hf__places_destroy(places);
    number_fingerprints(sites, from);
}
