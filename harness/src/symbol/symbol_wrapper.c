/* SPDX-License-Identifier: MIT
 * Shapes. For a function with debug information it is known what it returns. For one without, only its callers are known, so more is required of it.
 * An adapter's helpers are in a header, and may be called from a single place in a small program. A function that makes requests in two places does
 * something with them itself. A chain counts as a whole: a function that is called only by a wrapper (low by mid by xalloc) is a wrapper too, if it
 * returns memory.
 */
#include "symbol_wrapper.h"
#include "heap_alloc.h"
#include "base_check.h"
#include "base_random.h"
#include "base_text.h"
#include "heap_index.h"

#include <string.h>

#include "base_poison.h"

#define CALLERS_KEPT 8u
#define CALLERS_TYPED 2u   /* that a function has which is known to give back memory */
#define CALLERS_UNTYPED 3u /* that one has of which nothing is known */

/* Different values, as far as they are counted. */
typedef struct few {
    uint64_t values[CALLERS_KEPT];
    uint32_t count;
} few;

typedef struct shape {
    few callers;  /* places that call the function */
    few requests; /* places in it that the request comes through */
} shape;

struct hf__symbol_wrappers {
    const hf_string_list *named;
    hf__heap_map known; /* function to number in `shapes` */
    shape *shapes;
    size_t count, capacity;
};

static const char *const systems[] = {"libc.so*",  "libc-*",   "libc.musl*", "ld-*",     "ld-musl*", "libpthread*", "libstdc++*",  "libc++*",
                                      "libgcc_s*", "libasan*", "libubsan*",  "libtsan*", "liblsan*", "[vdso]",      "linux-vdso*", "linux-gate*"};
static const char *const dlls[] = {"combase.dll", "kernel32.dll", "kernelbase.dll", "msvcp140.dll", "msvcrt.dll",    "ntdll.dll",
                                   "ole32.dll",   "oleaut32.dll", "rpcrt4.dll",     "ucrtbase.dll", "ucrtbased.dll", "vcruntime140.dll"};

/* The system's own functions in a program that they are linked into: glibc's and musl's before the kernel and in the heap, Go's runtime. */
static const char *const linked_in[] = {"mmap",
                                        "mmap64",
                                        "__mmap",
                                        "__mmap64",
                                        "munmap",
                                        "__munmap",
                                        "mprotect",
                                        "__mprotect",
                                        "madvise",
                                        "__madvise",
                                        "mremap",
                                        "__mremap",
                                        "brk",
                                        "__brk",
                                        "sbrk",
                                        "__sbrk",
                                        "sysmalloc",
                                        "sysmalloc_mmap",
                                        "_int_malloc",
                                        "_int_realloc",
                                        "_int_free",
                                        "tcache_init",
                                        "ptmalloc_init",
                                        "runtime.mmap",
                                        "runtime.munmap",
                                        "runtime.madvise",
                                        "runtime.sysMmap",
                                        "runtime.sysMmap.abi0",
                                        "runtime.sysMunmap.abi0"};

static bool is_linked_in(const char *function)
{
    for (size_t i = 0; function != NULL && i < HF_COUNT_OF(linked_in); i++)
        if (strcmp(linked_in[i], function) == 0)
            return true;
    return false;
}

static void to_lower(const char *text, char *out, size_t capacity)
{
    size_t length = 0;
    for (; text[length] != '\0' && length + 1 < capacity; length++)
        out[length] = (char)(text[length] >= 'A' && text[length] <= 'Z' ? text[length] - 'A' + 'a' : text[length]);
    out[length] = '\0';
}

hf__symbol_wrappers *hf__symbol_wrappers_create(const hf_string_list *named)
{
    hf__symbol_wrappers *wrappers = hf__allocate(1, sizeof *wrappers);
    wrappers->named = named;
    return wrappers;
}

void hf__symbol_wrappers_destroy(hf__symbol_wrappers *wrappers)
{
    if (wrappers == NULL)
        return;
    hf__heap_map_clear(&wrappers->known);
    hf__free(wrappers->shapes);
    hf__free(wrappers);
}

bool hf__symbol_place_is_harness(const hf__symbol_place *place)
{
    return hf__glob_match(hf__text("libhostfault-*.so*"), hf__text(place->module));
}

bool hf__symbol_place_is_system(const hf__symbol_place *place)
{
    char lower[64]; /* Windows names the same DLL now this way, now that way: KERNEL32.DLL, kernel32.dll */
    if (hf__symbol_place_is_harness(place) || is_linked_in(place->function))
        return true;
    for (size_t i = 0; i < HF_COUNT_OF(systems); i++)
        if (hf__glob_match(hf__text(systems[i]), hf__text(place->module)))
            return true;
    to_lower(place->module, lower, sizeof lower);
    for (size_t i = 0; i < HF_COUNT_OF(dlls); i++)
        if (strcmp(dlls[i], lower) == 0)
            return true;
    return place->written == HF_WRITTEN_IN_SYSTEM_HEADER;
}

bool hf__symbol_place_is_same_function(const hf__symbol_place *a, const hf__symbol_place *b)
{
    return a->function != NULL && b->function != NULL && strcmp(a->function, b->function) == 0 && strcmp(a->module, b->module) == 0;
}

static uint64_t key_of(const hf__symbol_place *place)
{
    uint64_t hash = hf__hash(HF_HASH_START, place->module, strlen(place->module) + 1);
    return hf__hash(hash, place->function, strlen(place->function));
}

/* Copies of one line that the compiler made are one place. */
static uint64_t spot_of(const hf__symbol_place *place)
{
    uint64_t hash = place->function != NULL ? key_of(place) : 0;
    return hf__random(hash, place->line != 0 ? place->line : place->module_offset, place->line != 0);
}

static void add_to_few(few *set, uint64_t value)
{
    for (uint32_t i = 0; i < set->count; i++)
        if (set->values[i] == value)
            return;
    if (set->count < CALLERS_KEPT)
        set->values[set->count++] = value;
}

static shape *shape_of(hf__symbol_wrappers *wrappers, const hf__symbol_place *place)
{
    uint64_t key = key_of(place);
    uint32_t number = hf__heap_map_get(&wrappers->known, key);
    if (number == HF_INDEX_NONE) {
        HF_GROW(wrappers->shapes, wrappers->count, wrappers->capacity);
        number = (uint32_t)wrappers->count++;
        wrappers->shapes[number] = (shape){.requests = {.count = 0}};
        hf__heap_map_set(&wrappers->known, key, number);
    }
    return &wrappers->shapes[number];
}

static const shape *find_shape(const hf__symbol_wrappers *wrappers, const hf__symbol_place *place)
{
    uint32_t number = hf__heap_map_get(&wrappers->known, key_of(place));
    return number != HF_INDEX_NONE ? &wrappers->shapes[number] : NULL;
}

static bool is_named(const hf__symbol_wrappers *wrappers, const hf__symbol_place *place)
{
    for (size_t i = 0; wrappers->named != NULL && i < wrappers->named->count; i++) {
        const char *pattern = wrappers->named->items[i];
        const char *bang = strchr(pattern, '!');
        bool in_module = bang == NULL || hf__glob_match((hf_text){pattern, (size_t)(bang - pattern)}, hf__text(place->module));
        if (in_module && hf__glob_match(hf__text(bang != NULL ? bang + 1 : pattern), hf__text(place->function)))
            return true;
    }
    return false;
}

/* Of hostfault/adapt.h: malloc's family, which asks for others alone. */
static bool is_adapter(const hf__symbol_place *place)
{
    return strncmp(place->function, "hf_adapt_", strlen("hf_adapt_")) == 0;
}

/* An adapter's helper: written in a header, and its caller learns something of it. */
static bool is_helper(const hf__symbol_place *place)
{
    return place->written == HF_WRITTEN_IN_HEADER && (place->gives == HF_GIVES_MEMORY || place->gives == HF_GIVES_OBJECT);
}

/* May a request go through this function, to be given back as it came? */
static bool may_pass(const hf__symbol_wrappers *wrappers, const hf__symbol_place *place)
{
    return place->function != NULL && (hf__symbol_place_is_system(place) || place->gives == HF_GIVES_MEMORY || is_adapter(place) ||
                                       is_helper(place) || is_named(wrappers, place));
}

static bool passes(const hf__symbol_wrappers *wrappers, const hf__symbol_place *place)
{
    if (place->function == NULL)
        return hf__symbol_place_is_system(place);
    if (hf__symbol_place_is_system(place) || is_adapter(place) || is_named(wrappers, place))
        return true;
    const shape *of = find_shape(wrappers, place);
    if (of == NULL || of->requests.count != 1)
        return false;
    if (is_helper(place))
        return true;
    bool is_untyped = place->gives == HF_GIVES_UNKNOWN;
    return (is_untyped || place->gives == HF_GIVES_MEMORY) && of->callers.count >= (is_untyped ? CALLERS_UNTYPED : CALLERS_TYPED);
}

void hf__symbol_wrappers_learn(hf__symbol_wrappers *wrappers, const hf__symbol_place *stack, size_t count)
{
    bool goes_on = true;
    for (size_t i = 0; i < count && goes_on; i++) {
        if (stack[i].function == NULL)
            break;
        shape *of = shape_of(wrappers, &stack[i]);
        add_to_few(&of->requests, spot_of(&stack[i]));
        if (i + 1 < count)
            add_to_few(&of->callers, spot_of(&stack[i + 1]));
        goes_on = may_pass(wrappers, &stack[i]) || stack[i].gives == HF_GIVES_UNKNOWN;
    }
}

/* An adapter's helper that gives memory back or protects it: all that its caller learns is a status, so what it gives does not tell. */
static bool is_release_helper(const hf__symbol_place *innermost, hf_class class_)
{
    return class_ != HF_CLASS_ACQUIRE && innermost->function != NULL && innermost->written == HF_WRITTEN_IN_HEADER;
}

size_t hf__symbol_wrappers_first(const hf__symbol_wrappers *wrappers, const hf__symbol_place *stack, size_t count, hf_class class_,
                                 const hf__symbol_place *kept)
{
    size_t first = 0;
    for (size_t i = 0; i + 1 < count; i++) {
        /* A library of the system is passed over where it asks for somebody. Where it calls the program (a thread's start, a callback) the request
         * is decided on below it. */
        bool calls_program = hf__symbol_place_is_system(&stack[i]) && first != i;
        bool is_kept = kept != NULL && hf__symbol_place_is_same_function(&stack[i], kept);
        if (is_kept || calls_program)
            break;

        if (passes(wrappers, &stack[i]) || (i == 0 && is_release_helper(&stack[i], class_)))
            first = i + 1;
        else if (!may_pass(wrappers, &stack[i]))
            break;
    }
    return first;
}
