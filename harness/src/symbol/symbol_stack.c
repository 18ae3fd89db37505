/*
 * Frames are return addresses, but for the first one of an end record: that is where the processor was, one byte on (session_format.h).
 */
#include "symbol_stack.h"
#include "session_format.h"

#include "base_poison.h"

bool hf__stack_is_of_end(const hf_event *event)
{
    return event->kind >= HF_EVENT_END_EXIT && event->frame_count > 0;
}

static void find(hf__places *places, const hf_event *event, uint32_t frame, hf__place *out)
{
    bool is_instruction = frame == 0 && hf__stack_is_of_end(event);
    (void)hf__places_find(places, event->frames[frame] - (is_instruction ? 1 : 0), !is_instruction, out);
}

size_t hf__stack_print(hf__places *places, const hf_event *event, uint32_t frame, char *buffer, size_t capacity)
{
    hf__place place;
    find(places, event, frame, &place);
    return hf__place_print(&place, buffer, capacity);
}

char *hf__stack_describe(hf__places *places, const hf_event *event, uint32_t frame)
{
    hf__place place;
    find(places, event, frame, &place);
    return hf__place_describe(&place);
}
