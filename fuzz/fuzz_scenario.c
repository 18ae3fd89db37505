/* SPDX-License-Identifier: MIT
 * The scenario parser: a parsed text is printed, parsed again, and prints the same; every error position is inside the text; nothing exceeds the
 * bounds of plan.h. And the codec: any bytes are a schedule that prints as a script, and that script gives the same schedule.
 */
#include "codec.h"
#include "plan_fuzz.h"

#include <hostfault/fuzz.h>
#include <hostfault/plan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)4 << 20)

typedef struct text {
    char *bytes;
    size_t length;
} text;

static text first, second;

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "scenario: %s\n", what);
    if (first.length > 0)
        fprintf(stderr, "--- first\n%.*s\n", (int)first.length, first.bytes);
    if (second.length > 0)
        fprintf(stderr, "--- second\n%.*s\n", (int)second.length, second.bytes);
    abort();
}

static void append(const char *bytes, size_t size_bytes, void *user)
{
    text *to = user;
    if (to->bytes == NULL)
        to->bytes = malloc(TEXT_MAX);
    if (to->bytes == NULL || size_bytes > TEXT_MAX - to->length)
        fail("a printed text has no end");
    memcpy(to->bytes + to->length, bytes, size_bytes);
    to->length += size_bytes;
}

static void ignore(const char *bytes, size_t size_bytes, void *user)
{
    (void)bytes;
    *(size_t *)user += size_bytes;
}

/* Bytes of the line end at the front of the text, 0 if there is none. */
static size_t line_end(const char *bytes, size_t size_bytes)
{
    static const char *const ends[] = {"\r\n", "\n", "\r"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t length = strlen(ends[i]);
        if (size_bytes >= length && memcmp(bytes, ends[i], length) == 0)
            return length;
    }
    return 0;
}

/* Lines are 1-based, a column may be one behind the line's last byte. */
static void check_position(const hf_error *error, const char *bytes, size_t size_bytes)
{
    if (error->message[0] == '\0')
        fail("a mistake without words");
    if (error->input_line == 0)
        return;
    size_t start = 0;
    uint32_t line = 1;
    for (size_t length; line < error->input_line && start<size_bytes; start += length> 0 ? length : 1) {
        length = line_end(bytes + start, size_bytes - start);
        line += length > 0 ? 1 : 0;
    }
    if (line < error->input_line)
        fail("a mistake on a line that is not there");
    if (start + error->input_column - 1 > size_bytes || error->input_column == 0)
        fail("a mistake behind the end of the text");
}

static void print_all(const hf_scenario_file *file, text *out)
{
    out->length = 0;
    for (size_t i = 0; i < hf_scenario_count(file); i++) {
        append("---\n", 4, out);
        hf_scenario_print(hf_scenario_at(file, i), append, out);
    }
}

static void use(const hf_scenario *scenario)
{
    static uint64_t plan[HF_PLAN_BYTES_MAX / sizeof(uint64_t)];
    hf_error err;
    size_t bytes = 0;
    if (scenario->rule_count > HF_RULES_MAX)
        fail("more rules than there may be");
    hf_scenario_explain(scenario, ignore, &bytes);
    if (bytes == 0)
        fail("a scenario that nothing can be said of");
    hf_status status = hf_scenario_compile(scenario, NULL, NULL, plan, sizeof plan, &bytes, &err);
    if (status != HF_OK && status != HF_ERROR_NOT_FOUND)
        fail(err.message);
    if (status == HF_OK && hf__model_plan_validate(plan, bytes, &err) != HF_OK)
        fail(err.message);
}

static hf_errors errors;

static void check_text(const uint8_t *data, size_t size)
{
    hf_scenario_file *file = NULL, *again = NULL;
    size_t bytes = 0;
    first.length = second.length = 0;
    if (hf_scenario_parse("fuzz", (hf_text){(const char *)data, size}, &file, &errors) != HF_OK) {
        if (errors.count == 0 || errors.count > HF_ERRORS_MAX || file != NULL)
            fail("refused without a mistake");
        for (uint32_t i = 0; i < errors.count; i++)
            check_position(&errors.items[i], (const char *)data, size);
        hf_scenario_print_errors(&errors, (hf_text){(const char *)data, size}, ignore, &bytes);
        return;
    }
    for (size_t i = 0; i < hf_scenario_count(file); i++)
        use(hf_scenario_at(file, i));
    print_all(file, &first);
    if (hf_scenario_parse("again", (hf_text){first.bytes, first.length}, &again, &errors) != HF_OK)
        fail(errors.items[0].message);
    print_all(again, &second);
    if (first.length != second.length || memcmp(first.bytes, second.bytes, first.length) != 0)
        fail("what was printed and read again prints differently");
    hf_scenario_destroy(file);
    hf_scenario_destroy(again);
}

static void check_codec(const uint8_t *data, size_t size)
{
    static uint8_t encoded[HF_CODEC_SCHEDULE_BYTES_MAX * 2];
    hf_scenario_file *file = NULL;
    hf_error err;
    size_t bytes = 0;
    first.length = second.length = 0;
    hf__plan_print_fuzz(&(hf__plan_fuzz_input){data, size, "fuzz", NULL, false}, append, &first);
    if (hf_scenario_parse("fuzz", (hf_text){first.bytes, first.length}, &file, &errors) != HF_OK)
        fail(errors.items[0].message);
    if (hf__plan_encode_fuzz(hf_scenario_at(file, 0), encoded, sizeof encoded, &bytes, &err) != HF_OK)
        fail(err.message);
    hf__plan_print_fuzz(&(hf__plan_fuzz_input){encoded, bytes, "fuzz", NULL, false}, append, &second);
    if (first.length != second.length || memcmp(first.bytes, second.bytes, first.length) != 0)
        fail("what was encoded and decoded is another scenario");
    hf_scenario_destroy(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *schedule;
    size_t schedule_bytes;
    uint8_t caller;
    (void)hf__codec_split(data, size, &schedule, &schedule_bytes, &caller);
    if (schedule == NULL)
        check_text(data, size);
    else
        check_codec(data, size);
    return 0;
}

/* Mutation. An input with a schedule is changed as one. A text that is a scenario goes through its schedule now and then, which moves what its rules
 * mean and leaves it well-formed; or by lines; else the engine changes its bytes. */

static size_t copy_back(const char *bytes, size_t length, uint8_t *data, size_t size_max)
{
    if (length > size_max)
        return 0;
    memcpy(data, bytes, length);
    return length;
}

static size_t mutate_meaning(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    static uint8_t encoded[HF_CODEC_SCHEDULE_BYTES_MAX * 2];
    hf_scenario_file *file = NULL;
    hf_error err;
    size_t bytes = 0;
    bool good = hf_scenario_parse("mutate", (hf_text){(const char *)data, size}, &file, &errors) == HF_OK && hf_scenario_count(file) > 0 &&
                hf__plan_encode_fuzz(hf_scenario_at(file, 0), encoded, sizeof encoded, &bytes, &err) == HF_OK;
    hf_scenario_destroy(file);
    if (!good)
        return 0;
    bytes = hf_fuzz_mutate(encoded, bytes, sizeof encoded, seed, 1, HF_FUZZ_ENGINE_MUTATE);
    first.length = 0;
    hf__plan_print_fuzz(&(hf__plan_fuzz_input){encoded, bytes, "mutated", NULL, false}, append, &first);
    return copy_back(first.bytes, first.length, data, size_max);
}

/* Where the line begins that holds the byte; and where the next does. */
static size_t line_of(const uint8_t *data, size_t at)
{
    while (at > 0 && data[at - 1] != '\n')
        at--;
    return at;
}

static size_t next_line(const uint8_t *data, size_t size, size_t at)
{
    while (at < size && data[at] != '\n')
        at++;
    return at < size ? at + 1 : size;
}

/* Doubles a line, or takes it out. */
static size_t mutate_lines(uint8_t *data, size_t size, size_t size_max, unsigned seed)
{
    size_t begin = line_of(data, seed / 8 % size), end = next_line(data, size, begin);
    if (seed % 8 < 4) {
        memmove(data + begin, data + end, size - end);
        return size - (end - begin);
    }
    if (size + (end - begin) > size_max)
        return 0;
    memmove(data + end, data + begin, size - begin);
    return size + (end - begin);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    const uint8_t *schedule;
    size_t schedule_bytes, changed = 0;
    uint8_t caller;
    (void)hf__codec_split(data, size, &schedule, &schedule_bytes, &caller);
    if (schedule != NULL)
        return hf_fuzz_mutate(data, size, max_size, seed, 1, HF_FUZZ_ENGINE_MUTATE);
    if (size > 0 && seed % 16 == 0)
        changed = mutate_meaning(data, size, max_size, seed / 16);
    else if (size > 0 && seed % 16 < 4)
        changed = mutate_lines(data, size, max_size, seed / 16);
    return changed > 0 || HF_FUZZ_ENGINE_MUTATE == NULL ? changed : HF_FUZZ_ENGINE_MUTATE(data, size, max_size);
}

/* Whole lines of the one in the other. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out, size_t max_size, unsigned seed)
{
    const uint8_t *schedule;
    size_t schedule_bytes;
    uint8_t caller;
    (void)hf__codec_split(a, a_size, &schedule, &schedule_bytes, &caller);
    if (schedule != NULL)
        return hf_fuzz_cross(a, a_size, b, b_size, out, max_size, seed);
    if (a_size == 0 || b_size == 0)
        return 0;
    size_t at = line_of(a, seed % a_size), from = line_of(b, seed / 7 % b_size), to = next_line(b, b_size, from);
    for (unsigned more = seed % 5; more > 0; more--)
        to = next_line(b, b_size, to);
    if (a_size + (to - from) > max_size)
        return 0;
    memcpy(out, a, at);
    memcpy(out + at, b + from, to - from);
    memcpy(out + at + (to - from), a + at, a_size - at);
    return a_size + (to - from);
}
