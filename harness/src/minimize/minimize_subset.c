/* SPDX-License-Identifier: MIT
 * The set is cut into parts. If one part alone, or all parts but one, still show it, they become the set; otherwise the parts get smaller. When no
 * single item can be left out, the set is 1-minimal.
 */
#include "minimize_subset.h"

#include "base_poison.h"

hf__minimize_subset hf__minimize_subset_all(size_t count)
{
    hf__minimize_subset all = {{0}};
    for (size_t i = 0; i < count; i++)
        all.bits[i / 64] |= 1ull << i % 64;
    return all;
}

bool hf__minimize_subset_has(const hf__minimize_subset *subset, size_t number)
{
    return (subset->bits[number / 64] >> number % 64 & 1) != 0;
}

size_t hf__minimize_subset_count(const hf__minimize_subset *subset)
{
    size_t count = 0;
    for (size_t i = 0; i < HF_RULES_MAX; i++)
        count += hf__minimize_subset_has(subset, i);
    return count;
}

/* The part-th of `parts` parts of about the same size. */
static hf__minimize_subset part_of(const hf__minimize_subset *subset, size_t count, size_t parts, size_t part)
{
    hf__minimize_subset out = {{0}};
    size_t place = 0;
    for (size_t i = 0; i < HF_RULES_MAX; i++) {
        if (!hf__minimize_subset_has(subset, i))
            continue;
        if (place >= count * part / parts && place < count * (part + 1) / parts)
            out.bits[i / 64] |= 1ull << i % 64;
        place++;
    }
    return out;
}

static hf__minimize_subset all_but(const hf__minimize_subset *subset, const hf__minimize_subset *part)
{
    hf__minimize_subset out = *subset;
    for (size_t i = 0; i < HF_RULES_MAX / 64; i++)
        out.bits[i] &= ~part->bits[i];
    return out;
}

/* The parts alone, then all but each part, which with two parts is the same again. Returns how many. */
static size_t list_candidates(const hf__minimize_subset *subset, size_t count, size_t parts, hf__minimize_subset *out)
{
    if (parts == 1) {
        out[0] = (hf__minimize_subset){{0}};
        return 1;
    }
    for (size_t i = 0; i < parts; i++)
        out[i] = part_of(subset, count, parts, i);
    for (size_t i = 0; i < parts && parts > 2; i++)
        out[parts + i] = all_but(subset, &out[i]);
    return parts > 2 ? 2 * parts : parts;
}

void hf__minimize_subset_minimize(hf__minimize_subset *subset, hf__minimize_subset_try *first, void *user)
{
    hf__minimize_subset candidates[2 * HF_RULES_MAX];
    size_t parts = 2;
    for (size_t size = hf__minimize_subset_count(subset); size > 0; size = hf__minimize_subset_count(subset)) {
        parts = parts < size ? parts : size;
        size_t count = list_candidates(subset, size, parts, candidates);
        size_t shown = first(candidates, count, user);
        if (shown == count && parts == size)
            return;
        bool is_part = shown < parts;
        if (shown < count)
            *subset = candidates[shown];
        parts = shown == count ? parts * 2 : is_part ? 2 : parts - 1;
    }
}
