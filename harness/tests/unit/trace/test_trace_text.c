/* SPDX-License-Identifier: MIT
 * Canonical text: complete texts, compared byte by byte, and a separate line for each masking rule.
 */
#include "trace_print.h"

TestSuite(trace_text, .timeout = 120);

Test(trace_text, a_run_from_attach_to_exit)
{
    trace_builder builder;
    init_with_rules(&builder);
    builder_thread(&builder, 0);
    builder_say(&builder, HF_EVENT_ATTACH, 1234, NULL, NULL);
    builder_say(&builder, HF_EVENT_MODULE, 0x400000, "/usr/bin/caller", "cafe");
    builder_say(&builder, HF_EVENT_THREAD, 0, "main", NULL);
    reserve(&builder, 0x10000, REGION);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_ALLOC,
                                           .address = REGION,
                                           .size = 0x1000,
                                           .type = MEM_COMMIT,
                                           .protect = PAGE_READWRITE,
                                           .level = eProcessCritical,
                                           .hr = E_OUTOFMEMORY});
    builder_ticket(&builder, 0, 2, 0, 1);
    builder_inject(&builder, 0, 1);
    alloc(&builder, 24, HEAP);
    builder_event(
        &builder,
        (hf_slot_main){.kind = HF_METHOD_VIRTUAL_QUERY, .address = 0x1234, .size = 48, .out = 48, .flags = HF_CALL_FORWARDED | HF_CALL_FOREIGN});
    builder_extra(
        &builder, HF_EXTRA_QUERY,
        (hf_slot_extra){.u.query = {.base = 0x1000, .region_size = 0x7000, .state = MEM_COMMIT, .protect = PAGE_READWRITE, .type = MEM_PRIVATE}});
    builder_say(&builder, HF_EVENT_PHASE, 0, "running", NULL);
    builder_event(&builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_FREE, .address = REGION, .type = MEM_RELEASE, .flags = HF_CALL_FORWARDED});
    builder_say(&builder, HF_EVENT_RESULT, 0, "6 * 7 = \"42\"\n", NULL);
    builder_say(&builder, HF_EVENT_CHECK, 1, NULL, NULL);
    builder_say(&builder, HF_EVENT_DETACH, 0, NULL, NULL);
    builder_thread(&builder, HF_THREAD_TOOL);
    builder_say(&builder, HF_EVENT_END_OUTPUT, 999, NULL, NULL);
    builder_say(&builder, HF_EVENT_END_EXIT, 1, NULL, NULL);
    output got = print(&builder, NULL);
    ASSERT_TEXT(got.text, "trace 1 caller=specimen seed=7\n"
                          "thread main\n"
                          "  VirtualAlloc address=null size=0x10000 type=reserve protect=noaccess level=process -> S_OK out=R1\n"
                          "! VirtualAlloc address=R1 size=0x1000 type=commit protect=readwrite level=process -> E_OUTOFMEMORY 0x8007000E out=null "
                          "rule=fault-1#2\n"
                          "  Malloc.Alloc size=0x18 level=task -> S_OK out=H1\n"
                          "  VirtualQuery address=foreign length=48 -> S_OK out=48 base=foreign state=commit protect=readwrite type=private\n"
                          "  phase running\n"
                          "  VirtualFree address=R1 size=0x0 free=release -> S_OK\n"
                          "  result \"6 * 7 = \\\"42\\\"\\n\"\n"
                          "  check passed\n"
                          "  exit 1\n"
                          "end calls=5 fired=1\n");
    builder_clear(&builder);
}

/* One event of each kind after a region R1 and a block H1 were got. The slot is made by a function, what it must print is beside it. */
static void other_methods_create(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_CREATE_MALLOC, .type = MALLOC_THREADSAFE, .out = 0x999});
}
static void protect_own(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_PROTECT,
                                          .address = REGION + 0x2000,
                                          .size = 0x1000,
                                          .protect = PAGE_READONLY | PAGE_GUARD,
                                          .out = PAGE_READWRITE,
                                          .flags = HF_CALL_FORWARDED});
}
static void query_own(trace_builder *builder)
{
    builder_event(builder,
                  (hf_slot_main){.kind = HF_METHOD_VIRTUAL_QUERY, .address = REGION + 0x1234, .size = 48, .out = 48, .flags = HF_CALL_FORWARDED});
    builder_extra(builder, HF_EXTRA_QUERY,
                  (hf_slot_extra){.u.query = {.base = REGION + 0x1000,
                                              .allocation_base = REGION,
                                              .region_size = 0xF000,
                                              .allocation_protect = PAGE_NOACCESS,
                                              .state = MEM_RESERVE,
                                              .type = MEM_PRIVATE}});
}
static void query_free(trace_builder *builder)
{
    builder_event(
        builder,
        (hf_slot_main){.kind = HF_METHOD_VIRTUAL_QUERY, .address = 0x5000, .size = 48, .out = 48, .flags = HF_CALL_FORWARDED | HF_CALL_FOREIGN});
    builder_extra(builder, HF_EXTRA_QUERY, (hf_slot_extra){.u.query = {.base = 0x5000, .region_size = 0x123456, .state = MEM_FREE}});
}
static void memory_load(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_GET_MEMORY_LOAD, .out = 57, .size = 4711, .flags = HF_CALL_FORWARDED});
}
static void register_callback(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_REGISTER_NOTIFICATION, .address = 0x8888, .flags = HF_CALL_FORWARDED});
}
static void acquired(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_ACQUIRED_ADDRESS_SPACE, .address = 0x8888, .size = 0x10000, .flags = HF_CALL_FORWARDED});
}
static void get_manager(trace_builder *builder)
{
    builder_event(
        builder,
        (hf_slot_main){
            .kind = HF_METHOD_GET_HOST_MANAGER, .type = 0x7BC698D1, .hr = E_NOINTERFACE, .host_hr = E_NOINTERFACE, .flags = HF_CALL_FORWARDED});
}
static void set_domain(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_SET_APP_DOMAIN_MANAGER, .protect = 3, .level = 3, .flags = HF_CALL_FORWARDED});
}
static void notification(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_ON_MEMORY_NOTIFICATION, .level = 1, .flags = HF_CALL_FORWARDED});
}
static void double_free(trace_builder *builder)
{
    release(builder, HEAP);
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE,
                                          .address = HEAP,
                                          .hr = HOST_E_INVALIDOPERATION,
                                          .host_hr = HOST_E_INVALIDOPERATION,
                                          .flags = HF_CALL_FORWARDED});
}
static void block_again(trace_builder *builder)
{
    release(builder, HEAP);
    alloc(builder, 8, HEAP);
}
static void inside_a_block(trace_builder *builder)
{
    release(builder, HEAP + 8)->hr = HOST_E_INVALIDOPERATION;
    builder->last->host_hr = HOST_E_INVALIDOPERATION;
}
static void sticky(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .address = HEAP, .hr = HOST_E_CLRNOTAVAILABLE, .flags = HF_CALL_STICKY});
}
static void paused(trace_builder *builder)
{
    alloc(builder, 8, HEAP + 64)->flags |= HF_CALL_PAUSED;
}
static void incomplete(trace_builder *builder)
{
    alloc(builder, 8, 0)->state = HF_SLOT_STARTED;
}
static void in_signal(trace_builder *builder)
{
    alloc(builder, 8, HEAP + 64)->flags |= HF_CALL_SIGNAL;
}
static void unknown_level(trace_builder *builder)
{
    alloc(builder, 8, HEAP + 64)->level = 9;
}
static void done_but_failed(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 16, .hr = HOST_E_TIMEOUT, .flags = HF_CALL_FORWARDED});
    builder_ticket(builder, 1, 1, 0, 1);
    builder_inject(builder, 1, 1);
    ((hf_slot_extra *)(void *)(builder->next - 1))->u.decision.host_out = HEAP + 128;
}
static void poisoned(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 16, .out = 0xBAD0, .hr = E_OUTOFMEMORY});
    builder_ticket(builder, 2, 4, 0, 1);
    builder_inject(builder, 2, 1);
    release(builder, 0xBAD0)->hr = HOST_E_INVALIDOPERATION;
    builder->last->host_hr = HOST_E_INVALIDOPERATION;
}
static void untouched(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = 16, .out = 0x6B6B6B6B});
    builder_ticket(builder, 3, 5, 0, 1);
    builder_inject(builder, 3, 1);
}
static void host_leaves_rubbish(trace_builder *builder)
{
    builder_event(
        builder,
        (hf_slot_main){
            .kind = HF_METHOD_MALLOC_ALLOC, .size = 16, .out = 0x6B6B, .hr = E_OUTOFMEMORY, .host_hr = E_OUTOFMEMORY, .flags = HF_CALL_FORWARDED});
}
static void fork_and_refused(trace_builder *builder)
{
    builder_say(builder, HF_EVENT_FORK, 4711, NULL, NULL);
    builder_event(builder, (hf_slot_main){.kind = HF_EVENT_REFUSED, .type = HF_METHOD_MALLOC_FREE});
}
static void failed_check(trace_builder *builder)
{
    builder_say(builder, HF_EVENT_CHECK, 0, "sum\tdiffers", NULL);
}
static void relabelled(trace_builder *builder)
{
    builder_say(builder, HF_EVENT_THREAD, 0, "early", NULL);
    builder_say(builder, HF_EVENT_THREAD, 0, "main", NULL);
}
static void commit_inside(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_ALLOC,
                                          .address = REGION + 0x3000,
                                          .size = 0x1000,
                                          .type = MEM_COMMIT,
                                          .protect = PAGE_READWRITE,
                                          .out = REGION + 0x3000,
                                          .flags = HF_CALL_FORWARDED});
}
static void behind_the_region(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_FREE,
                                          .address = REGION + 0x10000,
                                          .type = MEM_RELEASE,
                                          .hr = HOST_E_INVALIDOPERATION,
                                          .host_hr = HOST_E_INVALIDOPERATION,
                                          .flags = HF_CALL_FORWARDED});
}
static void region_again(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_FREE, .address = REGION, .type = MEM_RELEASE, .flags = HF_CALL_FORWARDED});
    reserve(builder, 0x10000, REGION);
}

static void release_region(trace_builder *builder)
{
    builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_FREE, .address = REGION, .type = MEM_RELEASE, .flags = HF_CALL_FORWARDED});
}
static void inside_a_released_region(trace_builder *builder)
{
    release_region(builder);
    release(builder, REGION + 0x1000);
}
static void query_a_released_region(trace_builder *builder)
{
    release_region(builder);
    builder_event(
        builder,
        (hf_slot_main){.kind = HF_METHOD_VIRTUAL_QUERY, .address = REGION, .size = 48, .out = 48, .flags = HF_CALL_FORWARDED | HF_CALL_FOREIGN});
    builder_extra(builder, HF_EXTRA_QUERY, (hf_slot_extra){.u.query = {.base = REGION, .state = MEM_FREE}});
}
static void region_over_the_end_of_another(trace_builder *builder)
{
    reserve(builder, 0x10000, REGION + 0x8000);
    release(builder, REGION + 0x7FFF);
    release(builder, REGION + 0x9000);
    builder_event(builder,
                  (hf_slot_main){.kind = HF_METHOD_VIRTUAL_FREE, .address = REGION + 0x8000, .type = MEM_RELEASE, .flags = HF_CALL_FORWARDED});
    release(builder, REGION + 0x9000);
}
static void region_over_all_of_another(trace_builder *builder)
{
    reserve(builder, 0x100000, REGION - 0x10000);
    release(builder, REGION + 0x1000);
}

static const struct {
    const char *label;
    void (*act)(trace_builder *builder);
    const char *text;
} lines[] = {
    {"an interface pointer is an object", other_methods_create, "  CreateMalloc malloc=threadsafe -> S_OK out=object\n"},
    {"an address inside a region", protect_own, "  VirtualProtect address=R1+0x2000 size=0x1000 protect=readonly|guard -> S_OK out=readwrite\n"},
    {"a query of own memory", query_own,
     "  VirtualQuery address=R1+0x1234 length=48 -> S_OK out=48 base=R1+0x1000 allocation=R1 allocation-protect=noaccess region-size=0xF000 "
     "state=reserve type=private\n"},
    {"a free extent is masked", query_free, "  VirtualQuery address=foreign length=48 -> S_OK out=48 state=free\n"},
    {"memory load is masked", memory_load, "  GetMemoryLoad -> S_OK out=*\n"},
    {"the callback", register_callback, "  RegisterMemoryNotificationCallback address=callback -> S_OK\n"},
    {"address space of the caller's own", acquired, "  AcquiredVirtualAddressSpace address=foreign size=0x10000 -> S_OK\n"},
    {"a manager that is not there", get_manager, "  Control.GetHostManager iid=0x7BC698D1 -> E_NOINTERFACE 0x80004002 out=null\n"},
    {"an application domain", set_domain, "  Control.SetAppDomainManager domain=3 -> S_OK\n"},
    {"a notification", notification, "  Notification.OnMemoryNotification available=low -> S_OK\n"},
    {"a block that was freed", double_free,
     "  Malloc.Free address=H1 -> S_OK\n  Malloc.Free address=freed-H1 -> HOST_E_INVALIDOPERATION 0x80131022\n"},
    {"the same address is a new block", block_again, "  Malloc.Free address=H1 -> S_OK\n  Malloc.Alloc size=0x8 level=task -> S_OK out=H2\n"},
    {"the same address is a new region", region_again,
     "  VirtualFree address=R1 size=0x0 free=release -> S_OK\n"
     "  VirtualAlloc address=null size=0x10000 type=reserve protect=noaccess level=process -> S_OK out=R2\n"},
    {"inside a released region is nobody's", inside_a_released_region,
     "  VirtualFree address=R1 size=0x0 free=release -> S_OK\n  Malloc.Free address=foreign -> S_OK\n"},
    {"foreign memory where a region was", query_a_released_region,
     "  VirtualFree address=R1 size=0x0 free=release -> S_OK\n  VirtualQuery address=foreign length=48 -> S_OK out=48 state=free\n"},
    {"a region over the end of another", region_over_the_end_of_another,
     "  VirtualAlloc address=null size=0x10000 type=reserve protect=noaccess level=process -> S_OK out=R2\n"
     "  Malloc.Free address=R1+0x7FFF -> S_OK\n"
     "  Malloc.Free address=R2+0x1000 -> S_OK\n"
     "  VirtualFree address=R2 size=0x0 free=release -> S_OK\n"
     "  Malloc.Free address=foreign -> S_OK\n"},
    {"a region over all of another", region_over_all_of_another,
     "  VirtualAlloc address=null size=0x100000 type=reserve protect=noaccess level=process -> S_OK out=R2\n"
     "  Malloc.Free address=R2+0x11000 -> S_OK\n"},
    {"inside a block is nobody's", inside_a_block, "  Malloc.Free address=foreign -> HOST_E_INVALIDOPERATION 0x80131022\n"},
    {"behind a region is nobody's", behind_the_region, "  VirtualFree address=foreign size=0x0 free=release -> HOST_E_INVALIDOPERATION 0x80131022\n"},
    {"a commit stays in its region", commit_inside,
     "  VirtualAlloc address=R1+0x3000 size=0x1000 type=commit protect=readwrite level=task -> S_OK out=R1+0x3000\n"},
    {"a sticky answer", sticky, "~ Malloc.Free address=H1 -> HOST_E_CLRNOTAVAILABLE 0x80131023\n"},
    {"a paused call", paused, "# Malloc.Alloc size=0x8 level=task -> S_OK out=H2\n"},
    {"the process ended inside", incomplete, "? Malloc.Alloc size=0x8 level=task\n"},
    {"a signal handler's call", in_signal, "  Malloc.Alloc size=0x8 level=task -> S_OK out=H2 in-signal\n"},
    {"a level without a name", unknown_level, "  Malloc.Alloc size=0x8 level=0x9 -> S_OK out=H2\n"},
    {"done, yet failed", done_but_failed,
     "! Malloc.Alloc size=0x10 level=task -> HOST_E_TIMEOUT 0x80131024 out=null host=S_OK host-out=H2 rule=after-the-fact#1\n"},
    {"a poisoned pointer, and its use", poisoned,
     "! Malloc.Alloc size=0x10 level=task -> E_OUTOFMEMORY 0x8007000E out=poison rule=poisoner#4\n"
     "  Malloc.Free address=poison -> HOST_E_INVALIDOPERATION 0x80131022\n"},
    {"an out-parameter that nobody wrote", untouched, "! Malloc.Alloc size=0x10 level=task -> S_OK out=untouched host=none rule=liar#5\n"},
    {"rubbish from a host that failed", host_leaves_rubbish, "  Malloc.Alloc size=0x10 level=task -> E_OUTOFMEMORY 0x8007000E out=not-null\n"},
    {"a child and a refused call", fork_and_refused, "  fork\n  refused Malloc.Free\n"},
    {"a failed check", failed_check, "  check failed \"sum\\x09differs\"\n"},
    {"an earlier label", relabelled, "  label early\n"},
};
HF_ROWS(trace_text, a_line_says_what_repeats, lines)
{
    trace_builder builder;
    init_with_rules(&builder);
    builder_thread(&builder, 0);
    reserve(&builder, 0x10000, REGION);
    alloc(&builder, 24, HEAP);
    lines[*number].act(&builder);
    output got = print(&builder, NULL);
    const char *first = strstr(got.text, "out=H1\n") + strlen("out=H1\n");
    *(char *)(uintptr_t)strstr(first, "end calls=") = '\0';
    ASSERT_TEXT(first, lines[*number].text);
    builder_clear(&builder);
}

/* Labels give the order of groups, whoever came first; what is of another thread carries its label. */
static void build_threads(trace_builder *builder)
{
    init_with_rules(builder);
    builder_thread(builder, 0);
    builder_say(builder, HF_EVENT_PHASE, 0, "startup", NULL);
    builder_thread(builder, 1);
    builder_say(builder, HF_EVENT_THREAD, 0, "worker-10", NULL);
    alloc(builder, 8, HEAP);
    builder_thread(builder, 2);
    builder_say(builder, HF_EVENT_THREAD, 0, "worker-2", NULL);
    release(builder, HEAP);
    alloc(builder, 8, HEAP);
    builder_thread(builder, 3);
    release(builder, HEAP);
    builder_thread(builder, 4);
    builder_say(builder, HF_EVENT_THREAD, 0, "worker-10", NULL);
    alloc(builder, 8, HEAP);
    builder_thread(builder, 0);
    release(builder, HEAP);
    builder_thread(builder, 5);
    builder_say(builder, HF_EVENT_DETACH, 0, NULL, NULL);
}

Test(trace_text, groups_stand_in_the_order_of_their_labels)
{
    trace_builder builder;
    build_threads(&builder);
    output got = print(&builder, NULL);
    ASSERT_TEXT(got.text, "trace 1 caller=specimen seed=7\n"
                          "thread main\n"
                          "  phase startup\n"
                          "  Malloc.Free address=worker-10#2/H1 -> S_OK\n"
                          "thread worker-2\n"
                          "  Malloc.Free address=worker-10/H1 -> S_OK\n"
                          "  Malloc.Alloc size=0x8 level=task -> S_OK out=H1\n"
                          "thread worker-10\n"
                          "  Malloc.Alloc size=0x8 level=task -> S_OK out=H1\n"
                          "thread worker-10#2\n"
                          "  Malloc.Alloc size=0x8 level=task -> S_OK out=H1\n"
                          "thread t4\n"
                          "  Malloc.Free address=worker-2/H1 -> S_OK\n"
                          "end calls=6 fired=0\n");
    builder_clear(&builder);
}

static const struct {
    const char *label;
    const char *thread;
    const char *text;
} chosen_threads[] = {
    {"all threads of a label", "worker-10",
     "thread worker-10\n  Malloc.Alloc size=0x8 level=task -> S_OK out=H1\n"
     "thread worker-10#2\n  Malloc.Alloc size=0x8 level=task -> S_OK out=H1\n"},
    {"one of them", "worker-10#2", "thread worker-10#2\n  Malloc.Alloc size=0x8 level=task -> S_OK out=H1\n"},
    {"one that never got a label", "t4", "thread t4\n  Malloc.Free address=worker-2/H1 -> S_OK\n"},
};
HF_ROWS(trace_text, a_thread_is_chosen_by_its_label, chosen_threads)
{
    trace_builder builder;
    build_threads(&builder);
    hf_trace_text_options options = HF_TRACE_TEXT_OPTIONS_INIT;
    options.only_thread = chosen_threads[*number].thread;
    output got = print(&builder, &options);
    *strstr(got.text, "end calls=") = '\0';
    ASSERT_TEXT(strchr(got.text, '\n') + 1, chosen_threads[*number].text);
    builder_clear(&builder);
}

/* A block is got when its call ends, and given back when its call begins: two calls that overlap in time name it rightly. */
Test(trace_text, an_address_changes_hands_between_calls_that_overlap)
{
    trace_builder builder;
    init_with_rules(&builder);
    builder_thread(&builder, 0);
    alloc(&builder, 8, HEAP)->start = 1000;
    release(&builder, HEAP)->start = 20000;
    builder.last->state = 10u << 3 | HF_SLOT_DONE;
    builder_thread(&builder, 1);
    alloc(&builder, 8, HEAP)->start = 15000; /* began before the other's free, ended after */
    builder.last->state = 100u << 3 | HF_SLOT_DONE;
    release(&builder, HEAP)->start = 90000;
    output got = print(&builder, NULL);
    ASSERT_TEXT(got.text, "trace 1 caller=specimen seed=7\n"
                          "thread main\n"
                          "  Malloc.Alloc size=0x8 level=task -> S_OK out=H1\n"
                          "  Malloc.Free address=H1 -> S_OK\n"
                          "thread t2\n"
                          "  Malloc.Alloc size=0x8 level=task -> S_OK out=H1\n"
                          "  Malloc.Free address=H1 -> S_OK\n"
                          "end calls=4 fired=0\n");
    builder_clear(&builder);
}

/* Counters may jump; one thread's order is that of its calls. */
Test(trace_text, times_do_not_change_a_single_threads_text)
{
    trace_builder builder;
    trace_builder jumping;
    init_with_rules(&builder);
    init_with_rules(&jumping);
    builder_thread(&builder, 0);
    builder_thread(&jumping, 0);
    for (unsigned i = 0; i < 50; i++) {
        alloc(&builder, 8, HEAP);
        alloc(&jumping, 8, HEAP)->start = 1 + i * 7919 % 50 * 100;
        jumping.last->state = (i * 31 % 50) << 3 | HF_SLOT_DONE;
        release(&builder, HEAP);
        release(&jumping, HEAP)->start = 1 + i * 104729 % 50 * 100;
    }
    output got = print(&jumping, NULL);
    output want = print(&builder, NULL);
    ASSERT_TEXT(got.text, want.text);
    builder_clear(&builder);
    builder_clear(&jumping);
}
