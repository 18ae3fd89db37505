/* SPDX-License-Identifier: MIT
 * How runs end: a row for each outcome, for each cause of it, and for the priority of outcomes.
 */
#include "hf_rows.h"
#include "scene.h"

#define CLEAN "map 10000 1000; release 10000; result done; exit"

static const struct {
    const char *label, *run, *clean, *clean2, *want;
} runs[] = {
    {"nothing happened", CLEAN, CLEAN, NULL, "ok"},
    {"no clean run", CLEAN, NULL, NULL, "ok"},
    {"failure status, in order", "fail map 0 1000; exit 1", CLEAN, NULL, "reported reported"},
    {"another failure status", "fail map 0 1000; exit 7", CLEAN, NULL, "reported reported"},
    {"the clean run's own status", "fail map 0 1000; result done; exit 3", "result done; exit 3", NULL, "ok absorbed"},
    {"success where the clean run fails", "fail map 0 1000; exit 0", "exit 3", NULL, "swallowed absorbed"},
    {"SIGSEGV", "fail map 0 1000; signal b 123456789", CLEAN, NULL, "crashed died"},
    {"SIGSEGV at null", "fail map 0 1000; signal b 10", CLEAN, NULL, "crashed misused"},
    {"SIGKILL", "fail map 0 1000; signal 9", CLEAN, NULL, "crashed died"},
    {"a shell's 139", "fail map 0 1000; exit 8b", CLEAN, NULL, "crashed died"},
    {"a Windows exception", "fail map 0 1000; exit c0000005", CLEAN, NULL, "crashed died"},
    {"SIGABRT", "fail map 0 1000; signal 6", CLEAN, NULL, "aborted died"},
    {"SIGTRAP", "fail map 0 1000; signal 5", CLEAN, NULL, "aborted died"},
    {"a shell's 134", "fail map 0 1000; exit 86", CLEAN, NULL, "aborted died"},
    {"the escalation's exit code", "fail map 0 1000; exit 8013102a", CLEAN, NULL, "aborted died"},
    {"_exit with a failure status", "fail map 0 1000; exit-now 3", CLEAN, NULL, "aborted died"},
    {"_exit where the clean run leaves so too", "fail map 0 1000; exit-now 3", "result done; exit-now 0", NULL, "reported reported"},
    {"_exit with success", "fail map 0 1000; result done; exit-now 0", CLEAN, NULL, "ok absorbed"},
    {"_exit from the handler of a crash", "fail map 0 1000; caught b 10; exit-now 3", CLEAN, NULL, "crashed misused"},
    {"_exit(0) from the handler of a crash", "fail map 0 1000; caught b 10; exit-now 0", CLEAN, NULL, "crashed misused"},
    {"_exit(0) of a program that was content with its handler", "fail map 0 1000; caught b 10; alloc 10000 10; free 10000; exit-now 0", CLEAN, NULL,
     "swallowed absorbed"},
    {"_exit from the handler of a crash elsewhere", "fail map 0 1000; caught b 123456789; exit-now 3", CLEAN, NULL, "crashed died"},
    {"abort from the handler of a crash", "fail map 0 1000; caught b 10; signal 6", CLEAN, NULL, "crashed misused"},
    {"a handler that prints before it leaves", "fail map 0 1000; caught b 10; alloc 10000 10; exit-now 3", CLEAN, NULL, "crashed misused"},
    {"a signal that the handler raises again", "fail map 0 1000; caught b 10; signal b", CLEAN, NULL, "crashed misused"},
    {"abort after a handler that returned", "fail map 0 1000; caught b 10; handled b 10; signal 6", CLEAN, NULL, "aborted died"},
    {"a handler that is jumped out of", "fail map 0 1000; caught b 10; leave; exit 1", CLEAN, NULL, "reported reported"},
    {"the same, and a result", "fail map 0 1000; caught b 10; result done; exit-now 0", CLEAN, NULL, "ok absorbed"},
    {"the same, and much more work", "fail map 0 1000; caught b 10; times 50 load; exit-now 3", CLEAN, NULL, "aborted died"},
    {"time is over", "fail map 0 1000; timeout", CLEAN, NULL, "hung died"},
    {"time is over, and how it was ended", "fail map 0 1000; timeout; signal 9", CLEAN, NULL, "hung died"},
    {"ended for its retries", "fail map 0 1000; storm; exit 5", CLEAN, NULL, "storm died"},
    {"999 in a row", "times 3e7 fail map 0 1000; exit 1", NULL, NULL, "reported retried*998,reported"},
    {"1000 in a row", "times 3e8 fail map 0 1000; exit 1", NULL, NULL, "storm retried*999,reported"},
    {"600 from each of two places behind one return address",
     "stack 100 200; times 258 fail map 0 1000; stack 100 300; times 258 fail map 0 1000; exit 1", NULL, NULL, "reported retried*1199,reported"},
    {"1000 successes without memory", "times 3e8 null map 0 1000; exit 1", NULL, NULL, "storm retried*999,reported"},
    {"1000 questions", "times 3e8 fail load; exit 1", NULL, NULL, "reported retried*999,reported"},
    {"1000 from two places", "times 1f4 fail map 0 1000; pc 9; times 1f4 fail map 0 1000; exit 1", NULL, NULL,
     "reported retried*499,reported,retried*499,reported"},
    {"1000 times to give back one block", "alloc 10000 10; times 3e8 fail free 10000; exit 1", NULL, NULL, "storm retried*999,reported"},
    {"1000 blocks that cannot be given back", "alloc 10000 10; alloc 20000 10; times 1f4 fail free 10000; times 1f4 fail free 20000; exit 1", NULL,
     NULL, "reported retried*499,reported,retried*499,reported"},
    {"a success between", "times 3e7 fail map 0 1000; map 10000 1000; release 10000; fail map 0 1000; exit 1", NULL, NULL,
     "reported retried*999,reported"},
    {"check fails", "fail map 0 1000; result done; check 0; exit", CLEAN, NULL, "corrupted absorbed"},
    {"check fails in the clean run too", "fail map 0 1000; result done; check 0; exit", "result done; check 0; exit", NULL, "ok absorbed"},
    {"check fails, no clean run", "fail map 0 1000; check 0; exit", NULL, NULL, "corrupted absorbed"},
    {"check fails after an orderly failure", "fail map 0 1000; check 0; exit 1", CLEAN, NULL, "corrupted reported"},
    {"another result", "fail map 0 1000; result dome; exit", CLEAN, NULL, "swallowed absorbed"},
    {"no result", "fail map 0 1000; exit", CLEAN, NULL, "swallowed absorbed"},
    {"the last result counts", "fail map 0 1000; result dome; result done; exit", CLEAN, NULL, "ok absorbed"},
    {"another result, but it says so", "fail map 0 1000; result dome; exit 1", CLEAN, NULL, "reported reported"},
    {"another output", "fail map 0 1000; output aa; exit", "output ab; exit", NULL, "swallowed absorbed"},
    {"the same output", "fail map 0 1000; output ab; exit", "output ab; exit", NULL, "ok absorbed"},
    {"output of another length", "fail map 0 1000; output ab 2; exit", "output ab 3; exit", NULL, "swallowed absorbed"},
    {"output does not count beside a result", "fail map 0 1000; result done; output aa; exit", "result done; output ab; exit", NULL, "ok absorbed"},
    {"a clean run that fails: the same end is as without the fault", "fail map 0 1000; result none; exit 3", "result done; exit 3", NULL,
     "ok absorbed"},
    {"a clean run that fails: another status reports", "fail map 0 1000; exit 4", "result done; exit 3", NULL, "reported reported"},
    {"a clean run that fails: success is claimed", "fail map 0 1000; exit", "result done; exit 3", NULL, "swallowed absorbed"},
    {"a rule did not fire", "must; result done; exit", CLEAN, NULL, "unfired"},
    {"a rule fired", "must; fail map 0 1000; result done; exit", CLEAN, NULL, "ok absorbed"},
    {"another rule fired", "must; e-fail map 0 1000; exit 1", CLEAN, NULL, "unfired reported"},
    {"clean runs of different results", CLEAN, CLEAN, "map 10000 1000; release 10000; result dome; exit", "unstable"},
    {"clean runs of different ends", CLEAN, CLEAN, "map 10000 1000; release 10000; result done; exit 1", "unstable"},
    {"clean runs of different calls", CLEAN, CLEAN, "map 10000 2000; release 10000; result done; exit", "unstable"},
    {"clean runs alike but for addresses", CLEAN, CLEAN, "map 20000 1000; release 20000; result done; exit", "ok"},
    {"calls of several threads may differ", CLEAN, "map 10000 1000; thread 1; query 1 30; result done; exit",
     "map 10000 1000; thread 1; query 1 30; query 1 30; result done; exit", "ok"},
    {"calls of an unmodified program may differ", "unmodified; result done; exit", "unmodified; map 10000 1000; release 10000; result done; exit",
     "unmodified; map 10000 2000; release 10000; result done; exit", "ok"},
    {"its results may not", "unmodified; result done; exit", "unmodified; result done; exit", "unmodified; result dome; exit", "unstable"},
    {"what it leaves counts if it repeats itself", "unmodified; map 10000 1000; exit", "unmodified; exit", "unmodified; exit", "leaked leaks=1"},
    {"and not if its calls vary", "unmodified; map 10000 1000; exit", "unmodified; exit", "unmodified; query 1 30; exit", "ok"},
    {"nor if it gives up", "unmodified; fail map 0 1000; map 10000 1000; exit 1", "unmodified; exit", "unmodified; exit", "reported retried"},
    {"nor if that is not known", "unmodified; map 10000 1000; exit", "unmodified; exit", NULL, "ok"},
    {"crashed goes before unstable", "fail map 0 1000; signal b 123456789", CLEAN, "exit 1", "crashed died"},
    {"but not if a clean run ends so by chance", "fail map 0 1000; signal b 123456789", CLEAN, "signal b 123456789", "unstable died"},
    {"aborted goes before unstable", "fail map 0 1000; signal 6 0", CLEAN, "exit 1", "aborted died"},
    {"releases in another order", "map 10000 1000; map 30000 2000; release 10000; release 30000; exit",
     "map 10000 1000; map 30000 2000; release 10000; release 30000; exit", "map 10000 1000; map 30000 2000; release 30000; release 10000; exit",
     "ok"},
    {"a result may vary if the status alone is compared", "status; result a; exit", "status; result b; exit", "status; result c; exit", "ok"},
    {"violated goes before corrupted", "refuse release 66660; check 0; exit", CLEAN, NULL, "violated real:absorbed [free of foreign memory]"},
    {"corrupted goes before swallowed", "check 0; result dome; exit", CLEAN, NULL, "corrupted"},
    {"a file left open", "fail map 0 1000; open 5 0 /a; leave; exit 1", "leave; exit", NULL, "leaked reported leaks=1"},
    {"a file that the clean run leaves open too", "fail map 0 1000; open 5 0 /a; leave; exit 1", "open 6 0 /a; leave; exit", NULL,
     "reported reported"},
    {"another file instead", "fail map 0 1000; open 5 0 /a; leave; exit 1", "open 5 0 /b; leave; exit", NULL, "reported reported"},
    {"one file more", "fail map 0 1000; open 5 0 /b; open 6 0 /a; leave; exit 1", "open 5 0 /b; leave; exit", NULL, "leaked reported leaks=1"},
    {"a socket instead of a file", "fail map 0 1000; open 5 2 socket:[1]; leave; exit 1", "open 5 0 /b; leave; exit", NULL,
     "leaked reported leaks=1"},
    {"sockets are equal", "fail map 0 1000; open 5 2 socket:[1]; leave; exit 1", "open 5 2 socket:[2]; leave; exit", NULL, "reported reported"},
    {"both ends of a pipe", "fail map 0 1000; open 5 1; open 6 1; leave; exit 1", "leave; exit", NULL, "leaked reported leaks=2"},
    {"a file, and no clean run", "fail map 0 1000; open 5 0 /a; leave; exit 1", NULL, NULL, "reported reported"},
    {"a file, and a clean run that nothing is known of", "fail map 0 1000; open 5 0 /a; leave; exit 1", CLEAN, NULL, "reported reported"},
    {"a file, and other threads", "fail map 0 1000; thread 1; load; open 5 0 /a; leave; exit 1", "leave; exit", NULL, "reported reported"},
    {"swallowed goes before leaked", "map 10000 1000; result dome; exit", CLEAN, NULL, "swallowed leaks=1"},
    {"leaked goes before unfired", "must; map 10000 1000; result done; exit", CLEAN, NULL, "leaked leaks=1"},
    {"leaked goes before reported", "map 10000 1000; exit 1", CLEAN, NULL, "leaked leaks=1"},
    {"unfired goes before reported", "must; exit 1", CLEAN, NULL, "unfired"},
};
HF_ROWS(verdict_outcome, first_that_fits, runs)
{
    char got[400];
    scene scene_ = scene_judge(runs[*number].run, runs[*number].clean, runs[*number].clean2);
    scene_print(&scene_, got, sizeof got);
    cr_assert(eq(str, got, (char *)(size_t)runs[*number].want), "%s: %s", runs[*number].label, scene_.verdict->reason);
    scene_clear(&scene_);
}

/* The sentence a person reads: what happened, and the fault that came before it. */
static const struct {
    const char *label, *run, *clean2, *want;
} reasons[] = {
    {"ok", CLEAN, NULL, "ended with exit status 0, as without faults"},
    {"reported", "fail map 0 1000; exit 2", NULL,
     "failed cleanly with exit status 2 after fault 1 (oom: VirtualAlloc, E_OUTOFMEMORY 0x8007000E, task-critical)"},
    {"reported, nothing fired", "exit 2", NULL, "failed cleanly with exit status 2, without any fault"},
    {"the last of several faults", "fail load; e-fail-loose free 70; exit 1", NULL,
     "failed cleanly with exit status 1 after fault 2 (loose: Malloc.Free, E_FAIL 0x80004005)"},
    {"a rule that only marks is no fault", "fail load; mark load; exit 1", NULL,
     "failed cleanly with exit status 1 after fault 1 (oom: GetMemoryLoad, E_OUTOFMEMORY 0x8007000E)"},
    {"a false success", "null map 0 1000; exit 1", NULL,
     "failed cleanly with exit status 1 after fault 1 (lie: VirtualAlloc, a false success (null), task-critical)"},
    {"crashed, and where", "fail load; signal b 1234", NULL,
     "ended by SIGSEGV at 0x1234 after fault 1 (oom: GetMemoryLoad, E_OUTOFMEMORY 0x8007000E)"},
    {"crashed, nobody knows where", "fail load; signal b", NULL, "ended by SIGSEGV after fault 1 (oom: GetMemoryLoad, E_OUTOFMEMORY 0x8007000E)"},
    {"a signal without a name of ours", "signal 2a", NULL, "ended by signal 42, without any fault"},
    {"crashed by status", "exit 8b", NULL, "ended with exit status 139, without any fault"},
    {"aborted by _exit", "exit-now 3", NULL, "ended with exit status 3, but not by exit() or a return from main, without any fault"},
    {"hung", "timeout", NULL, "did not end within 500 ms, without any fault"},
    {"hung, and what for", "waits 5 6 1 table_lock; timeout", NULL,
     "did not end within 500 ms; thread 5 waits for mutex table_lock, which thread 6 holds, without any fault"},
    {"hung for what a thread held that ended", "waits 5 6 3 table_lock; timeout", NULL,
     "did not end within 500 ms; thread 5 waits for mutex table_lock, which thread 6 held when it ended, without any fault"},
    {"hung for itself", "waits 5 5 1 table_lock; timeout", NULL,
     "did not end within 500 ms; thread 5 waits for mutex table_lock, which it holds itself, without any fault"},
    {"hung for a thread's end", "waits 5 6 2; timeout", NULL, "did not end within 500 ms; thread 5 waits for the end of thread 6, without any fault"},
    {"crashed, and its handler aborted", "fail load; caught b 1234; signal 6", NULL,
     "ended by SIGSEGV at 0x1234, whose handler ended it by SIGABRT after fault 1 (oom: GetMemoryLoad, E_OUTOFMEMORY 0x8007000E)"},
    {"crashed, and its handler left", "fail load; caught b 1234; exit-now 3", NULL,
     "ended by SIGSEGV at 0x1234, whose handler exited with status 3 after fault 1 (oom: GetMemoryLoad, E_OUTOFMEMORY 0x8007000E)"},
    {"storm by count", "times 3e8 refuse map 0 1000; exit 1", NULL, "1000 calls of VirtualAlloc from one return address failed in a row"},
    {"storm ended", "fail map 0 1000; storm", NULL, "ended by the limit: 1000 calls of VirtualAlloc from one return address failed in a row"},
    {"storm of nothing", "storm", NULL, "ended by the limit: 1000 calls of a method from one return address failed in a row"},
    {"storm from a place", "stack 100 200; times 3e8 refuse map 0 1000; exit 1", NULL, "1000 calls of VirtualAlloc from one place failed in a row"},
    {"hung in a row of failures", "times 20 refuse map 0 1000; timeout", NULL,
     "did not end within 500 ms; 32 calls of VirtualAlloc from one return address failed in a row, without any fault"},
    {"several violations", "refuse free 70; refuse free 80; exit", NULL,
     "free of foreign memory: Malloc.Free of foreign, which the host never gave out (and 1 more)"},
    {"corrupted", "check 0; exit", NULL, "its own check fails: \"as it says\""},
    {"swallowed", "result dome; exit", NULL, "exit status 0 as without faults, but the result is \"dome\" instead of \"done\""},
    {"swallowed a whole result", "exit", NULL, "exit status 0 as without faults, but the result is nothing instead of \"done\""},
    {"a long result is cut", "result 123456789012345678901234567890123456789012345; exit", NULL,
     "exit status 0 as without faults, but the result is \"1234567890123456789012345678901234567890...\" instead of \"done\""},
    {"one block", "alloc 70 40; result done; exit", NULL, "1 heap block more than the clean run leaves, 64 bytes, first H1"},
    {"two regions", "map 10000 1000; reserve 30000 1000; result done; exit", NULL, "2 regions more than the clean run leaves, 8192 bytes, first R1"},
    {"both kinds", "alloc 70 40; reserve 30000 1000; result done; exit", NULL,
     "2 blocks and regions more than the clean run leaves, 4160 bytes, first H1"},
    {"unfired", "must; result done; exit", NULL, "rule oom never fired: the caller made no matching call; mark it 'optional' if this is expected"},
    {"unstable by its end", CLEAN, "exit 1", "two fault-free runs ended differently: fix the program's random seed, or run on an idle machine"},
    {"unstable by its result", CLEAN, "map 10000 1000; release 10000; result dome; exit",
     "two fault-free runs gave different results: fix the program's random seed, or compare exit statuses alone (compare: status)"},
    {"unstable by a call", CLEAN, "map 10000 2000; release 10000; result done; exit",
     "two fault-free runs made different requests: \"VirtualAlloc address=null size=0x1000 type=commit|reserve protect=0 level=task -\" where the "
     "other has \"VirtualAlloc address=null size=0x2000 type=commit|reserve protect=0 level=task -\""},
};
HF_ROWS(verdict_outcome, reason_says_what_happened, reasons)
{
    scene scene_ = scene_judge(reasons[*number].run, CLEAN, reasons[*number].clean2);
    cr_assert(eq(str, scene_.verdict->reason, (char *)(size_t)reasons[*number].want), "%s", reasons[*number].label);
    scene_clear(&scene_);
}

/* A program that ends badly without faults too is said to. */
static const struct {
    const char *label, *run, *clean, *want;
} own_ends[] = {
    {"hangs", "fail load; timeout", "timeout",
     "did not end within 500 ms after fault 1 (oom: GetMemoryLoad, E_OUTOFMEMORY 0x8007000E); the clean run does not end in that time either: give "
     "it "
     "more time with --timeout"},
    {"crashes", "signal b", "signal b", "ended by SIGSEGV, without any fault; the clean run ends the same way"},
    {"crashes, but otherwise", "signal b", "signal 8", "ended by SIGSEGV, without any fault"},
    {"aborts", "signal 6", "signal 6", "ended by SIGABRT, without any fault; the clean run ends the same way"},
};
HF_ROWS(verdict_outcome, says_what_the_clean_run_does_too, own_ends)
{
    scene scene_ = scene_judge(own_ends[*number].run, own_ends[*number].clean, NULL);
    cr_assert(eq(str, scene_.verdict->reason, (char *)(size_t)own_ends[*number].want), "%s", own_ends[*number].label);
    scene_clear(&scene_);
}
