/* SPDX-License-Identifier: MIT
 * Which functions only pass a request on, so that reports name the function that asked. Decided by shape, from the stacks of requests: a function
 * that returns plain memory, makes the request in one place, and is called from several. All stacks are read before the first question. Names count
 * only if the user gives them, and for libraries of the system, whose functions never decide on a request.
 *
 * Threads: one thread per object.
 */
#ifndef HF_SYMBOL_WRAPPER_H
#define HF_SYMBOL_WRAPPER_H

#include "model.h"
#include "symbol_pattern.h"

typedef struct hf__symbol_wrappers hf__symbol_wrappers;

/* named: patterns of functions that are wrappers too, FUNCTION or MODULE!FUNCTION; NULL: none. Borrowed. */
hf__symbol_wrappers *hf__symbol_wrappers_create(const hf_string_list *named);
void hf__symbol_wrappers_destroy(hf__symbol_wrappers *wrappers);
/* Learns from the stack of a request, innermost first. */
void hf__symbol_wrappers_learn(hf__symbol_wrappers *wrappers, const hf__symbol_place *stack, size_t count);
/* The first place that is no wrapper's; 0 if all are. class_: of the call that the stack belongs to. kept: a place whose function is never passed
 * over, for it is where the run ended; NULL: none. */
size_t hf__symbol_wrappers_first(const hf__symbol_wrappers *wrappers, const hf__symbol_place *stack, size_t count, hf_class class_,
                                 const hf__symbol_place *kept);

/* Is this a place in a library of the system: C's, C++'s, the loader's, a sanitizer's, Windows' own? */
bool hf__symbol_place_is_system(const hf__symbol_place *place);
/* Is it in a library that the tool loads under unmodified programs? Such a place is one of the system's, too. */
bool hf__symbol_place_is_harness(const hf__symbol_place *place);
/* Do both lie in the same function? */
bool hf__symbol_place_is_same_function(const hf__symbol_place *a, const hf__symbol_place *b);

#endif
