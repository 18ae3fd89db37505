/* SPDX-License-Identifier: MIT
 * The caller's reaction: rows for each response, for near misses, and for their priority.
 */
#include "hf_rows.h"
#include "scene.h"

/* Stacks: A one line of a function, B another line of it, C a line elsewhere. */
#define A "stack 111 222 333;"
#define B "stack 119 222 333;"
#define C "stack 777 888 999 333;"
#define ENDS "result done; exit"
#define FAILS "exit 1"

static const struct {
    const char *label, *run, *want;
} answers[] = {
    /* retried */
    {"the same again", A "fail map 0 1000; map 10000 1000; release 10000;" ENDS, "ok retried"},
    {"again after other calls", A "fail map 0 1000; query 1 30; load; map 10000 1000; release 10000;" ENDS, "ok retried"},
    {"again, next, from another line of the function", A "fail map 0 1000;" B "map 10000 1000; release 10000;" ENDS, "ok retried"},
    {"again from another line, after another request", A "fail map 0 1000; map 10000 2000;" B "map 30000 1000; release 30000; release 10000;" ENDS,
     "ok absorbed"},
    {"again, next, from another line of another call", "stack 111 222 333; fail map 0 1000; stack 119 229 333; map 10000 1000; release 10000;" ENDS,
     "ok absorbed"},
    {"again, next, from an address that is near", "pc 5; fail map 0 1000; pc 9; map 10000 1000; release 10000;" ENDS, "ok absorbed"},
    {"again, by return address", "pc 5; fail map 0 1000; map 10000 1000; release 10000;" ENDS, "ok retried"},
    {"the same from elsewhere", A "fail alloc 0 40;" C "alloc 70 40; free 70;" ENDS, "ok absorbed"},
    {"the same from deeper, through one wrapper", "stack 111 222; fail alloc 0 40; stack 111 333 222; alloc 70 40; free 70;" ENDS, "ok retried"},
    {"another size from there", A "fail alloc 0 40; alloc 70 80; free 70;" ENDS, "ok absorbed"},
    {"in another thread", A "fail map 0 1000; thread 1; map 10000 1000; release 10000;" ENDS, "ok absorbed"},
    {"33 calls later", A "fail map 0 1000; times 20 query 1 30; map 10000 1000; release 10000;" ENDS, "ok absorbed"},
    {"32 calls later", A "fail map 0 1000; times 1f query 1 30; map 10000 1000; release 10000;" ENDS, "ok retried"},
    {"paused calls are not counted", A "fail map 0 1000; pause; times 40 query 1 30; resume; map 10000 1000; release 10000;" ENDS, "ok retried"},
    {"a paused one is none", A "fail map 0 1000; pause; map 10000 1000; release 10000; resume;" ENDS, "ok absorbed"},
    {"again and then less", A "fail map 0 2000; fail map 0 2000; map 10000 1000; release 10000;" ENDS, "ok retried,shrank"},
    {"a release that failed", A "map 10000 1000; fail release 10000; release 10000;" ENDS, "ok retried"},
    {"a free that failed", A "alloc 70 40; fail free 70; free 70;" ENDS, "ok retried"},
    {"after a false success nobody asks again", A "lie alloc 60 40; alloc 70 40; free 70; free 60;" ENDS, "ok absorbed"},
    {"after a success without memory one may", A "null alloc 0 40; alloc 70 40; free 70;" ENDS, "ok retried"},
    {"a rule that only marks is no fault", A "mark alloc 60 40; fail alloc 0 40; alloc 70 40; free 70; free 60;" ENDS, "ok retried"},
    {"after a delay nobody asks again", A "delay alloc 60 40; alloc 70 40; free 70; free 60;" ENDS, "ok absorbed"},
    {"S_FALSE that was dropped", A "s-false alloc 60 40; alloc 70 40; free 70;" ENDS, "leaked retried leaks=1"},
    {"S_FALSE that was used", A "s-false alloc 60 40; alloc 70 40; free 70; free 60;" ENDS, "ok absorbed"},
    {"a manager that the host does not have", A "refuse manager 0;" ENDS, "ok"},
    {"another kind of manager is no retry by luck", A "fail manager 0;" C "manager 9;" ENDS, "ok absorbed"},
    /* shrank */
    {"half", A "fail map 0 8000; map 10000 4000; release 10000;" ENDS, "ok shrank"},
    {"half, from another line", A "fail map 0 8000;" B "map 10000 4000; release 10000;" ENDS, "ok shrank"},
    {"a fraction from another line is another wish", A "fail alloc 0 8000;" B "alloc 70 40; free 70;" ENDS, "ok absorbed"},
    {"a fraction from the same line", A "fail alloc 0 8000; alloc 70 40; free 70;" ENDS, "ok shrank"},
    {"half from elsewhere", A "fail map 0 8000;" C "map 10000 4000; release 10000;" ENDS, "ok absorbed"},
    {"half of a commit", "reserve 10000 8000;" A "fail commit 10000 8000; commit 10000 4000; release 10000;" ENDS, "ok shrank"},
    {"less of another commit", "reserve 10000 8000;" A "fail commit 10000 2000; commit 14000 1000; release 10000;" ENDS, "ok absorbed"},
    {"less at another address", A "fail reserve-at 10000 8000; reserve-at 50000 4000; release 50000;" ENDS, "ok shrank"},
    /* relocated */
    {"elsewhere", A "fail reserve-at 10000 8000; reserve-at 50000 8000; release 50000;" ENDS, "ok relocated"},
    {"anywhere, from another line", A "fail reserve-at 10000 8000;" B "reserve 50000 8000; release 50000;" ENDS, "ok relocated"},
    {"elsewhere from elsewhere", A "fail reserve-at 10000 8000;" C "reserve 50000 8000; release 50000;" ENDS, "ok absorbed"},
    /* released-then-retried */
    {"gives back, asks again", "alloc 60 40;" A "fail alloc 0 40; free 60; alloc 70 40; free 70;" ENDS, "ok released-then-retried"},
    {"gives back, asks again elsewhere in memory",
     "map 10000 1000;" A "fail reserve-at 50000 1000; release 10000; reserve-at 60000 1000; release 60000;" ENDS, "ok released-then-retried"},
    {"gives back, asks again through one wrapper from elsewhere",
     "alloc 60 40; stack 111 222 333; fail alloc 0 40; free 60; stack 111 444 555 333; alloc 70 40; free 70;" ENDS, "ok released-then-retried"},
    {"gives back, asks again from another line", "alloc 60 40;" A "fail alloc 0 40; free 60;" B "alloc 70 40; free 70;" ENDS,
     "ok released-then-retried"},
    {"gives back, asks for as much elsewhere", "alloc 60 40;" A "fail alloc 0 40; free 60;" C "alloc 70 40; free 70;" ENDS, "ok rolled-back"},
    {"free of null gives nothing back", A "fail alloc 0 40; free 0; alloc 70 40; free 70;" ENDS, "ok retried"},
    {"a release that failed gives nothing back",
     "map 10000 1000;" A "fail alloc 0 40; refuse decommit 10000 1000; alloc 70 40; free 70; release 10000;" ENDS, "ok retried,real:absorbed"},
    {"less after giving back is less", "alloc 60 40;" A "fail alloc 0 80; free 60; alloc 70 40; free 70;" ENDS, "ok shrank"},
    {"gives back more than a window full, asks again", A "fail alloc 0 40; times 50 free 70; alloc 70 40; free 70;" ENDS, "ok released-then-retried"},
    {"gives back more than a window full, asks for something else", A "fail alloc 0 40; times 50 free 70; alloc 70 48; free 70;" ENDS, "ok absorbed"},
    {"gives back, goes on, asks again much later", A "fail alloc 0 40; free 70; times 20 load; free 70; alloc 70 40; free 70;" ENDS, "ok absorbed"},
    /* fell-back */
    {"the heap instead of pages", A "fail map 0 1000;" B "alloc 70 1000; free 70;" ENDS, "ok fell-back"},
    {"through another wrapper", "stack 111 222 333 444; fail map 0 1000; stack 555 666 333 444; alloc 70 1000; free 70;" ENDS, "ok fell-back"},
    {"the heap for something small", A "fail map 0 1000;" B "alloc 70 20; free 70;" ENDS, "ok absorbed"},
    {"the heap from elsewhere", A "fail map 0 1000; stack 777 888 999; alloc 70 1000; free 70;" ENDS, "ok absorbed"},
    {"the heap from a line that shares one frame", "stack 111 222 333 444; fail map 0 1000; stack 555 222 777 888; alloc 70 1000; free 70;" ENDS,
     "ok absorbed"},
    {"ordinary pages instead of large", A "fail large 0 1000;" B "map 10000 1000; release 10000;" ENDS, "ok fell-back"},
    {"not what it asked next", A "fail map 0 1000; map 50000 9000; alloc 70 1000; free 70; release 50000;" ENDS, "ok absorbed"},
    {"decommit instead of release", "map 10000 1000;" A "fail release 10000; decommit 10000 1000;" ENDS, "ok fell-back"},
    {"another decommit is another matter", "map 10000 4000;" A "fail decommit 10000 1000; decommit 12000 1000; release 10000;" ENDS, "ok absorbed"},
    /* rolled-back */
    {"releases the reservation", "reserve 10000 8000;" A "fail commit 10000 1000; release 10000;" FAILS, "reported rolled-back"},
    {"releases the reservation and goes on", "reserve 10000 8000;" A "fail commit 10000 1000; release 10000;" ENDS, "ok rolled-back"},
    {"decommits what it cannot protect", "map 10000 8000;" A "fail protect 10000 1000; decommit 10000 1000; release 10000;" FAILS,
     "reported rolled-back"},
    {"releases another region", "reserve 50000 8000; reserve 10000 8000;" A "fail commit 10000 1000; release 50000;" FAILS,
     "leaked reported leaks=1"},
    {"frees the step before", "alloc 60 40;" A "fail alloc 0 80; free 60;" FAILS, "reported rolled-back"},
    {"frees the step before the one before", "alloc 50 40; alloc 60 40;" A "fail alloc 0 80; free 50;" FAILS, "leaked reported leaks=1"},
    {"another thread's step", "alloc 60 40; thread 1;" A "fail alloc 0 80; free 60;" FAILS, "reported reported"},
    {"ends what it had anyway", "alloc 60 40;" A "fail alloc 0 80; pc 900; free 60;" ENDS, "ok absorbed"},
    {"tries to after E_FAIL", "reserve 10000 8000;" A "e-fail commit 10000 1000; sticky release 10000;" FAILS, "reported rolled-back"},
    {"a release that failed undoes nothing", "reserve 10000 8000;" A "fail commit 10000 1000; refuse release 10000;" FAILS,
     "leaked reported,real:reported leaks=1"},
    /* reported, absorbed, misused, died */
    {"nothing followed", A "fail map 0 1000;" FAILS, "reported reported"},
    {"went on and failed", A "fail map 0 1000;" C "alloc 70 40; free 70;" FAILS, "reported reported"},
    {"went on and ended well", A "fail map 0 1000;" C "alloc 70 40; free 70;" ENDS, "ok absorbed"},
    {"frees what it never got", A "poison map 0 1000; refuse release 66600000;" FAILS, "violated misused,real:reported [use after a failed call]"},
    {"frees what nobody ever gave", A "fail alloc 0 40; refuse free 7777;" ENDS, "violated misused,real:absorbed [free of foreign memory]"},
    {"that was long ago", A "fail alloc 0 40; times 40 query 1 30; refuse free 7777;" ENDS,
     "violated absorbed,real:absorbed [free of foreign memory]"},
    {"touches what it never got", A "fail map 0 1000; signal b 10", "crashed misused"},
    {"touches pages whose commit failed", "reserve 10000 8000;" A "fail commit 12000 1000; signal b 12010", "crashed misused"},
    {"touches something else", A "fail map 0 1000; signal b 1010", "crashed died"},
    {"touches what it was told it has", A "lie map 30000 1000; signal b 30010", "crashed died"},
    {"an access violation at once, nobody knows where", A "fail map 0 1000; signal b", "crashed misused"},
    {"an access violation later, nobody knows where", A "fail map 0 1000; load; signal b", "crashed died"},
    {"dies of another signal", A "fail map 0 1000; signal 8 10", "crashed died"},
    {"is still in it", A "fail map 0 1000; timeout", "hung died"},
    {"retried and then died", A "fail map 0 1000; fail map 0 1000; signal 6", "aborted retried,died"},
    /* which failures get an answer */
    {"the host's own, after the faults", A "refuse map 0 1000; fail map 0 1000; map 10000 1000; release 10000;" ENDS, "ok retried,real:retried"},
    {"a failed state answers nothing", A "e-fail map 0 1000; sticky release 10000;" FAILS, "reported reported"},
    {"a paused failure is nobody's", "pause; refuse map 0 1000; resume;" ENDS, "ok"},
};
HF_ROWS(verdict_response, first_that_fits, answers)
{
    char got[400];
    scene scene_ = scene_judge(answers[*number].run, "pc 900; alloc 60 40; free 60; result done; exit", NULL);
    scene_print(&scene_, got, sizeof got);
    cr_assert(eq(str, got, (char *)(size_t)answers[*number].want), "%s: %s", answers[*number].label, scene_.verdict->reason);
    scene_clear(&scene_);
}

/* What the clean run does at the same point: the same calls there are no reaction. */
static const struct {
    const char *label, *run, *clean, *want;
} beside_clean[] = {
    {"the next one of a loop", "times 2 alloc 70 40; fail alloc 0 40; times 3 alloc 70 40; times 5 free 70;" ENDS,
     "times 6 alloc 70 40; times 6 free 70;" ENDS, "ok absorbed"},
    {"again, in a loop", "times 2 alloc 70 40; fail alloc 0 40; times 4 alloc 70 40; times 6 free 70;" ENDS,
     "times 6 alloc 70 40; times 6 free 70;" ENDS, "ok retried"},
    {"the next one of a loop of two calls", "alloc 70 40; load; fail alloc 0 40; alloc 70 40; load; times 2 free 70;" ENDS,
     "times 1 alloc 70 40; load; alloc 70 40; load; alloc 70 40; load; times 3 free 70;" ENDS, "ok absorbed"},
    {"again, in a loop of two calls", "alloc 70 40; load; fail alloc 0 40; alloc 70 40; load; alloc 70 40; load; times 3 free 70;" ENDS,
     "alloc 70 40; load; alloc 70 40; load; alloc 70 40; load; times 3 free 70;" ENDS, "ok retried"},
    {"dies on the way through a loop", "alloc 70 40; fail alloc 0 40; alloc 70 40; signal b 8", "times 6 alloc 70 40; times 6 free 70;" ENDS,
     "crashed misused"},
    {"asks twice in a loop and gives up", "alloc 70 40; fail alloc 0 40; fail alloc 0 40; free 70;" FAILS,
     "times 6 alloc 70 40; times 6 free 70;" ENDS, "reported retried,rolled-back"},
    {"the next commit of a chunk", "reserve 10000 8000; fail commit 10000 1000; commit 11000 1000; release 10000;" ENDS,
     "reserve 10000 8000; commit 10000 1000; commit 11000 1000; release 10000;" ENDS, "ok absorbed"},
    {"the same commit again", "reserve 10000 8000; fail commit 10000 1000; commit 10000 1000; commit 11000 1000; release 10000;" ENDS,
     "reserve 10000 8000; commit 10000 1000; commit 11000 1000; release 10000;" ENDS, "ok retried"},
    {"another function's smaller request", A "fail map 0 8000;" C "map 10000 4000; release 10000;" ENDS,
     "pc 111; map 10000 8000; pc 777; release 10000;" ENDS, "ok shrank"},
    {"another function's smaller request, which comes anyway", A "fail map 0 8000;" C "map 10000 4000; release 10000;" ENDS,
     "pc 111; map 10000 8000; pc 777; map 20000 4000; release 10000; release 20000;" ENDS, "ok absorbed"},
    {"memory for the message", A "fail alloc 0 80;" C "alloc 70 40; free 70;" FAILS, "pc 111; alloc 70 80; pc 777; free 70;" ENDS,
     "reported reported"},
    {"what it frees at the end anyway", "pc 5; alloc 60 40; fail alloc 0 80; pc 6; free 60;" ENDS,
     "pc 5; alloc 60 40; alloc 70 80; pc 6; free 70; free 60;" ENDS, "ok absorbed"},
    {"what it frees at the end anyway, and fails", "pc 5; alloc 60 40; fail alloc 0 80; pc 6; free 0; free 60;" FAILS,
     "pc 5; alloc 60 40; alloc 70 80; pc 6; free 70; free 60;" ENDS, "reported reported"},
    {"what it frees early, and fails", "pc 5; alloc 60 40; fail alloc 0 80; pc 6; free 60;" FAILS,
     "pc 5; alloc 60 40; alloc 70 80; pc 6; free 70; free 60;" ENDS, "reported rolled-back"},
    {"the region's ordinary end", "reserve 10000 8000; fail commit 10000 1000; release 10000;" ENDS,
     "reserve 10000 8000; commit 10000 1000; release 10000;" ENDS, "ok absorbed"},
    {"the region's end before its time", "pc 5; reserve 10000 8000; fail commit 10000 1000; release 10000; pc 7; alloc 70 40; free 70;" ENDS,
     "pc 5; reserve 10000 8000; commit 10000 1000; pc 7; alloc 70 40; free 70; pc 5; release 10000;" ENDS, "ok rolled-back"},
    {"a failure that the clean run has as well", "refuse map 0 1000; map 10000 1000; release 10000;" ENDS,
     "refuse map 0 1000; map 10000 1000; release 10000;" ENDS, "ok real:retried"},
    {"behind an adapter, no stacks, another run", "fail alloc 0 40; load; alloc 80 40; free 80;" ENDS,
     "alloc 50 20; alloc 60 40; free 60; free 50;" ENDS, "ok absorbed"},
    /* what ends in misuse is misuse, whatever came between */
    {"asks again, uses the first", "fail alloc 0 40; alloc 70 40; signal b 8", "alloc 70 40; free 70;" ENDS, "crashed misused"},
    {"goes on with the next block, touches the first", "reserve 10000 8000; fail commit 10000 1000; commit 11000 1000; signal b 10010",
     "reserve 10000 8000; commit 10000 1000; commit 11000 1000; release 10000;" ENDS, "crashed misused"},
    {"falls back, uses what the other request did not get", A "fail map 0 1000;" B "fail alloc 0 1000; signal b 8",
     "pc 111; map 10000 1000; release 10000;" ENDS, "crashed fell-back,misused"},
    {"gives back where it fails, and once more", "alloc 60 40; fail alloc 0 80; free 60; refuse free 60;" FAILS,
     "alloc 60 40; alloc 70 80; free 70; free 60;" ENDS, "violated misused,real:reported [double free]"},
    {"gives back where it fails, and once more much later", "alloc 60 40; fail alloc 0 80; free 60; times 40 load; refuse free 60;" FAILS,
     "alloc 60 40; alloc 70 80; free 70; free 60;" ENDS, "violated misused,real:reported [double free]"},
    {"takes S_FALSE for a failure", "map 10000 1000; s-false release 10000; refuse release 10000;" ENDS, "map 10000 1000; release 10000;" ENDS,
     "violated misused,real:absorbed [double free]"},
    {"breaks what it breaks anyway", "alloc 60 40; fail alloc 0 80; free 60; refuse free 60;" ENDS,
     "alloc 60 40; alloc 70 80; free 60; refuse free 60; free 70;" ENDS, "violated absorbed,real:absorbed [double free]"},
    {"writes where the protection was refused", "map 10000 4000; fail protect 10000 4000; signal b 12345",
     "map 10000 4000; protect 10000 4000; release 10000;" ENDS, "crashed misused"},
    {"writes where no protection was asked", "map 10000 4000; fail protect 10000 1000; signal b 12345",
     "map 10000 4000; protect 10000 1000; release 10000;" ENDS, "crashed died"},
};
HF_ROWS(verdict_response, are_told_from_what_the_clean_run_does_too, beside_clean)
{
    char got[400];
    scene scene_ = scene_judge(beside_clean[*number].run, beside_clean[*number].clean, NULL);
    scene_print(&scene_, got, sizeof got);
    cr_assert(eq(str, got, (char *)(size_t)beside_clean[*number].want), "%s: %s", beside_clean[*number].label, scene_.verdict->reason);
    scene_clear(&scene_);
}

static const struct {
    const char *label, *run;
    unsigned calls, retries, ticks;
} measures[] = {
    {"nothing followed", "fail map 0 1000; exit 1", 0, 0, 0},
    {"first call is the retry", "clock 1000; took 100; fail map 0 1000; clock 2000; map 10000 1000; exit", 1, 1, 0xF00},
    {"third call is the retry", "fail map 0 1000; query 1 30; query 1 30; map 10000 1000; exit", 3, 1, 2744},
    {"three retries", "fail map 0 1000; fail map 0 1000; fail map 0 1000; map 10000 1000; exit", 1, 3, 744},
    {"retries end with a success", "fail map 0 1000; map 10000 1000; map 20000 1000; exit", 1, 1, 744},
    {"reported: all that it still did", "fail map 0 1000; query 1 30; pc 9; query 1 30; exit 1", 2, 0, 2000},
    {"absorbed: the next call shows it", "fail map 0 1000; query 1 30; query 1 30; exit", 1, 0, 744},
};
HF_ROWS(verdict_response, calls_retries_and_time_are_counted, measures)
{
    scene scene_ = scene_judge(measures[*number].run, NULL, NULL);
    const hf_verdict_response *got = &scene_.verdict->responses[0];
    cr_assert(eq(u32, got->calls, measures[*number].calls), "%s", measures[*number].label);
    cr_assert(eq(u32, got->retries, measures[*number].retries), "%s", measures[*number].label);
    cr_assert(eq(u64, got->ticks, measures[*number].ticks), "%s", measures[*number].label);
    scene_clear(&scene_);
}

Test(verdict_response, come_in_the_order_of_the_faults)
{
    scene scene_ =
        scene_judge("thread 1; clock 9000; refuse map 0 1000; thread 0; clock 1000; fail map 0 1000; thread 1; fail load; exit 1", NULL, NULL);
    const hf_verdict *verdict = scene_.verdict;
    cr_assert(eq(sz, verdict->response_count, 3));
    cr_assert(all(eq(u32, hf_trace_event(scene_.run, verdict->responses[0].event)->more->number, 1), eq(int, verdict->responses[0].rule, 0)));
    cr_assert(all(eq(u32, hf_trace_event(scene_.run, verdict->responses[1].event)->more->number, 2), eq(int, verdict->responses[1].real, 0)));
    cr_assert(all(eq(int, verdict->responses[2].real, 1), eq(int, verdict->responses[2].rule, -1)));
    scene_clear(&scene_);
}
