/* SPDX-License-Identifier: MIT
 * Delta debugging with known predicates: the result satisfies the predicate and is 1-minimal for every predicate. If there is a single least set,
 * the result is that set.
 */
#include "base_random.h"
#include "hf_rows.h"
#include "minimize_subset.h"

#include <string.h>

/* What shows it. needed: each of these must be there; or, with noise, whatever a hash of the set says. */
typedef struct predicate {
    hf__minimize_subset needed, whole;
    uint64_t noise; /* 0: none */
    size_t tries;
} predicate;

static bool shows(const predicate *self, const hf__minimize_subset *set)
{
    if (self->noise != 0)
        return memcmp(set, &self->whole, sizeof *set) == 0 || hf__hash(self->noise, set, sizeof *set) % 4 == 0;
    for (size_t i = 0; i < HF_RULES_MAX; i++) {
        if (hf__minimize_subset_has(&self->needed, i) && !hf__minimize_subset_has(set, i))
            return false;
    }
    return true;
}

static size_t first_shown(const hf__minimize_subset *candidates, size_t count, void *user)
{
    predicate *self = user;
    for (size_t i = 0; i < count; i++) {
        self->tries++;
        if (shows(self, &candidates[i]))
            return i;
    }
    return count;
}

static void check_is_1_minimal(const predicate *self, const hf__minimize_subset *set)
{
    cr_assert(shows(self, set));
    for (size_t i = 0; i < HF_RULES_MAX; i++) {
        hf__minimize_subset less = *set;
        less.bits[i / 64] &= ~(1ull << i % 64);
        cr_assert(eq(int, hf__minimize_subset_has(set, i) && shows(self, &less), 0), "%zu could go", i);
    }
}

static hf__minimize_subset random_subset(uint64_t seed, size_t size, size_t wanted)
{
    hf__minimize_subset out = {{0}};
    for (uint64_t i = 0; i < wanted; i++) {
        size_t number = (size_t)(hf__random(seed, 1, i) % size);
        out.bits[number / 64] |= 1ull << number % 64;
    }
    return out;
}

Test(minimize_subset, what_is_needed_stays_and_nothing_else)
{
    for (uint64_t seed = 0; seed < 2000; seed++) {
        size_t size = 1 + (size_t)(hf__random(seed, 2, 0) % HF_RULES_MAX);
        predicate self = {.needed = random_subset(seed, size, (size_t)(hf__random(seed, 3, 0) % 9))};
        hf__minimize_subset set = hf__minimize_subset_all(size);
        hf__minimize_subset_minimize(&set, first_shown, &self);
        cr_assert(eq(int, memcmp(&set, &self.needed, sizeof set), 0), "seed %d", (int)seed);
        check_is_1_minimal(&self, &set);
        /* Zeller: |C|^2 + 3|C| in the worst case. */
        cr_assert(le(sz, self.tries, size * size + 3 * size), "seed %d: %zu tries of %zu", (int)seed, self.tries, size);
    }
}

Test(minimize_subset, is_1_minimal_for_any_predicate)
{
    for (uint64_t seed = 1; seed <= 2000; seed++) {
        size_t size = 1 + (size_t)(hf__random(seed, 2, 0) % 40);
        predicate self = {.whole = hf__minimize_subset_all(size), .noise = hf__random(seed, 4, 0) | 1};
        hf__minimize_subset set = hf__minimize_subset_all(size);
        hf__minimize_subset_minimize(&set, first_shown, &self);
        check_is_1_minimal(&self, &set);
    }
}

Test(minimize_subset, two_of_many_take_few_tries)
{
    predicate self = {.needed = {{1ull << 5, 1ull << 60}}};
    hf__minimize_subset set = hf__minimize_subset_all(HF_RULES_MAX);
    hf__minimize_subset_minimize(&set, first_shown, &self);
    cr_assert(eq(sz, hf__minimize_subset_count(&set), 2));
    cr_assert(lt(sz, self.tries, 100), "%zu", self.tries);
}

Test(minimize_subset, nothing_is_left_where_nothing_is_needed)
{
    predicate self = {.tries = 0};
    hf__minimize_subset set = hf__minimize_subset_all(5);
    hf__minimize_subset_minimize(&set, first_shown, &self);
    cr_assert(eq(sz, hf__minimize_subset_count(&set), 0));
    hf__minimize_subset none = {{0}};
    self.tries = 0;
    hf__minimize_subset_minimize(&none, first_shown, &self);
    cr_assert(eq(sz, self.tries, 0));
}
