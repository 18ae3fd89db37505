/* SPDX-License-Identifier: MIT
 * Stacks of a trace for people: places with function, file and line.
 *
 * Threads: one thread per hf__symbol_places.
 */
#ifndef HF_SYMBOL_STACK_H
#define HF_SYMBOL_STACK_H

#include "symbol_pattern.h"

#define HF_PLACE_BYTES 320u /* enough for a frame */

/* Does the event say where a thread was at the end? */
bool hf__symbol_stack_is_of_end(const hf_event *event);
/* An event's stack, innermost first, with the functions that were inlined. Returns how many places. *out: hf__free; text in it is borrowed from the
 * hf__symbol_places. */
size_t hf__symbol_stack_expand(hf__symbol_places *places, const hf_event *event, hf__symbol_place **out);

#endif
