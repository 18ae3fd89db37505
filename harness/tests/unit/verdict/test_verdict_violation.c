/* SPDX-License-Identifier: MIT
 * Clauses and leaks: what breaks each clause, near misses, and what counts as leaked.
 */
#include "hf_rows.h"
#include "scene.h"

static const struct {
    const char *label, *run, *want;
} clauses[] = {
    {"goes on after a failure", "fail alloc 70 40; alloc 80 50; free 80; exit", "ok absorbed"},
    {"strict: goes on after a failure", "strict; fail alloc 70 40; alloc 80 50; free 80; exit", "violated absorbed [request after a failure]"},
    {"strict: once for each failure", "strict; fail alloc 70 40; alloc 80 50; alloc 90 60; free 80; free 90; exit",
     "violated absorbed [request after a failure]"},
    {"strict: it meant to", "strict; fail alloc 70 40; absorb; alloc 80 50; free 80; exit", "ok absorbed"},
    {"strict: it meant an earlier failure", "strict; fail alloc 70 40; absorb; fail alloc 80 41; alloc 90 42; free 90; exit",
     "violated absorbed*2 [request after a failure]"},
    {"strict: it meant to before it failed", "strict; absorb; fail alloc 70 40; alloc 80 50; free 80; exit",
     "violated absorbed [request after a failure]"},
    {"strict: it had surfaced", "strict; fail alloc 70 40; surfaced; alloc 80 50; free 80; exit", "ok absorbed"},
    {"strict: its own check told it", "strict; fail alloc 70 40; check 1; alloc 80 50; free 80; exit", "ok absorbed"},
    {"strict: gives back what it has", "strict; alloc 80 40; fail alloc 70 40; free 80; exit 1", "reported rolled-back"},
    {"strict: another thread goes on", "strict; fail alloc 70 40; thread 1; alloc 80 50; free 80; exit", "ok absorbed"},
    {"strict: the same request again", "strict; fail alloc 70 40; alloc 70 40; free 70; exit", "violated retried [request after a failure]"},
    {"strict: a release that failed", "strict; alloc 70 40; fail free 70; alloc 80 50; free 70; free 80; exit", "ok retried"},
    {"strict: what the clean run would do wrong goes first", "strict; fail alloc 70 40; alloc 80 50; free 80; free 80; exit",
     "violated misused [double free] [request after a failure]"},
    {"a host that gave null", "host 1; exit", "violated [host: success and null]"},
    {"a host that gave nothing", "host 2; exit", "violated [host: success without the memory]"},
    {"a host that takes what is to be refused", "host 3; exit 1", "violated [host: success for a bad call]"},
    {"a host that kept what it was given back", "host 4; exit", "violated [host: kept released memory]"},
    {"a host that leaks in a failed call", "host 5; exit", "violated [host: leaked in a failed call]"},
    {"a host, in a way that this build does not know", "host 9; exit", "ok"},
    {"free twice", "alloc 70 40; free 70; refuse free 70; exit", "violated real:absorbed [double free]"},
    {"free twice, and the host takes it", "alloc 70 40; free 70; free 70; exit", "violated [double free]"},
    {"of an unmodified program: a commit, failed by us, in memory that came unseen", "unmodified; fail commit 66660000 1000; exit 1",
     "reported reported"},
    {"and one that the system refuses", "unmodified; refuse commit 66660000 1000; exit 1", "violated real:reported [commit outside a reservation]"},
    {"of an unmodified program: it was given out unseen", "unmodified; alloc 70 40; free 70; free 70; exit", "ok"},
    {"of an unmodified program, and refused", "unmodified; alloc 70 40; free 70; refuse free 70; exit", "violated real:absorbed [double free]"},
    {"release twice", "map 10000 1000; release 10000; refuse release 10000; exit", "violated real:absorbed [double free]"},
    {"release twice, within the first page", "map 10000 1000; release 10000; refuse release 10fff; exit", "violated real:absorbed [double free]"},
    {"given out anew between", "alloc 70 40; free 70; alloc 70 40; free 70; exit", "ok"},
    {"a region given out anew between", "map 10000 1000; release 10000; map 10000 2000; release 10000; exit", "ok"},
    {"freed by the other thread", "alloc 70 40; thread 1; free 70; exit", "ok"},
    {"freed once we kept it from being freed", "alloc 70 40; fail free 70; free 70; exit", "ok retried"},
    {"freed, and then told that it was not", "alloc 70 40; done free 70; refuse free 70; exit", "ok retried,real:absorbed"},
    {"not freed, but told that it was", "alloc 70 40; lie free 70; free 70; exit", "violated misused [double free]"},
    {"freed by another thread that had the address anew",
     "clock 100; took 100; alloc 70 40; clock 1000; took 1000; free 70; clock 4000; free 70; thread 1; clock 1100; took 500; alloc 70 40; exit",
     "ok"},
    {"the same with regions",
     "clock 100; took 100; map 10000 1000; clock 1000; took 1000; release 10000; clock 4000; release 10000; thread 1; clock 1100; took 500; map "
     "10000 2000; exit",
     "ok"},
    {"never given out", "refuse free 70; exit", "violated real:absorbed [free of foreign memory]"},
    {"older than the trace", "free 70; release 10000; decommit 20000 1000; commit 30000 1000; protect 40000 1000; exit", "ok"},
    {"never given out, and not asked", "fail free 70; exit", "ok absorbed"},
    {"null", "refuse free 0; exit", "ok real:absorbed"},
    {"region never given out", "refuse release 50000; exit", "violated real:absorbed [free of foreign memory]"},
    {"died in it", "unanswered free 70; signal b 0", "crashed [free of foreign memory]"},
    {"heap block to VirtualFree", "alloc 70 40; refuse release 70; free 70; exit", "violated real:absorbed [freed by the wrong method]"},
    {"region to Malloc.Free", "map 10000 1000; refuse free 10000; release 10000; exit", "violated real:absorbed [freed by the wrong method]"},
    {"release with a size", "map 10000 1000; invalid release 10000 1000; release 10000; exit", "violated real:absorbed [release with a size]"},
    {"type 0", "map 10000 1000; invalid free-type 10000 0; release 10000; exit", "violated real:fell-back [free type invalid]"},
    {"both types", "map 10000 1000; invalid free-type 10000 c000; release 10000; exit", "violated real:fell-back [free type invalid]"},
    {"release inside", "map 10000 8000; refuse release 12000; release 10000; exit", "violated real:absorbed [release not at the base]"},
    {"release within the first page", "map 10000 8000; release 10fff; exit", "ok"},
    {"released a page later", "map 10000 8000; refuse release 11000; release 10000; exit", "violated real:absorbed [release not at the base]"},
    {"commit outside", "refuse commit 50000 1000; exit", "violated real:absorbed [commit outside a reservation]"},
    {"commit beyond the end", "reserve 10000 8000; refuse commit 17000 2000; release 10000; exit",
     "violated real:rolled-back [commit outside a reservation]"},
    {"commit across two", "reserve 10000 10000; reserve 20000 10000; refuse commit 1f000 2000; release 10000; release 20000; exit",
     "violated real:rolled-back [commit outside a reservation]"},
    {"commit to the last byte", "reserve 10000 8000; commit 17fff 1; release 10000; exit", "ok"},
    {"commit anew", "reserve 10000 8000; commit 10000 2000; commit 10000 4000; release 10000; exit", "ok"},
    {"commit at null", "map 10000 1000; release 10000; exit", "ok"},
    {"commit in a region given back", "reserve 10000 8000; release 10000; refuse commit 10000 1000; exit",
     "violated real:absorbed [use of released memory]"},
    {"decommit in a region given back", "map 10000 8000; release 10000; refuse decommit 10000 1000; exit",
     "violated real:absorbed [use of released memory]"},
    {"protect in a region given back", "map 10000 8000; release 10000; refuse protect 10000 1000; exit",
     "violated real:absorbed [use of released memory]"},
    {"protect of what is there now", "map 10000 8000; release 10000; protect 10000 1000; exit", "ok"},
    {"query of what is gone", "map 10000 8000; release 10000; query 10000 30; exit", "ok"},
    {"commit where the host has it anew", "reserve 10000 8000; release 10000; commit 10000 1000; exit", "ok"},
    {"reserve again where it was", "reserve 10000 8000; release 10000; reserve-at 10000 8000; release 10000; exit", "ok"},
    {"reset outside", "refuse reset 50000 1000; exit", "violated real:absorbed [reset outside a reservation]"},
    {"reset inside", "map 10000 8000; reset 10000 8000; release 10000; exit", "ok"},
    {"decommit outside", "refuse decommit 50000 1000; exit", "violated real:absorbed [decommit outside a region]"},
    {"decommit beyond the end", "map 10000 8000; invalid decommit 17000 2000; release 10000; exit",
     "violated real:absorbed [decommit outside a region]"},
    {"decommit of the rest", "map 10000 8000; refuse decommit 12000 0; release 10000; exit",
     "violated real:absorbed [decommit of size 0 not at the base]"},
    {"decommit of all", "map 10000 8000; decommit 10000 0; decommit 10000 8000; release 10000; exit", "ok"},
    {"protect of reserved pages", "reserve 10000 8000; refuse protect 10000 1000; release 10000; exit",
     "violated real:rolled-back [protect of uncommitted memory]"},
    {"protect beyond what is committed", "reserve 10000 8000; commit 10000 2000; refuse protect 11000 2000; release 10000; exit",
     "violated real:rolled-back [protect of uncommitted memory]"},
    {"protect after decommit", "map 10000 8000; decommit 12000 1000; refuse protect 10000 8000; release 10000; exit",
     "violated real:rolled-back [protect of uncommitted memory]"},
    {"protect of pages committed one by one",
     "reserve 10000 8000; commit 11000 1000; commit 10000 1000; commit 12000 1000; protect 10000 3000; release 10000; exit", "ok"},
    {"protect of pages whose commit failed", "reserve 10000 8000; fail commit 10000 1000; refuse protect 10000 1000; release 10000; exit",
     "violated misused,real:rolled-back [protect of uncommitted memory]"},
    {"the host did it behind our back", "reserve 10000 8000; done commit 10000 1000; protect 10000 1000; exit-now 9",
     "aborted misused [protect of uncommitted memory]"},
    {"pages that stayed committed", "map 10000 8000; fail commit 10000 1000; protect 10000 1000; release 10000; exit", "ok absorbed"},
    {"foreign protect", "protect 10000 1000; refuse protect 20000 1000; exit", "ok real:absorbed"},
    {"invalid argument", "invalid map 0 0; exit", "violated real:absorbed [invalid argument]"},
    {"a probe for large pages", "invalid large 0 1000; exit", "ok real:absorbed"},
    {"use of what a failed call left", "poison reserve 0 8000; refuse commit 66601000 1000; exit",
     "violated misused,real:absorbed [use after a failed call]"},
    {"use of null and what is behind it", "fail reserve 0 100000; refuse commit 10000 1000; exit",
     "violated misused,real:absorbed [use after a failed call]"},
    {"protect of what a failed call left", "poison reserve 0 8000; protect 66600000 1000; exit", "violated misused [use after a failed call]"},
    {"release of what a failed call left, and the host takes it", "poison map 0 1000; release 66600000; exit 1",
     "violated misused [use after a failed call]"},
    {"free of what a failed Alloc left", "poison alloc 0 40; refuse free 66600000; exit", "violated misused,real:absorbed [use after a failed call]"},
    {"given out after all", "poison reserve 0 8000; reserve-at 66600000 8000; commit 66600000 1000; release 66600000; exit", "ok relocated"},
    {"S_OK and null is nothing", "null reserve 0 100000; refuse commit 10000 1000; exit", "violated misused,real:absorbed [use after a failed call]"},
    {"request after E_FAIL", "e-fail map 0 1000; sticky alloc 0 40; exit 1", "violated reported [request after E_FAIL]"},
    {"protect after E_FAIL", "map 10000 1000; e-fail map 0 1000; sticky protect 10000 1000; exit 1", "violated reported [request after E_FAIL]"},
    {"giving back after E_FAIL", "map 10000 1000; e-fail map 0 1000; sticky release 10000; sticky free 70; exit 1", "reported rolled-back"},
    {"asking a question after E_FAIL", "e-fail map 0 1000; sticky query 1 30; sticky load; exit 1", "reported reported"},
    {"another thread's first request", "clock 10; e-fail map 0 1000; thread 1; clock 5000; sticky alloc 0 40; exit 1", "reported reported"},
    {"another thread's second request", "clock 10; e-fail map 0 1000; thread 1; clock 5000; sticky alloc 0 40; sticky alloc 0 80; exit 1",
     "violated reported [request after E_FAIL]"},
    {"E_FAIL that does not stick", "e-fail-loose map 0 1000; map 10000 1000; release 10000; exit 1", "reported retried"},
    {"call from a handler", "handler alloc 70 40; free 70; exit", "violated [call from a signal handler]"},
    {"refused call", "refused; exit", "violated [call from a signal handler]"},
    {"paused calls are the caller's own business", "pause; refuse free 70; resume; exit", "ok"},
    {"two threads in an unsafe heap", "heap 0; clock 100; took 1000; alloc 70 40; free 70; thread 1; clock 800; took 200; alloc 90 40; free 90; exit",
     "violated [unserialised heap calls]"},
    {"one after the other", "heap 0; clock 100; took 400; alloc 70 40; free 70; thread 1; clock 800; took 200; alloc 90 40; free 90; exit", "ok"},
    {"one in the heap, one beside it",
     "heap 0; clock 100; took 1000; map 10000 1000; release 10000; thread 1; clock 800; took 200; alloc 90 40; free 90; exit", "ok"},
    {"the longest of three",
     "heap 0; clock 100; took 2000; alloc 70 40; free 70; thread 1; clock 200; took 0; alloc 90 40; clock 1000; took 0; free 90; exit",
     "violated [unserialised heap calls]"},
    {"one gives back while another does",
     "heap 0; alloc 70 40; alloc 90 40; clock 100000; took 1000; free 70; thread 1; clock 100800; took 200; free 90; exit",
     "violated [unserialised heap calls]"},
    {"two threads in a safe heap", "heap 1; clock 100; took 1000; alloc 70 40; free 70; thread 1; clock 800; took 200; alloc 90 40; free 90; exit",
     "ok"},
};
HF_ROWS(verdict_violation, clause_is_found, clauses)
{
    char got[400];
    scene scene_ = scene_judge(clauses[*number].run, NULL, NULL);
    scene_print(&scene_, got, sizeof got);
    cr_assert(eq(str, got, (char *)(size_t)clauses[*number].want), "%s: %s", clauses[*number].label, scene_.verdict->reason);
    scene_clear(&scene_);
}

static const struct {
    const char *label, *run, *clean, *want;
} remains[] = {
    {"a block", "alloc 70 40; exit", "exit", "leaked leaks=1"},
    {"a region", "reserve 10000 1000; exit", "exit", "leaked leaks=1"},
    {"without a clean run all counts", "alloc 70 40; map 10000 1000; exit", NULL, "leaked leaks=2"},
    {"the clean run leaves it too", "alloc 70 40; exit", "alloc 70 40; exit", "ok"},
    {"at another address", "alloc 90 40; map 30000 1000; exit", "map 10000 1000; alloc 70 40; exit", "ok"},
    {"one more of them", "alloc 70 40; alloc 90 40; exit", "alloc 70 40; exit", "leaked leaks=1"},
    {"a bigger one", "alloc 70 80; exit", "alloc 70 40; exit", "leaked leaks=1"},
    {"a smaller one from there", "alloc 70 20; exit", "alloc 70 40; exit", "ok"},
    {"three in the place of a refused one", "pc 5; fail alloc 0 80; alloc 70 20; alloc 90 20; alloc b0 20; exit", "pc 5; alloc 70 80; exit",
     "ok shrank"},
    {"three that are more than the refused one", "pc 5; fail alloc 0 80; alloc 70 20; alloc 90 70; alloc b0 20; exit", "pc 5; alloc 70 80; exit",
     "leaked shrank leaks=2"},
    {"one that could not grow", "pc 5; alloc 70 20; fail alloc 0 40; exit", "pc 5; alloc 70 20; alloc 90 40; free 70; exit", "ok absorbed"},
    {"one that could not shrink", "pc 5; alloc 70 1000; pc 9; fail resize 70 40; exit", "pc 5; alloc 70 1000; free 70; pc 9; resize 70 40; exit",
     "ok absorbed"},
    {"one that could not shrink, and another", "pc 5; alloc 70 1000; pc 9; fail resize 70 40; pc 5; alloc 2000 1000; exit",
     "pc 5; alloc 70 1000; free 70; pc 9; resize 70 40; exit", "leaked absorbed leaks=1"},
    {"one that could not shrink, and is given back", "pc 5; alloc 70 1000; pc 9; fail resize 70 40; exit",
     "pc 5; alloc 70 1000; free 70; pc 9; resize 70 40; free 70; exit", "leaked absorbed leaks=1"},
    {"two smaller ones for one", "alloc 70 20; alloc 90 20; exit", "alloc 70 40; exit", "leaked leaks=1"},
    {"another kind", "alloc 70 1000; exit", "map 10000 1000; exit", "leaked leaks=1"},
    {"from elsewhere, before any fault", "pc 9; alloc 70 40; exit", "pc 5; alloc 70 40; exit", "leaked leaks=1"},
    {"from elsewhere, because of the fault", "pc 5; fail alloc 0 40; pc 9; alloc 70 40; exit", "pc 5; alloc 70 40; exit", "ok retried"},
    {"less, from elsewhere, for what was refused", "pc 5; fail map 0 8000; pc 9; map 10000 2000; exit", "pc 5; map 10000 8000; exit", "ok shrank"},
    {"in pieces, for what was refused", "pc 5; fail map 0 8000; pc 9; map 10000 4000; map 20000 4000; exit", "pc 5; map 10000 8000; exit",
     "ok shrank"},
    {"more pieces than were refused", "pc 5; fail map 0 8000; pc 9; map 10000 4000; map 20000 4000; map 30000 4000; exit",
     "pc 5; map 10000 8000; exit", "leaked shrank leaks=1"},
    {"as much as the clean run keeps, which was not refused", "map 10000 8000; release 10000; pc 5; fail alloc 0 80; pc 9; map 50000 2000; exit 1",
     "map 10000 8000; pc 5; alloc 70 80; free 70; exit", "leaked fell-back leaks=1"},
    {"a release that we failed", "alloc 70 40; fail free 70; exit", "exit", "ok absorbed"},
    {"a release that we pretended", "map 10000 1000; lie release 10000; exit", "exit", "ok absorbed"},
    {"a release that the host refused", "map 10000 1000; refuse release 10000; exit", "exit", "leaked real:absorbed leaks=1"},
    {"a release that was done and denied", "map 10000 1000; done release 10000; exit", "exit", "ok absorbed"},
    {"failed once, freed later", "alloc 70 40; fail free 70; free 70; exit", "exit", "ok retried"},
    {"taken behind its back", "done alloc 70 40; exit 1", "exit", "reported reported"},
    {"taken behind its back where it had asked for it", "done reserve-at 10000 1000; exit 1", "exit", "reported reported"},
    {"and undone", "done reserve-at 10000 1000; release 10000; exit 1", "exit", "reported rolled-back"},
    {"a commit behind its back belongs to the region", "reserve 10000 8000; done commit 10000 1000; release 10000; exit 1", "exit",
     "reported rolled-back"},
    {"what was never there", "lie alloc 70 40; exit", "exit", "ok absorbed"},
    {"S_FALSE and dropped", "s-false map 10000 1000; exit 1", "exit", "leaked reported leaks=1"},
    {"after a crash nothing is counted", "alloc 70 40; signal b 9999999999", "exit", "crashed"},
    {"after an abort nothing is counted", "alloc 70 40; signal 6", "exit", "aborted"},
    {"after a hang nothing is counted", "alloc 70 40; timeout", "exit", "hung"},
    {"after E_FAIL nothing is counted", "map 10000 1000; e-fail map 0 1000; exit 1", "exit", "reported reported"},
    {"after an E_FAIL that does not stick it is", "map 10000 1000; e-fail-loose map 0 1000; exit 1", "exit", "leaked reported leaks=1"},
    {"taken in a pause", "pause; alloc 70 40; resume; exit", "exit", "leaked leaks=1"},
};
HF_ROWS(verdict_leak, is_what_the_clean_run_does_not_leave, remains)
{
    char got[400];
    scene scene_ = scene_judge(remains[*number].run, remains[*number].clean, NULL);
    scene_print(&scene_, got, sizeof got);
    cr_assert(eq(str, got, (char *)(size_t)remains[*number].want), "%s: %s", remains[*number].label, scene_.verdict->reason);
    scene_clear(&scene_);
}

Test(verdict_leak, names_call_size_and_address)
{
    scene scene_ = scene_judge("alloc 70 40; free 70; alloc 90 50; reserve 10000 1800; exit", "exit", NULL);
    const hf_verdict *verdict = scene_.verdict;
    cr_assert(all(eq(sz, verdict->leak_count, 2), eq(u64, verdict->leaked_bytes, 0x2050)));
    cr_assert(all(eq(sz, verdict->leaks[0].event, 2), eq(u64, verdict->leaks[0].address, 0x90), eq(u64, verdict->leaks[0].bytes, 0x50)));
    cr_assert(all(eq(u64, verdict->leaks[1].bytes, 0x2000), eq(int, verdict->leaks[1].heap, 0), eq(int, verdict->leaks[0].heap, 1)));
    scene_clear(&scene_);
}

Test(verdict_violation, says_what_and_where)
{
    scene scene_ = scene_judge("map 10000 8000; map 30000 1000; release 30000; refuse release 30000; release 10000; exit", "exit", NULL);
    const hf_verdict *verdict = scene_.verdict;
    cr_assert(all(eq(sz, verdict->violation_count, 1), eq(sz, verdict->violations[0].event, 3)));
    static char want[] = "double free: VirtualFree of freed-R2, which was already given back";
    cr_assert(eq(str, (char *)(size_t)verdict->reason, want));
    cr_assert(eq(str, (char *)(size_t)verdict->violations[0].detail, want + 13));
    scene_clear(&scene_);
}
