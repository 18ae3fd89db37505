/* SPDX-License-Identifier: MIT
 * Files of traces made small. A trace is slots of one size that differ in few bytes, so a byte-wise LZ77 with a window of 64 KiB takes it to a
 * thirtieth; it needs no library, because programs under test link what reads traces (hostfault::test).
 *
 * A packed file: the magic, the size of what it holds, both 8 bytes little-endian, then sequences. A sequence: a byte with two lengths (high half: of
 * literals, low half: of the match, less 4), where 15 says that bytes follow that are added, the last of them below 255; the literals; the match's
 * distance, 2 bytes. The last sequence ends after its literals.
 *
 * Threads: thread-safe.
 */
#ifndef HF_TRACE_PACK_H
#define HF_TRACE_PACK_H

#include <hostfault/error.h>
#include <stdbool.h>
#include <stddef.h>

bool hf__trace_is_packed(const void *bytes, size_t size_bytes);
/* *out: hf__free. Returns its size; 0: too large or too small to be worth it, and *out is NULL. */
size_t hf__trace_pack(const void *bytes, size_t size_bytes, char **out);
/* The bytes may be anybody's. *out: hf__free, NUL-terminated. HF_ERROR_FORMAT. */
HF_CHECK_RESULT hf_status hf__trace_unpack(const char *bytes, size_t size_bytes, const char *name, char **out, size_t *out_bytes, hf_error *err);

/* Puts the packed file in the place of the plain one, if that is large; one that is packed, or is not there, is left. HF_ERROR_SYSTEM. */
HF_CHECK_RESULT hf_status hf__trace_pack_file(const char *path, hf_error *err);
/* As hf__system_file_read, of a packed or a plain file. */
HF_CHECK_RESULT hf_status hf__trace_read_file(const char *path, uint64_t max_bytes, char **out, size_t *size_bytes, hf_error *err);

#endif
