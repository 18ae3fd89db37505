/* SPDX-License-Identifier: MIT
 * Assertions that stay in every build, and arithmetic that reports overflow. Must never print through stdio: the shim uses it.
 */
#ifndef HF_BASE_CHECK_H
#define HF_BASE_CHECK_H

#include <stdbool.h>
#include <stdint.h>

/* Ends the process with one line on stderr when the condition does not hold: a bug of the harness, never of a user. */
#define HF_ASSERT(condition) ((condition) ? (void)0 : hf__assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void hf__assert_failed(const char *condition, const char *file, int line);

#define HF_COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static inline bool hf__add_u64(uint64_t a, uint64_t b, uint64_t *sum)
{
    *sum = a + b;
    return *sum >= a;
}

static inline bool hf__multiply_u64(uint64_t a, uint64_t b, uint64_t *product)
{
    *product = a * b;
    return a == 0 || *product / a == b;
}

#endif
