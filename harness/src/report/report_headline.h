/* SPDX-License-Identifier: MIT
 * The first words about a finding: where it ended and whose memory it was; where the refused request was made; how many ways lead there.
 *
 * Threads: thread-safe.
 */
#ifndef HF_REPORT_HEADLINE_H
#define HF_REPORT_HEADLINE_H

#include <hostfault/verdict.h>

/* "in place_12 at b01.c:8, through a null pointer", "block taken in load at a.c:7"; where the ending is not known "Malloc.Alloc of low at b.c:3".
 * ended, detail: "" if not known; method: "" of a list. hf__free. */
char *hf__report_headline(hf_outcome outcome, const char *ended, const char *detail, const char *method, const char *place);
/* "Malloc.Alloc of low at b.c:3 was refused; 12 ways into it"; "" if the headline says all of it. hf__free. */
char *hf__report_way_line(const char *ended, const char *method, const char *place, uint64_t ways);

#endif
