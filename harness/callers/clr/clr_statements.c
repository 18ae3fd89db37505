/* SPDX-License-Identifier: MIT
 * What the managed programs do in one domain: allocate, compile, call. Every value is computed from what the memory holds, fields that nobody
 * set included: a new object's fields are zero by the language's promise, which rests on the host's.
 */
#include "clr_program.h"
#include <stdio.h>
#include <string.h>
#include "base_poison.h"

#define LIST_NODES 900u
#define NODE_WORDS 12u
#define ARRAYS 90u
#define ARRAY_WORDS 640u
#define LARGE_WORDS 26000u
#define CACHE_BYTES ((size_t)600 << 10)
#define HUGE_WORDS 655360u
#define TYPES 20u
#define TYPE_WORDS 500u

static uint64_t sum_object(const clr_object *object)
{
    size_t words = (object->size - sizeof *object) / sizeof(uint64_t);
    uint64_t sum = object->type;
    for (size_t i = 0; i < words; i++)
        sum = sum * 31 + object->payload[i];
    return sum;
}

static void drop_all(clr_thread *thread, const clr_handle *handles, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        clr_gc_drop(thread, handles[i]);
}

bool clr_load_assembly(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    clr_assembly *assembly = clr_assembly_load(thread, thread->domain, index + 1);
    if (!clr_managed(thread, assembly != NULL))
        return false;
    *value = clr_assembly_sum(assembly);
    return true;
}

/* Classes: more than the domain's first block holds, so that its loader heap grows and takes another. */
bool clr_load_types(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    clr_domain *domain = thread->domain;
    for (uint32_t i = 0; i < TYPES; i++) {
        clr_crst_enter(thread, &domain->crst);
        uint64_t *type = clr_loader_heap_alloc(thread, &domain->low, TYPE_WORDS * sizeof(uint64_t));
        clr_crst_leave(thread, &domain->crst);
        if (type == NULL)
            return clr_managed(thread, false);
        type[i] = index + i;
        for (uint32_t word = 0; word < TYPE_WORDS; word++)
            *value = *value * 31 + type[word];
    }
    return true;
}

bool clr_say_hello(clr_program_run *run, uint32_t index, uint64_t *value)
{
    static const char text[] = "hello from managed code";
    clr_thread *thread = run->thread;
    if (!clr_managed_call(thread, thread->domain, index, CLR_METHOD_ORDINARY, value))
        return false;
    clr_handle string = clr_managed_new(thread, CLR_TYPE_STRING, sizeof text + 64);
    if (string == 0)
        return false;
    memcpy(clr_gc_object(thread, string)->payload, text, sizeof text);
    *value = clr_mix(*value, sum_object(clr_gc_object(thread, string)));
    printf("%s\n", (const char *)clr_gc_object(thread, string)->payload);
    clr_gc_drop(thread, string);
    return true;
}

/* A list is built from its end: only its head needs a handle. Half of each node's fields keep what a new object has. */
bool clr_build_list(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    clr_handle head = 0;
    for (uint32_t i = 0; i < LIST_NODES; i++) {
        clr_handle node = clr_managed_new(thread, CLR_TYPE_NODE, NODE_WORDS * sizeof(uint64_t));
        if (node == 0) {
            clr_gc_drop(thread, head);
            return false;
        }
        for (uint32_t word = 0; word < NODE_WORDS; word += 2)
            clr_gc_object(thread, node)->payload[word] = (uint64_t)index * 1000 + i + word;
        clr_gc_store(thread, node, head);
        clr_gc_drop(thread, head);
        head = node;
    }

    for (const clr_object *node = clr_gc_object(thread, head); node != NULL; node = node->next)
        *value = clr_mix(*value, sum_object(node));
    clr_gc_drop(thread, head);
    return true;
}

/* Two in three arrays are garbage at once. */
bool clr_fill_arrays(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    clr_handle kept[ARRAYS / 3 + 1];
    uint32_t count = 0;
    for (uint32_t i = 0; i < ARRAYS; i++) {
        clr_handle array = clr_managed_new(thread, CLR_TYPE_ARRAY, ARRAY_WORDS * sizeof(uint64_t));
        if (array == 0) {
            drop_all(thread, kept, count);
            return false;
        }
        clr_gc_object(thread, array)->payload[i] = index + i;
        *value = clr_mix(*value, sum_object(clr_gc_object(thread, array)));
        if (i % 3 == 0)
            kept[count++] = array;
        else
            clr_gc_drop(thread, array);
    }

    for (uint32_t i = 0; i < count; i++)
        *value = clr_mix(*value, sum_object(clr_gc_object(thread, kept[i])));
    drop_all(thread, kept, count);
    return true;
}

/* The middle one goes first, so that a collection finds a free stretch between large objects that live. */
bool clr_use_large_arrays(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    clr_handle arrays[3] = {0};
    for (uint32_t i = 0; i < 3; i++) {
        arrays[i] = clr_managed_new(thread, CLR_TYPE_ARRAY, LARGE_WORDS * sizeof(uint64_t));
        if (arrays[i] == 0) {
            drop_all(thread, arrays, i);
            return false;
        }
        clr_gc_object(thread, arrays[i])->payload[100 * i] = index + i + 1;
    }

    *value = clr_mix(*value, sum_object(clr_gc_object(thread, arrays[1])));
    clr_gc_drop(thread, arrays[1]);
    clr_gc_collect(thread, 2);
    *value = clr_mix(*value, sum_object(clr_gc_object(thread, arrays[0])));
    *value = clr_mix(*value, sum_object(clr_gc_object(thread, arrays[2])));
    clr_gc_drop(thread, arrays[0]);
    clr_gc_drop(thread, arrays[2]);
    return true;
}

/* Larger than a segment: it gets one of its own, with cards for it. */
bool clr_use_huge_array(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    clr_handle array = clr_managed_new(thread, CLR_TYPE_ARRAY, HUGE_WORDS * sizeof(uint64_t));
    if (array == 0)
        return false;
    clr_object *object = clr_gc_object(thread, array);
    object->payload[HUGE_WORDS - 1] = index + 3;
    for (uint32_t word = 0; word < HUGE_WORDS; word += 512)
        *value = *value * 31 + object->payload[word];
    *value += object->payload[HUGE_WORDS - 1];
    clr_gc_drop(thread, array);
    return true;
}

/* try { cache = new byte[...] } catch (OutOfMemoryException) { }: what the program computes does not depend on it. */
bool clr_keep_cache(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    clr_handle cache = clr_managed_new(thread, CLR_TYPE_ARRAY, CACHE_BYTES);
    if (cache == 0 && thread->exception != CLR_OUT_OF_MEMORY)
        return false;
    thread->exception = CLR_NO_EXCEPTION;
    *value = index + 7;
    clr_gc_drop(thread, cache);
    return true;
}

bool clr_make_finalizable(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    for (uint32_t i = 0; i < CLR_FINALIZERS_STEP + 8; i++) {
        clr_handle object = clr_managed_new(thread, CLR_TYPE_NODE, 3 * sizeof(uint64_t));
        if (object == 0)
            return false;
        clr_gc_object(thread, object)->payload[0] = index + i;
        bool registered = clr_managed(thread, clr_gc_register_finalizer(thread, object));
        clr_gc_drop(thread, object);
        if (!registered)
            return false;
        *value += i;
    }
    return true;
}

bool clr_call_collect(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_gc_collect(run->thread, 2);
    *value = index;
    return true;
}

bool clr_call_methods(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    for (uint32_t i = 0; i < 12; i++)
        if (!clr_managed_call(thread, thread->domain, 100 + index * 12 + i, CLR_METHOD_ORDINARY, value))
            return false;
    return true;
}

bool clr_call_dynamic(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    bool done = true;
    for (uint32_t i = 0; i < 3 && done; i++)
        done = clr_managed_call(thread, thread->domain, 500 + index * 3 + i, CLR_METHOD_DYNAMIC, value);
    clr_jit_collect_dynamic(thread, thread->domain);
    return done;
}

bool clr_call_far(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    return clr_managed_call(thread, thread->domain, 700 + index, CLR_METHOD_JUMP_STUB, value);
}

bool clr_handle_overflow(clr_program_run *run, uint32_t index, uint64_t *value)
{
    clr_thread *thread = run->thread;
    *value = index + 1;
    if (!clr_stack_disarm(thread))
        return clr_managed(thread, clr_throw_last_error(thread));
    return clr_stack_restore_guard(thread);
}
