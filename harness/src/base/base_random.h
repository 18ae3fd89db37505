/* SPDX-License-Identifier: MIT
 * The only random generator of the harness. It has no state: a value depends on a seed and up to two numbers, so neither the order of draws nor
 * threads can change it.
 */
#ifndef HF_BASE_RANDOM_H
#define HF_BASE_RANDOM_H

#include <hostfault/error.h>
#include <stdint.h>

/* 64 uniformly mixed bits (the finaliser of splitmix64 over the three). */
static inline uint64_t hf__random(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint64_t z = seed + 0x9E3779B97F4A7C15u * (stream + 1) + 0xD1B54A32D192ED03u * (index + 1);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z = z ^ (z >> 31);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    return z ^ (z >> 27);
}

/* FNV-1a of bytes, 64 bits: names to streams, stacks to keys. Start with HF_HASH_START. */
#define HF_HASH_START 0xCBF29CE484222325u
uint64_t hf__hash(uint64_t start, const void *bytes, size_t size_bytes);

#endif
