/* SPDX-License-Identifier: MIT
 * What ends the process in the middle of an execution: a sanitizer's report or a signal. The faults are printed then, and the previous handler
 * continues: the engine keeps the input.
 */
#include "base_check.h"
#include "fuzz_report.h"

#include <signal.h>
#include <string.h>

#include "base_poison.h"

extern void __asan_set_error_report_callback(void (*callback)(const char *report)) __attribute__((weak));

static void say(const char *outcome)
{
    if (hf__fuzz_is_running())
        hf__fuzz_say_faults(outcome, "");
}

static void after_asan(const char *report)
{
    (void)report;
    say("crashed");
}

/* UndefinedBehaviorSanitizer calls this, if it is there, after a report. */
void __ubsan_on_report(void);
void __ubsan_on_report(void)
{
    say("crashed");
}

static const int watched[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
static struct sigaction before[HF_COUNT_OF(watched)];

/* Prints the finding and restores the previous handler: the instruction runs again, or abort() raises its signal again. */
static void on_signal(int number)
{
    unsigned i = 0;
    while (watched[i] != number)
        i++;
    say(number == SIGABRT ? "aborted" : "crashed");
    (void)sigaction(number, &before[i], NULL);
    if (number == SIGABRT)
        (void)raise(number);
}

void hf__fuzz_watch_crashes(void)
{
    if (__asan_set_error_report_callback != NULL)
        __asan_set_error_report_callback(after_asan);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_NODEFER | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    for (unsigned i = 0; i < HF_COUNT_OF(watched); i++)
        (void)sigaction(watched[i], &action, &before[i]);
}
