/* SPDX-License-Identifier: MIT
 * Compares two clean runs.
 */
#include "verdict_steady.h"
#include "base_text.h"
#include "trace_compare.h"
#include "verdict_facts.h"
#include "verdict_result.h"

#include "base_poison.h"

static int shown(hf_text line)
{
    return (int)(line.size_bytes < 90 ? line.size_bytes : 90);
}

static void say_lines(const hf__trace_difference *difference, char *out, size_t capacity)
{
    hf_text one = hf__text_trim(hf__text(difference->line_a)), other = hf__text_trim(hf__text(difference->line_b));
    one = one.size_bytes > 0 ? one : hf__text("nothing more");
    other = other.size_bytes > 0 ? other : hf__text("nothing more");
    hf__builder builder = hf__builder_init(out, capacity);
    hf__builder_print(&builder, "one run has '%.*s' where another has '%.*s'", shown(one), one.pointer, shown(other), other.pointer);
}

static void compare(const hf__verdict_facts *a, const hf__verdict_facts *b, hf__verdict_steady *out)
{
    hf__trace_difference difference;
    out->ends_differ = hf__verdict_ends_differ(a, b);
    out->results_differ = hf__verdict_results_differ(a, b);
    if (out->results_differ) {
        hf__builder builder = hf__builder_init(out->how_result, sizeof out->how_result);
        hf__verdict_say_results(&builder, a, b, " and ");
    }
    out->calls_differ = hf__trace_first_call_difference(a->trace, b->trace, &difference);
    if (out->calls_differ)
        say_lines(&difference, out->how, sizeof out->how);
    out->requests_differ = out->calls_differ && hf__trace_first_request_difference(a->trace, b->trace, &difference);
    if (out->requests_differ)
        say_lines(&difference, out->how, sizeof out->how);
}

hf_status hf__verdict_steady_look(const hf_trace *a, const hf_trace *b, hf__verdict_steady *out, hf_error *err)
{
    hf__verdict_facts facts_a, facts_b;
    *out = (hf__verdict_steady){.ends_differ = false};
    hf_status status = hf__verdict_facts_read(a, &facts_a, err);
    if (status != HF_OK)
        return status;
    status = hf__verdict_facts_read(b, &facts_b, err);
    if (status == HF_OK) {
        compare(&facts_a, &facts_b, out);
        hf__verdict_facts_clear(&facts_b);
    }
    hf__verdict_facts_clear(&facts_a);
    return status;
}
