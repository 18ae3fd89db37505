/* SPDX-License-Identifier: MIT
 * Compares the places that two calls of one thread were made from: by their stacks if both have one, otherwise by their return addresses.
 *
 * Threads: pure.
 */
#ifndef HF_VERDICT_PLACE_H
#define HF_VERDICT_PLACE_H

#include "verdict_facts.h"

/* Do both calls have more of a stack than the return address? */
bool hf__verdict_place_have_stacks(const hf_event *a, const hf_event *b);
/* The same place: every frame is equal. Without stacks: the same return address. */
bool hf__verdict_place_is_same(const hf_event *a, const hf_event *b);
/* The same function, at the same depth: the stacks agree but for one frame. Without stacks: return addresses less than a page apart. */
bool hf__verdict_place_is_near(const hf_event *a, const hf_event *b);
/* Near, and known to be: without stacks it is not. */
bool hf__verdict_place_is_beside(const hf_event *a, const hf_event *b);
/* The same place through one function more or less: a function that tries again lies between. Without stacks it is not known. */
bool hf__verdict_place_is_deeper(const hf_event *a, const hf_event *b);
/* The same function, perhaps through another wrapper: the stacks agree from the third frame on. Without stacks: as near. */
bool hf__verdict_place_is_around(const hf_event *a, const hf_event *b);

#endif
