/* SPDX-License-Identifier: MIT
 * Addresses of this process as functions and lines. Remembers its answers, because a question costs a process.
 *
 * Threads: one per object.
 */
#ifndef HF_TEST_PLACES_H
#define HF_TEST_PLACES_H

#include "system_places.h"

#include <hostfault/trace.h>
#include <stdbool.h>

typedef struct hf__test_places hf__test_places;
typedef struct hf__test_place {
    uint64_t address;
    hf_system_place at;
    char where[300]; /* "list.c:31", or "module+0x1234" */
    bool is_system;  /* in a library of C's, C++'s or the compiler's */
} hf__test_place;

hf__test_places *hf__test_places_create(void);
void hf__test_places_destroy(hf__test_places *self);
/* The places of return addresses of this trace, each one's line being the call's. out has room for count; its members are borrowed until the next
 * call. */
void hf__test_places_find(hf__test_places *self, const hf_trace *trace, const uint64_t *frames, size_t count, const hf__test_place **out);

#endif
