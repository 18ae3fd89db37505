/* SPDX-License-Identifier: MIT
 * What the runs without faults show, worked out once and used by every verdict that compares with them.
 *
 * Threads: read-only once it is made.
 */
#ifndef HF_VERDICT_BACKGROUND_H
#define HF_VERDICT_BACKGROUND_H

#include "verdict_leak.h"
#include "verdict_violation.h"

typedef struct hf__verdict_background {
    hf__verdict_facts clean, clean2;
    bool has_clean, has_clean2;
    bool calls_vary;            /* of an unmodified program: two clean runs do not make the same calls, or there is only one */
    hf__verdict_left_list left; /* what the clean run left */
    hf__heap_map releases;      /* places at which the clean run gives memory back, folded to 64 bits */
    hf__heap_map broken;        /* clauses that the clean run breaks, with the place, folded */
    hf__heap_map places;        /* places at which it asks for memory: the size, or 0 where the sizes differ */
    size_t *calls;              /* events of its calls that count (verdict_scan.h), by thread */
    size_t *calls_from;         /* per thread: where its calls begin; one more at the end */
} hf__verdict_background;

/* Either may be NULL. The traces must outlive it. HF_ERROR_FORMAT: no end record. Clear *out in any case. */
hf_status hf__verdict_background_make(const hf_trace *clean, const hf_trace *clean2, hf__verdict_background *out, hf_error *err);
void hf__verdict_background_clear(hf__verdict_background *background);

/* Does the clean run break the same clause at the same place? Then no fault is to blame. */
bool hf__verdict_background_breaks(const hf__verdict_background *background, const hf__verdict_facts *run, size_t event, hf__verdict_clause clause);
/* Does the clean run ask for memory of several sizes from this place (hf__verdict_facts_place)? Then many callers may stand behind it. */
bool hf__verdict_background_is_shared(const hf__verdict_background *background, uint64_t place);

static inline const hf__verdict_facts *hf__verdict_background_clean(const hf__verdict_background *background)
{
    return background->has_clean ? &background->clean : NULL;
}

#endif
