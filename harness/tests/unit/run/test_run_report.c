/* SPDX-License-Identifier: MIT
 * Original output of sanitizers and valgrind (gcc 12, clang 14, valgrind 3.19), and the line that is made from it.
 */
#include "hf_rows.h"
#include "run_report.h"
#include "session_format.h"

static const struct {
    const char *label, *text;
    uint32_t type;
    const char *note;
} reports[] = {
    {"nothing", "error: no memory\n", 0, ""},
    {"a program that talks of a summary", "SUMMARY: 3 files read\n", 0, ""},
    {"LeakSanitizer",
     "\n=================================================================\n==7==ERROR: LeakSanitizer: detected memory leaks\n\n"
     "Direct leak of 77 byte(s) in 1 object(s) allocated from:\n    #0 0x7f28 in __interceptor_malloc lsan_interceptors.cpp:75\n"
     "    #1 0x55ca in main /src/malloc_test.c:7\n\nSUMMARY: LeakSanitizer: 77 byte(s) leaked in 1 allocation(s).\n",
     HF_REPORT_LEAK, "LeakSanitizer: 77 byte(s) leaked in 1 allocation(s). First 77 byte(s) in 1 object(s) in main /src/malloc_test.c:7"},
    {"AddressSanitizer, with the legend behind",
     "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x602000000018 at pc 0x1 bp 0x2 sp 0x3\n"
     "SUMMARY: AddressSanitizer: heap-buffer-overflow /src/f.c:9 in main\nShadow bytes around the buggy address:\n  Freed heap region: "
     "fd\n==7==ABORTING\n",
     HF_REPORT_ERROR | HF_REPORT_ADDRESS, "AddressSanitizer: heap-buffer-overflow /src/f.c:9 in main"},
    {"AddressSanitizer's leak", "SUMMARY: AddressSanitizer: 10 byte(s) leaked in 1 allocation(s).\n", HF_REPORT_LEAK,
     "AddressSanitizer: 10 byte(s) leaked in 1 allocation(s)."},
    {"an error goes before a leak",
     "SUMMARY: AddressSanitizer: 10 byte(s) leaked in 1 allocation(s).\nSUMMARY: AddressSanitizer: heap-use-after-free f.c:2 in g\n", HF_REPORT_ERROR,
     "AddressSanitizer: heap-use-after-free f.c:2 in g"},
    {"MemorySanitizer", "SUMMARY: MemorySanitizer: use-of-uninitialized-value f.c:3:5 in main\nExiting\n", HF_REPORT_ERROR,
     "MemorySanitizer: use-of-uninitialized-value f.c:3:5 in main"},
    {"ThreadSanitizer", "SUMMARY: ThreadSanitizer: data race f.c:8 in work\n", HF_REPORT_ERROR, "ThreadSanitizer: data race f.c:8 in work"},
    {"UndefinedBehaviorSanitizer, which goes on", "f.c:2:85: runtime error: signed integer overflow: 1 + 2147483647\nmore\n", HF_REPORT_ERROR,
     "UndefinedBehaviorSanitizer: f.c:2:85: runtime error: signed integer overflow: 1 + 2147483647"},
    {"valgrind",
     "==12== Memcheck, a memory error detector\n==12== Invalid write of size 1\n==12==    at 0x109213: main (f.c:2)\n"
     "==12== ERROR SUMMARY: 1 errors from 1 contexts\n",
     HF_REPORT_ERROR, "valgrind: Invalid write of size 1 in main (f.c:2)"},
    {"valgrind -q", "==12== Conditional jump or move depends on uninitialised value(s)\n==12==    at 0x1: f (f.c:2)\n", HF_REPORT_ERROR,
     "valgrind: Conditional jump or move depends on uninitialised value(s) in f (f.c:2)"},
    {"valgrind's leak",
     "==12== 10 bytes in 1 blocks are definitely lost in loss record 1 of 1\n==12==    at 0x4: malloc (vg.c:3)\n==12==    by 0x1: main (f.c:2)\n",
     HF_REPORT_LEAK, "valgrind: 10 bytes in 1 blocks are definitely lost in loss record 1 of 1 in main (f.c:2)"},
    {"valgrind without an error", "==12== Memcheck\n==12== ERROR SUMMARY: 0 errors from 0 contexts\n", 0, ""},
    {"a program that talks of an invalid read", "Invalid read from the network\n", 0, ""},
};
HF_ROWS(run_report, is_one_line, reports)
{
    hf__run_report report;
    hf__run_report_find(hf__text(reports[*number].text), &report);
    cr_assert(eq(u32, report.type, reports[*number].type), "%s: %s", reports[*number].label, report.note);
    cr_assert(eq(str, report.note, (char *)(size_t)reports[*number].note), "%s", reports[*number].label);
}

Test(run_report, the_address_is_taken)
{
    hf__run_report report;
    hf__run_report_find(
        hf__text("==7==ERROR: AddressSanitizer: SEGV on unknown address 0x000000000008 (pc 0x1)\nSUMMARY: AddressSanitizer: SEGV f.c:9 in g\n"),
        &report);
    cr_assert(all(eq(u64, report.address, 8), eq(u32, report.type & HF_REPORT_ADDRESS, HF_REPORT_ADDRESS)));
}
