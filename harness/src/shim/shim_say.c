/* SPDX-License-Identifier: MIT
 * What a program says about itself: phases, thread labels, sections that must not be faulted, its result and its own check. Each is one event.
 * Without a session nothing is recorded.
 */
#include "shim_call.h"
#include "base_text.h"

#include <hostfault/expect.h>

#include <string.h>

#include "base_poison.h"

#define RESULT_MAX 4096u
#define WHY_MAX 200u

static hf_text cut(const char *string, size_t most)
{
    hf_text text = hf__text(string);
    if (text.size_bytes > most)
        text.size_bytes = most;
    return text;
}

void hf_phase(const char *name)
{
    if (!hf__shim_attached())
        return;
    hf_text text = cut(name, HF_NAME_BYTES);
    const hf_plan_image *plan = hf__shim.session.plan;
    uint32_t index = 0;
    for (uint32_t i = 0; i < plan->phase_count; i++) {
        if (hf__text_equal_string(text, hf__model_plan_phase(plan, i)))
            index = i + 1;
    }
    hf__os_store_u32(&hf__shim.phase, index);
    hf__shim_note(HF_EVENT_PHASE, 0, 0, text, hf__text(""));
}

void hf_thread(const char *label)
{
    if (!hf__shim_attached())
        return;
    hf_text text = cut(label, HF_NAME_BYTES);
    hf_shim_thread *thread = hf__shim_here();
    const hf_plan_image *plan = hf__shim.session.plan;
    thread->label = 0;
    for (uint32_t i = 0; i < plan->thread_count; i++) {
        if (hf__text_equal_string(text, hf__model_plan_thread(plan, i)))
            thread->label = (uint8_t)(i + 1);
    }
    hf__shim_note(HF_EVENT_THREAD, 0, 0, text, hf__text(""));
}

void hf_pause(void)
{
    if (hf__shim_attached())
        hf__shim_here()->paused++;
}

void hf_resume(void)
{
    if (hf__shim_attached() && hf__shim_here()->paused > 0)
        hf__shim_here()->paused--;
}

uint32_t hf_fired(void)
{
    return hf__shim_attached() ? hf__os_load_u32(&hf__shim.session.control->fired) : 0;
}

void hf_result(const char *text, size_t size_bytes)
{
    hf_text kept = {.pointer = text, .size_bytes = size_bytes < RESULT_MAX ? size_bytes : RESULT_MAX};
    hf__shim_note(HF_EVENT_RESULT, 0, 0, kept, hf__text(""));
}

void hf_check(int passed, const char *why)
{
    hf__shim_note(HF_EVENT_CHECK, passed != 0, 0, cut(why, WHY_MAX), hf__text(""));
}

void hf_expect_note(unsigned what, const char *why)
{
    hf__shim_note(HF_EVENT_EXPECT, what, 0, cut(why != NULL ? why : "", WHY_MAX), hf__text(""));
}

DWORD hf_last_error(void)
{
    return hf__os_last_error();
}

void hf_set_last_error(DWORD code)
{
    hf__os_set_last_error(code);
}

/* The volatile keeps two empty functions from becoming one, and their calls from vanishing. */
static volatile const char *breakpoint_rule;

__attribute__((noinline)) void hf_on_fault(const char *rule)
{
    breakpoint_rule = rule;
}

__attribute__((noinline)) void hf_on_first_fault(const char *rule)
{
    breakpoint_rule = rule;
    __asm__ volatile("");
}
