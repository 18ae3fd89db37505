/* SPDX-License-Identifier: MIT
 * Traces from a few words, for the verdict's tables. A script is a list of steps, separated by ';':
 *
 *   reserve A N    map A N    reserve-at A N   commit A N    reset A N     VirtualAlloc: reserve, reserve and commit, at an address, in a region
 *   release A [N]  decommit A N    free-type A T                          VirtualFree
 *   protect A N    query A    load    manager    heap T                   VirtualProtect, VirtualQuery, GetMemoryLoad, GetHostManager, CreateMalloc
 *   alloc P N      free P                                                 Malloc.Alloc, Malloc.Free
 *   refused        result TEXT    check 0|1                               HF_EVENT_REFUSED, RESULT, CHECK
 *   pc N   stack N...   thread N   clock N   took N   pause   resume      of the calls that follow; `clock` and `took` of the next one only
 *   exit S   exit-now S   signal S [A]   timeout   storm   harness   output H    how it ended (exit-now: without leaving in order)
 *   absorb         surfaced       host N                                  HF_EVENT_EXPECT, HOST: HF_HOST_ N
 *   open N K [NAME]   leave                                               HF_EVENT_DESCRIPTOR of kind K, DETACH
 *   caught S [A]   handled S [A]   waits T H K [NAME]                     HF_EVENT_HANDLER: called, returned; END_WAIT of kind K
 *   must   unmodified   status   strict   first: rule 0 is not optional; the plan is one for a program that knows nothing of the shim; results do not
 *                                         count; no request before a failure has surfaced
 *
 * Words before a call say how it went: fail, e-fail, e-fail-loose (sticks: false), done (failed, yet the host did it), poison, null, lie (S_OK,
 * nothing done), s-false: injected by rule 0, or by rule 1 after `by 1`; refuse and invalid: the host itself failed; sticky; handler; unanswered.
 * Numbers are hexadecimal. Every script gets its exit record from its own words.
 */
#ifndef HF_SCENE_H
#define HF_SCENE_H

#include <hostfault/verdict.h>

/* The trace of a script. The test fails where a script has a word that is none. */
hf_trace *scene_play(const char *script);

/* Judges scripts; NULL: no such run. The verdict is destroyed with its traces by scene_clear. */
typedef struct scene {
    hf_trace *run, *clean, *clean2;
    hf_verdict *verdict;
} scene;
scene scene_judge(const char *run, const char *clean, const char *clean2);
void scene_clear(scene *self);

/* The verdict in one line: "leaked rolled-back,reported [double free] leaks=1"; responses of the faults in order, "real:" before the host's
 * own, "retried*3" for three in a row; lists that are empty are left out. */
void scene_print(const scene *self, char *buffer, size_t capacity);

#endif
