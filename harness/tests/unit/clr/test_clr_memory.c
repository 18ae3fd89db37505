/* SPDX-License-Identifier: MIT
 * The runtime's own memory: searches, loader heaps, code heaps, the JIT's arena, cache lines, images. What each frees when a step fails
 * (CLR: loaderheap.cpp, codeman.cpp, util.cpp, cachelinealloc.cpp).
 */
#include "clr_fixture.h"
#include "hf_rows.h"

TestSuite(clr_memory, .timeout = 120);

static void fail_alloc(fixture *f, uint32_t type, uint32_t first, uint32_t last)
{
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_ALLOC, .type = type, .first = first, .last = last, .hr = E_OUTOFMEMORY});
}

static void fail_heap(fixture *f, uint32_t first, uint32_t last)
{
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_MALLOC_ALLOC, .first = first, .last = last, .hr = E_OUTOFMEMORY});
}

Test(clr_memory, loader_heap_reserves_then_commits)
{
    fixture *f = fixture_hosted();
    clr_loader_heap heap;
    clr_loader_heap_init(&heap, false, NULL, 0);
    cr_assert(ne(ptr, clr_loader_heap_alloc(f->thread, &heap, 100), NULL));
    fake_call reserve = f->host.log[f->mark];
    fake_call commit = f->host.log[f->mark + 1];
    cr_assert(eq(u32, reserve.type, MEM_RESERVE));
    cr_assert(eq(u32, reserve.protect, PAGE_NOACCESS));
    cr_assert(eq(u64, reserve.size % CLR_GRANULE, 0));
    cr_assert(eq(u32, commit.type, MEM_COMMIT));
    cr_assert(eq(u64, commit.address, reserve.out));
}

Test(clr_memory, loader_heap_releases_what_it_cannot_commit)
{
    fixture *f = fixture_hosted();
    clr_loader_heap heap;
    clr_loader_heap_init(&heap, false, NULL, 0);
    fail_alloc(f, MEM_COMMIT, 1, 1);
    cr_assert(eq(ptr, clr_loader_heap_alloc(f->thread, &heap, 100), NULL));
    fake_call release = fake_host_last(&f->host, HF_METHOD_VIRTUAL_FREE, MEM_RELEASE);
    cr_assert(eq(u64, release.address, f->host.log[f->mark].out));
    cr_assert(eq(u64, release.size, 0));
    cr_assert(eq(u32, fake_host_regions(&f->host), 0));
    cr_assert(eq(int, f->thread->exception, CLR_OUT_OF_MEMORY));
}

Test(clr_memory, loader_heap_releases_a_block_it_cannot_register)
{
    fixture *f = fixture_hosted();
    clr_loader_heap heap;
    clr_loader_heap_init(&heap, false, NULL, 0);
    fail_heap(f, 1, 1);
    cr_assert(eq(ptr, clr_loader_heap_alloc(f->thread, &heap, 100), NULL));
    cr_assert(eq(u32, fake_host_regions(&f->host), 0));
}

Test(clr_memory, loader_heap_that_cannot_grow_can_grow_later)
{
    fixture *f = fixture_hosted();
    clr_loader_heap heap;
    clr_loader_heap_init(&heap, false, NULL, 0);
    char *first = clr_loader_heap_alloc(f->thread, &heap, 4000);
    fail_alloc(f, MEM_COMMIT, 1, 1);
    cr_assert(eq(ptr, clr_loader_heap_alloc(f->thread, &heap, 4000), NULL));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_FREE, 0), 0));
    char *second = clr_loader_heap_alloc(f->thread, &heap, 4000);
    cr_assert(eq(ptr, second, first + 4000), "nothing was lost by the failure");
    cr_assert(eq(u32, fake_host_regions(&f->host), 1));
}

Test(clr_memory, loader_heap_gives_all_blocks_back)
{
    fixture *f = fixture_hosted();
    clr_loader_heap heap;
    clr_loader_heap_init(&heap, false, NULL, 0);
    for (int i = 0; i < 5; i++)
        (void)clr_loader_heap_alloc(f->thread, &heap, 40000);
    clr_loader_heap_destroy(f->thread, &heap);
    cr_assert(eq(u32, fake_host_regions(&f->host), 0));
    cr_assert(eq(u32, f->host.blocks, 0));
}

Test(clr_memory, search_takes_a_failed_reservation_for_a_lost_race)
{
    fixture *f = fixture_hosted();
    fail_alloc(f, MEM_RESERVE, 1, 0);
    uintptr_t low = (uintptr_t)0x200000000000u;
    void *memory = clr_alloc_within_range(f->thread, (clr_range){low, low + 40 * CLR_GRANULE}, CLR_GRANULE, PAGE_NOACCESS);
    cr_assert(eq(ptr, memory, NULL));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE), 40));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_QUERY, 0), 40));
}

Test(clr_memory, search_goes_on_after_one_lost_race)
{
    fixture *f = fixture_hosted();
    fail_alloc(f, MEM_RESERVE, 1, 1);
    uintptr_t low = (uintptr_t)0x200000000000u;
    void *memory = clr_alloc_within_range(f->thread, (clr_range){low, low + 40 * CLR_GRANULE}, CLR_GRANULE, PAGE_NOACCESS);
    cr_assert(eq(u64, (uintptr_t)memory, low + CLR_GRANULE));
}

Test(clr_memory, search_ends_when_the_query_fails)
{
    fixture *f = fixture_hosted();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_QUERY, .first = 1, .hr = HOST_E_TIMEOUT});
    uintptr_t low = (uintptr_t)0x200000000000u;
    void *memory = clr_alloc_within_range(f->thread, (clr_range){low, low + 40 * CLR_GRANULE}, CLR_GRANULE, PAGE_NOACCESS);
    cr_assert(eq(ptr, memory, NULL));
    cr_assert(eq(u32, f->host.call_count - f->mark, 1));
}

Test(clr_memory, executable_search_makes_three_attempts_and_drops_its_hint)
{
    fixture *f = fixture_hosted();
    uintptr_t low = (uintptr_t)0x200000000000u;
    f->clr.code.preferred = (clr_range){low, low + 10 * CLR_GRANULE};
    f->clr.code.hint = low + 4 * CLR_GRANULE;
    fail_alloc(f, MEM_RESERVE, 1, 11);
    void *memory = clr_alloc_executable(f->thread, CLR_GRANULE);
    fake_call last = fake_host_last(&f->host, HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE);
    cr_assert(ne(ptr, memory, NULL));
    cr_assert(eq(u64, last.address, 0), "the third attempt is anywhere");
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE), 12));
    cr_assert(eq(u64, f->clr.code.hint, 0));
}

Test(clr_memory, jump_reserve_gives_up_in_silence)
{
    fixture *f = fixture_started();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_QUERY, .hr = E_FAIL});
    clr_code_ensure_jump_reserve(f->thread, (char *)(uintptr_t)0x200000000000u, CLR_GRANULE, CLR_GRANULE);
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_QUERY, 0), 3), "three strategies");
    cr_assert(eq(int, f->thread->exception, CLR_NO_EXCEPTION));
}

Test(clr_memory, code_in_range_falls_back_on_the_reserve)
{
    fixture *f = fixture_started();
    clr_jump_reserve *reserve = f->clr.code.reserves;
    cr_assert(ne(ptr, reserve, NULL), "an assembly took a reserve");
    clr_range range = {(uintptr_t)reserve->base - CLR_GRANULE, (uintptr_t)reserve->base + reserve->size + CLR_GRANULE};
    char *base = reserve->base;
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_QUERY, .hr = E_FAIL});
    char *code = clr_code_alloc(f->thread, f->thread->domain, 64, range);
    cr_assert(eq(ptr, code, base));
    cr_assert(eq(ptr, f->clr.code.reserves, NULL));
}

Test(clr_memory, code_in_range_without_a_reserve_throws)
{
    fixture *f = fixture_started();
    f->clr.code.reserves = NULL;
    uintptr_t low = (uintptr_t)0x200000000000u;
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_QUERY, .hr = E_FAIL});
    char *code = clr_code_alloc(f->thread, f->thread->domain, 64, (clr_range){low, low + 8 * CLR_GRANULE});
    cr_assert(eq(ptr, code, NULL));
    cr_assert(eq(int, f->thread->exception, CLR_OUT_OF_MEMORY));
}

Test(clr_memory, arena_is_committed_without_a_reservation)
{
    fixture *f = fixture_started();
    f->clr.code.arena_page = NULL;
    (void)clr_jit_compile(f->thread, f->thread->domain, 7, CLR_METHOD_ORDINARY);
    uint32_t arenas = 0;
    for (uint32_t i = f->mark; i < f->host.call_count; i++)
        arenas += f->host.log[i].method == HF_METHOD_VIRTUAL_ALLOC && f->host.log[i].type == MEM_COMMIT && f->host.log[i].address == 0;
    cr_assert(eq(u32, arenas, 2), "method 7 needs two pages");
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_FREE, MEM_RELEASE), 1), "the first is kept, the other goes back");
}

Test(clr_memory, jit_gives_its_arena_back_when_it_runs_out)
{
    fixture *f = fixture_started();
    (void)clr_jit_compile(f->thread, f->thread->domain, 1, CLR_METHOD_ORDINARY);
    uint32_t before = fixture_mark(f);
    fail_alloc(f, MEM_COMMIT, 1, 0);
    clr_method *method = clr_jit_compile(f->thread, f->thread->domain, 7, CLR_METHOD_ORDINARY);
    cr_assert(eq(ptr, method, NULL));
    cr_assert(eq(int, f->thread->exception, CLR_OUT_OF_MEMORY));
    cr_assert(eq(u32, fake_host_regions(&f->host), before));
}

Test(clr_memory, dynamic_method_releases_what_it_cannot_commit)
{
    fixture *f = fixture_started();
    uint32_t before = fixture_mark(f);
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_ALLOC, .type = MEM_COMMIT, .first = 1, .hr = E_OUTOFMEMORY});
    clr_method *method = clr_jit_compile(f->thread, f->thread->domain, 1, CLR_METHOD_DYNAMIC);
    cr_assert(eq(ptr, method, NULL));
    cr_assert(eq(u32, fake_host_regions(&f->host), before));
}

Test(clr_memory, cache_lines_give_back_a_page_without_a_node)
{
    fixture *f = fixture_hosted();
    fail_heap(f, 1, 1);
    cr_assert(eq(ptr, clr_cache_line_alloc(f->thread, &f->clr.cache_lines), NULL));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE | MEM_COMMIT), 1));
    cr_assert(eq(u32, fake_host_regions(&f->host), 0));
}

/* Each step of creating a domain that can fail, from the first VirtualAlloc on. */
static const struct {
    const char *label;
    hf_method method;
    uint32_t type, first;
} domain_steps[] = {
    {"the object", HF_METHOD_MALLOC_ALLOC, 0, 1},
    {"the stubs' reservation", HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE, 2},
    {"the stubs' first commit", HF_METHOD_VIRTUAL_ALLOC, MEM_COMMIT, 1},
};
HF_ROWS(clr_memory, domain_that_fails_half_way_is_torn_down, domain_steps)
{
    fixture *f = fixture_started();
    uint32_t regions = fixture_mark(f);
    uint32_t blocks = f->host.blocks;
    fake_host_script(&f->host, (fake_rule){.method = domain_steps[*number].method,
                                           .type = domain_steps[*number].type,
                                           .first = domain_steps[*number].first,
                                           .hr = E_OUTOFMEMORY});
    clr_domain *domain = clr_domain_create(f->thread, false);
    cr_assert(eq(ptr, domain, NULL), "%s", domain_steps[*number].label);
    cr_assert(eq(u32, fake_host_regions(&f->host), regions), "%s", domain_steps[*number].label);
    cr_assert(eq(u32, f->host.blocks, blocks), "%s", domain_steps[*number].label);
}

Test(clr_memory, unloaded_domain_gives_everything_back)
{
    fixture *f = fixture_started();
    f->clr.code.reserves->free = f->clr.code.reserves->size;
    uint32_t regions = fixture_mark(f);
    uint32_t blocks = f->host.blocks;
    clr_domain *domain = clr_domain_create(f->thread, false);
    (void)clr_assembly_load(f->thread, domain, 1);
    (void)clr_jit_compile(f->thread, domain, 1, CLR_METHOD_ORDINARY);
    clr_domain_unload(f->thread, domain);
    cr_assert(eq(u32, fake_host_regions(&f->host), regions));
    cr_assert(eq(u32, f->host.blocks, blocks));
}

Test(clr_memory, metadata_releases_what_it_cannot_commit)
{
    fixture *f = fixture_started();
    uint32_t regions = fixture_mark(f);
    fail_alloc(f, MEM_COMMIT, 1, 1);
    clr_assembly *assembly = clr_assembly_load(f->thread, f->thread->domain, 2);
    cr_assert(eq(ptr, assembly, NULL));
    cr_assert(eq(int, f->thread->exception, CLR_OUT_OF_MEMORY));
    cr_assert(eq(u32, fake_host_regions(&f->host), regions));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_RELEASED_ADDRESS_SPACE, 0), 1), "its view is unmapped");
}

Test(clr_memory, host_hears_of_a_mapping_only_when_it_is_made)
{
    fixture *f = fixture_started();
    void *view = clr_map_view(f->thread, 3, NULL);
    cr_assert(ne(ptr, view, NULL));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_NEEDS_ADDRESS_SPACE, 0), 0));
    cr_assert(eq(u64, fake_host_last(&f->host, HF_METHOD_ACQUIRED_ADDRESS_SPACE, 0).address, (uintptr_t)view));
}

static void *in_the_way;
static void make_room(void *user)
{
    (void)user;
    clr_os_unmap_image(in_the_way, 3 * CLR_GRANULE);
}

static const struct {
    const char *label;
    HRESULT hr;
    int mapped;
} pleas[] = {
    {"the host made room", S_OK, 1},
    {"S_FALSE, meant as no, is heard as yes", S_FALSE, 1},
    {"refused: not tried again", E_OUTOFMEMORY, 0},
};
HF_ROWS(clr_memory, mapping_is_tried_again_once_if_the_host_says_yes, pleas)
{
    fixture *f = fixture_started();
    in_the_way = clr_map_view(f->thread, 3, NULL);
    f->host.on_needs = make_room;
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_NEEDS_ADDRESS_SPACE, .hr = pleas[*number].hr});
    void *view = clr_map_view(f->thread, 3, in_the_way);
    fake_call plea = fake_host_last(&f->host, HF_METHOD_NEEDS_ADDRESS_SPACE, 0);
    cr_assert(eq(int, view == in_the_way, pleas[*number].mapped), "%s", pleas[*number].label);
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_NEEDS_ADDRESS_SPACE, 0), 1), "%s", pleas[*number].label);
    cr_assert(eq(u64, plea.address, (uintptr_t)in_the_way), "%s", pleas[*number].label);
    cr_assert(eq(u64, plea.size, 0), "%s: the whole file has no size", pleas[*number].label);
}

Test(clr_memory, mapping_that_stays_impossible_leaves_a_last_error)
{
    fixture *f = fixture_started();
    in_the_way = clr_map_view(f->thread, 3, NULL);
    void *view = clr_map_view(f->thread, 3, in_the_way);
    cr_assert(eq(ptr, view, NULL));
    cr_assert(ne(u32, hf_last_error(), 0));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_NEEDS_ADDRESS_SPACE, 0), 1), "one retry, one plea");
}

Test(clr_memory, image_is_relocated_with_its_protection_put_back)
{
    fixture *f = fixture_started();
    clr_assembly *assembly = clr_assembly_load(f->thread, f->thread->domain, 1);
    cr_assert(ne(ptr, assembly, NULL));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_PROTECT, 0), 2));
    fake_call last = fake_host_last(&f->host, HF_METHOD_VIRTUAL_PROTECT, 0);
    cr_assert(eq(u32, last.protect, PAGE_READWRITE), "what the first call gave as the old protection");
}

Test(clr_memory, failed_restore_is_ignored)
{
    fixture *f = fixture_started();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_PROTECT, .first = 2, .hr = E_FAIL});
    cr_assert(ne(ptr, clr_assembly_load(f->thread, f->thread->domain, 1), NULL));
}

Test(clr_memory, guard_page_moves_down_until_a_query_shows_it)
{
    fixture *f = fixture_started();
    bool armed = clr_stack_restore_guard(f->thread);
    cr_assert(not(armed), "the scripted host shows no guard page");
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_PROTECT, 0), 5), "pages 4 to 0");
    cr_assert(eq(u32, fake_host_last(&f->host, HF_METHOD_VIRTUAL_PROTECT, 0).protect, PAGE_READWRITE | PAGE_GUARD));
    cr_assert(eq(u64, fake_host_last(&f->host, HF_METHOD_VIRTUAL_PROTECT, 0).size, 1));
    cr_assert(f->clr.rude_exit);
}
