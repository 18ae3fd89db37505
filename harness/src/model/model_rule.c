/* SPDX-License-Identifier: MIT
 * Builds and checks the compiled form of a plan. The shim trusts a validated image: what is checked here is never checked again.
 */
#include "model_rule.h"
#include "model_fault_key.h"
#include "base_check.h"
#include "base_error.h"
#include "base_random.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

hf_rule hf__model_rule_init(void)
{
    hf_rule rule;
    memset(&rule, 0, sizeof rule);
    rule.first = 1;
    rule.step = 1;
    rule.chance = HF_CHANCE_ALWAYS;
    rule.after = HF_RULE_NONE;
    rule.until = HF_RULE_NONE;
    for (unsigned key = 0; key < HF_FAULT_KEY_COUNT; key++) {
        if (hf__model_fault_key((hf_fault_key)key)->kind != HF_FAULT_KIND_OWN)
            hf__model_rule_drop(&rule, (hf_fault_key)key);
    }
    return rule;
}

/* Where the next part of an image goes. `overflow` stays set once something did not fit. */
typedef struct image_writer {
    char *buffer;
    size_t capacity;
    size_t length;
    bool overflow;
} image_writer;

static uint32_t put_bytes(image_writer *writer, const void *bytes, size_t size_bytes)
{
    size_t at = (writer->length + 7) & ~(size_t)7;
    if (at + size_bytes > writer->capacity) {
        writer->overflow = true;
        return 0;
    }
    memset(writer->buffer + writer->length, 0, at - writer->length);
    if (bytes != NULL)
        memcpy(writer->buffer + at, bytes, size_bytes);
    else
        memset(writer->buffer + at, 0, size_bytes);
    writer->length = at + size_bytes;
    return (uint32_t)at;
}

static uint32_t put_string(image_writer *writer, const char *string)
{
    return put_bytes(writer, string, strlen(string) + 1);
}

static uint32_t put_labels(image_writer *writer, const char *const *labels, uint32_t count)
{
    uint32_t offset = put_bytes(writer, NULL, count * sizeof(uint32_t));
    for (uint32_t i = 0; i < count && !writer->overflow; i++) {
        uint32_t string = put_string(writer, labels[i]);
        memcpy(writer->buffer + offset + i * sizeof(uint32_t), &string, sizeof string);
    }
    return offset;
}

hf_status hf__model_plan_build(const hf__model_plan_parts *parts, void *buffer, size_t capacity, size_t *size_bytes, hf_error *err)
{
    *size_bytes = 0;
    if (parts->rule_count > HF_RULES_MAX || parts->thread_count > HF_LABELS_MAX || parts->phase_count > HF_LABELS_MAX)
        return HF_FAIL(err, HF_ERROR_LIMIT, "a plan takes at most %u rules and %u labels", HF_RULES_MAX, HF_LABELS_MAX);
    image_writer writer = {.buffer = buffer, .capacity = capacity};
    put_bytes(&writer, NULL, sizeof(hf_plan_image));
    hf_plan_image image = {.magic = HF_PLAN_MAGIC,
                           .version = HF_PLAN_VERSION,
                           .rule_count = parts->rule_count,
                           .seed = parts->seed,
                           .commit_limit = parts->commit_limit,
                           .range_count = parts->range_count,
                           .thread_count = parts->thread_count,
                           .phase_count = parts->phase_count,
                           .storm_limit = parts->storm_limit,
                           .flags = parts->flags};
    image.stack_depth = parts->stack_depth != 0 ? parts->stack_depth : HF_STACK_DEPTH_DEFAULT;
    image.rules_offset = put_bytes(&writer, parts->rules, parts->rule_count * sizeof(hf_rule));
    image.ranges_offset = put_bytes(&writer, parts->ranges, parts->range_count * sizeof(hf_code_range));

    for (uint32_t i = 0; i < parts->rule_count && !writer.overflow; i++) {
        hf_rule *rule = (hf_rule *)(void *)(writer.buffer + image.rules_offset) + i;
        rule->name_hash = hf__hash(HF_HASH_START, parts->rule_names[i], strlen(parts->rule_names[i]));
        rule->name = put_string(&writer, parts->rule_names[i]);
    }

    for (uint32_t i = 0; i < parts->range_count && !writer.overflow; i++) {
        hf_code_range *range = (hf_code_range *)(void *)(writer.buffer + image.ranges_offset) + i;
        range->module = put_string(&writer, parts->range_modules[i]);
    }

    image.threads_offset = put_labels(&writer, parts->threads, parts->thread_count);
    image.phases_offset = put_labels(&writer, parts->phases, parts->phase_count);
    if (writer.overflow)
        return HF_FAIL(err, HF_ERROR_LIMIT, "the plan does not fit into %zu bytes", capacity);
    image.size_bytes = (uint32_t)writer.length;
    memcpy(buffer, &image, sizeof image);
    *size_bytes = writer.length;
    return hf__model_plan_validate(buffer, writer.length, err);
}

hf_status hf__model_plan_narrow(const hf_plan_image *plan, const hf__model_plan_one *few, uint32_t count, void *buffer, size_t *size_bytes,
                                hf_error *err)
{
    static const char *const names[HF_PLAN_FEW_MAX] = {"fault-1", "fault-2"};
    hf_rule only[HF_PLAN_FEW_MAX];
    HF_ASSERT(count <= HF_PLAN_FEW_MAX);

    for (uint32_t i = 0; i < count; i++) {
        only[i] = hf__model_plan_rules(plan)[few[i].rule];
        only[i].first = few[i].ordinal;
        only[i].last = few[i].onwards ? 0 : few[i].ordinal;
        only[i].step = 1;
        only[i].after = only[i].until = HF_RULE_NONE;
    }

    const hf__model_plan_parts parts = {.seed = plan->seed,
                                        .commit_limit = plan->commit_limit,
                                        .stack_depth = plan->stack_depth,
                                        .storm_limit = plan->storm_limit,
                                        .flags = plan->flags,
                                        .rule_count = count,
                                        .rules = only,
                                        .rule_names = names};
    return hf__model_plan_build(&parts, buffer, HF_PLAN_FEW_BYTES, size_bytes, err);
}

static bool is_inside(uint64_t offset, uint64_t count, uint64_t size, uint64_t whole)
{
    return offset % 8 == 0 && offset >= sizeof(hf_plan_image) && offset <= whole && count * size <= whole - offset;
}

static bool is_string(const hf_plan_image *plan, uint32_t offset)
{
    return offset >= sizeof(hf_plan_image) && offset < plan->size_bytes &&
           memchr((const char *)plan + offset, '\0', plan->size_bytes - offset) != NULL;
}

static bool are_labels(const hf_plan_image *plan, uint32_t offset, uint32_t count)
{
    const uint32_t *labels = (const uint32_t *)(const void *)((const char *)plan + offset);
    for (uint32_t i = 0; i < count; i++) {
        if (!is_string(plan, labels[i]))
            return false;
    }
    return true;
}

static bool is_range_list(const hf_plan_image *plan, uint32_t first, uint32_t count)
{
    return first <= plan->range_count && count <= plan->range_count - first;
}

static bool are_predicates(const hf_rule *rule)
{
    if (rule->predicate_count > HF_PREDICATES_MAX)
        return false;
    for (unsigned i = 0; i < rule->predicate_count; i++) {
        if (rule->predicates[i].field >= HF_FIELD_COUNT || rule->predicates[i].compare > HF_COMPARE_LACKS_BITS)
            return false;
    }
    return true;
}

static bool is_gate(const hf_plan_image *plan, int16_t gate)
{
    return gate == HF_RULE_NONE || (gate >= 0 && (uint32_t)gate < plan->rule_count);
}

static bool is_rule(const hf_plan_image *plan, const hf_rule *rule)
{
    bool when = is_string(plan, rule->name) && (rule->methods & ~HF_METHODS_ALL) == 0 && rule->first >= 1 && rule->step >= 1 &&
                is_gate(plan, rule->after) && is_gate(plan, rule->until) && rule->per <= HF_PER_SITE && rule->thread <= plan->thread_count &&
                rule->phase <= plan->phase_count && are_predicates(rule) && is_range_list(plan, rule->from_first, rule->from_count) &&
                is_range_list(plan, rule->not_from_first, rule->not_from_count);
    bool what = rule->out <= HF_OUT_POISON && rule->lie < HF_LIE_COUNT && rule->notify <= eMemoryAvailableHigh &&
                (!rule->returns || (FAILED(rule->hr) && rule->lie == HF_LIE_NONE));
    return when && what;
}

hf_status hf__model_plan_validate(const void *image, size_t size_bytes, hf_error *err)
{
    const hf_plan_image *plan = image;
    if (size_bytes < sizeof *plan || plan->magic != HF_PLAN_MAGIC)
        return HF_FAIL(err, HF_ERROR_FORMAT, "this is not a compiled plan");
    if (plan->version != HF_PLAN_VERSION)
        return HF_FAIL(err, HF_ERROR_VERSION, "the plan has version %u, this build understands %u", plan->version, HF_PLAN_VERSION);
    uint64_t whole = plan->size_bytes;
    bool fits = whole <= size_bytes && plan->rule_count <= HF_RULES_MAX && plan->thread_count <= HF_LABELS_MAX &&
                plan->phase_count <= HF_LABELS_MAX && plan->stack_depth >= 1 && plan->stack_depth <= HF_STACK_MAX &&
                is_inside(plan->rules_offset, plan->rule_count, sizeof(hf_rule), whole) &&
                is_inside(plan->ranges_offset, plan->range_count, sizeof(hf_code_range), whole) &&
                is_inside(plan->threads_offset, plan->thread_count, sizeof(uint32_t), whole) &&
                is_inside(plan->phases_offset, plan->phase_count, sizeof(uint32_t), whole);
    if (!fits || !are_labels(plan, plan->threads_offset, plan->thread_count) || !are_labels(plan, plan->phases_offset, plan->phase_count))
        return HF_FAIL(err, HF_ERROR_FORMAT, "the compiled plan is damaged");
    for (uint32_t i = 0; i < plan->range_count; i++) {
        if (!is_string(plan, hf__model_plan_ranges(plan)[i].module))
            return HF_FAIL(err, HF_ERROR_FORMAT, "code range %u of the compiled plan is damaged", i);
    }

    for (uint32_t i = 0; i < plan->rule_count; i++) {
        if (!is_rule(plan, &hf__model_plan_rules(plan)[i]))
            return HF_FAIL(err, HF_ERROR_FORMAT, "rule %u of the compiled plan is damaged", i);
    }

    return HF_OK;
}
