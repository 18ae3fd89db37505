/* SPDX-License-Identifier: MIT
 * SHA-256 (FIPS 180-4), for texts where an attacker could profit from a collision. For tables and identities hf__hash is enough, and faster.
 *
 * Threads: thread-safe. Nothing is allocated.
 */
#ifndef HF_BASE_SHA256_H
#define HF_BASE_SHA256_H

#include <hostfault/error.h>

#define HF_SHA256_TEXT_BYTES 65u

/* The digest in 64 small hexadecimal digits, with a NUL. */
void hf__sha256(hf_text text, char out[HF_SHA256_TEXT_BYTES]);

#endif
