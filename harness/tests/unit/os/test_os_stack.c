/* SPDX-License-Identifier: MIT
 * Stacks and modules: exact without frame pointers, innermost first, starting at the requested frame.
 */
#include "hf_rows.h"
#include "os_image_posix.h"
#include "os_stack.h"

#include <string.h>
#include <unistd.h>

TestSuite(os_stack, .timeout = 120);

static __attribute__((noinline)) uint32_t take(uint64_t *frames, uint32_t capacity)
{
    uint32_t count = hf__os_stack_take((uintptr_t)__builtin_return_address(0), frames, capacity);
    __asm__ volatile("");
    return count;
}

static __attribute__((noinline)) uint32_t through(uint64_t *frames, uint32_t capacity)
{
    uint32_t count = take(frames, capacity);
    __asm__ volatile("");
    return count;
}

Test(os_stack, begins_at_the_return_address_that_is_asked_for)
{
    uint64_t frames[16];
    uint32_t count = through(frames, 16);
    cr_assert(lt(uint, 2, count));
    cr_assert(ge(u64, frames[0], (uintptr_t)through));
    cr_assert(lt(u64, frames[0], (uintptr_t)through + 256));
}

/* Calls it from one of two places of one frame: the stacks have the same innermost return address at the same place, and differ further out. */
static __attribute__((noinline)) uint32_t from_one_of_two(int second, uint64_t *frames, uint32_t capacity)
{
    uint32_t count = 0;
    /* What surrounds the calls differs, so that no compiler makes one of them. */
    if (second != 0) {
        __asm__ volatile("nop # before the second");
        count = through(frames, capacity);
        __asm__ volatile("nop # behind the second");
    } else {
        __asm__ volatile("nop # before the first");
        count = through(frames, capacity);
        __asm__ volatile("nop # behind the first");
    }
    return count;
}

static __attribute__((noinline)) uint32_t deeper(unsigned levels, uint64_t *frames, uint32_t capacity)
{
    uint32_t count = levels > 0 ? deeper(levels - 1, frames, capacity) : from_one_of_two(0, frames, capacity);
    __asm__ volatile("");
    return count;
}

/* A stack that was taken before at the same place is taken again only if it is the same outwards. */
Test(os_stack, stacks_that_differ_further_out_are_told_apart)
{
    uint64_t frames[2][32], again[32];
    for (unsigned round = 0; round < 4; round++) {
        uint32_t counts[2] = {0, 0};
        for (int second = 0; second < 2; second++)
            counts[second] = from_one_of_two(second, frames[second], 32);
        cr_assert(eq(uint, counts[0], counts[1]));
        cr_assert(eq(u64, frames[0][0], frames[1][0]));
        cr_assert(ne(u64, frames[0][1], frames[1][1]));
        cr_assert(eq(uint, from_one_of_two(1, again, 32), counts[1]));
        cr_assert(eq(u64, again[1], frames[1][1]));
    }
}

Test(os_stack, a_stack_is_as_deep_as_it_is_each_time)
{
    uint64_t frames[32];
    uint32_t least = deeper(0, frames, 32);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned levels = 0; levels < 8; levels++)
            cr_assert(eq(uint, deeper(levels, frames, 32), least + levels));
    }
    cr_assert(eq(uint, deeper(60, frames, 32), 32));
    cr_assert(eq(uint, deeper(60, frames, 8), 8));
    cr_assert(eq(uint, deeper(1, frames, 32), least + 1));
}

Test(os_stack, takes_no_more_than_there_is_room_for)
{
    uint64_t frames[4] = {0, 0, 0, 77};
    cr_assert(eq(uint, through(frames, 3), 3));
    cr_assert(eq(u64, frames[3], 77));
}

/* No sanitizer puts a getpid of its own before the system's. */
Test(os_stack, a_module_knows_its_extent_and_build)
{
    hf_os_module module;
    cr_assert(eq(int, hf__os_module_at((uintptr_t)getpid, &module), 1));
    cr_assert(ne(ptr, strstr(module.path, "libc"), NULL));
    cr_assert(eq(sz, strlen(module.build_id), 40));
    cr_assert(le(u64, module.start, (uintptr_t)getpid));
    cr_assert(lt(u64, (uintptr_t)getpid, module.end));
}

Test(os_stack, an_address_of_nothing_has_no_module)
{
    hf_os_module module;
    cr_assert(eq(int, hf__os_module_at(64, &module), 0));
}

static void note_first(const hf_os_module *module, void *user)
{
    if (((char *)user)[0] == '\0')
        strcat(user, module->path);
}

Test(os_stack, the_program_is_the_first_module)
{
    char path[HF_MODULE_PATH_MAX] = "";
    hf__os_modules(note_first, path);
    cr_assert(ne(ptr, strstr(path, "test_os"), NULL), "%s", path);
}

/* The way of C libraries that have no _dl_find_object: it must find the same. */
Test(os_stack, images_are_found_by_the_list_of_all_as_well)
{
    const uintptr_t addresses[] = {(uintptr_t)take, (uintptr_t)strlen, (uintptr_t)getpid};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        hf__os_image one = {0}, other = {0};
        cr_assert(hf__os_image_at(addresses[i], &one) && hf__os_image_search(addresses[i], &other));
        cr_assert(eq(u64, one.bias, other.bias));
        cr_assert(eq(u64, one.header_count, other.header_count));
        cr_assert(eq(int, strcmp(one.name, other.name), 0));
    }
    int local = 0;
    hf__os_image none;
    cr_assert(not(hf__os_image_search((uintptr_t)&local, &none)));
}
