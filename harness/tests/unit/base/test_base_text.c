/* SPDX-License-Identifier: MIT
 * Number parsing, patterns and edit distance: the tables are the specification.
 */
#include "base_text.h"
#include "hf_rows.h"

static const struct {
    const char *label, *text;
    int ok;
    unsigned long long value;
} sizes[] = {
    {"plain", "42", 1, 42},
    {"hexadecimal", "0x1F", 1, 31},
    {"kibibytes", "64K", 1, 65536},
    {"mebibytes", "2M", 1, 2097152},
    {"empty", "", 0, 0},
    {"suffix alone", "K", 0, 0},
    {"trailing letters", "64KB", 0, 0},
    {"sign", "-1", 0, 0},
    {"overflow", "18446744073709551616", 0, 0},
    {"overflow by suffix", "18446744073709551615K", 0, 0},
};
HF_ROWS(base_text, size_is_parsed_strictly, sizes)
{
    uint64_t got = 0;
    bool ok = hf__parse_size(hf__text(sizes[*number].text), &got);
    cr_assert(eq(int, ok, sizes[*number].ok), "%s", sizes[*number].label);
    cr_assert(eq(u64, ok ? got : 0, sizes[*number].value), "%s", sizes[*number].label);
}

static const struct {
    const char *pattern, *text;
    int matches;
} globs[] = {
    {"*", "", 1}, {"a*c", "abbbc", 1},      {"a*c", "abbbd", 0}, {"Malloc.*", "Malloc.Alloc", 1},
    {"?", "", 0}, {"*a*b*", "xxaxxbxx", 1}, {"abc", "abcd", 0},
};
HF_ROWS(base_text, glob_matches_like_a_shell, globs)
{
    bool got = hf__glob_match(hf__text(globs[*number].pattern), hf__text(globs[*number].text));
    cr_assert(eq(int, got, globs[*number].matches), "%s against %s", globs[*number].pattern, globs[*number].text);
}

static const struct {
    const char *a, *b;
    unsigned distance;
} words[] = {
    {"return", "retrun", 1}, {"when", "when", 0}, {"kitten", "sitting", 3}, {"", "abc", 3}, {"VirtualAlloc", "VirtualAllocs", 1},
};
HF_ROWS(base_text, edit_distance_counts_swaps_as_one, words)
{
    unsigned got = hf__edit_distance(hf__text(words[*number].a), hf__text(words[*number].b), 9);
    cr_assert(eq(uint, got, words[*number].distance), "%s to %s", words[*number].a, words[*number].b);
}
