/* SPDX-License-Identifier: MIT
 * The clauses as code, one predicate each. A predicate sees one call and the ledger just before it. Two rules hold for all. The caller is judged by
 * what it was told. Memory that the ledger does not know may be older than the trace, so if the host accepted a call on unknown memory, nothing was
 * violated.
 *
 * A caller may do the following, so no clause is about it: Free(NULL); VirtualQuery of anything; VirtualProtect of memory the host did not give out;
 * a release up to a page behind the base; decommit of pages not committed; commit of committed pages; MEM_RESET; releasing memory after E_FAIL.
 */
#include "verdict_clause.h"

#include "base_check.h"
#include "trace_names.h"

#include "base_poison.h"

#define TYPES_THAT_PROBE (MEM_LARGE_PAGES | MEM_PHYSICAL | MEM_WRITE_WATCH | MEM_RESET_UNDO)

typedef hf__verdict_inquiry inquiry;

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
    hf__builder_print(q->detail, "a signal handler that interrupted a hosting call of its thread made another call");
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

/* What the hook under a host found: which answer it was, and about how much. */
static bool answered_wrongly(const inquiry *q, uint32_t wrong, const char *what)
{
    if (q->event->kind != HF_EVENT_HOST || q->event->type != wrong)
        return false;
    uint32_t method = q->event->protect < HF_METHOD_COUNT ? q->event->protect : HF_METHOD_VIRTUAL_ALLOC;
    hf__builder_print(q->detail, "%s %s", hf__model_call_name(method, HF_FUNCTION_NONE), what);
    if (q->event->size != 0)
        hf__builder_print(q->detail, ", %llu bytes", (unsigned long long)q->event->size);
    return true;
}

static bool host_gave_null(inquiry *q)
{
    return answered_wrongly(q, HF_HOST_NULL, "answered S_OK and a null pointer");
}

static bool host_gave_nothing(inquiry *q)
{
    return answered_wrongly(q, HF_HOST_ABSENT, "answered S_OK, and the system has not given the memory");
}

static bool host_accepted(inquiry *q)
{
    return answered_wrongly(q, HF_HOST_ACCEPTED, "answered S_OK to a call that the system refuses");
}

static bool host_kept(inquiry *q)
{
    return answered_wrongly(q, HF_HOST_KEPT, "answered S_OK, and the region was still reserved at the end");
}

static bool host_leaked(inquiry *q)
{
    return answered_wrongly(q, HF_HOST_LEAKED, "failed, and what it had taken from the system was still reserved at the end");
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

#define BIT(method) (1u << HF_METHOD_##method)
const hf__verdict_clause_row hf__verdict_clauses[HF_CLAUSE_COUNT] = {
#define HF_CLAUSE(id, text, methods, misuse, predicate, source) [HF_CLAUSE_##id] = {text, methods, HF_MISUSE_##misuse, predicate},
#include "verdict_clause.def"
#undef HF_CLAUSE
};

hf__verdict_misuse hf__verdict_clause_misuse(hf__verdict_clause clause)
{
    return clause < HF_CLAUSE_COUNT ? hf__verdict_clauses[clause].misuse : HF_MISUSE_NONE;
}

const char *hf__verdict_clause_text(hf__verdict_clause clause)
{
    return hf__verdict_clauses[clause].text;
}
