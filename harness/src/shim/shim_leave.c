/* SPDX-License-Identifier: MIT
 * How the process leaves: what is recorded of its end from inside. By exit() it is the stack of that, what is still open, and what became of the
 * canaries. A handler of a fault of the processor's may leave by _exit, quick_exit or abort, which nothing in here sees: so after an injected fault
 * the handlers that the program has are told of, and whether they returned.
 */
#include "shim_call.h"

#include "base_text.h"
#include "os_descriptors.h"
#include "os_fault.h"
#include "os_stack.h"

#include "base_poison.h"

/* A list as long as this is cut off, in every run alike. */
#define DESCRIPTORS_MAX 256u
#define WORDS_BYTES 512u

typedef struct listing {
    uint32_t count;
} listing;

/* What main leaves open in a stream is closed right after this, by exit. An unmodified program's streams are told: of those it lost the memory too.
 */
static bool is_closed_by_exit(int descriptor)
{
    return !hf__shim_is_guest && descriptor > 2 && hf__os_descriptor_has_stream(descriptor);
}

static bool note_descriptor(int descriptor, void *user)
{
    listing *self = user;
    if (is_closed_by_exit(descriptor))
        return true;
    char words[WORDS_BYTES];
    hf_os_descriptor_kind kind = hf__os_descriptor_describe(descriptor, words, sizeof words);
    hf__shim_note(HF_EVENT_DESCRIPTOR, (uint64_t)(uint32_t)descriptor, (uint64_t)kind, hf__text(words), hf__text(""));
    return ++self->count < DESCRIPTORS_MAX;
}

void hf__shim_note_descriptors(void)
{
    listing self = {.count = 0};
    (void)hf__os_descriptors_each(note_descriptor, &self);
}

/* A program may live by such handlers (null checks of a virtual machine): it goes on after them, and needs no more of these in its trace. */
#define HANDLERS_TOLD_MAX 1000u
static uint32_t handlers_told;

/* Inside the signal handler, before and after the program's own. */
static void note_handler(const hf_fault_seen *seen)
{
    uint64_t frames[HF_LEAVING_FRAMES];
    if (!hf__shim_attached() || hf__os_add_u32_atomic(&handlers_told, 1) >= HANDLERS_TOLD_MAX)
        return;
    uint32_t count = seen->returned ? 0 : hf__os_stack_interrupted(frames, HF_LEAVING_FRAMES);
    hf_slot_main event = {.kind = HF_EVENT_HANDLER, .address = (uint64_t)seen->signal, .size = seen->address};
    event.type = (seen->has_address ? HF_HANDLER_ADDRESS : 0) | (seen->returned ? HF_HANDLER_RETURNED : 0);
    hf__shim_record(&event, frames, count);
}

/* Handlers change seldom, and faults may come by the thousand. */
#define LOOKS_AT_EACH 16u

void hf__shim_watch_handlers(uint32_t fault)
{
    if (fault <= LOOKS_AT_EACH || (fault & (fault - 1)) == 0)
        hf__os_witness_faults(note_handler);
}
