/*
 * The clean runs of a sweep: two that prove that the caller repeats itself, and one with a stack at every call, from which its sites are learnt; of
 * an unmodified program two have stacks.
 *
 * Threads: distinct sweeps may be made in parallel.
 */
#ifndef HF_SWEEP_LEARN_H
#define HF_SWEEP_LEARN_H

#include "run_execute.h"
#include "sweep_site.h"

typedef struct hf__sweep_lesson {
    hf__execution clean, clean2, stacks;
    const hf_trace *other; /* of an unmodified program: the clean run that `clean` is compared with: one that differs, if there is one */
    hf__sweep_sites sites;
    uint64_t calls;     /* of the methods asked for */
    bool calls_repeat;  /* else `difference` says where the runs part */
    bool is_repeatable; /* else nothing can be compared, and there are no sites. Of an unmodified program only the end and the result must repeat */
    char difference[512];
} hf__sweep_lesson;

/* Makes the runs in folders of their own under `scratch`. A caller with several threads is pinned from here on: job->options.pin is set. Errors: as
 * hf__execute and hf__run_check_refusal; HF_ERROR_STATE: it does not end well without a fault. Clear *out in any case. */
HF_CHECK_RESULT hf_status hf__sweep_learn(hf__job *job, const char *scratch, uint32_t methods, hf__sweep_lesson *out, hf_error *err);
void hf__sweep_lesson_clear(hf__sweep_lesson *lesson);

#endif
