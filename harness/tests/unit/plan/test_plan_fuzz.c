/* SPDX-License-Identifier: MIT
 * Fuzz inputs and scenarios: a scenario survives conversion to bytes and back; any bytes give a scenario that parses, with the schedule of those
 * bytes; short inputs have few faults.
 */
#include "heap_alloc.h"
#include "base_random.h"
#include "hf_rows.h"
#include "plan_fuzz.h"
#include "plan_support.h"

#include <string.h>

#define FILES_MAX 1000
#define BYTES_MAX 4096

TestSuite(plan_fuzz, .timeout = 120);

/* The scenario that bytes stand for, parsed. */
static hf_scenario_file *decode(const uint8_t *bytes, size_t size_bytes)
{
    output printed = {0};
    hf__plan_print_fuzz(&(hf__plan_fuzz_input){bytes, size_bytes, "decoded", NULL, false}, output_write, &printed);
    hf_scenario_file *file = parse_good(output_text(&printed));
    output_clear(&printed);
    return file;
}

/* What is lost on the way there and back, NULL: nothing. *carried: it was one that an input can say. */
static const char *lost(const hf_scenario *scenario, bool *carried)
{
    static uint8_t bytes[BYTES_MAX];
    size_t size_bytes = 0;
    hf_error err;
    *carried = hf__plan_encode_fuzz(scenario, bytes, sizeof bytes, &size_bytes, &err) == HF_OK;
    if (!*carried)
        return strstr(err.message, "cannot express 'from'") != NULL || strstr(err.message, "no caller") != NULL ||
                       strstr(err.message, "cannot express 'env'") != NULL || strstr(err.message, "cannot express 'command'") != NULL
                   ? NULL
                   : "refused for another reason";
    hf_scenario_file *again = decode(bytes, size_bytes);
    hf_scenario same = *hf_scenario_at(again, 0);
    same.name = scenario->name;
    same.about = scenario->about;
    same.timeout_ms = scenario->timeout_ms;
    same.memory_limit = scenario->memory_limit;
    same.trace_limit = scenario->trace_limit;
    same.output_limit = scenario->output_limit;
    same.expect = scenario->expect;
    const char *difference = first_difference(scenario, &same);
    hf_scenario_destroy(again);
    return difference;
}

Test(plan_fuzz, shipped_scenarios_come_back)
{
    static char *paths[FILES_MAX];
    size_t carried = 0;
    size_t count = find_files("scenarios", ".yaml", "scenarios/invalid", paths, FILES_MAX);
    for (size_t i = 0; i < count; i++) {
        hf_errors errors;
        hf_scenario_file *file = NULL;
        char *full = hf__format("%s/%s", HF_SOURCE_DIR, paths[i]);
        cr_assert(eq(int, hf_scenario_load(full, &file, &errors), HF_OK), "%s", paths[i]);
        for (size_t k = 0; k < hf_scenario_count(file); k++) {
            bool one = false;
            const char *difference = lost(hf_scenario_at(file, k), &one);
            cr_assert(zero(ptr, P(difference)), "%s: %s", paths[i], difference != NULL ? difference : "");
            carried += one ? 1 : 0;
        }
        hf_scenario_destroy(file);
        hf__free(full);
    }
    cr_assert(ge(sz, carried, 40));
}

/* Each key by itself. */
static const struct {
    const char *label, *fault;
} faults[] = {
    {"one call", "call: VirtualAlloc, when: 3, return: E_OUTOFMEMORY"},
    {"onwards", "call: VirtualAlloc, when: 3+, return: E_FAIL"},
    {"every call", "call: VirtualAlloc, return: E_FAIL"},
    {"a range with a step", "call: Malloc.Alloc, when: 3..900000+7, return: HOST_E_TIMEOUT"},
    {"a late call", "call: Malloc.Alloc, when: 70000, return: HOST_E_TIMEOUT"},
    {"several methods", "call: [VirtualAlloc, Malloc.Alloc], return: HOST_E_ABANDONED"},
    {"all methods", "call: \"*\", return: E_FAIL, undocumented: true"},
    {"an undocumented answer", "call: VirtualAlloc, return: 0x80070057, undocumented: true"},
    {"a lie", "call: VirtualAlloc, lie: dirty"},
    {"out", "call: VirtualAlloc, return: E_FAIL, out: poison, sticks: false"},
    {"done", "call: VirtualAlloc, return: HOST_E_TIMEOUT, done: true, delay: 50ms"},
    {"a notification", "call: GetMemoryLoad, notify: low"},
    {"a last error", "call: VirtualFree, return: E_FAIL, last-error: 87"},
    {"per thread", "call: VirtualAlloc, when: 2, per: thread, return: E_FAIL"},
    {"filters", "call: VirtualAlloc, where: { type: commit, size: \">=64K\", address: null, level: task }, return: E_FAIL"},
    {"two filters of one argument", "call: VirtualAlloc, where: { size: [\">64K\", \"<1M\"] }, return: E_FAIL"},
    {"times and chance", "call: Malloc.Alloc, chance: 12.5%, times: 3, return: E_OUTOFMEMORY"},
    {"live", "call: Malloc.Alloc, live: \">8M\", return: E_OUTOFMEMORY"},
    {"a site", "call: Malloc.Alloc, site: \"0123456789abcdef\", return: E_OUTOFMEMORY"},
    {"foreign", "call: VirtualQuery, foreign: true, return: E_FAIL"},
    {"optional", "call: VirtualQuery, optional: true, return: E_FAIL"},
    {"name, thread and phase", "name: mine, call: VirtualQuery, thread: worker-1, phase: startup, return: E_FAIL"},
};
HF_ROWS(plan_fuzz, each_key_comes_back, faults)
{
    hf_scenario_file *file = NULL;
    hf_errors errors;
    bool carried = false;
    hf_status status = hf_scenario_from_faults("clr", NULL, &faults[*number].fault, 1, &file, &errors);
    cr_assert(eq(int, status, HF_OK), "%s: %s", faults[*number].label, errors.items[0].message);
    const char *difference = lost(hf_scenario_at(file, 0), &carried);
    cr_assert(zero(ptr, P(difference)), "%s: %s", faults[*number].label, difference != NULL ? difference : "");
    cr_assert(carried, "%s", faults[*number].label);
    hf_scenario_destroy(file);
}

Test(plan_fuzz, gates_arguments_and_settings_come_back)
{
    hf_scenario_file *file = parse_good("name: all\ncaller: lua\nargs: [--scale, \"5\"]\nseed: 18446744073709551615\n"
                                        "limits: { storm: 77 }\nhost: { commit-limit: 12M }\nstack-depth: 9\n"
                                        "faults:\n  - name: first\n    call: VirtualAlloc\n    when: 2\n"
                                        "  - call: Malloc.Alloc\n    after: first\n    return: E_OUTOFMEMORY\n"
                                        "  - call: Malloc.Free\n    until: fault-2\n    return: HOST_E_NOT_OWNER\n");
    bool carried = false;
    const char *difference = lost(hf_scenario_at(file, 0), &carried);
    cr_assert(zero(ptr, P(difference)), "%s", difference != NULL ? difference : "");
    cr_assert(carried);
    hf_scenario_destroy(file);
}

/* Random bytes with a tail, the keys likelier than values. */
static size_t draw_input(uint64_t seed, uint8_t *bytes)
{
    size_t size = hf__random(seed, 1, 0) % 200;
    for (size_t i = 0; i < size; i++) {
        uint64_t drawn = hf__random(seed, 2, i);
        bytes[i] = (uint8_t)(drawn >> 8 & 1 ? drawn % HF_CODEC_KEY_COUNT : drawn);
    }
    const uint8_t tail[] = {(uint8_t)seed, (uint8_t)size, 0, 0xF5, 'H', 'f'};
    memcpy(bytes + size, tail, sizeof tail);
    return size + sizeof tail;
}

Test(plan_fuzz, any_bytes_are_a_scenario)
{
    uint8_t bytes[512];
    size_t rules = 0;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        size_t size = draw_input(seed, bytes);
        hf_scenario_file *file = decode(bytes, size);
        bool carried = false;
        const char *difference = lost(hf_scenario_at(file, 0), &carried);
        cr_assert(zero(ptr, P(difference)), "seed %llu: %s", (unsigned long long)seed, difference != NULL ? difference : "");
        cr_assert(carried, "seed %llu", (unsigned long long)seed);
        cr_assert(le(sz, hf_scenario_at(file, 0)->rule_count, size / 5));
        rules += hf_scenario_at(file, 0)->rule_count;
        hf_scenario_destroy(file);
    }
    cr_assert(ge(sz, rules, 1000));
}

Test(plan_fuzz, without_a_tail_it_is_operations)
{
    static hf_schedule schedule;
    const uint8_t bytes[] = "any old corpus entry\xF5Hx";
    cr_assert(eq(sz, hf__codec_decode(bytes, sizeof bytes - 1, &schedule), sizeof bytes - 1));
    cr_assert(eq(uint, schedule.rule_count, 0));
    cr_assert(eq(sz, hf__codec_decode(bytes, 0, &schedule), 0));
}

Test(plan_fuzz, a_cut_schedule_decodes)
{
    static hf_schedule schedule;
    const uint8_t bytes[] = {HF_CODEC_KEY_FAULT, HF_METHOD_MALLOC_ALLOC, 1, 2, 200, 200, 200, 0xF5, 'H', 'f'}; /* says 51400 bytes */
    cr_assert(eq(sz, hf__codec_decode(bytes, sizeof bytes, &schedule), 0));
    cr_assert(eq(uint, schedule.rule_count, 1));
    cr_assert(eq(u64, schedule.rules[0].first, 3)); /* what is missing of the ordinal is 0 */
}

/* The README's table and the list of keys are one. */
Test(plan_fuzz, readme_names_every_key)
{
    static const struct {
        const char *name;
        unsigned bytes;
    } keys[] = {
#define HF_CODEC_TEXT UINT32_MAX
#define HF_CODEC_KEY(id, name, bytes) {#name, bytes},
#define HF_CODEC_VALUE(id, name, bytes, key) {#name, bytes},
#include "codec_key.def"
#undef HF_CODEC_KEY
#undef HF_CODEC_VALUE
    };
    output readme = read_source_file("harness/src/codec/README.md");
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char *row = keys[i].bytes == HF_CODEC_TEXT ? hf__format("| %zu | %s | text |", i, keys[i].name)
                                                   : hf__format("| %zu | %s | %u |", i, keys[i].name, keys[i].bytes);
        cr_assert(ne(ptr, P(strstr(readme.text, row)), NULL), "%s", row);
        hf__free(row);
    }
    output_clear(&readme);
}
