/* SPDX-License-Identifier: MIT
 * Pages and the memory map: the actual behaviour of Linux under the contracts of os_memory.h.
 */
#include "hf_rows.h"
#include "os_map_posix.h"
#include "os_memory.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 0x1000u
#define UNIT 0x10000u

TestSuite(os_memory, .timeout = 120);

static char *reserve(size_t size, size_t alignment, bool top_down)
{
    void *out = NULL;
    cr_assert(eq(int, hf__os_reserve(NULL, size, alignment, top_down, &out), 0), "reserve");
    return out;
}

static unsigned access_of(const char *at)
{
    hf_map_entry map;
    cr_assert(eq(int, hf__os_map_at((uintptr_t)at, &map), 0), "map");
    return map.access;
}

static const struct {
    const char *label;
    size_t size, alignment;
    bool top_down;
} places[] = {
    {"one page", PAGE, UNIT, false},
    {"one page, high", PAGE, UNIT, true},
    {"odd size", 17 * PAGE, UNIT, false},
    {"64 MiB aligned", 64u << 20, 64u << 20, false},
    {"64 MiB aligned, high", 64u << 20, 64u << 20, true},
    {"a tebibyte", (size_t)1 << 40, UNIT, false},
};

HF_ROWS(os_memory, reservations_are_aligned_and_without_access, places)
{
    char *base = reserve(places[*number].size, places[*number].alignment, places[*number].top_down);
    hf_map_entry map = {0};
    (void)hf__os_map_at((uintptr_t)base, &map);
    cr_assert(eq(sz, (uintptr_t)base % places[*number].alignment, 0), "%s", places[*number].label);
    cr_assert(eq(int, map.kind, HF_MAP_PRIVATE), "%s", places[*number].label);
    cr_assert(eq(u32, map.access, HF_ACCESS_NONE), "%s", places[*number].label);
    cr_assert(ge(sz, map.end - (uintptr_t)base, places[*number].size), "%s: all of it", places[*number].label);
    cr_assert(eq(int, hf__os_release(base, places[*number].size), 0), "%s", places[*number].label);
    (void)hf__os_map_at((uintptr_t)base, &map);
    cr_assert(eq(int, map.kind, HF_MAP_FREE), "%s: nothing is left", places[*number].label);
}

Test(os_memory, default_places_go_up_and_top_down_is_above)
{
    char *first = reserve(PAGE, UNIT, false), *second = reserve(PAGE, UNIT, false), *high = reserve(PAGE, UNIT, true);
    cr_assert(eq(ptr, second, first + UNIT));
    cr_assert(lt(ptr, second, high));
}

Test(os_memory, a_place_that_is_taken_is_passed_over)
{
    char *first = reserve(PAGE, UNIT, false);
    void *taken = mmap(first + UNIT, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    cr_assert(ne(ptr, reserve(PAGE, UNIT, false), taken));
}

Test(os_memory, reserving_what_is_in_use_gives_eexist)
{
    char *base = reserve(4 * UNIT, UNIT, false);
    void *out = base;
    cr_assert(eq(int, hf__os_release(base + UNIT, UNIT), 0));
    cr_assert(eq(int, hf__os_reserve(base + UNIT, 2 * UNIT, UNIT, false, &out), EEXIST));
    cr_assert(eq(ptr, out, NULL));
    cr_assert(eq(int, hf__os_reserve(base + UNIT, UNIT, UNIT, false, &out), 0));
    cr_assert(eq(ptr, out, base + UNIT));
}

Test(os_memory, more_than_the_address_space_gives_enomem)
{
    void *out;
    cr_assert(eq(int, hf__os_reserve(NULL, (size_t)1 << 47, UNIT, false, &out), ENOMEM));
    cr_assert(eq(int, hf__os_reserve(NULL, SIZE_MAX - PAGE + 1, UNIT, true, &out), ENOMEM));
}

Test(os_memory, decommitted_pages_are_zero_when_they_come_back)
{
    char *base = reserve(UNIT, UNIT, false);
    cr_assert(eq(int, hf__os_commit(base, UNIT, HF_ACCESS_READ | HF_ACCESS_WRITE), 0));
    memset(base, 1, UNIT);
    cr_assert(eq(int, hf__os_decommit(base + PAGE, PAGE), 0));
    cr_assert(eq(u32, access_of(base + PAGE), HF_ACCESS_NONE));
    cr_assert(eq(int, hf__os_commit(base + PAGE, PAGE, HF_ACCESS_READ), 0));
    cr_assert(eq(int, base[PAGE] == 0 && base[2 * PAGE - 1] == 0, 1));
    cr_assert(eq(int, base[0] == 1 && base[2 * PAGE] == 1, 1), "the neighbours are as they were");
}

Test(os_memory, reset_keeps_contents)
{
    char *base = reserve(UNIT, UNIT, false);
    cr_assert(eq(int, hf__os_commit(base, UNIT, HF_ACCESS_READ | HF_ACCESS_WRITE), 0));
    base[5] = 5;
    cr_assert(eq(int, hf__os_reset(base, UNIT), 0));
    cr_assert(eq(int, base[5], 5));
}

Test(os_memory, pages_wiped_on_fork_are_zero_in_the_child)
{
    char *wiped = hf__os_pages_wiped_on_fork(PAGE), *kept = hf__os_pages(PAGE);
    int status = 1;
    wiped[0] = kept[0] = 1;
    pid_t child = fork();
    if (child == 0)
        _exit(wiped[0] == 0 && kept[0] == 1 ? 0 : 1);
    waitpid(child, &status, 0);
    cr_assert(eq(int, status, 0));
    cr_assert(eq(int, wiped[0], 1));
}

Test(os_memory, load_and_limit_are_plausible)
{
    uint32_t percent = 1000;
    uint64_t available = 0;
    hf__os_memory_load(&percent, &available);
    cr_assert(le(u32, percent, 100));
    cr_assert(all(lt(u64, 0, available), le(u64, available, hf__os_commit_limit())));
}

static const struct {
    const char *line;
    hf_vma expected;
} lines[] = {
    {"555555554000-555555556000 r-xp 00002000 fe:01 1234567                    /usr/bin/true",
     {0x555555554000, 0x555555556000, 0x2000, (uint64_t)0xFE << 32 | 1, 1234567, HF_ACCESS_READ | HF_ACCESS_EXECUTE, false}},
    {"7ffff7fc3000-7ffff7fc7000 rw-s 00000000 00:01 9  /memfd:x (deleted)",
     {0x7ffff7fc3000, 0x7ffff7fc7000, 0, 1, 9, HF_ACCESS_READ | HF_ACCESS_WRITE, true}},
    {"1000-2000 ---p 00000000 00:00 0", {0x1000, 0x2000, 0, 0, 0, HF_ACCESS_NONE, false}},
};

HF_ROWS(os_memory, lines_of_the_map_are_read, lines)
{
    hf_vma got = {0}, expected = lines[*number].expected;
    hf__os_map_parse(lines[*number].line, &got);
    cr_assert(eq(sz, got.start, expected.start));
    cr_assert(eq(sz, got.end, expected.end));
    cr_assert(eq(u64, got.offset, expected.offset));
    cr_assert(eq(u64, got.device, expected.device));
    cr_assert(eq(u64, got.inode, expected.inode));
    cr_assert(eq(u32, got.access, expected.access));
    cr_assert(eq(int, got.is_shared, expected.is_shared));
}

/* Walks the whole map both ways; the number of mappings that were told alike, or -1. */
static int alike_both_ways(void)
{
    int file = open("/proc/self/maps", O_RDONLY), count = 0;
    hf_vma vma;
    for (uintptr_t at = 0; hf__os_map_scan(file, at, &vma) == 0 && vma.end < UINTPTR_MAX / 2; at = vma.end, count++) {
        hf_map_entry map;
        bool told = hf__os_map_at(vma.start, &map) == 0 && map.kind != HF_MAP_FREE && map.access == vma.access;
        bool is_image = map.kind == HF_MAP_IMAGE; /* ends with its file, even where the kernel merged its zeroed segment with a neighbour */
        if (!told || (!is_image && (map.base != vma.start || map.end != vma.end)))
            return -1;
    }
    close(file);
    return count;
}

Test(os_memory, text_and_question_tell_the_same)
{
    cr_assert(lt(int, 10, alike_both_ways()));
}

/* As older kernels, qemu-user and filters of system calls answer. */
static const int answers[] = {ENOTTY, ENOSYS, EPERM, EINVAL};

static int answer_ioctl(int os_code)
{
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_ioctl, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)os_code),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof rules / sizeof rules[0], .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

HF_ROWS(os_memory, the_text_is_read_where_the_question_is_refused, answers)
{
    cr_assert(eq(int, answer_ioctl(answers[*number]), 1));
    cr_assert(lt(int, 10, alike_both_ways()));
}

Test(os_memory, scanning_stops_behind_the_last_mapping)
{
    int file = open("/proc/self/maps", O_RDONLY);
    hf_vma vma;
    cr_assert(eq(int, hf__os_map_scan(file, UINTPTR_MAX, &vma), ENOENT));
    close(file);
}

Test(os_memory, a_file_is_one_object_and_an_image_another)
{
    int file = open("/proc/self/exe", O_RDONLY);
    char *view = mmap(NULL, 3 * PAGE, PROT_READ, MAP_PRIVATE, file, PAGE);
    hf_map_entry map, image;
    mprotect(view + PAGE, PAGE, PROT_READ | PROT_WRITE);
    cr_assert(eq(int, hf__os_map_at((uintptr_t)view + PAGE, &map), 0));
    cr_assert(eq(int, map.kind, HF_MAP_FILE));
    cr_assert(eq(sz, map.object_base, (uintptr_t)view));
    cr_assert(eq(sz, map.object_end, (uintptr_t)view + 3 * PAGE));
    cr_assert(eq(int, hf__os_map_at((uintptr_t)alike_both_ways, &image), 0));
    cr_assert(eq(int, image.kind, HF_MAP_IMAGE));
    cr_assert(eq(int, image.object_base <= (uintptr_t)places && (uintptr_t)places < image.object_end, 1));
    close(file);
}
