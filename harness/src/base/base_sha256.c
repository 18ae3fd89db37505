/* SPDX-License-Identifier: MIT
 * SHA-256 as FIPS 180-4 describes it, section by section.
 */
#include "base_sha256.h"
#include "base_text.h"

#include <string.h>

#include "base_poison.h"

#define BLOCK_BYTES 64u

/* 4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be,
    0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa,
    0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f,
    0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t value, unsigned bits)
{
    return value >> bits | value << (32 - bits);
}

/* 6.2.2, step 1. */
static void schedule(const unsigned char *block, uint32_t words[64])
{
    for (unsigned i = 0; i < 16; i++)
        words[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (unsigned i = 16; i < 64; i++) {
        uint32_t early = words[i - 15], late = words[i - 2];
        uint32_t sigma0 = rotate(early, 7) ^ rotate(early, 18) ^ early >> 3;
        uint32_t sigma1 = rotate(late, 17) ^ rotate(late, 19) ^ late >> 10;
        words[i] = sigma1 + words[i - 7] + sigma0 + words[i - 16];
    }
}

/* 6.2.2, steps 2 to 4. v: a to h. */
static void add_block(uint32_t state[8], const unsigned char *block)
{
    uint32_t words[64];
    uint32_t v[8];
    schedule(block, words);
    memcpy(v, state, sizeof v);

    for (unsigned i = 0; i < 64; i++) {
        uint32_t sum1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
        uint32_t choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t first = v[7] + sum1 + choice + constants[i] + words[i];
        uint32_t sum0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        memmove(v + 1, v, 7 * sizeof v[0]);
        v[4] += first;
        v[0] = first + sum0 + majority;
    }

    for (unsigned i = 0; i < 8; i++)
        state[i] += v[i];
}

/* 5.1.1: a one bit, zeros, and the length in bits. */
static void add_last(uint32_t state[8], hf_text rest, uint64_t size_bytes)
{
    unsigned char blocks[2 * BLOCK_BYTES] = {0};
    size_t used = rest.size_bytes + 9 > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES;
    if (rest.size_bytes > 0)
        memcpy(blocks, rest.pointer, rest.size_bytes);
    blocks[rest.size_bytes] = 0x80;
    for (unsigned i = 0; i < 8; i++)
        blocks[used - 1 - i] = (unsigned char)(size_bytes * 8 >> 8 * i);
    add_block(state, blocks);
    if (used > BLOCK_BYTES)
        add_block(state, blocks + BLOCK_BYTES);
}

void hf__sha256(hf_text text, char out[HF_SHA256_TEXT_BYTES])
{
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}; /* 5.3.3 */
    uint64_t size_bytes = text.size_bytes;
    for (; text.size_bytes >= BLOCK_BYTES; text.size_bytes -= BLOCK_BYTES, text.pointer += BLOCK_BYTES)
        add_block(state, (const unsigned char *)text.pointer);
    add_last(state, text, size_bytes);
    hf__builder builder = hf__builder_init(out, HF_SHA256_TEXT_BYTES);
    for (unsigned i = 0; i < 8; i++)
        hf__builder_print(&builder, "%08x", (unsigned)state[i]);
}
