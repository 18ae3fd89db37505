/*
 * Stacks of a trace for people: places with function, file and line.
 *
 * Threads: one thread per hf__places.
 */
#ifndef HF_SYMBOL_STACK_H
#define HF_SYMBOL_STACK_H

#include "symbol_pattern.h"

#define HF_PLACE_BYTES 320u /* enough for a frame */

/* Does the event say where a thread was at the end? */
bool hf__stack_is_of_end(const hf_event *event);
/* One frame of an event's stack. Returns the bytes written without the NUL. */
size_t hf__stack_print(hf__places *places, const hf_event *event, uint32_t frame, char *buffer, size_t capacity);
/* The same as hf__place_describe has it: hf__free. */
char *hf__stack_describe(hf__places *places, const hf_event *event, uint32_t frame);

#endif
