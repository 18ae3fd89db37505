/* SPDX-License-Identifier: MIT
 * Stacks as places: module and offset of each frame, and a key of the whole stack that is the same for one build at any address.
 *
 * The modules that were loaded at attach are known; a module that appears later is added and recorded then. The table only grows and readers take no
 * lock. At worst, two threads that add the same module at once record it twice.
 */
#include "shim_call.h"
#include "base_check.h"
#include "base_text.h"
#include "os_stack.h"
#include "shim_rearm.h"

#include <string.h>

#include "base_poison.h"

#define MODULES_MAX 256u

typedef struct module {
    uintptr_t base, start, end;
    uint64_t key;  /* hf__engine_module_key */
    char name[64]; /* last path component */
} module;

static module modules[MODULES_MAX];
static uint32_t module_count; /* entries that are complete, from the start on */
static uint32_t module_writer;
static uint32_t at_attach; /* entries that were there then */

static hf_text last_component(const char *path)
{
    const char *slash = strrchr(path, '/');
    return hf__text(slash != NULL ? slash + 1 : path);
}

static void record_module(const hf_os_module *from)
{
    hf__shim_note(HF_EVENT_MODULE, from->base, from->end, hf__text(from->path), hf__text(from->build_id));
}

static const module *add_module(const hf_os_module *from)
{
    if (!hf__os_swap_if_u32(&module_writer, 0, 1))
        return NULL;
    uint32_t at = hf__os_load_u32(&module_count);
    module *entry = NULL;
    if (at < MODULES_MAX) {
        entry = &modules[at];
        entry->base = from->base;
        entry->start = from->start;
        entry->end = from->end;
        hf_text name = last_component(from->path);
        hf__text_copy(entry->name, sizeof entry->name, name);
        entry->key = hf__engine_module_key(entry->name, from->build_id);
        hf__os_store_u32(&module_count, at + 1);
    }
    hf__os_store_u32(&module_writer, 0);
    record_module(from);
    return entry;
}

static void learn(const hf_os_module *from, void *user)
{
    (void)user;
    add_module(from);
}

void hf__shim_learn_modules(void)
{
    hf__os_store_u32(&module_count, 0);
    hf__os_store_u32(&module_writer, 0);
    if (hf__shim_subject == NULL)
        hf__os_modules(learn, NULL);
    at_attach = hf__os_load_u32(&module_count);
}

/* Those that were met after attach: their records are gone. */
void hf__shim_forget_modules(void)
{
    hf__os_store_u32(&module_count, at_attach);
}

static const module *find_module(uintptr_t address)
{
    uint32_t count = hf__os_load_u32(&module_count);
    for (uint32_t i = 0; i < count; i++) {
        if (address >= modules[i].start && address < modules[i].end)
            return &modules[i];
    }
    hf_os_module found;
    int is_found = hf__shim_subject != NULL ? hf__shim_subject->module_at(address, &found) : hf__os_module_at(address, &found);
    return is_found ? add_module(&found) : NULL;
}

/* Code that is in no module is looked for again when another call was between. */
void hf__shim_learn_caller(hf_shim_thread *thread, uintptr_t pc)
{
    const module *in = find_module(pc - 1);
    thread->code_start = in != NULL ? in->start : pc - 1;
    thread->code_bytes = in != NULL ? in->end - in->start : 1;
}

/* A place inside the calling instruction, so that a call at the very end of a function still belongs to it. *before: the module of the frame before,
 * which is most often this one's too. */
static hf_frame place(uintptr_t address, const module **before)
{
    const module *in = *before;
    if (in == NULL || address - 1 < in->start || address - 1 >= in->end)
        *before = in = find_module(address - 1);
    if (in == NULL)
        return (hf_frame){.module = "", .module_key = 0, .offset = address - 1};
    return (hf_frame){.module = in->name, .module_key = in->key, .offset = address - 1 - in->base};
}

void hf__shim_take_stack(uintptr_t pc, uint32_t depth, hf_shim_stack *out)
{
    uint32_t capacity = depth < HF_STACK_MAX ? depth : HF_STACK_MAX;
    out->count =
        hf__shim_subject != NULL ? hf__shim_subject->take_stack(pc, out->addresses, capacity) : hf__os_stack_take(pc, out->addresses, capacity);
    const module *before = NULL;
    for (uint32_t i = 0; i < out->count; i++)
        out->frames[i] = place(out->addresses[i], &before);
    out->site = hf__engine_site_key(out->frames, out->count);
}
