/* SPDX-License-Identifier: MIT
 * Frames are return addresses, except for the first frame of an end record: that is the processor's position plus one byte (session_format.h).
 */
#include "symbol_stack.h"
#include "heap_alloc.h"
#include "session_format.h"

#include "base_poison.h"

bool hf__symbol_stack_is_of_end(const hf_event *event)
{
    return event->kind >= HF_EVENT_END_EXIT && event->frame_count > 0;
}

size_t hf__symbol_stack_expand(hf__symbol_places *places, const hf_event *event, hf__symbol_place **out)
{
    size_t count = 0, capacity = 0;
    *out = NULL;
    for (uint32_t i = 0; i < event->frame_count; i++) {
        bool is_instruction = i == 0 && hf__symbol_stack_is_of_end(event);
        hf__symbol_place levels[HF_PLACE_DEPTH_MAX];
        size_t depth = hf__symbol_places_expand(places, event->frames[i] - (is_instruction ? 1 : 0), !is_instruction, levels);
        for (size_t level = 0; level < depth; level++) {
            HF_GROW(*out, count, capacity);
            (*out)[count++] = levels[level];
        }
    }
    return count;
}
