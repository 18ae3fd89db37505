/* SPDX-License-Identifier: MIT
 * Shared code of the tests of canonical text: printing a builder's trace, and the calls that most tests need.
 */
#ifndef TRACE_PRINT_H
#define TRACE_PRINT_H

#include "hf_rows.h"
#include "trace_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAP 0x55550000u
#define REGION 0x7f0000000000ull

/* Collected output. */
typedef struct output {
    char text[32768];
    size_t length;
} output;

static inline void collect(const char *text, size_t size_bytes, void *user)
{
    output *out = user;
    cr_assert(lt(sz, out->length + size_bytes, sizeof out->text));
    memcpy(out->text + out->length, text, size_bytes);
    out->length += size_bytes;
    out->text[out->length] = '\0';
}

static inline output print(const trace_builder *builder, const hf_trace_text_options *options)
{
    output out = {.length = 0};
    hf_trace *trace = builder_decode(builder);
    hf_trace_print(trace, options, collect, &out);
    hf_trace_destroy(trace);
    return out;
}

/* The difference shows as the two texts. */
#define ASSERT_TEXT(got, want) cr_assert(zero(int, strcmp((got), (want))), "got:\n%s\nwant:\n%s", (got), (want))

static inline void init_with_rules(trace_builder *builder)
{
    hf_rule rules[4] = {hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init(), hf__model_rule_init()};
    rules[0].returns = 1;
    rules[0].hr = E_OUTOFMEMORY;
    rules[1].returns = 1;
    rules[1].hr = HOST_E_TIMEOUT;
    rules[1].done = 1;
    rules[2].returns = 1;
    rules[2].hr = E_OUTOFMEMORY;
    rules[2].out = HF_OUT_POISON;
    rules[3].lie = HF_LIE_UNTOUCHED;
    hf__model_plan_parts parts = {
        .seed = 7, .rule_count = 4, .rules = rules, .rule_names = (const char *const[]){"fault-1", "after-the-fact", "poisoner", "liar"}};
    builder_init(builder, &parts);
}

static inline hf_slot_main *alloc(trace_builder *builder, uint64_t size, uint64_t out)
{
    return builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_ALLOC, .size = size, .out = out, .flags = HF_CALL_FORWARDED});
}

static inline hf_slot_main *release(trace_builder *builder, uint64_t address)
{
    return builder_event(builder, (hf_slot_main){.kind = HF_METHOD_MALLOC_FREE, .address = address, .flags = HF_CALL_FORWARDED});
}

static inline hf_slot_main *reserve(trace_builder *builder, uint64_t size, uint64_t out)
{
    return builder_event(builder, (hf_slot_main){.kind = HF_METHOD_VIRTUAL_ALLOC,
                                                 .size = size,
                                                 .out = out,
                                                 .type = MEM_RESERVE,
                                                 .protect = PAGE_NOACCESS,
                                                 .level = eProcessCritical,
                                                 .flags = HF_CALL_FORWARDED});
}

#endif
