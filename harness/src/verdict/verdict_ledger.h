/* SPDX-License-Identifier: MIT
 * Who owns what: regions and heap blocks, replayed from the calls in the order of time. Each block has two sides that a fault can separate: what the
 * caller was told (`owner`) and what the host did (`real`). Clauses judge the caller by the first, leaks count the second.
 *
 * It never judges; it answers questions. It does not know memory that is older than the trace, and unknown memory is no mistake.
 */
#ifndef HF_VERDICT_LEDGER_H
#define HF_VERDICT_LEDGER_H

#include "verdict_facts.h"
#include "heap_index.h"

#define HF_PAGE 0x1000u
#define HF_GRANULE 0x10000u

typedef enum hf__verdict_owner {
    HF_OWNER_CALLER,     /* the caller was told that it has it */
    HF_OWNER_GIVEN_BACK, /* it was told that it gave it back */
    HF_OWNER_NOBODY,     /* the host took it and reported a failure (done: true) */
    HF_OWNER_GHOST       /* a request failed; this is what its out-parameter, or null, would lead to */
} hf__verdict_owner;

typedef struct hf__verdict_block {
    uint64_t address, bytes;
    size_t taken;    /* the call that got it, or failed to */
    size_t given;    /* the call that gave it back, HF_NOWHERE */
    uint32_t source; /* of a heap block: the IHostMalloc it came from; 0 not known */
    uint32_t older;  /* a block of the same address that another thread is still about to free */
    uint8_t owner;   /* hf__verdict_owner */
    bool heap;
    bool real;    /* the host has it allocated */
    bool spoiled; /* its release was asked for, and we kept it from happening */
    bool used;    /* a later call named it */
} hf__verdict_block;

typedef struct hf__verdict_ledger {
    const hf__verdict_facts *facts;
    hf__verdict_block *blocks;
    uint32_t block_count, block_capacity;
    uint32_t *standing; /* blocks that the host has, and some that it had, in the order in which they were taken */
    uint32_t standing_count, standing_capacity, standing_kept;
    uint32_t *touched; /* per event: the block it got, gave back or worked in; HF_INDEX_NONE */
    size_t touched_capacity;
    hf__heap_ranges regions;   /* every region and ghost that was last seen at its address */
    hf__heap_ranges committed; /* pages that the caller was told are committed */
    hf__heap_ranges failed;    /* pages whose commit failed; value: index of the block, event by `failures` */
    hf__heap_map heap;         /* address to the newest block there */
    hf__heap_map displaced;    /* base to a region whose release is under way in another thread */
    size_t *failures;          /* events of failed commits, by the values of `failed` */
    uint32_t failure_count, failure_capacity;
    struct hf__verdict_ledger_mark {
        bool is_set;
        uint32_t block_count, standing_count, failure_count;
        uint32_t change_count, change_capacity;
        struct hf__ledger_change {
            uint32_t number;
            hf__verdict_block block; /* as it was */
        } * changes;
    } mark;
} hf__verdict_ledger;

/* What an address means at the moment of a call. */
typedef struct hf__verdict_target {
    uint32_t block; /* HF_INDEX_NONE: nothing known */
    bool at_base;   /* the address is its first page (region) or its beginning (heap) */
} hf__verdict_target;

void hf__verdict_ledger_begin(hf__verdict_ledger *ledger, const hf__verdict_facts *facts);
void hf__verdict_ledger_clear(hf__verdict_ledger *ledger);
/* Makes room for the entries of events up to `end`; must come before their calls are entered. */
void hf__verdict_ledger_expect(hf__verdict_ledger *ledger, size_t from, size_t end);
/* The event will be entered soon: prefetches the part of the heap's map that it needs. */
void hf__verdict_ledger_prefetch(const hf__verdict_ledger *ledger, size_t event);
/* Enters one call; calls come in the order of facts->order. */
void hf__verdict_ledger_enter(hf__verdict_ledger *ledger, size_t event);
/* What is entered after the mark can be taken back, in as long as entering it took; the mark is gone then. */
void hf__verdict_ledger_mark(hf__verdict_ledger *ledger);
void hf__verdict_ledger_rewind(hf__verdict_ledger *ledger);

/* The region, or heap block, that the address leads to now. */
hf__verdict_target hf__verdict_ledger_region(const hf__verdict_ledger *ledger, uint64_t address);
hf__verdict_target hf__verdict_ledger_heap(const hf__verdict_ledger *ledger, uint64_t address);
/* What this release would give back: as above, but of blocks at the same address the one whose release is due. */
hf__verdict_target hf__verdict_ledger_release_target(const hf__verdict_ledger *ledger, const hf_event *event);
/* The failed commit that covers a page of [first, end), HF_NOWHERE if there is none. */
size_t hf__verdict_ledger_failed_commit(const hf__verdict_ledger *ledger, uint64_t first, uint64_t end);

/* The pages that a call's address and size touch. False if they wrap around. */
bool hf__verdict_pages_of(const hf_event *event, uint64_t *first, uint64_t *end);

#endif
