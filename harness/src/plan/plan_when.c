/* SPDX-License-Identifier: MIT
 * Which ordinals a rule takes, how likely, and the printing of sizes and durations. The first two tables here are the specification; they
 * stand in scenarios/README.md word for word, and a test runs each row through this file.
 *
 * grammar: when
 * | when     | first | last | step | calls it names     |
 * |----------|-------|------|------|--------------------|
 * | `3`      | 3     | 3    | 1    | 3                  |
 * | `1+`     | 1     | none | 1    | 1, 2, 3, 4, ...    |
 * | `3+`     | 3     | none | 1    | 3, 4, 5, 6, ...    |
 * | `2+2`    | 2     | none | 2    | 2, 4, 6, 8, ...    |
 * | `3+5`    | 3     | none | 5    | 3, 8, 13, 18, ...  |
 * | `3..9`   | 3     | 9    | 1    | 3, 4, 5, 6, 7, 8, 9 |
 * | `3..9+2` | 3     | 9    | 2    | 3, 5, 7, 9         |
 * | `3..8+2` | 3     | 8    | 2    | 3, 5, 7            |
 * | `4..4`   | 4     | 4    | 1    | 4                  |
 * end of grammar
 *
 * grammar: chance
 * | chance      | of 2^32    |
 * |-------------|------------|
 * | `100%`      | 4294967296 |
 * | `50%`       | 2147483648 |
 * | `5%`        | 214748365  |
 * | `0.1%`      | 4294967    |
 * | `12.5%`     | 536870912  |
 * | `0.000001%` | 43         |
 * end of grammar
 */
#include "plan_grammar.h"
#include "base_check.h"
#include "base_text.h"

#include <stdio.h>
#include <string.h>

#include "base_poison.h"

bool hf__plan_wrong_at(hf__plan_wrong *wrong, size_t offset, size_t size, const char *format, ...)
{
    wrong->offset = offset;
    wrong->size = size;
    wrong->unknown_word = false;
    hf__builder builder = hf__builder_init(wrong->message, sizeof wrong->message);
    va_list arguments;
    va_start(arguments, format);
    hf__builder_vprint(&builder, format, arguments);
    va_end(arguments);
    return false;
}

/* A number at the front of text, moved over. At least 1; digits only. */
static bool take_ordinal(hf_text whole, size_t *at, const char *what, uint64_t *out, hf__plan_wrong *wrong)
{
    size_t start = *at;
    while (*at < whole.size_bytes && whole.pointer[*at] >= '0' && whole.pointer[*at] <= '9')
        ++*at;
    hf_text digits = {whole.pointer + start, *at - start};
    if (digits.size_bytes == 0)
        return hf__plan_wrong_at(wrong, start, 1, "'when' expects %s here; it is written 3, 3+, 3+2, 3..9 or 3..9+2", what);
    if (!hf__parse_u64(digits, out))
        return hf__plan_wrong_at(wrong, start, digits.size_bytes, "this number is too large");
    bool ends = *at == whole.size_bytes || whole.pointer[*at] == '.' || whole.pointer[*at] == '+';
    if (*out == 0 && ends)
        return hf__plan_wrong_at(wrong, start, digits.size_bytes, "calls are counted from 1, and a step is at least 1");
    return true;
}

static bool take_token(hf_text whole, size_t *at, const char *token)
{
    size_t length = strlen(token);
    if (whole.size_bytes - *at < length || memcmp(whole.pointer + *at, token, length) != 0)
        return false;
    *at += length;
    return true;
}

bool hf__plan_parse_when(hf_text text, hf_rule *rule, hf__plan_wrong *wrong)
{
    size_t at = 0;
    uint64_t first = 0;
    uint64_t step = 1;
    if (!take_ordinal(text, &at, "the number of a call", &first, wrong))
        return false;
    uint64_t last = first;
    if (take_token(text, &at, "..")) {
        size_t start = at;
        if (!take_ordinal(text, &at, "the last call's number", &last, wrong))
            return false;
        if (last < first)
            return hf__plan_wrong_at(wrong, start, at - start, "the range %llu..%llu ends before it begins", (unsigned long long)first,
                                     (unsigned long long)last);
        if (take_token(text, &at, "+") && !take_ordinal(text, &at, "a step", &step, wrong))
            return false;
    } else if (take_token(text, &at, "+")) {
        last = 0;
        if (at < text.size_bytes && !take_ordinal(text, &at, "a step", &step, wrong))
            return false;
    }

    if (at < text.size_bytes)
        return hf__plan_wrong_at(wrong, at, text.size_bytes - at, "unexpected text: 'when' is written 3, 3+, 3+2, 3..9 or 3..9+2");
    rule->first = first;
    rule->last = last;
    rule->step = step;
    return true;
}

size_t hf__plan_print_when(char *buffer, size_t capacity, const hf_rule *rule)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    if (rule->first == 1 && rule->last == 0 && rule->step == 1)
        return 0;
    hf__builder_print(&builder, "%llu", (unsigned long long)rule->first);
    if (rule->last == rule->first && rule->step == 1)
        return builder.length;
    if (rule->last == 0)
        hf__builder_print(&builder, "+");
    else
        hf__builder_print(&builder, "..%llu", (unsigned long long)rule->last);
    if (rule->step > 1)
        hf__builder_print(&builder, rule->last == 0 ? "%llu" : "+%llu", (unsigned long long)rule->step);
    return builder.length;
}

#define DECIMALS_MAX 9u
#define PERCENT_UNIT 1000000000u /* 10^DECIMALS_MAX */

/* Billionths of a percent to parts of 2^32, rounded; splits so that nothing overflows. */
static uint64_t chance_of(uint64_t billionths)
{
    uint64_t whole = 100ull * PERCENT_UNIT;
    uint64_t high = (billionths << 16) / whole;
    uint64_t rest = (billionths << 16) % whole;
    return (high << 16) + ((rest << 16) + whole / 2) / whole;
}

static bool parse_billionths(hf_text number, uint64_t *out)
{
    uint64_t value = 0;
    unsigned decimals = 0;
    bool point = false;
    bool digit = false;

    for (size_t i = 0; i < number.size_bytes; i++) {
        char c = number.pointer[i];
        if (c == '.' && !point && digit) {
            point = true;
            digit = false;
            continue;
        }
        if (c < '0' || c > '9' || decimals == DECIMALS_MAX || value > 1000ull * PERCENT_UNIT)
            return false;
        digit = true;
        value = value * 10 + (uint64_t)(c - '0');
        decimals += point ? 1 : 0;
    }

    for (; decimals < DECIMALS_MAX && value <= 1000ull * PERCENT_UNIT; decimals++)
        value *= 10;
    *out = value;
    return digit;
}

bool hf__plan_parse_chance(hf_text text, uint64_t *chance, hf__plan_wrong *wrong)
{
    uint64_t billionths = 0;
    bool percent = text.size_bytes > 0 && text.pointer[text.size_bytes - 1] == '%';
    hf_text number = {text.pointer, percent ? text.size_bytes - 1 : text.size_bytes};
    if (!percent || !parse_billionths(number, &billionths))
        return hf__plan_wrong_at(wrong, 0, text.size_bytes, "'chance' is a percentage with at most %u decimals, such as 5%% or 0.1%%", DECIMALS_MAX);
    if (billionths > 100ull * PERCENT_UNIT)
        return hf__plan_wrong_at(wrong, 0, text.size_bytes, "'chance' can be at most 100%%");
    *chance = chance_of(billionths);
    if (*chance == 0)
        return hf__plan_wrong_at(wrong, 0, text.size_bytes, "with this chance the rule never fires; the least is 0.000000012%%");
    return true;
}

size_t hf__plan_print_chance(char *buffer, size_t capacity, uint64_t chance)
{
    uint64_t whole = 100ull * PERCENT_UNIT;
    uint64_t exact = (uint64_t)((double)chance * 100.0 / 4294967296.0 * PERCENT_UNIT + 0.5);
    uint64_t unit = PERCENT_UNIT;
    unsigned decimals = 0;
    uint64_t rounded = exact;

    for (; decimals <= DECIMALS_MAX; decimals++, unit /= 10) {
        rounded = (exact + unit / 2) / unit * unit;
        if (rounded <= whole && rounded > 0 && chance_of(rounded) == chance)
            break;
    }

    HF_ASSERT(decimals <= DECIMALS_MAX);
    hf__builder builder = hf__builder_init(buffer, capacity);
    hf__builder_print(&builder, "%llu", (unsigned long long)(rounded / PERCENT_UNIT));
    if (decimals > 0)
        hf__builder_print(&builder, ".%0*llu", (int)decimals, (unsigned long long)(rounded % PERCENT_UNIT / unit));
    hf__builder_print(&builder, "%%");
    return builder.length;
}

static size_t print_in_units(char *buffer, size_t capacity, uint64_t value, const char *const *suffixes, const uint64_t *factors, size_t count)
{
    hf__builder builder = hf__builder_init(buffer, capacity);
    size_t i = 0;
    while (i + 1 < count && (value == 0 || value % factors[i] != 0))
        i++;
    hf__builder_print(&builder, "%llu%s", (unsigned long long)(value / factors[i]), suffixes[i]);
    return builder.length;
}

size_t hf__plan_print_size(char *buffer, size_t capacity, uint64_t bytes)
{
    static const char *const suffixes[] = {"T", "G", "M", "K", ""};
    static const uint64_t factors[] = {1ull << 40, 1u << 30, 1u << 20, 1024, 1};
    return print_in_units(buffer, capacity, bytes, suffixes, factors, HF_COUNT_OF(factors));
}

size_t hf__plan_print_duration(char *buffer, size_t capacity, uint64_t us)
{
    static const char *const suffixes[] = {"m", "s", "ms", "us"};
    static const uint64_t factors[] = {60000000, 1000000, 1000, 1};
    return print_in_units(buffer, capacity, us, suffixes, factors, HF_COUNT_OF(factors));
}
