/* SPDX-License-Identifier: MIT
 * Whether two clean runs repeat: their ends, results, calls and requests, each separately; and the place where two results differ.
 */
#include "hf_rows.h"
#include "scene.h"
#include "verdict_steady.h"

#define TWO "alloc 70 40; alloc 170 80; "

static const struct {
    const char *label, *a, *b;
    bool ends, results, calls, requests;
    const char *how;
} pairs[] = {
    {"alike", TWO "free 70; free 170; result a; exit", TWO "free 70; free 170; result a; exit", false, false, false, false, ""},
    {"another status", "exit", "exit 1", true, false, false, false, ""},
    {"another result", "result rows:19; exit", "result rows:20; exit", false, true, false, false, "\"rows:19\" and \"rows:20\""},
    {"another output", "output aa 9; exit", "output ab 9; exit", false, true, false, false, "9 bytes of output and 9 bytes of output"},
    {"a long result", "result 00000000001111111111222222222233333333334444444444a; exit",
     "result 00000000001111111111222222222233333333334444444444b; exit", false, true, false, false, "\"...334444444444a\" and \"...334444444444b\""},
    {"releases turned round", TWO "free 70; free 170; exit", TWO "free 170; free 70; exit", false, false, true, false,
     "one run has 'Malloc.Free address=H1 -> S_OK' where another has 'Malloc.Free address=H2 -> S_OK'"},
    {"another request", "alloc 70 40; free 70; exit", "alloc 70 50; free 70; exit", false, false, true, true,
     "one run has 'Malloc.Alloc size=0x40 level=task -> S_OK out=H1' where another has 'Malloc.Alloc size=0x50 level=task -> S_OK out=H1'"},
    {"a request more", "exit", "alloc 70 40; exit", false, false, true, true, "one run has 'nothing more' where another has 'thread main'"},
};
HF_ROWS(verdict_steady, what_repeats, pairs)
{
    hf_error err = {.message = ""};
    hf__verdict_steady got;
    hf_trace *a = scene_play(pairs[*number].a);
    hf_trace *b = scene_play(pairs[*number].b);
    const char *label = pairs[*number].label;
    cr_assert(eq(int, hf__verdict_steady_look(a, b, &got, &err), HF_OK), "%s: %s", label, err.message);
    cr_assert(all(eq(int, got.ends_differ, pairs[*number].ends), eq(int, got.results_differ, pairs[*number].results)), "%s", label);
    cr_assert(all(eq(int, got.calls_differ, pairs[*number].calls), eq(int, got.requests_differ, pairs[*number].requests)), "%s", label);
    cr_assert(eq(str, got.results_differ ? got.how_result : got.how, (char *)(uintptr_t)pairs[*number].how), "%s", label);
    hf_trace_destroy(a);
    hf_trace_destroy(b);
}
