/* SPDX-License-Identifier: MIT
 * The collected heap: segments, card tables, decommit, MEM_RESET, write watch, and the attempts before memory runs out (CLR: src/gc/gc.cpp,
 * src/vm/gcenv.os.cpp).
 */
#include "clr_fixture.h"
#include "hf_rows.h"
#include <string.h>

TestSuite(clr_gc, .timeout = 120);

static void fail_alloc(fixture *f, uint32_t type, uint32_t first, uint32_t last)
{
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_ALLOC, .type = type, .first = first, .last = last, .hr = E_OUTOFMEMORY});
}

Test(clr_gc, write_watch_is_probed_and_used)
{
    fixture *f = fixture_hosted();
    cr_assert(clr_gc_init(f->thread));
    fake_call probe = f->host.log[f->mark];
    cr_assert(eq(u32, probe.type, MEM_RESERVE | MEM_WRITE_WATCH));
    cr_assert(eq(u64, probe.size, CLR_GRANULE));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_ALLOC, MEM_RESERVE | MEM_WRITE_WATCH), 3), "the probe and two segments");
}

Test(clr_gc, write_watch_that_fails_is_a_feature_less)
{
    fixture *f = fixture_hosted();
    fail_alloc(f, MEM_WRITE_WATCH, 1, 0);
    cr_assert(clr_gc_init(f->thread));
    cr_assert(not(f->clr.gc.write_watch));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_ALLOC, MEM_WRITE_WATCH), 1));
}

Test(clr_gc, segment_releases_what_it_cannot_commit)
{
    fixture *f = fixture_started();
    uint32_t regions = fixture_mark(f);
    fail_alloc(f, MEM_COMMIT, 1, 1);
    cr_assert(eq(ptr, clr_gc_segment_create(f->thread, true, 0), NULL));
    cr_assert(eq(u32, fake_host_regions(&f->host), regions));
    cr_assert(eq(int, f->clr.gc.failure, CLR_GC_COMMIT_SEGMENT));
}

Test(clr_gc, segment_goes_back_if_the_card_table_cannot_grow)
{
    fixture *f = fixture_started();
    uint32_t regions = fixture_mark(f);
    fail_alloc(f, MEM_COMMIT, 2, 2);
    cr_assert(eq(ptr, clr_gc_segment_create(f->thread, true, 0), NULL));
    cr_assert(eq(u32, fake_host_regions(&f->host), regions));
    cr_assert(eq(int, f->clr.gc.failure, CLR_GC_GROW_TABLE));
}

Test(clr_gc, replaced_card_table_keeps_its_marks)
{
    fixture *f = fixture_started();
    f->clr.gc.cards[5] = 1;
    unsigned char *old = f->clr.gc.cards;
    cr_assert(clr_gc_grow_cards(f->thread, 40));
    cr_assert(ne(ptr, f->clr.gc.cards, old));
    cr_assert(eq(u8, f->clr.gc.cards[5], 1));
    cr_assert(eq(u64, fake_host_last(&f->host, HF_METHOD_VIRTUAL_FREE, MEM_RELEASE).address, (uintptr_t)old));
}

Test(clr_gc, reservation_at_the_top_of_the_address_space_is_refused)
{
    fixture *f = fixture_started();
    uint64_t top = UINT64_MAX - CLR_SEGMENT_BYTES - 50000;
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_ALLOC, .type = MEM_RESERVE, .hr = S_OK, .out = FAKE_VALUE, .value = top});
    cr_assert(eq(ptr, clr_gc_segment_create(f->thread, false, 0), NULL));
    cr_assert(eq(u64, fake_host_last(&f->host, HF_METHOD_VIRTUAL_FREE, MEM_RELEASE).address, top));
    cr_assert(eq(int, f->clr.gc.failure, CLR_GC_RESERVE_SEGMENT));
}

Test(clr_gc, refused_growth_is_tried_again_after_a_full_collection)
{
    fixture *f = fixture_started();
    uint32_t full = f->clr.gc.full_collections;
    fail_alloc(f, MEM_COMMIT, 1, 1);
    clr_handle array = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 80000);
    cr_assert(ne(u32, array, 0));
    cr_assert(eq(u32, f->clr.gc.full_collections, full + 1));
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_ALLOC, MEM_COMMIT), 2));
}

Test(clr_gc, memory_is_out_only_after_a_full_collection)
{
    fixture *f = fixture_started();
    uint32_t full = f->clr.gc.full_collections;
    fail_alloc(f, MEM_COMMIT, 1, 0);
    clr_handle array = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 80000);
    cr_assert(eq(u32, array, 0));
    cr_assert(eq(int, f->thread->exception, CLR_OUT_OF_MEMORY));
    cr_assert(eq(u32, f->clr.gc.full_collections, full + 1));
}

Test(clr_gc, objects_survive_compaction)
{
    fixture *f = fixture_started();
    clr_handle dead = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 1000);
    clr_handle owner = clr_gc_new(f->thread, CLR_TYPE_NODE, 16);
    clr_handle target = clr_gc_new(f->thread, CLR_TYPE_NODE, 16);
    clr_gc_object(f->thread, target)->payload[0] = 4711;
    clr_gc_store(f->thread, owner, target);
    clr_object *before = clr_gc_object(f->thread, owner);
    clr_gc_drop(f->thread, dead);
    clr_gc_drop(f->thread, target);
    clr_gc_collect(f->thread, 0);
    cr_assert(lt(ptr, clr_gc_object(f->thread, owner), before), "it moved down");
    cr_assert(eq(u64, clr_gc_object(f->thread, owner)->next->payload[0], 4711));
    cr_assert(eq(int, clr_gc_verify(&f->clr.gc) == NULL, 1));
}

Test(clr_gc, memory_that_was_used_is_cleared_and_fresh_memory_is_not)
{
    fixture *f = fixture_started();
    clr_segment *segment = f->clr.gc.small;
    segment->used = segment->allocated;
    clr_handle fresh = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 256);
    memset(clr_gc_object(f->thread, fresh)->payload, 0xEE, 256);
    clr_gc_drop(f->thread, fresh);
    clr_gc_collect(f->thread, 0);
    memset(segment->used, 0xDD, 512);
    clr_handle again = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 256 + 64);
    cr_assert(eq(u64, clr_gc_object(f->thread, again)->payload[0], 0), "used before");
    cr_assert(eq(u64, clr_gc_object(f->thread, again)->payload[(256 + 64) / 8 - 1], 0xDDDDDDDDDDDDDDDDu), "taken for zero");
}

/* Fills the segment, empties it, and has it decommitted. Gives the end of what stayed. */
static char *fill_and_decommit(fixture *f)
{
    clr_handle arrays[8];
    for (int i = 0; i < 8; i++) {
        arrays[i] = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 80000);
        memset(clr_gc_object(f->thread, arrays[i])->payload, 0xEE, 80000);
    }
    for (int i = 0; i < 8; i++)
        clr_gc_drop(f->thread, arrays[i]);
    clr_gc_collect(f->thread, 2);
    return f->clr.gc.small->committed;
}

Test(clr_gc, decommit_lowers_the_mark_whatever_the_host_says)
{
    fixture *f = fixture_started();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_FREE, .type = MEM_DECOMMIT, .hr = E_FAIL});
    char *committed = fill_and_decommit(f);
    fake_call decommit = fake_host_last(&f->host, HF_METHOD_VIRTUAL_FREE, MEM_DECOMMIT);
    cr_assert(eq(u64, decommit.address, (uintptr_t)committed));
    cr_assert(lt(u64, 0, decommit.size));
}

Test(clr_gc, decommit_that_did_not_happen_corrupts_in_silence)
{
    fixture *f = fixture_started();
    fake_host_script(&f->host, (fake_rule){.method = HF_METHOD_VIRTUAL_FREE, .type = MEM_DECOMMIT, .hr = S_OK});
    (void)fill_and_decommit(f);
    clr_handle first = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 84000);
    clr_handle second = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 84000);
    cr_assert(eq(u64, clr_gc_object(f->thread, first)->payload[0], 0), "cleared: it was known to be used");
    cr_assert(eq(u64, clr_gc_object(f->thread, second)->payload[84000 / 8 - 1], 0xEEEEEEEEEEEEEEEEu), "committed again, and taken for zero");
}

static void free_large_stretch(fixture *f)
{
    clr_handle first = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 400000);
    clr_handle second = clr_gc_new(f->thread, CLR_TYPE_ARRAY, 100000);
    cr_assert(ne(u32, second, 0), "the stretch lies before a large object that lives");
    clr_gc_drop(f->thread, first);
    clr_gc_collect(f->thread, 2);
}

Test(clr_gc, free_stretches_are_told_unneeded)
{
    fixture *f = fixture_started();
    free_large_stretch(f);
    fake_call reset = fake_host_last(&f->host, HF_METHOD_VIRTUAL_ALLOC, MEM_RESET);
    cr_assert(eq(u32, reset.type, MEM_RESET));
    cr_assert(eq(u32, reset.protect, PAGE_READWRITE));
    cr_assert(eq(u64, reset.address % CLR_PAGE, 0));
}

Test(clr_gc, reset_that_fails_is_never_tried_again)
{
    fixture *f = fixture_started();
    fail_alloc(f, MEM_RESET, 1, 1);
    free_large_stretch(f);
    clr_gc_collect(f->thread, 2);
    cr_assert(eq(u32, fixture_count(f, HF_METHOD_VIRTUAL_ALLOC, MEM_RESET), 1));
    cr_assert(f->clr.gc.reset_disabled);
}

static const struct {
    const char *label;
    uint32_t load;
    uint32_t full;
} memory_loads[] = {{"plenty", 40, 0}, {"just below the threshold", 89, 0}, {"high", 90, 1}, {"very high", 97, 1}};
HF_ROWS(clr_gc, memory_load_decides_the_generation, memory_loads)
{
    fixture *f = fixture_started();
    uint32_t full = f->clr.gc.full_collections;
    f->host.memory_load = memory_loads[*number].load;
    clr_gc_collect(f->thread, 0);
    cr_assert(eq(u32, f->clr.gc.full_collections - full, memory_loads[*number].full), "%s", memory_loads[*number].label);
}

Test(clr_gc, low_memory_status_makes_every_collection_full)
{
    fixture *f = fixture_started();
    uint32_t full = f->clr.gc.full_collections;
    f->clr.low_memory = 1;
    clr_gc_collect(f->thread, 0);
    cr_assert(eq(u32, f->clr.gc.full_collections, full + 1));
}

Test(clr_gc, finalizer_runs_once_for_a_dead_object)
{
    fixture *f = fixture_started();
    clr_handle object = clr_gc_new(f->thread, CLR_TYPE_NODE, 8);
    clr_gc_object(f->thread, object)->payload[0] = 9;
    cr_assert(clr_gc_register_finalizer(f->thread, object));
    clr_gc_collect(f->thread, 0);
    clr_finalizer_turn(f->thread);
    cr_assert(eq(u64, f->clr.gc.finalized, 0), "it is alive");
    clr_gc_drop(f->thread, object);
    clr_gc_collect(f->thread, 0);
    clr_finalizer_turn(f->thread);
    clr_gc_collect(f->thread, 0);
    clr_finalizer_turn(f->thread);
    cr_assert(eq(u64, f->clr.gc.finalized, 10));
}
