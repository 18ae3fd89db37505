/* SPDX-License-Identifier: MIT
 * The clauses as code, one predicate each. A predicate sees one call and the ledger just before it. Two rules hold for all: the caller is
 * judged by what it was told, and memory that the ledger does not know may be older than the trace, so where the host accepted a call on
 * unknown memory nothing was broken.
 *
 * What a caller may do, and is therefore nowhere below: Free(NULL); VirtualQuery of anything; VirtualProtect of memory the host never gave out;
 * a release up to a page behind the base; decommit of pages not committed; commit of pages that are; MEM_RESET; giving memory back after E_FAIL.
 */
#include "verdict_violation.h"

#include "heap_alloc.h"
#include "base_check.h"
#include "base_text.h"
#include "trace_names.h"

#include <stdlib.h>
#include <string.h>

#include "base_poison.h"

#define TYPES_THAT_PROBE (MEM_LARGE_PAGES | MEM_PHYSICAL | MEM_WRITE_WATCH | MEM_RESET_UNDO)

/* One call under judgement. */
typedef struct inquiry {
    const hf__verdict_facts *facts;
    const hf__verdict_ledger *ledger;
    hf__verdict_violations *out;
    const hf_event *event;
    size_t index;
    hf__verdict_target target;          /* what the address leads to, for this method */
    const hf__verdict_block *at;        /* its block, NULL if none */
    uint64_t first, end;                /* the pages named */
    struct hf__violation_origin origin; /* for the predicate to fill in */
    hf__builder *detail;                /* for the predicate to fill in; empty: the place alone says it */
} inquiry;

/* The call's address, as the canonical text has it. Names are worked out when the first is needed: most runs break nothing. */
static void say_where(const inquiry *q)
{
    if (q->out->names == NULL)
        q->out->names = hf__trace_names_create(q->facts->trace);
    hf__trace_names_print(q->out->names, q->index, HF_NAMED_ADDRESS, q->detail);
}

static void say_call(const inquiry *q)
{
    hf__builder_print(q->detail, "%s of ", hf__model_call_name(q->event->kind, q->event->function));
    say_where(q);
}

static bool is_owned(const hf__verdict_block *block)
{
    return block != NULL && (block->owner == HF_OWNER_CALLER || block->owner == HF_OWNER_NOBODY);
}

static bool was_given_back(const hf__verdict_block *block)
{
    return block != NULL && block->owner == HF_OWNER_GIVEN_BACK;
}

static bool is_release(const inquiry *q)
{
    return q->event->kind == HF_METHOD_VIRTUAL_FREE && (q->event->type & MEM_RELEASE) != 0;
}

static bool is_decommit(const inquiry *q)
{
    return q->event->kind == HF_METHOD_VIRTUAL_FREE && (q->event->type & MEM_RELEASE) == 0;
}

/* VirtualAlloc that works in a region the caller says it has. */
static bool works_inside(const inquiry *q, uint32_t type)
{
    const hf_event *event = q->event;
    return event->kind == HF_METHOD_VIRTUAL_ALLOC && event->address != 0 && (event->type & MEM_RESERVE) == 0 && (event->type & type) != 0;
}

static bool lies_inside(const inquiry *q)
{
    return is_owned(q->at) && q->first < q->end && q->end <= q->at->address + q->at->bytes;
}

static bool from_signal_handler(inquiry *q)
{
    if (!q->event->in_signal && q->event->kind != HF_EVENT_REFUSED)
        return false;
    hf__builder_print(q->detail, "a handler that had interrupted a hosting call of the same thread made another");
    return true;
}

static bool requests_after_e_fail(inquiry *q)
{
    hf_class class_ = hf__verdict_class_of(q->event);
    bool asks = class_ == HF_CLASS_ACQUIRE || class_ == HF_CLASS_PROTECT || class_ == HF_CLASS_MANAGER;
    if (!q->event->sticky || !asks || !q->out->told_dead[q->event->thread])
        return false;
    hf__builder_print(q->detail, "%s, although this thread had seen E_FAIL", hf__model_call_name(q->event->kind, q->event->function));
    return true;
}

static bool releases_with_size(inquiry *q)
{
    if (q->event->type != MEM_RELEASE || q->event->size == 0)
        return false;
    say_call(q);
    hf__builder_print(q->detail, " with size 0x%llx; MEM_RELEASE takes 0", (unsigned long long)q->event->size);
    return true;
}

static bool frees_with_invalid_type(inquiry *q)
{
    if (q->event->type == MEM_RELEASE || q->event->type == MEM_DECOMMIT)
        return false;
    say_call(q);
    hf__builder_print(q->detail, " with type 0x%x; it takes MEM_DECOMMIT or MEM_RELEASE", q->event->type);
    return true;
}

/* What the host did counts only at null: nobody owns the pages there, while a poisoned address lies in pages of the shim's. */
static bool uses_after_failed_call(inquiry *q)
{
    if (q->at == NULL || q->at->owner != HF_OWNER_GHOST || (hf__verdict_host_did(q->event) && q->at->address == 0))
        return false;
    if (q->event->kind == HF_METHOD_VIRTUAL_ALLOC && !works_inside(q, ~0u))
        return false;
    const hf_event *failed = &q->facts->events[q->at->taken];
    say_call(q);
    hf__builder_print(q->detail, ", which a %s that failed had left in its out-parameter", hf__model_call_name(failed->kind, failed->function));
    q->origin.culprit = q->at->taken;
    return true;
}

/* A release whose answer was our doing (S_FALSE, which is a success) is what led to the second one. */
static void note_given(inquiry *q)
{
    size_t given = q->at->given;
    bool is_fault = given != HF_NOWHERE && q->facts->events[given].injected;
    q->origin.given = given;
    q->origin.culprit = is_fault ? given : HF_NOWHERE;
}

static bool frees_twice(inquiry *q)
{
    bool gives_back = q->event->kind == HF_METHOD_MALLOC_FREE || is_release(q);
    if (!gives_back || !was_given_back(q->at) || !q->target.at_base)
        return false;
    say_call(q);
    hf__builder_print(q->detail, ", which was already given back");
    note_given(q);
    return true;
}

static bool frees_by_wrong_method(inquiry *q)
{
    bool is_heap_free = q->event->kind == HF_METHOD_MALLOC_FREE;
    if (q->at != NULL || q->event->address == 0)
        return false;
    hf__verdict_target other =
        is_heap_free ? hf__verdict_ledger_region(q->ledger, q->event->address) : hf__verdict_ledger_heap(q->ledger, q->event->address);
    bool found = other.block != HF_INDEX_NONE && is_owned(&q->ledger->blocks[other.block]);
    if (!found)
        return false;
    say_where(q);
    hf__builder_print(q->detail, is_heap_free ? ", a region of VirtualAlloc's, went to Malloc.Free" : ", a heap block, went to VirtualFree");
    return true;
}

static bool releases_inside(inquiry *q)
{
    if (!is_release(q) || !is_owned(q->at) || q->target.at_base)
        return false;
    say_call(q);
    hf__builder_print(q->detail, "; MEM_RELEASE takes the address that VirtualAlloc returned");
    return true;
}

static bool is_of_another_heap(const inquiry *q)
{
    return is_owned(q->at) && q->at->heap && q->at->source != 0 && q->event->protect != 0 && q->at->source != q->event->protect;
}

static bool frees_foreign(inquiry *q)
{
    bool is_heap_free = q->event->kind == HF_METHOD_MALLOC_FREE;
    bool gives_back = is_heap_free ? q->event->address != 0 : is_release(q);
    bool denied = hf__verdict_host_refused(q->event) || !q->event->complete;
    if (is_heap_free && is_of_another_heap(q)) {
        say_call(q);
        hf__builder_print(q->detail, ", which came from another IHostMalloc");
        return true;
    }
    if (!gives_back || q->at != NULL || !denied)
        return false;
    say_call(q);
    hf__builder_print(q->detail, ", which the host never gave out");
    return true;
}

static bool uses_released(inquiry *q)
{
    bool works = works_inside(q, MEM_COMMIT | MEM_RESET | MEM_RESET_UNDO) || q->event->kind == HF_METHOD_VIRTUAL_FREE;
    bool protects = q->event->kind == HF_METHOD_VIRTUAL_PROTECT && hf__verdict_host_refused(q->event);
    if (!was_given_back(q->at) || (!works && !protects) || hf__verdict_host_did(q->event))
        return false;
    say_call(q);
    hf__builder_print(q->detail, ", in a region that was already given back");
    note_given(q);
    return true;
}

static bool works_outside(inquiry *q, uint32_t type, const char *what)
{
    if (!works_inside(q, type) || lies_inside(q) || hf__verdict_host_did(q->event))
        return false;
    hf__builder_print(q->detail, "%s of 0x%llx bytes at ", what, (unsigned long long)q->event->size);
    say_where(q);
    hf__builder_print(q->detail, q->at != NULL ? ", beyond the end of the region" : ", where nothing is reserved");
    return true;
}

static bool commits_outside(inquiry *q)
{
    return works_outside(q, MEM_COMMIT, "commit");
}

static bool resets_outside(inquiry *q)
{
    return works_outside(q, MEM_RESET | MEM_RESET_UNDO, "reset");
}

static bool decommits_outside(inquiry *q)
{
    bool inside = is_owned(q->at) && (q->event->size == 0 || lies_inside(q));
    if (!is_decommit(q) || inside || hf__verdict_host_did(q->event))
        return false;
    hf__builder_print(q->detail, "decommit of 0x%llx bytes at ", (unsigned long long)q->event->size);
    say_where(q);
    hf__builder_print(q->detail, q->at != NULL ? ", beyond the end of the region" : ", where nothing is reserved");
    return true;
}

static bool decommits_rest_from_inside(inquiry *q)
{
    if (!is_decommit(q) || q->event->size != 0 || !is_owned(q->at) || q->target.at_base)
        return false;
    say_call(q);
    hf__builder_print(q->detail, " with size 0, which means the whole region and takes its base");
    return true;
}

/* Where the host accepted it, only pages whose commit the caller was told had failed are wrong: others may be committed in ways not seen here. */
static bool protects_uncommitted(inquiry *q)
{
    if (!is_owned(q->at) || hf__heap_ranges_cover(&q->ledger->committed, q->first, q->end))
        return false;
    q->origin.culprit = hf__verdict_ledger_failed_commit(q->ledger, q->first, q->end);
    if (hf__verdict_host_did(q->event) && q->origin.culprit == HF_NOWHERE)
        return false;
    say_call(q);
    hf__builder_print(q->detail, q->origin.culprit != HF_NOWHERE ? ", whose commit had failed" : ", where not every page is committed");
    return true;
}

static bool has_invalid_argument(inquiry *q)
{
    bool probes = q->event->kind == HF_METHOD_VIRTUAL_ALLOC && (q->event->type & TYPES_THAT_PROBE) != 0;
    if (!hf__verdict_host_refused(q->event) || q->event->host_hr != E_INVALIDARG || probes)
        return false;
    say_call(q);
    hf__builder_print(q->detail, ", size 0x%llx, type 0x%x, protection 0x%x: the host rejects it as invalid", (unsigned long long)q->event->size,
                      q->event->type, q->event->protect);
    return true;
}

/* The block as the call that got it names it. */
static void say_block(const inquiry *q)
{
    if (q->out->names == NULL)
        q->out->names = hf__trace_names_create(q->facts->trace);
    hf__verdict_target target = hf__verdict_ledger_heap(q->ledger, q->event->address);
    if (target.block == HF_INDEX_NONE) {
        hf__builder_print(q->detail, "a heap block");
        return;
    }
    const hf__verdict_block *block = &q->ledger->blocks[target.block];
    hf__trace_names_print(q->out->names, block->taken, HF_NAMED_OUT, q->detail);
    hf__builder_print(q->detail, ", a block of %llu bytes", (unsigned long long)block->bytes);
}

static bool is_damage(const inquiry *q, uint32_t type)
{
    return q->event->kind == HF_EVENT_DAMAGE && q->event->type == type;
}

static bool wrote_behind(inquiry *q)
{
    if (!is_damage(q, HF_DAMAGED_BEHIND))
        return false;
    say_block(q);
    if (q->event->size != UINT64_MAX)
        hf__builder_print(q->detail, ", was written to %llu bytes past its end", (unsigned long long)q->event->size);
    else
        hf__builder_print(q->detail, ", was written to past its end");
    return true;
}

static bool wrote_to_freed(inquiry *q)
{
    if (!is_damage(q, HF_DAMAGED_FREED))
        return false;
    say_block(q);
    hf__builder_print(q->detail, ", was written to at byte %llu after it was freed", (unsigned long long)q->event->size);
    return true;
}

static bool accessed_behind(inquiry *q)
{
    if (!is_damage(q, HF_DAMAGED_TOUCHED_BEHIND))
        return false;
    say_block(q);
    hf__builder_print(q->detail, ", was accessed %llu bytes past its end", (unsigned long long)q->event->size);
    return true;
}

static bool accessed_freed(inquiry *q)
{
    if (!is_damage(q, HF_DAMAGED_TOUCHED_FREED))
        return false;
    say_block(q);
    hf__builder_print(q->detail, ", was accessed at byte %llu after it was freed", (unsigned long long)q->event->size);
    return true;
}

/* One for each failure: what comes after the first request is no new mistake. */
static bool requests_after_failure(inquiry *q)
{
    size_t refused = q->out->refused[q->event->thread];
    if (refused == HF_NOWHERE || q->event->in_signal || hf__verdict_class_of(q->event) != HF_CLASS_ACQUIRE)
        return false;
    char fault[200];
    hf__verdict_facts_print_fault(q->facts, refused, fault, sizeof fault);
    hf__builder_print(q->detail, "%s of %llu bytes, although %s had not surfaced", hf__model_call_name(q->event->kind, q->event->function),
                      (unsigned long long)q->event->size, fault);
    q->origin.culprit = refused;
    q->out->refused[q->event->thread] = HF_NOWHERE;
    return true;
}

/* Found beforehand, by looking at all heap calls together. */
static bool is_unserialised(inquiry *q)
{
    if (q->index != q->out->unserialised)
        return false;
    hf__builder_print(q->detail, "%s while another thread was inside the heap, which was made without MALLOC_THREADSAFE",
                      hf__model_call_name(q->event->kind, q->event->function));
    return true;
}

typedef bool clause_predicate(inquiry *q);
#define BIT(method) (1u << HF_METHOD_##method)
static const struct {
    const char *text;
    uint32_t methods;
    hf__verdict_misuse misuse;
    clause_predicate *is_broken;
    const char *source;
} clauses[] = {
#define HF_CLAUSE(id, text, methods, misuse, predicate, source) [HF_CLAUSE_##id] = {text, methods, HF_MISUSE_##misuse, predicate, source},
#include "verdict_clause.def"
#undef HF_CLAUSE
};
HF_STATIC_ASSERT(HF_COUNT_OF(clauses) == HF_CLAUSE_COUNT, "each clause has a row");

hf__verdict_misuse hf__verdict_clause_misuse(hf__verdict_clause clause)
{
    return clause < HF_CLAUSE_COUNT ? clauses[clause].misuse : HF_MISUSE_NONE;
}

const char *hf__verdict_clause_text(hf__verdict_clause clause)
{
    return clauses[clause].text;
}

static bool is_heap_call(const hf_event *event)
{
    return event->kind == HF_METHOD_MALLOC_ALLOC || event->kind == HF_METHOD_MALLOC_DEBUG_ALLOC || event->kind == HF_METHOD_MALLOC_FREE;
}

/* Did every heap that the caller was given come without MALLOC_THREADSAFE? A trace does not say which heap a call is for. */
static bool heaps_are_unsafe(const hf__verdict_facts *facts)
{
    size_t safe = 0, unsafe = 0;
    for (size_t i = 0; i < facts->count; i++) {
        if (facts->events[i].kind != HF_METHOD_CREATE_MALLOC || hf__verdict_told_nothing(&facts->events[i]))
            continue;
        safe += (facts->events[i].type & MALLOC_THREADSAFE) != 0;
        unsafe += (facts->events[i].type & MALLOC_THREADSAFE) == 0;
    }
    return unsafe > 0 && safe == 0;
}

typedef struct span {
    uint64_t start, end;
    size_t event;
} span;

static int compare_spans(const void *a, const void *b)
{
    const span *left = a, *right = b;
    return left->start < right->start ? -1 : left->start > right->start;
}

/* Durations are recorded short of the truth, never beyond it, so two spans that overlap are two calls that did. */
static size_t find_unserialised(const hf__verdict_facts *facts)
{
    size_t found = HF_NOWHERE, count = 0;
    if (!facts->seen.alternate || !heaps_are_unsafe(facts))
        return found;
    span *spans = hf__allocate(facts->count, sizeof *spans);
    for (size_t i = 0; i < facts->count; i++) {
        const hf_event *event = &facts->events[i];
        if (is_heap_call(event) && event->complete && !event->sticky)
            spans[count++] = (span){event->start, event->start + event->duration, i};
    }
    qsort(spans, count, sizeof *spans, compare_spans);
    for (size_t i = 1, last = 0; i < count && found == HF_NOWHERE; i++) {
        bool overlaps = spans[i].start < spans[last].end && facts->events[spans[i].event].thread != facts->events[spans[last].event].thread;
        found = overlaps ? spans[i].event : HF_NOWHERE;
        last = spans[i].end > spans[last].end ? i : last;
    }
    hf__free(spans);
    return found;
}

static hf__verdict_target target_of(const hf__verdict_ledger *ledger, const hf_event *event)
{
    bool gives_back = event->kind == HF_METHOD_MALLOC_FREE || (event->kind == HF_METHOD_VIRTUAL_FREE && (event->type & MEM_RELEASE) != 0);
    return gives_back ? hf__verdict_ledger_release_target(ledger, event) : hf__verdict_ledger_region(ledger, event->address);
}

static void add_violation(hf__verdict_violations *out, const inquiry *q, hf__verdict_clause clause)
{
    HF_GROW(out->items, out->count, out->capacity);
    out->origins = out->capacity != out->origin_capacity ? hf__reallocate(out->origins, out->capacity, sizeof *out->origins) : out->origins;
    out->origin_capacity = out->capacity;
    out->origins[out->count] = q->origin;
    hf_verdict_violation *item = &out->items[out->count++];
    *item = (hf_verdict_violation){.event = q->index, .clause = clauses[clause].text};
    hf__text_copy(item->detail, sizeof item->detail, hf__text(q->detail->buffer));
    out->clause_plus_one[q->index] = (uint8_t)(clause + 1);
}

/* What a call shows by itself. Of an unmodified program not every call is seen: memory that is not known may have come another way (a mapped file,
 * before the hook), what is known may have gone and come again. What it does with memory is then wrong if the system says so. */
#define CLAUSES_OF_THE_CALL                                                                                                                          \
    (1u << HF_CLAUSE_SIGNAL | 1u << HF_CLAUSE_AFTER_E_FAIL | 1u << HF_CLAUSE_RELEASE_SIZE | 1u << HF_CLAUSE_FREE_TYPE |                              \
     1u << HF_CLAUSE_FAILED_CALL | 1u << HF_CLAUSE_AFTER_FAULT)

/* After a block that was shorter than the caller was told, canaries show what the host did. */
static bool gave_too_little(const hf__verdict_facts *facts)
{
    for (uint32_t i = 0; i < facts->plan->rule_count && i < HF_RULES_MAX; i++) {
        bool fired = (facts->seen.rules_fired[i / 64] >> i % 64 & 1) != 0;
        if (fired && hf__model_plan_rules(facts->plan)[i].lie == HF_LIE_SHORT)
            return true;
    }
    return false;
}

/* A call from a handler, a refused one, and one that was answered by the failed state did nothing else that could be wrong. */
static uint32_t clauses_for(const hf__verdict_violations *out, const hf__verdict_facts *facts, const hf_event *event)
{
    if (event->kind == HF_EVENT_DAMAGE && gave_too_little(facts))
        return 0;
    if (event->kind == HF_EVENT_DAMAGE)
        return 1u << HF_CLAUSE_OVERRUN | 1u << HF_CLAUSE_WRITE_FREED | 1u << HF_CLAUSE_ACCESS_BEHIND | 1u << HF_CLAUSE_ACCESS_FREED;
    if (event->kind == HF_EVENT_REFUSED)
        return 1u << HF_CLAUSE_SIGNAL;
    if (!hf__verdict_is_call(event))
        return 0;
    if (event->function != HF_FUNCTION_NONE) /* what POSIX allows is not what Win32 does, and the C library itself ends a program that breaks it */
        return out->clauses_of[event->kind] & (1u << HF_CLAUSE_SIGNAL | 1u << HF_CLAUSE_FAILED_CALL | 1u << HF_CLAUSE_AFTER_FAULT);
    bool is_doubtful = (facts->plan->flags & HF_PLAN_UNMODIFIED) != 0 && !hf__verdict_host_refused(event);
    return out->clauses_of[event->kind] & (event->sticky ? (2u << HF_CLAUSE_AFTER_E_FAIL) - 1 : ~0u) & (is_doubtful ? CLAUSES_OF_THE_CALL : ~0u);
}

#define USE_ADDRESS (BIT(VIRTUAL_ALLOC) | BIT(VIRTUAL_FREE) | BIT(VIRTUAL_PROTECT) | BIT(MALLOC_FREE))

static void look_up(inquiry *q)
{
    bool uses_address = hf__verdict_is_call(q->event) && (USE_ADDRESS >> q->event->kind & 1) != 0;
    if (uses_address)
        q->target = target_of(q->ledger, q->event);
    q->at = q->target.block != HF_INDEX_NONE ? &q->ledger->blocks[q->target.block] : NULL;
    if (!hf__verdict_pages_of(q->event, &q->first, &q->end))
        q->end = UINT64_MAX;
}

static void judge(hf__verdict_violations *out, const hf__verdict_facts *facts, const hf__verdict_ledger *ledger, size_t index)
{
    char text[sizeof out->items->detail];
    hf__builder detail = hf__builder_init(text, sizeof text);
    inquiry q = {facts, ledger, out, &facts->events[index], index, {HF_INDEX_NONE, false}, NULL, 0, 0, {HF_NOWHERE, HF_NOWHERE}, &detail};
    look_up(&q);
    uint32_t left = clauses_for(out, facts, q.event);
    for (unsigned clause = 0; left >> clause != 0; clause++) {
        if ((left >> clause & 1) != 0 && clauses[clause].is_broken(&q)) {
            add_violation(out, &q, (hf__verdict_clause)clause);
            return;
        }
    }
}

/* In strict mode: the failure that a thread has met, until it says that it goes on without or that the failure has surfaced. */
static void learn_strict(hf__verdict_violations *out, const hf__verdict_facts *facts, size_t index)
{
    const hf_event *event = &facts->events[index];
    size_t *refused = &out->refused[event->thread];
    if (event->kind == HF_EVENT_EXPECT || event->kind == HF_EVENT_RESULT || event->kind == HF_EVENT_CHECK)
        *refused = HF_NOWHERE;
    if (!hf__verdict_is_call(event) || !event->injected || !hf__verdict_told_nothing(event))
        return;
    const hf_rule *rule = hf__verdict_facts_rule(facts, event);
    hf_class class_ = hf__verdict_class_of(event);
    bool marks = rule != NULL && hf__model_rule_only_marks(rule);
    if (!marks && (class_ == HF_CLASS_ACQUIRE || class_ == HF_CLASS_PROTECT))
        *refused = index;
}

static void learn(hf__verdict_violations *out, const hf__verdict_facts *facts, const hf_event *event)
{
    if (!hf__verdict_is_call(event))
        return;
    const hf_rule *rule = event->injected ? hf__verdict_facts_rule(facts, event) : NULL;
    bool fatal = event->hr == E_FAIL && rule != NULL && rule->returns && rule->sticks;
    if (event->kind == HF_METHOD_ON_MEMORY_NOTIFICATION && !event->sticky) /* the host is told, not the caller */
        return;
    if (event->thread < out->thread_count)
        out->told_dead[event->thread] |= fatal || event->sticky;
}

HF_STATIC_ASSERT(HF_CLAUSE_COUNT <= 31, "the clauses of a method are bits of a word");

void hf__verdict_violations_begin(hf__verdict_violations *violations)
{
    *violations = (hf__verdict_violations){.unserialised = HF_NOWHERE};
    for (unsigned method = 0; method < HF_METHOD_COUNT; method++) {
        for (unsigned clause = 0; clause < HF_CLAUSE_COUNT; clause++)
            violations->clauses_of[method] |= (clauses[clause].methods >> method & 1) << clause;
    }
}

static void forget_refused(hf__verdict_violations *out, size_t from, size_t end)
{
    for (size_t i = from; i < end; i++)
        out->refused[i] = HF_NOWHERE;
}

static void expect(hf__verdict_violations *out, const hf__verdict_facts *facts, size_t from)
{
    if (facts->count > out->event_capacity) {
        out->event_capacity = facts->count > out->event_capacity * 2 ? facts->count : out->event_capacity * 2;
        out->clause_plus_one = hf__reallocate(out->clause_plus_one, out->event_capacity, 1);
    }
    memset(out->clause_plus_one + from, 0, facts->seen.count - from);
    if (facts->threads > out->thread_count) {
        out->told_dead = hf__reallocate(out->told_dead, facts->threads, 1);
        out->refused = hf__reallocate(out->refused, facts->threads, sizeof *out->refused);
        memset(out->told_dead + out->thread_count, 0, facts->threads - out->thread_count);
        forget_refused(out, out->thread_count, facts->threads);
        out->thread_count = facts->threads;
    }
}

#define SOON 8u /* events: as long as memory takes to answer */

void hf__verdict_violations_find(hf__verdict_violations *violations, const hf__verdict_facts *facts, hf__verdict_ledger *ledger, size_t from,
                                 size_t from_order)
{
    expect(violations, facts, from);
    hf__verdict_ledger_expect(ledger, from, facts->seen.count);
    violations->unserialised = find_unserialised(facts);
    bool is_strict = (facts->plan->flags & HF_PLAN_STRICT) != 0;
    for (size_t i = from_order; i < facts->seen.order_count; i++) {
        const hf_event *event = &facts->events[facts->order[i]];
        if (i + SOON < facts->seen.order_count)
            hf__verdict_ledger_prefetch(ledger, facts->order[i + SOON]);
        if (!event->paused)
            judge(violations, facts, ledger, facts->order[i]);
        hf__verdict_ledger_enter(ledger, facts->order[i]);
        learn(violations, facts, event);
        if (is_strict)
            learn_strict(violations, facts, facts->order[i]);
    }
}

void hf__verdict_violations_mark(hf__verdict_violations *violations)
{
    violations->marked_count = violations->count;
    violations->marked_dead = violations->thread_count > 0 ? violations->told_dead[0] : 0;
    violations->marked_refused = violations->thread_count > 0 ? violations->refused[0] : HF_NOWHERE;
}

void hf__verdict_violations_rewind(hf__verdict_violations *violations)
{
    violations->count = violations->marked_count;
    if (violations->thread_count > 0) {
        memset(violations->told_dead, 0, violations->thread_count);
        forget_refused(violations, 0, violations->thread_count);
        violations->told_dead[0] = violations->marked_dead;
        violations->refused[0] = violations->marked_refused;
    }
    hf__trace_names_destroy(violations->names);
    violations->names = NULL;
}

void hf__verdict_violations_clear(hf__verdict_violations *violations)
{
    hf__free(violations->items);
    hf__free(violations->clause_plus_one);
    hf__free(violations->origins);
    hf__free(violations->told_dead);
    hf__free(violations->refused);
    hf__trace_names_destroy(violations->names);
    *violations = (hf__verdict_violations){0};
}
