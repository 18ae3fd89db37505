/* SPDX-License-Identifier: MIT
 * The compiled form of a plan: plain data without pointers, written by the tool, obeyed by the shim, kept in the session file. All
 * offsets count from the start of the hf_plan_image. It must stay free of anything that only one process understands.
 */
#ifndef HF_MODEL_RULE_H
#define HF_MODEL_RULE_H

#include "model.h"

#include <hostfault/plan.h>

#define HF_RULES_MAX 128u
#define HF_PREDICATES_MAX 8u
#define HF_STACK_MAX 64u /* frames of a stack, at most */
#define HF_STACK_DEPTH_DEFAULT 16u
#define HF_LABELS_MAX 64u         /* thread labels, and phases, that a plan can name */
#define HF_PLAN_MAGIC 0x4E4C5048u /* "HPLN" */
#define HF_PLAN_VERSION 1u

/* One condition on an argument. */
typedef enum hf_compare {
    HF_COMPARE_EQUAL,
    HF_COMPARE_NOT_EQUAL,
    HF_COMPARE_LESS,
    HF_COMPARE_LESS_EQUAL,
    HF_COMPARE_GREATER,
    HF_COMPARE_GREATER_EQUAL,
    HF_COMPARE_HAS_BITS,  /* (argument & value) == value */
    HF_COMPARE_LACKS_BITS /* (argument & value) == 0 */
} hf_compare;

typedef struct hf_predicate {
    uint64_t value;
    uint8_t field;   /* hf_field */
    uint8_t compare; /* hf_compare */
    uint8_t reserved[6];
} hf_predicate;

/* A stretch of code: the part [low, high) of every module whose file name (last path component) matches the pattern. */
typedef struct hf_code_range {
    uint32_t module; /* string offset of the shell pattern; "*" any module */
    uint32_t reserved;
    uint64_t low; /* file-independent offset: address minus load base */
    uint64_t high;
} hf_code_range;

typedef enum hf_per { HF_PER_RUN, HF_PER_THREAD, HF_PER_SITE } hf_per;
typedef enum hf_out { HF_OUT_NULL, HF_OUT_UNTOUCHED, HF_OUT_POISON } hf_out;

#define HF_CHANCE_ALWAYS (1ull << 32)
#define HF_RULE_NONE (-1)

/* One rule. Zero-initialised plus first = 1, step = 1, chance = HF_CHANCE_ALWAYS, after = until = HF_RULE_NONE, sticks = 1: every call of
 * its methods is forwarded unchanged (a rule that only marks). */
typedef struct hf_rule {
    /* when */
    uint32_t name;       /* string offset; unique in the plan, never empty */
    uint32_t methods;    /* bit per hf_method */
    uint64_t first;      /* ordinals first, first + step, ... up to last */
    uint64_t last;       /* 0: no end */
    uint64_t step;       /* at least 1 */
    uint64_t chance;     /* of 2^32; fires if hf__random(seed, rule name hash, ordinal) >> 32 is below */
    uint64_t live_above; /* with has_live: only if live bytes plus this request exceed it */
    uint64_t site;       /* with has_site: the site key */
    uint64_t name_hash;  /* hf__hash of the name: the stream of `chance` */
    uint32_t times;      /* fires at most this often; 0: no limit */
    int16_t after;       /* rule that must have fired, or HF_RULE_NONE */
    int16_t until;       /* rule that must not have fired yet */
    uint8_t per;         /* hf_per */
    uint8_t thread;      /* 1-based index into the plan's thread labels, 0 any */
    uint8_t phase;       /* 1-based index into the plan's phases, 0 any */
    uint8_t predicate_count;
    uint8_t has_live;
    uint8_t has_site;
    uint8_t optional;    /* need not fire */
    uint8_t foreign;     /* VirtualQuery and VirtualProtect on memory the host never gave out, too */
    uint32_t from_first; /* index into the plan's code ranges; from_count 0: any caller */
    uint32_t from_count;
    uint32_t not_from_first;
    uint32_t not_from_count;
    hf_predicate predicates[HF_PREDICATES_MAX];
    /* what */
    HRESULT hr;        /* the failure, if returns */
    uint32_t delay_us; /* wait first; 0 none */
    DWORD last_error;  /* with has_last_error; else the model's */
    uint8_t returns;   /* 1: hr is given back */
    uint8_t out;       /* hf_out, for a failure */
    uint8_t done;      /* 1: the host does it, and hr is given back all the same */
    uint8_t lie;       /* hf_lie; HF_LIE_NONE: no false success. Never together with returns */
    uint8_t notify;    /* EMemoryAvailable to send before the call; 0 none */
    uint8_t has_last_error;
    uint8_t sticks;       /* an E_FAIL of this rule makes every later call return HOST_E_CLRNOTAVAILABLE */
    uint8_t undocumented; /* the pair method x hr is outside the matrix, on purpose */
    uint32_t functions;   /* bit per hf_function of an unmodified program, HF_FUNCTION_NONE among them; 0: every one */
} hf_rule;

/* Does the rule name this function, or none? */
static inline bool hf__model_rule_has_function(const hf_rule *rule, uint32_t function)
{
    return rule->functions == 0 || (rule->functions >> function & 1u) != 0;
}
HF_STATIC_ASSERT(sizeof(hf_rule) == 248, "hf_rule has no holes: it is compared and stored as bytes");

/* The image: this header, then rules, ranges, label tables (string offsets), strings (NUL-terminated; offset 0 of the image is never a string). */
typedef struct hf_plan_image {
    uint32_t magic;
    uint32_t version;
    uint32_t size_bytes; /* of the whole image */
    uint32_t rule_count;
    uint64_t seed;
    uint64_t commit_limit; /* of our host, bytes; 0 none */
    uint32_t stack_depth;  /* frames to keep, 1..HF_STACK_MAX */
    uint32_t rules_offset; /* 8-aligned */
    uint32_t ranges_offset;
    uint32_t range_count;
    uint32_t threads_offset; /* thread_count string offsets */
    uint32_t thread_count;
    uint32_t phases_offset;
    uint32_t phase_count;
    uint32_t storm_limit; /* failed requests from one thread without a success between, after which the shim ends the run; 0: 1000 */
    uint32_t flags;       /* HF_PLAN_ bits */
} hf_plan_image;
HF_STATIC_ASSERT(sizeof(hf_plan_image) == 72, "no holes");
#define HF_PLAN_STACKS_ALWAYS 1u /* take a stack at every call (a finding's second run; record --stacks) */
#define HF_PLAN_UNMODIFIED 2u    /* the program knows nothing of the shim: its calls need not repeat from run to run */
#define HF_PLAN_STATUS_ONLY 4u   /* results and outputs are not compared */
#define HF_PLAN_GUARD_PAGES 16u  /* each block of our heap ends at a page without access */
#define HF_PLAN_TRAPPED 32u      /* its calls are watched from outside, so what it was given is not known */
#define HF_PLAN_STRICT 8u        /* no request between a failure and the moment it has surfaced */

static inline const hf_rule *hf__model_plan_rules(const hf_plan_image *plan)
{
    return (const hf_rule *)(const void *)((const char *)plan + plan->rules_offset);
}
static inline const hf_code_range *hf__model_plan_ranges(const hf_plan_image *plan)
{
    return (const hf_code_range *)(const void *)((const char *)plan + plan->ranges_offset);
}
static inline const char *hf__model_plan_string(const hf_plan_image *plan, uint32_t offset)
{
    return (const char *)plan + offset;
}
static inline const char *hf__model_plan_thread(const hf_plan_image *plan, uint32_t index)
{
    return hf__model_plan_string(plan, ((const uint32_t *)(const void *)((const char *)plan + plan->threads_offset))[index]);
}
static inline const char *hf__model_plan_phase(const hf_plan_image *plan, uint32_t index)
{
    return hf__model_plan_string(plan, ((const uint32_t *)(const void *)((const char *)plan + plan->phases_offset))[index]);
}

/* A rule that fires at every call and only forwards; the start of every rule that is built. */
hf_rule hf__model_rule_init(void);
/* Does it leave its calls as they are, and fires only for the rules that name it in `after` or `until`? */
static inline bool hf__model_rule_only_marks(const hf_rule *rule)
{
    return !rule->returns && rule->lie == 0 && rule->delay_us == 0 && rule->notify == 0;
}

/* Index of the first predicate that, with those before it, no call can pass; -1: none. */
int hf__model_predicates_contradiction(const hf_predicate *predicates, unsigned count);
/* Does `wide` match every call that `narrow` matches? Each condition of wide's is absent or narrow's too. Ranges of code are not looked at; threads
 * and phases only by index. */
bool hf__model_rule_covers(const hf_rule *wide, const hf_rule *narrow);
/* Is every call on which `late` would fire taken by `early`, which covers it? Either early takes all that it matches, or both count the same calls
 * (same_calls: late covers early too). */
bool hf__model_rule_shadows(const hf_rule *early, const hf_rule *late, bool same_calls);

/* Builds an image in `buffer` from parts. Every rule's name, range's module and labels are given as C strings beside the rule, since a rule
 * has only offsets: `rule_names[i]` belongs to rules[i] (name and name_hash are filled in here), `range_modules[i]` to ranges[i]. */
typedef struct hf__model_plan_parts {
    uint64_t seed;
    uint64_t commit_limit;
    uint32_t stack_depth; /* 0: the default */
    uint32_t storm_limit;
    uint32_t flags;
    uint32_t rule_count;
    const hf_rule *rules;
    const char *const *rule_names;
    uint32_t range_count;
    const hf_code_range *ranges;
    const char *const *range_modules;
    uint32_t thread_count;
    const char *const *threads;
    uint32_t phase_count;
    const char *const *phases;
} hf__model_plan_parts;
/* HF_ERROR_LIMIT if it does not fit capacity or the limits above. *size_bytes is the image's length. buffer is 8-aligned. */
HF_CHECK_RESULT hf_status hf__model_plan_build(const hf__model_plan_parts *parts, void *buffer, size_t capacity, size_t *size_bytes, hf_error *err);

/* The plan of a run in which a few rules of `plan` alone decide, each at one of its calls: what as many `--fault` with that `when` give. The rules
 * must not look at stacks, threads or phases. buffer has HF_PLAN_FEW_BYTES. */
#define HF_PLAN_FEW_MAX 2u
#define HF_PLAN_FEW_BYTES 768u
typedef struct hf__model_plan_one {
    uint64_t ordinal;
    uint32_t rule; /* of the plan */
    bool onwards;  /* from that call on */
} hf__model_plan_one;
HF_CHECK_RESULT hf_status hf__model_plan_narrow(const hf_plan_image *plan, const hf__model_plan_one *few, uint32_t count, void *buffer,
                                                size_t *size_bytes, hf_error *err);

/* Is this a plan image that can be obeyed: magic, version, every offset, count and enum in range, every string ended? Touches nothing
 * outside [image, image + size_bytes). Errors: HF_ERROR_FORMAT, HF_ERROR_VERSION. */
HF_CHECK_RESULT hf_status hf__model_plan_validate(const void *image, size_t size_bytes, hf_error *err);

#endif
