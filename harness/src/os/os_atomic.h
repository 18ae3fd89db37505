/* SPDX-License-Identifier: MIT
 * Atomic operations on plain integers that may lie in shared memory. The only place that knows the compiler's names for them.
 * Order: acquire for load, release for store, both for the rest, unless the name says relaxed.
 */
#ifndef HF_OS_ATOMIC_H
#define HF_OS_ATOMIC_H

#include <stdbool.h>
#include <stdint.h>

static inline uint32_t hf__os_load_u32(const uint32_t *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
static inline uint32_t hf__os_load_u32_relaxed(const uint32_t *at)
{
    return __atomic_load_n(at, __ATOMIC_RELAXED);
}
static inline uint64_t hf__os_load_u64(const uint64_t *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
static inline uint64_t hf__os_load_u64_relaxed(const uint64_t *at)
{
    return __atomic_load_n(at, __ATOMIC_RELAXED);
}
static inline const uint32_t *hf__os_load_pointer(const uint32_t *const *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
static inline void hf__os_store_pointer(const uint32_t **at, const uint32_t *value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}
static inline void hf__os_store_u32(uint32_t *at, uint32_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}
static inline void hf__os_store_u64(uint64_t *at, uint64_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}
static inline uint8_t hf__os_load_u8(const uint8_t *at)
{
    return __atomic_load_n(at, __ATOMIC_ACQUIRE);
}
static inline void hf__os_store_u8(uint8_t *at, uint8_t value)
{
    __atomic_store_n(at, value, __ATOMIC_RELEASE);
}
static inline bool hf__os_swap_if_u8(uint8_t *at, uint8_t expected, uint8_t desired)
{
    return __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
/* These give the value from before. */
static inline uint32_t hf__os_add_u32_atomic(uint32_t *at, uint32_t value)
{
    return __atomic_fetch_add(at, value, __ATOMIC_ACQ_REL);
}
static inline uint64_t hf__os_add_u64_atomic(uint64_t *at, uint64_t value)
{
    return __atomic_fetch_add(at, value, __ATOMIC_ACQ_REL);
}
static inline uint64_t hf__os_or_u64_atomic(uint64_t *at, uint64_t bits)
{
    return __atomic_fetch_or(at, bits, __ATOMIC_ACQ_REL);
}
static inline uint32_t hf__os_exchange_u32(uint32_t *at, uint32_t value)
{
    return __atomic_exchange_n(at, value, __ATOMIC_ACQ_REL);
}
static inline bool hf__os_swap_if_u32(uint32_t *at, uint32_t expected, uint32_t desired)
{
    return __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
static inline bool hf__os_swap_if_u64(uint64_t *at, uint64_t expected, uint64_t desired)
{
    return __atomic_compare_exchange_n(at, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
/* Keeps the compiler (not the processor) from moving memory accesses across: enough between a thread and its own signal handlers. */
static inline void hf__os_signal_fence(void)
{
    __atomic_signal_fence(__ATOMIC_ACQ_REL);
}

#endif
