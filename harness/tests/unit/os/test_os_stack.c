/* SPDX-License-Identifier: MIT
 * Stacks and modules: exact without frame pointers, innermost first, beginning where it is asked to.
 */
#include "hf_rows.h"
#include "os_stack.h"

#include <string.h>
#include <unistd.h>

TestSuite(os_stack, .timeout = 10);

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
