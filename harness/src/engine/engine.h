/* SPDX-License-Identifier: MIT
 * Which rules match a call, and what happens to it: two pure functions over the plan. They see no clock, no system, no address of code, no heap and
 * no memory but their arguments, so every decision can be derived again from a trace.
 *
 * One call takes these steps: match; if some rule needs a stack, take one and match again; the caller of the engine takes one ticket per matched
 * rule; decide. A rule counts each call that passes its call, where, from, site, thread, phase and open gate, whichever rule takes the call. `when`,
 * chance, live and times decide about firing and do not affect counting. The first rule in file order that fires decides.
 *
 * Threads: pure.
 */
#ifndef HF_ENGINE_H
#define HF_ENGINE_H

#include "model_rule.h"

/* A set of rules. */
typedef struct hf_rule_set {
    uint64_t words[HF_RULES_MAX / 64];
} hf_rule_set;

static inline bool hf__engine_rule_set_has(const hf_rule_set *set, unsigned rule)
{
    return (set->words[rule / 64] >> (rule % 64) & 1) != 0;
}
static inline void hf__engine_rule_set_add(hf_rule_set *set, unsigned rule)
{
    set->words[rule / 64] |= 1ull << (rule % 64);
}

/* One call as the engine sees it. */
typedef struct hf_call {
    hf_method method;
    uint32_t type;    /* flAllocationType, dwFreeType or dwMallocType */
    uint32_t protect; /* flProtect, flNewProtect */
    uint32_t level;   /* eCriticalLevel as given; EMemoryAvailable for OnMemoryNotification; dwAppDomainID for SetAppDomainManager */
    uint64_t address;
    uint64_t size;
    uint8_t thread; /* 1-based index into the plan's labels, 0: a label the plan does not name */
    uint8_t phase;
    uint8_t function; /* hf_function of an unmodified program; HF_FUNCTION_NONE */
    bool foreign;     /* a VirtualQuery or VirtualProtect on memory that the host never gave out */
} hf_call;

/* A frame, for from, not-from and site: where in which module. */
typedef struct hf_frame {
    const char *module;  /* last path component; "" unknown */
    uint64_t module_key; /* hf__engine_module_key of the module, 0 unknown */
    uint64_t offset;     /* return address minus load base, minus 1: inside the calling instruction; the whole address where the module is unknown */
} hf_frame;

/* What a module adds to a site key: a hash of its build-id, or of its name (last path component) if it has none. Never 0. */
uint64_t hf__engine_module_key(const char *name, const char *build_id);
/* The site key of a stack, innermost frame first: the same for the same places of the same build, wherever they were loaded. Frames in
 * unknown modules count only as unknown. Never 0. The one definition, for shim and reader. */
uint64_t hf__engine_site_key(const hf_frame *frames, uint32_t count);

typedef struct hf_stack {
    uint32_t count;
    uint64_t site;          /* hf__engine_site_key of the frames */
    const hf_frame *frames; /* innermost first */
} hf_stack;

/* What match found. */
typedef struct hf_matches {
    hf_rule_set matched; /* these count this call */
    bool needs_stack;    /* some rule passed everything cheap and wants a stack: take one and match again. Never with a stack given */
    uint8_t needs_site;  /* 1: a matched rule counts per site: draw its ticket from the counter of (rule, stack->site) */
} hf_matches;

/* Which rules count this call. `fired` are the rules that have fired so far (gates). stack may be NULL: rules with from, not-from, site or
 * per: site are then left out and needs_stack is set. A predicate on an argument that the method does not have never holds. */
void hf__engine_match(const hf_plan_image *plan, const hf_call *call, const hf_rule_set *fired, const hf_stack *stack, hf_matches *out);

/* A number drawn for one matched rule: which of the calls it counts this is, 1-based. `taken` is read from the rule's counter of firings when
 * the ticket is drawn. When decide picks a rule, the caller of the engine claims the firing by compare-and-swap of that counter from `taken` to
 * taken + 1; if another thread was faster it puts the new count into the ticket and decides again, so that `times` holds with threads too and
 * the tickets recorded are those that the decision followed from. Only then is the rule entered into `fired`. */
typedef struct hf_ticket {
    uint16_t rule;
    uint16_t flags; /* HF_TICKET_ bits, filled in by decide */
    uint32_t taken; /* how often the rule had fired (decided a call) before, for `times`; given by the caller of the engine */
    uint64_t ordinal;
} hf_ticket;
#define HF_TICKET_FIRED 1u /* this rule decides the call */
#define HF_TICKET_WOULD 2u /* it would have fired, an earlier rule took the call */

/* What happens to the call. rule < 0: it is forwarded. */
typedef struct hf_decision {
    int rule;
} hf_decision;

/* The first of the tickets' rules that fires, in rule order (tickets are in rule order). live is what is committed and allocated now, before
 * this call; the request's own bytes are added for `live`. Sets every ticket's flags anew, so deciding again is fine. */
void hf__engine_decide(const hf_plan_image *plan, const hf_call *call, hf_ticket *tickets, uint32_t ticket_count, uint64_t live, hf_decision *out);

/* Is this ordinal one of `when`? */
bool hf__engine_when(const hf_rule *rule, uint64_t ordinal);

/* Bytes that the call asks for, for `live`: the size of Alloc, DebugAlloc and a committing VirtualAlloc, else 0. */
uint64_t hf__engine_request_bytes(const hf_call *call);

#endif
